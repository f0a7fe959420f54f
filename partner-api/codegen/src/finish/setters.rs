//! The setters of builders: each reads its argument and refuses what cannot be sent.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;
use syn::Type;

/// One argument of an operation.
pub(crate) struct Argument<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) is_optional: bool,
}

/// What is special about an argument.
enum Kind {
    /// It stands in the path.
    Identifier,
    /// How many rows a page has.
    Limit,
    /// How many rows come before a page.
    Offset,
    /// The order of a list.
    Sort,
    /// An object in one parameter.
    Json,
    /// An array in one parameter.
    Commas,
    /// A body of which everything may be left out.
    Update,
    Plain,
}

impl Kind {
    fn of(document: &Value, operation: &Value, name: &str) -> Self {
        let codegen = &operation["x-codegen"];
        if name == "body" {
            return match codegen["update"] == true {
                true => Self::Update,
                false => Self::Plain,
            };
        }
        if codegen["page"]["limit"] == name {
            return Self::Limit;
        }
        if codegen["page"]["offset"] == name {
            return Self::Offset;
        }
        let schema = parameter(operation, name).map_or(&Value::Null, |it| &it["schema"]);
        let component = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next());
        let component = component.map(|name| &document["components"]["schemas"][name]["x-codegen"]);
        let codegen = component.unwrap_or(&Value::Null);
        match codegen["query"]["encoding"].as_str() {
            Some("json") => Self::Json,
            Some("commas") => Self::Commas,
            Some("sort") => Self::Sort,
            _ if codegen["identifier"] == true => Self::Identifier,
            _ => Self::Plain,
        }
    }

    /// What a caller should know beside the published description.
    fn note(&self) -> Option<&'static str> {
        match self {
            Self::Identifier | Self::Plain => None,
            Self::Limit => {
                Some("From 1 to 4294967295, as any kind of integer; the API may give less.")
            }
            Self::Offset => Some("From 0 to 4294967295, as any kind of integer."),
            Self::Sort => {
                Some("Keys, their `asc()` and `desc()`, or texts; see [`Sort`](crate::Sort).")
            }
            Self::Json => Some("Sent as one JSON object."),
            Self::Commas => {
                Some("Sent in one parameter, with commas between; none may be in an item.")
            }
            Self::Update => Some("One that sets nothing is refused."),
        }
    }
}

/// The setter of an argument.
pub(crate) fn setter(document: &Value, operation: &Value, argument: &Argument<'_>) -> TokenStream {
    let Argument {
        name,
        ty,
        is_optional,
    } = argument;
    let text = name.to_string();
    let kind = Kind::of(document, operation, &text);
    let docs = [description(operation, &text), kind.note()];
    let doc = docs.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    let doc = (!doc.is_empty()).then(|| quote!(#[doc = #doc]));
    let (ty, read) = match kind {
        Kind::Identifier => (
            quote!(#ty),
            quote!(checked(#text, value, crate::values::identifier::check)),
        ),
        Kind::Json => (
            quote!(#ty),
            quote!(checked(#text, value, crate::values::query::check)),
        ),
        Kind::Commas => (
            quote!(#ty),
            quote!(checked(#text, value, crate::values::query::check_items)),
        ),
        Kind::Update => (
            quote!(#ty),
            quote!(checked(#text, value, crate::values::argument::sets_something)),
        ),
        Kind::Limit => (
            quote!(crate::Limit),
            quote!(read(#text, value).map(|limit: crate::Limit| limit.into())),
        ),
        Kind::Offset => (
            quote!(crate::Offset),
            quote!(read(#text, value).map(|offset: crate::Offset| offset.into())),
        ),
        Kind::Sort | Kind::Plain => (quote!(#ty), quote!(read(#text, value))),
    };
    let some = is_optional.then(|| quote!(.map(Some)));
    quote! {
        #doc
        pub fn #name<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#ty>,
            V::Error: ::std::fmt::Display,
        {
            self.#name = crate::values::argument::#read #some;
            self
        }
    }
}

fn parameter<'a>(operation: &'a Value, name: &str) -> Option<&'a Value> {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.find(|parameter| parameter["name"] == name)
}

fn description<'a>(operation: &'a Value, name: &str) -> Option<&'a str> {
    match name {
        "body" => operation["requestBody"]["description"]
            .as_str()
            .or(Some("The body of the request.")),
        name => parameter(operation, name)?["description"].as_str(),
    }
}
