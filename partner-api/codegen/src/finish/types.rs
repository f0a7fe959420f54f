//! The structs of `types`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, Path, parse_quote};

use super::members::{member, null_as_empty};
use super::{constants, filters, open_objects};
use crate::document::Document;
use crate::list::List;
use crate::model::{Field, Kind, Shape, Struct, TypeItem, Types};

/// The items of every page become required: a response without them is no empty list.
pub(crate) fn require_items(lists: &[List<'_>], types: &mut Types) {
    for list in lists {
        let page = types.structs_mut().find(|item| item.name == list.page);
        let Some(Shape::Fields { fields, .. }) = page.map(|page| &mut page.shape) else {
            continue;
        };
        let items = fields
            .iter_mut()
            .find(|field| field.json_name() == list.items);
        if let Some(field) = items.filter(|field| matches!(field.ty.kind, Kind::Vec(_))) {
            field.default = false;
            field.skip = None;
        }
    }
}

/// The module `types`.
pub(crate) fn module(document: &Document<'_>, types: &Types, components: &[Item]) -> TokenStream {
    let error = &types.error;
    let items = types.items.iter().map(|item| match item {
        TypeItem::Struct(item) => structure(document, item),
        TypeItem::Impl(item) => quote!(#item),
    });
    let filters = filters::items(document);
    quote! {
        /// The values that requests and responses hold.
        pub mod types {
            #error
            #(#items)*
            #(#components)*
            #filters
        }
    }
}

fn structure(document: &Document<'_>, item: &Struct) -> TokenStream {
    let Struct {
        docs,
        derives,
        name,
        shape,
    } = item;
    let schema = document.schemas.get(name.to_string().as_str());
    // progenitor puts the schema itself where there is no description.
    let is_described = schema.is_some_and(|schema| !schema.value["description"].is_null());
    let docs = docs.iter().filter(|_| is_described);
    let mut read = None;
    let (option, default, body) = match shape {
        Shape::Fields {
            fields,
            deny_unknown,
        } => {
            let members = fields.iter().map(|field| member(schema, name, field));
            let members: Vec<_> = members.collect();
            read = open_objects::deserialize(name, &members);
            let option = deny_unknown.then(|| quote!(#[serde(deny_unknown_fields)]));
            // progenitor takes the map of other members for one that must be there.
            let is_open = fields.iter().any(|field| field.flatten);
            let default = is_open && fields.iter().all(Field::may_be_missing);
            (option, default, quote!({ #(#members,)* }))
        }
        Shape::Wrapper { ty, transparent } => {
            let option = transparent.then(|| quote!(#[serde(transparent)]));
            let read = null_as_empty(ty).map(|read| quote!(#[serde(deserialize_with = #read)]));
            (option, false, quote!((#read pub #ty);))
        }
    };
    let default = default.then(|| quote!(Default));
    let derives = derives
        .iter()
        .filter(|derive| read.is_none() || !is_deserialize(derive))
        .map(|derive| quote!(#derive))
        .chain(default);
    let is_string = matches!(shape, Shape::Wrapper { ty, .. } if ty.code == parse_quote!(::std::string::String));
    // A setter accepts a `&str` where it accepts a `String`.
    let from_str = is_string.then(|| {
        quote! {
            impl ::std::convert::From<&str> for #name {
                fn from(value: &str) -> Self {
                    Self(value.to_owned())
                }
            }
        }
    });
    let constants = constants::items(schema, item);
    quote! {
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #(#docs)*
        #[derive(#(#derives),*)]
        #option
        pub struct #name #body

        #read
        #from_str
        #constants
    }
}

fn is_deserialize(derive: &Path) -> bool {
    let last = derive.segments.last();
    last.is_some_and(|segment| segment.ident == "Deserialize")
}
