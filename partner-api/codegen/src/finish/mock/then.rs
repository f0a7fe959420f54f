//! The response that a mock gives.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::document::Document;
use crate::finish::lists::members;
use crate::list::List;
use crate::model::{MockBody, Status, Then};

/// The method that gives a response.
pub(super) fn response(then: &Then) -> TokenStream {
    let name = &then.name;
    let value = then.body.as_ref().map(|(_, ty)| quote!(value: #ty,));
    let body = then.body.as_ref().map(|(body, _)| {
        let write = match body {
            MockBody::Json => quote!(json_body_obj(&value)),
            MockBody::Value | MockBody::Text => quote!(json_body(value)),
        };
        quote!(.header("content-type", "application/json").#write)
    });
    let status = match &then.status {
        Status::Code(code) => format!("the status {}", code.base10_digits()),
        Status::Range(digit) => {
            let digit = digit.base10_digits();
            format!("this status, from {digit}00 to {digit}99,")
        }
    };
    let doc = match &then.body {
        Some(_) => format!("Responds with {status} and this body."),
        None => format!(
            "Responds with {} and no body.",
            status.trim_end_matches(',')
        ),
    };
    match &then.status {
        Status::Code(code) => quote! {
            #[doc = #doc]
            pub fn #name(self, #value) -> Self {
                Self(self.0.status(#code) #body)
            }
        },
        Status::Range(digit) => quote! {
            #[doc = #doc]
            pub fn #name(self, status: u16, #value) -> Self {
                assert_eq!(status / 100u16, #digit);
                Self(self.0.status(status) #body)
            }
        },
    }
}

/// The method that responds with the pages of a list.
pub(super) fn items(document: &Document<'_>, list: &List<'_>) -> TokenStream {
    let item = format_ident!("{}", list.item);
    let members = members(document, list);
    let page = document.schemas.get(list.page);
    let documented = |name: &&str| {
        let properties = page.into_iter().flat_map(|page| &page.properties);
        properties
            .filter(|property| property.value["type"] == "integer")
            .any(|property| property.wire_name() == *name)
    };
    let positions = ["limit", "offset", "count"].into_iter().filter(documented);
    quote! {
        /// Responds with the page that a request asks for by its `limit` and `offset`, of a list of
        /// these items. A request without a limit gets all items from its offset on.
        ///
        /// Filters and the order of the request do not change the items.
        pub fn items(self, items: impl ::std::iter::IntoIterator<Item = types::#item>) -> Self {
            Self(crate::values::mock_response::items(self.0, #members, &[#(#positions),*], items))
        }
    }
}
