//! The fields of a struct.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, parse_quote};

use super::constants;
use crate::document::Schema;
use crate::model::{Field, Kind, RustType};

/// A field as it is generated.
pub(super) struct Member {
    docs: Vec<Attribute>,
    /// What serde is told of it.
    pub(super) serde: Vec<Attribute>,
    is_deprecated: bool,
    pub(super) name: Ident,
    pub(super) ty: RustType,
    /// Whether it holds the members that the document does not name.
    pub(super) is_extra: bool,
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            docs,
            serde,
            name,
            ty,
            ..
        } = self;
        let deprecated = self.is_deprecated.then(|| quote!(#[deprecated]));
        tokens.extend(quote!(#(#docs)* #(#serde)* #deprecated pub #name: #ty));
    }
}

/// A field of the struct `item`.
pub(super) fn member(schema: Option<&Schema<'_>>, item: &Ident, field: &Field) -> Member {
    let Field { name, ty, .. } = field;
    let property = schema.and_then(|schema| schema.property(&field.json_name()));
    let extension = property.map(|property| property.extension.clone());
    let extension = extension.unwrap_or_default();
    let mut docs = field.docs.clone();
    let mut serde: Vec<Attribute> = Vec::new();
    let mut ty = ty.clone();
    let is_extra = field.flatten && matches!(ty.kind, Kind::JsonMap);
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
    } else if is_extra {
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
    let is_deprecated = property.is_some_and(|property| property.value["deprecated"] == true);
    let name = name.clone();
    Member {
        docs,
        serde,
        is_deprecated,
        name,
        ty,
        is_extra,
    }
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
pub(super) fn null_as_empty(ty: &RustType) -> Option<&'static str> {
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
