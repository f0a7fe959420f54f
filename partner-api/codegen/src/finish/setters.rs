//! The setters of builders: each reads its argument and rejects what is not valid in a request.

use proc_macro2::TokenStream;
use quote::quote;

use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Operation};
use crate::model::Argument;

/// What is special about an argument.
enum Kind {
    /// It stands in the path.
    Identifier,
    /// How many items a page has.
    Limit,
    /// How many items come before a page.
    Offset,
    /// The order of a list.
    Sort,
    /// An object in one parameter.
    Json,
    /// An array in one parameter, with this between its items.
    Separated(&'static str),
    /// An array in the path.
    Segment,
    /// An object with commas between its members.
    Members,
    /// An object or array with brackets in its names.
    Deep,
    /// A cookie.
    Cookie,
    /// A body of which everything may be left out.
    Update,
    Plain,
}

impl Kind {
    fn of(document: &Document<'_>, operation: &Operation<'_>, name: &str) -> Self {
        match name {
            "body" if operation.body().update => return Self::Update,
            "body" => return Self::Plain,
            "limit" if operation.extension.paged => return Self::Limit,
            "offset" if operation.extension.paged => return Self::Offset,
            _ => {}
        }
        if operation
            .extension
            .cookies
            .iter()
            .any(|cookie| cookie == name)
        {
            return Self::Cookie;
        }
        let parameter = operation.parameter(name);
        let schema = parameter.and_then(|it| document.referred(&it["schema"]));
        match schema.and_then(|schema| schema.extension.as_ref()) {
            Some(SchemaExtension::Query { encoding, .. }) => match encoding {
                Encoding::Json => Self::Json,
                Encoding::Commas if operation.has_in_path(name) => Self::Segment,
                Encoding::Commas => Self::Separated("commas; no item may have a comma in it"),
                Encoding::Spaces => Self::Separated("spaces; no item may have a space in it"),
                Encoding::Pipes => Self::Separated("`|`; no item may have a `|` in it"),
                Encoding::Members | Encoding::Assignments => Self::Members,
                Encoding::Deep => Self::Deep,
                Encoding::Sort => Self::Sort,
                Encoding::Form => Self::Plain,
            },
            Some(SchemaExtension::Identifier) => Self::Identifier,
            _ => Self::Plain,
        }
    }

    /// What a caller should know beside the published description.
    fn note(&self) -> Option<String> {
        if let Self::Separated(by) = self {
            return Some(format!("Sent in one parameter, separated by {by}."));
        }
        let note = match self {
            Self::Identifier | Self::Plain | Self::Separated(_) => None,
            Self::Limit => {
                Some("From 1 to 4294967295, as any integer type; the API may return fewer items.")
            }
            Self::Offset => Some("From 0 to 4294967295, as any integer type."),
            Self::Sort => Some(
                "Accepts keys, `key.asc()`, `key.desc()` and strings; see [`Sort`](crate::Sort).",
            ),
            Self::Json => Some("Sent as one JSON object."),
            Self::Segment => Some(
                "Sent in the path, separated by commas; no item may have a comma or slash in it.",
            ),
            Self::Members => {
                Some("Sent as one string; no member may have a comma in its name or value.")
            }
            Self::Deep => Some("Sent with brackets in the names, such as `filter[status]`."),
            Self::Cookie => Some("Sent as a cookie."),
            Self::Update => Some("A body that sets nothing is rejected."),
        };
        note.map(str::to_owned)
    }
}

impl Kind {
    /// The function that rejects values which must not be sent.
    fn check(&self) -> Option<TokenStream> {
        Some(match self {
            Self::Identifier => quote!(crate::values::identifier::check),
            Self::Json => quote!(crate::values::query::check),
            Self::Separated(_) => quote!(crate::values::query::check_items),
            Self::Segment => quote!(crate::values::query::check_segment),
            Self::Members => quote!(crate::values::query::check_members),
            Self::Update => quote!(crate::values::argument::sets_something),
            _ => return None,
        })
    }
}

/// The setter of an argument.
pub(crate) fn setter(
    document: &Document<'_>,
    operation: &Operation<'_>,
    argument: &Argument,
) -> TokenStream {
    let Argument { name, ty, optional } = argument;
    let literal = name.to_string();
    let kind = Kind::of(document, operation, &literal);
    let docs = [
        description(operation, &literal).map(str::to_owned),
        kind.note(),
    ];
    let doc = docs.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    let doc = (!doc.is_empty()).then(|| quote!(#[doc = #doc]));
    let check = kind.check();
    let convert = match kind {
        Kind::Limit => Some(quote!(crate::Limit)),
        Kind::Offset => Some(quote!(crate::Offset)),
        _ => None,
    };
    let accepted = convert.clone().unwrap_or_else(|| quote!(#ty));
    let takes_option = *optional && !ty.holds_null();
    let (bound, read, checked) = match takes_option {
        true => (
            quote!(OptionalArgument),
            quote!(read_optional),
            quote!(checked_optional),
        ),
        false => (quote!(Argument), quote!(read), quote!(checked)),
    };
    let value = match check {
        Some(check) => quote!(crate::values::argument::#checked(#literal, value, #check)),
        None => quote!(crate::values::argument::#read(#literal, value)),
    };
    let converted = convert.map(|from| match takes_option {
        true => quote!(.map(|value: Option<#from>| value.map(::std::convert::Into::into))),
        false => quote!(.map(|value: #from| value.into())),
    });
    let some = (*optional && !takes_option).then(|| quote!(.map(Some)));
    quote! {
        #doc
        pub fn #name<V, M>(mut self, value: V) -> Self
        where
            V: crate::#bound<#accepted, M>,
        {
            self.#name = #value #converted #some;
            self
        }
    }
}

fn description<'a>(operation: &Operation<'a>, name: &str) -> Option<&'a str> {
    match name {
        "body" => operation.value["requestBody"]["description"]
            .as_str()
            .or(Some("The body of the request.")),
        name => operation.parameter(name)?["description"].as_str(),
    }
}
