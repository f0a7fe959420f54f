//! The structs of `types`.

use quote::quote;
use serde_json::Value;
use syn::{Attribute, Field, Fields, Item, ItemStruct, Type, parse_quote};

/// Finishes every struct and leaves out the builders, which struct literals make needless.
pub(crate) fn finish(document: &Value, items: &mut Vec<Item>) {
    items.retain(|item| !is_needless(item));
    for item in items.iter_mut() {
        match item {
            Item::Struct(item) => finish_struct(&document["components"]["schemas"], item),
            Item::Enum(item) => item.attrs.insert(0, json_schema()),
            _ => {}
        }
    }
    // The error of conversions stays where a type of another kind still converts.
    let others = items.iter().filter(|item| !is_module(item, "error"));
    let is_used = quote!(#(#others)*).to_string().contains("ConversionError");
    items.retain(|item| is_used || !is_module(item, "error"));
}

fn is_needless(item: &Item) -> bool {
    match item {
        Item::Impl(implementation) if implementation.trait_.is_none() => {
            let builder = |item: &syn::ImplItem| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "builder");
            implementation.items.iter().all(builder)
        }
        item => is_module(item, "builder"),
    }
}

fn is_module(item: &Item, name: &str) -> bool {
    matches!(item, Item::Mod(module) if module.ident == name)
}

fn finish_struct(schemas: &Value, item: &mut ItemStruct) {
    let name = item.ident.to_string();
    let schema = &schemas[&name];
    if schema["description"].is_null() {
        item.attrs.retain(|attribute| !is_doc(attribute));
    }
    item.attrs.insert(0, json_schema());
    match &mut item.fields {
        Fields::Named(fields) => {
            for field in &mut fields.named {
                let key = field
                    .ident
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                finish_field(&schema["properties"][key], field);
            }
            let mut is_flat = fields
                .named
                .iter()
                .map(|field| field.attrs.iter().any(is_flatten));
            // progenitor takes the map of other members for one that must be there.
            if is_flat.any(|flat| flat) && fields.named.iter().all(may_be_absent) {
                item.attrs.push(parse_quote!(#[derive(Default)]));
            }
        }
        Fields::Unnamed(fields) => {
            for field in &mut fields.unnamed {
                if let Some(read) = null_as_empty(&field.ty) {
                    field
                        .attrs
                        .push(parse_quote!(#[serde(deserialize_with = #read)]));
                }
            }
        }
        Fields::Unit => {}
    }
}

fn finish_field(property: &Value, field: &mut Field) {
    let codegen = &property["x-codegen"];
    let is_option = type_name(&field.ty).as_deref() == Some("Option");
    if codegen["nullable"] == true || (codegen["optional"] == true && !is_option) {
        // What is absent, what is null and what is empty are three things to a server.
        let ty = &field.ty;
        field.ty = match (codegen["nullable"] == true, is_option) {
            (true, true) => parse_quote!(::std::option::Option<#ty>),
            (true, false) => parse_quote!(::std::option::Option<::std::option::Option<#ty>>),
            (false, _) => parse_quote!(::std::option::Option<#ty>),
        };
        field
            .attrs
            .retain(|attribute| !attribute.path().is_ident("serde"));
        field.attrs.push(
            parse_quote!(#[serde(default, skip_serializing_if = "::std::option::Option::is_none")]),
        );
        if codegen["nullable"] == true {
            if field.attrs.iter().any(is_doc) {
                field.attrs.push(parse_quote!(#[doc = ""]));
            }
            field
                .attrs
                .push(parse_quote!(#[doc = "`None` leaves it as it is, `Some(None)` sends null."]));
            field
                .attrs
                .push(parse_quote!(#[serde(deserialize_with = "crate::values::lenient::present")]));
        }
    } else if let Some(read) = null_as_empty(&field.ty) {
        field
            .attrs
            .push(parse_quote!(#[serde(deserialize_with = #read)]));
    }
    if field.attrs.iter().any(is_flatten) && !field.attrs.iter().any(is_doc) {
        let doc = "What the documentation does not name, by its name on the wire.";
        field.attrs.insert(0, parse_quote!(#[doc = #doc]));
    }
    if let Some(wire) = codegen["wire"].as_str() {
        field.attrs.push(parse_quote!(#[serde(rename = #wire)]));
    }
    if property["deprecated"] == true {
        field.attrs.push(parse_quote!(#[deprecated]));
    }
}

/// The function that reads a collection from null, too.
fn null_as_empty(ty: &Type) -> Option<&'static str> {
    let inner = |ty: &Type| quote!(#ty).to_string().replace(' ', "");
    match type_name(ty)?.as_str() {
        // Where null is an item of its own, it is kept.
        "Vec" if inner(ty).contains("Vec<::std::option::Option<") => {
            Some("crate::values::lenient::null_as_empty")
        }
        "Vec" if inner(ty).ends_with("Vec<::serde_json::Value>") => {
            Some("crate::values::lenient::null_as_empty")
        }
        "Vec" if inner(ty).contains("Vec<::std::vec::Vec<") => {
            Some("crate::values::lenient::lists")
        }
        "Vec" => Some("crate::values::lenient::list"),
        "Map" => Some("crate::values::lenient::null_as_empty"),
        "BTreeMap" => Some("crate::values::lenient::map"),
        _ => None,
    }
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

fn is_flatten(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde") && quote!(#attribute).to_string().contains("flatten")
}

fn may_be_absent(field: &Field) -> bool {
    let name = type_name(&field.ty).unwrap_or_default();
    ["Option", "Vec", "Map", "BTreeMap"].contains(&name.as_str())
}

fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

fn json_schema() -> Attribute {
    parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))])
}
