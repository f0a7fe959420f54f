//! The structs of `types`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Item, parse_quote};

use super::{constants, filters};
use crate::document::{Document, Property, Schema};
use crate::list::List;
use crate::model::{Field, Kind, RustType, Shape, Struct, TypeItem, Types};

/// The items of every page become required: a response without them is no empty list.
pub(crate) fn require_items(lists: &[List<'_>], types: &mut Types) {
    for list in lists {
        let page = types.structs_mut().find(|item| item.name == list.page);
        let Some(Shape::Fields { fields, .. }) = page.map(|page| &mut page.shape) else {
            continue;
        };
        let items = fields.iter_mut().find(|field| is_member(field, list.items));
        if let Some(field) = items.filter(|field| matches!(field.ty.kind, Kind::Vec(_))) {
            field.default = false;
            field.skip = None;
        }
    }
}

/// Whether a field is this property of the lowered document.
pub(crate) fn is_member(field: &Field, property: &str) -> bool {
    match &field.rename {
        Some(name) => name == property,
        None => field.name == property,
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
    let (option, default, body) = match shape {
        Shape::Fields {
            fields,
            deny_unknown,
        } => {
            let written = fields.iter().map(|it| field(schema, name, it));
            let option = deny_unknown.then(|| quote!(#[serde(deny_unknown_fields)]));
            // progenitor takes the map of other members for one that must be there.
            let is_open = fields.iter().any(|field| field.flatten);
            let default = is_open && fields.iter().all(Field::may_be_missing);
            (option, default, quote!({ #(#written,)* }))
        }
        Shape::Wrapper { ty, transparent } => {
            let option = transparent.then(|| quote!(#[serde(transparent)]));
            let read = null_as_empty(ty).map(|read| quote!(#[serde(deserialize_with = #read)]));
            (option, false, quote!((#read pub #ty);))
        }
    };
    let default = default.then(|| quote!(Default));
    let derives = derives.iter().map(|derive| quote!(#derive)).chain(default);
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

        #from_str
        #constants
    }
}

/// The property of a field.
pub(super) fn property<'a>(
    schema: Option<&'a Schema<'a>>,
    field: &Field,
) -> Option<&'a Property<'a>> {
    match &field.rename {
        Some(name) => schema?.property(name),
        None => schema?.property(&field.name.to_string()),
    }
}

fn field(schema: Option<&Schema<'_>>, item: &Ident, field: &Field) -> TokenStream {
    let Field { name, ty, .. } = field;
    let property = property(schema, field);
    let extension = property.map(|property| property.extension.clone());
    let extension = extension.unwrap_or_default();
    let mut docs = field.docs.clone();
    let mut serde: Vec<Attribute> = Vec::new();
    let mut ty = ty.clone();
    if extension.nullable || (extension.optional && !ty.is_option()) {
        // What is absent, what is null and what is empty are three things to a server.
        if extension.nullable && !ty.is_option() {
            ty = ty.optional();
        }
        ty = ty.optional();
        serde.push(
            parse_quote!(#[serde(default, skip_serializing_if = "::std::option::Option::is_none")]),
        );
        if extension.nullable {
            if !docs.is_empty() {
                docs.push(parse_quote!(#[doc = ""]));
            }
            docs.push(parse_quote!(#[doc = "`None` leaves it as it is, `Some(None)` sends null."]));
            serde
                .push(parse_quote!(#[serde(deserialize_with = "crate::values::lenient::present")]));
        }
    } else if extension.constant.is_some() {
        let write = format!("{item}::{}", constants::writer(name));
        serde.push(parse_quote!(#[serde(default, serialize_with = #write)]));
    } else if field.flatten && matches!(ty.kind, Kind::JsonMap) {
        serde.extend(published(field));
        ty.code = parse_quote!(crate::values::extra::Extra);
    } else {
        serde.extend(published(field));
        if let Some(read) = null_as_empty(&ty) {
            serde.push(parse_quote!(#[serde(deserialize_with = #read)]));
        }
    }
    if field.flatten && docs.is_empty() {
        let doc = "Members that the documentation does not name, by their names in JSON.";
        docs.push(parse_quote!(#[doc = #doc]));
    }
    if let Some(wire) = &extension.wire {
        serde.push(parse_quote!(#[serde(rename = #wire)]));
    }
    let deprecated = property.is_some_and(|property| property.value["deprecated"] == true);
    let deprecated = deprecated.then(|| quote!(#[deprecated]));
    quote!(#(#docs)* #(#serde)* #deprecated pub #name: #ty)
}

/// What progenitor has serde do with a field.
fn published(field: &Field) -> Option<Attribute> {
    let rename = field.rename.as_ref().map(|name| quote!(rename = #name));
    let flatten = field.flatten.then(|| quote!(flatten));
    let default = field.default.then(|| quote!(default));
    let present = field
        .present
        .then(|| quote!(deserialize_with = "::std::option::Option::deserialize"));
    let skip = field
        .skip
        .as_ref()
        .map(|function| quote!(skip_serializing_if = #function));
    let options: Vec<_> = [rename, flatten, default, present, skip]
        .into_iter()
        .flatten()
        .collect();
    (!options.is_empty()).then(|| parse_quote!(#[serde(#(#options),*)]))
}

/// The function that reads a collection from null, too.
fn null_as_empty(ty: &RustType) -> Option<&'static str> {
    match &ty.kind {
        // Where null is an item of its own, it is kept.
        Kind::Vec(items) if holds_null(items) => Some("crate::values::lenient::null_as_empty"),
        Kind::Vec(items) if matches!(items.kind, Kind::Vec(_)) => {
            Some("crate::values::lenient::lists")
        }
        Kind::Vec(_) => Some("crate::values::lenient::list"),
        Kind::JsonMap => Some("crate::values::lenient::null_as_empty"),
        Kind::Map => Some("crate::values::lenient::map"),
        _ => None,
    }
}

/// Whether the items of a list may be null.
fn holds_null(items: &RustType) -> bool {
    match &items.kind {
        Kind::Option(_) | Kind::Json => true,
        Kind::Vec(items) => matches!(items.kind, Kind::Option(_)),
        _ => false,
    }
}
