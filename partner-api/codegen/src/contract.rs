//! What lowering adds to OpenAPI 3.0 for generation: the member `x-codegen` of the lowered document.
//!
//! `xtask` writes it while it lowers a document; the finishing pass and `cargo xtask diff` read it.
//! An unknown member is an error, so that neither side can misread the other.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of the member.
pub const KEY: &str = "x-codegen";

/// The extension of the document as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentExtension {
    /// The address of the API.
    pub server: Option<String>,
    /// The methods of the client that set one path parameter for many operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// The header that has the API key, in lower case, if it is not `x-api-key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_header: Option<String>,
    /// The requests that the API sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    /// The component that is the enum of the names of the webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_kind: Option<String>,
}

/// A request that the API sends, and a program receives: a webhook, or a callback of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// Its name.
    pub name: String,
    /// The operation whose callback it is, such as `POST /things`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_of: Option<String>,
    /// The schema of its payload, if that is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// What it means, in one line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The page that documents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
}

/// One method of the client that sets a path parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The name of the method.
    pub name: String,
    /// The name of the type that it returns.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The parameter that it sets.
    pub parameter: String,
    /// The schema of the parameter.
    pub schema: Value,
}

/// The extension of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationExtension {
    /// Whether the operation may be sent twice.
    pub idempotent: bool,
    /// The names of parameters in HTTP, where they differ from those in Rust.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub wire: BTreeMap<String, String>,
    /// The page that documents the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// Whether the operation has `limit` and `offset`.
    #[serde(skip_serializing_if = "is_false")]
    pub paged: bool,
    /// Whether the operation is deprecated.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The parameters that are sent as cookies, by their Rust names; to progenitor they are headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
    /// The server, if it is not that of the base URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The media types of the response, if they are JSON but none is `application/json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// The body of the request, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// A server of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// That of the base URL, under another path: the path replaces this end of the base URL.
    Replaces(String),
    /// Another one, by its published address, which may have variables in braces. Programs name the
    /// address that gets their credentials.
    Other(String),
}

/// What is special about the body of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Body {
    /// Whether a call may leave the body out.
    #[serde(skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Whether it is sent as `multipart/form-data`.
    #[serde(skip_serializing_if = "is_false")]
    pub multipart: bool,
    /// Whether a body that sets nothing is rejected, because it would change nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub update: bool,
    /// The media type, if it is not the one that progenitor sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// How members of a form are written that have an encoding of their own, by their names in HTTP.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, Encoding>,
}

/// The extension of a component: the kind of Rust type that the finishing pass generates for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SchemaExtension {
    /// An enum of strings.
    Enum {
        /// The published values.
        values: Vec<EnumValue>,
        /// Set if lists are sorted by this enum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sort: Option<SortKeys>,
    },
    /// A string that stands for one thing, such as a client.
    Identifier,
    /// A point in time.
    Timestamp,
    /// A number in the query.
    Number,
    /// A file of a multipart body.
    File,
    /// A multipart body.
    Multipart,
    /// An enum of integers.
    IntegerEnum(Vec<IntegerValue>),
    /// Values of several types, in the order in which they are tested.
    Union(Vec<Alternative>),
    /// A parameter that holds an object or several values.
    Query {
        /// How it is written.
        encoding: Encoding,
        /// The schema of what it holds: the items if it is a list with separators.
        schema: Value,
    },
    /// The bodies of a response, distinguished by its status.
    Responses(Vec<StatusBody>),
}

/// The body of the responses with one status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusBody {
    /// The name of the variant.
    pub name: String,
    /// The lowest and the highest status.
    pub status: (u16, u16),
    /// What is read from the body.
    pub content: Content,
}

/// What is read from the body of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// Nothing.
    None,
    /// The bytes.
    Bytes,
    /// JSON of this schema.
    Json(Value),
}

/// One value of an enum of strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumValue {
    /// The name of the variant.
    pub name: String,
    /// The string.
    pub value: String,
    /// What the value means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Which keys an enum that lists are sorted by allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKeys {
    /// The published ones only.
    Closed,
    /// Any string, because the enum is used elsewhere, too.
    Open,
}

/// One value of an enum of integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegerValue {
    /// The name of the variant.
    pub name: String,
    /// The integer.
    pub value: i64,
}

/// One alternative of a union.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The name of the variant.
    pub name: String,
    /// The schema of what it holds.
    pub schema: Value,
    /// The test that its values pass, and those of later alternatives do not.
    pub when: Test,
}

/// What distinguishes the values of an alternative from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// An object with all of these members.
    Object(Vec<Member>),
    /// An array whose first item passes one of these tests. Any array if there are none.
    Array(Vec<Test>),
    /// A string.
    String,
    /// A number without a fraction or exponent.
    Integer,
    /// Any number.
    Number,
    /// A boolean.
    Boolean,
}

/// What an object must have to be of an alternative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name of the member.
    pub name: String,
    /// Which value it must have.
    pub is: MemberTest,
}

/// Which value a member of an object must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberTest {
    /// Any but null.
    Present,
    /// One of these strings, integers and booleans.
    OneOf(Vec<Value>),
    /// One that passes one of these tests.
    Type(Vec<Test>),
    /// Whatever it is, one of these members is there; the first has the name of this one.
    Any(Vec<Member>),
    /// Whatever it is, none of these members is there; the first has the name of this one.
    None(Vec<Member>),
}

/// How a parameter or a member of a form is written that holds an object or several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// One JSON object.
    Json,
    /// One parameter for each member.
    Form,
    /// The items with commas between them.
    Commas,
    /// The items with spaces between them.
    Spaces,
    /// The items with `|` between them.
    Pipes,
    /// One parameter for each value, with the names of its members in brackets.
    Deep,
    /// The names and values of the members with commas between them: `a,1,b,2`.
    Members,
    /// The members with commas between them: `a=1,b=2`.
    Assignments,
    /// The keys of a sort order.
    Sort,
}

impl Encoding {
    /// The name of the encoding in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Commas => "commas",
            Self::Spaces => "spaces",
            Self::Pipes => "pipes",
            Self::Deep => "deep",
            Self::Members => "members",
            Self::Assignments => "assignments",
            Self::Sort => "sort",
        }
    }

    /// The name of the type in `crate::values` that holds such a parameter.
    pub(crate) const fn wrapper(self) -> &'static str {
        match self {
            Self::Json => "query::JsonParam",
            Self::Form => "form::FormParam",
            Self::Commas => "query::CommaSeparated",
            Self::Spaces => "query::SpaceSeparated",
            Self::Pipes => "query::PipeSeparated",
            Self::Deep => "form::DeepParam",
            Self::Members => "query::Members",
            Self::Assignments => "query::Assignments",
            Self::Sort => "sort::Sort",
        }
    }
}

/// The extension of a property of an object, or of a part of a multipart body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PropertyExtension {
    /// Whether a request may send null, which differs from leaving the property out.
    #[serde(skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// Whether a request may leave the collection out, which differs from an empty one.
    #[serde(skip_serializing_if = "is_false")]
    pub optional: bool,
    /// The name in JSON, if it differs from the one in Rust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<String>,
    /// The only value that a request may send, which is sent if no other is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<Value>,
    /// How a part of a multipart body is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// How a part of a multipart body is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Part {
    /// One file or several.
    File {
        /// Their media type, if the document states one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
    },
    /// Files by the names of their parts, which the document does not state.
    Named,
    /// A value as JSON, whatever its type.
    Json,
    /// A value as plain text, or as JSON if it is an object or array.
    Value,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// An extension that breaks the contract.
#[derive(Debug, thiserror::Error)]
#[error("`{KEY}` of {place} breaks the contract of partner_api_codegen::contract: {source}")]
pub struct Error {
    /// The part of the document that has it.
    pub place: String,
    source: serde_json::Error,
}

/// An extension of a part of the document.
pub trait Extension: Serialize + DeserializeOwned {
    /// Reads the extension of a part; none is there if lowering had nothing to add.
    ///
    /// # Errors
    ///
    /// If there is one that breaks the contract. `place` names the part in the message.
    fn read(part: &Value, place: &str) -> Result<Option<Self>, Error> {
        let extension = part.get(KEY).map(Self::deserialize).transpose();
        extension.map_err(|source| Error {
            place: place.to_owned(),
            source,
        })
    }

    /// Reads the extension of a part that lowering itself has written.
    fn of(part: &Value) -> Option<Self> {
        Self::deserialize(part.get(KEY)?).ok()
    }

    /// Writes the extension to a part, in place of the one it has.
    fn write(&self, part: &mut Map<String, Value>) {
        // The types of this module have no member that JSON cannot hold.
        let extension = serde_json::to_value(self).unwrap_or_default();
        part.insert(KEY.to_owned(), extension);
    }

    /// The part with the extension.
    #[must_use]
    fn on(&self, mut part: Value) -> Value {
        if let Value::Object(members) = &mut part {
            self.write(members);
        }
        part
    }
}

impl Extension for DocumentExtension {}
impl Extension for OperationExtension {}
impl Extension for SchemaExtension {}
impl Extension for PropertyExtension {}

impl SchemaExtension {
    /// The name of the kind of type, as the document writes it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Enum { .. } => "enum",
            Self::Identifier => "identifier",
            Self::Timestamp => "timestamp",
            Self::Number => "number",
            Self::File => "file",
            Self::Multipart => "multipart",
            Self::IntegerEnum(_) => "integer_enum",
            Self::Union(_) => "union",
            Self::Query { .. } => "query",
            Self::Responses(_) => "responses",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_extension_is_read_as_it_was_written() {
        let extension = SchemaExtension::Enum {
            values: vec![EnumValue {
                name: "Active".into(),
                value: "active".into(),
                description: None,
            }],
            sort: Some(SortKeys::Open),
        };
        let schema = extension.on(json!({"type": "string"}));
        assert_eq!(SchemaExtension::of(&schema), Some(extension));
        let identifier = SchemaExtension::Identifier.on(json!({}));
        assert_eq!(identifier, json!({KEY: "identifier"}));
        assert_eq!(SchemaExtension::of(&json!({})), None);
    }

    #[test]
    fn an_unknown_member_is_an_error_that_names_the_part() {
        let property = json!({KEY: {"nulable": true}});
        let error = PropertyExtension::read(&property, "the property A.b").unwrap_err();
        let message = error.to_string();
        assert!(message.contains("the property A.b"), "{message}");
        assert!(message.contains("nulable"), "{message}");
    }
}
