//! The finishing pass over progenitor's tokens: what an OpenAPI 3.0 document cannot say.
//!
//! - [`types`]: collections that may be null, three-state fields, names on the wire, deprecation
//! - [`hints`]: identifiers, timestamps and alternatives; in [`enums`]: open enums, sort keys
//! - [`multipart`]: bodies of files and values
//! - [`filters`]: objects in the query that take more than the document names
//! - [`builders`]: one error type; in [`setters`]: arguments that are checked before all else
//! - [`client`]: no constructor without credentials, links to the docs pages
//! - [`handles`]: operations that share an argument, with that set
//! - [`lists`]: lists that can be read whole
//! - [`operations`]: what the transport needs to know of each operation
//! - [`mock`]: the httpmock helpers, behind the feature `mock`
//! - [`exports`]: types of the crate that only some documents use
//! - [`docs`]: documentation as line comments, which rustdoc reads as they stand

mod builders;
mod client;
mod docs;
mod enums;
mod exports;
mod filters;
mod handles;
mod hints;
mod lists;
mod mock;
mod multipart;
mod operations;
mod setters;
mod types;

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::quote;
use serde_json::Value;
use syn::{File, Item, parse2};

use crate::progenitor::Output;

/// Finishes what progenitor made and returns the text of `generated.rs`.
pub(crate) fn finish(document: &Value, generated: Output) -> Result<String, String> {
    let said = |error: syn::Error| format!("progenitor's code does not parse: {error}");
    let mut file: File = parse2(generated.client).map_err(said)?;
    let mut mock_file: File = parse2(generated.mock).map_err(said)?;

    file.items.retain(|item| !is_left_out(item));
    let operations = Operations::of(document);
    client::finish(document, &operations, &mut file.items).map_err(said)?;
    let mut types: Vec<Item> = Vec::new();
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else {
            continue;
        };
        match module.ident.to_string().as_str() {
            "types" => {
                types::finish(document, items);
                lists::require(document, &operations, items);
                items.extend(hints::items(document).map_err(said)?);
                items.extend(filters::items(document).map_err(said)?);
                types.clone_from(items);
                module.attrs = syn::parse_quote! {
                    /// The values that operations send and answer with.
                };
            }
            "builder" => {
                builders::finish(document, &operations, items).map_err(said)?;
                items.extend(handles::items(document, &operations).map_err(said)?);
                let lists = lists::items(document, &operations, &types, items).map_err(said)?;
                items.extend(lists);
                module.attrs = syn::parse_quote! {
                    /// The builders of calls, one for each operation.
                };
            }
            _ => {}
        }
    }
    let mock = mock::module(document, &operations, &mut mock_file.items);
    let exports = exports::module(document, &operations);
    let operations = operations::module(document, &operations, &types);
    let items = &file.items;
    let whole = quote! {
        pub(crate) use crate::values::identifier::encode_path;
        #(#items)*
        #operations
        #exports
        #mock
    };
    let text = prettyplease::unparse(&parse2(docs::lines(whole)).map_err(said)?);
    Ok(format!("{HEADER}{}", spaced(&text)))
}

const HEADER: &str = "\
// Made by `cargo xtask codegen` from the pages in openapi/docs. Do not edit: correct the overlay,
// openapi/overlay.yaml, and run it again.

";

/// progenitor's own transport and error, and what belongs to them.
fn is_left_out(item: &Item) -> bool {
    match item {
        Item::Use(_) => true,
        Item::Impl(implementation) => implementation.trait_.is_some(),
        Item::Mod(module) => module.ident == "prelude",
        _ => false,
    }
}

/// One operation of the document.
struct Operation<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    value: &'a Value,
}

impl Operation<'_> {
    /// Whether a parameter stands in the path.
    fn has_in_path(&self, name: &str) -> bool {
        let mut parameters = self.value["parameters"].as_array().into_iter().flatten();
        parameters.any(|parameter| parameter["in"] == "path" && parameter["name"] == name)
    }
}

/// The operations of the document, in its order and by name.
struct Operations<'a> {
    all: Vec<Operation<'a>>,
    by_method: HashMap<String, usize>,
    by_builder: HashMap<String, usize>,
}

impl<'a> Operations<'a> {
    fn of(document: &'a Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let all: Vec<_> = paths
            .flat_map(|(path, item)| {
                let methods = item.as_object().into_iter().flatten();
                methods.map(move |(method, value)| Operation {
                    id: value["operationId"].as_str().unwrap_or_default(),
                    method,
                    path,
                    value,
                })
            })
            .collect();
        let by = |name: fn(&str) -> String| {
            let names = all.iter().enumerate();
            names
                .map(|(index, operation)| (name(operation.id), index))
                .collect()
        };
        Self {
            by_method: by(str::to_owned),
            by_builder: by(builder_name),
            all,
        }
    }

    /// The operation of a method of the client.
    fn method(&self, name: &Ident) -> Option<&Operation<'a>> {
        self.all.get(*self.by_method.get(&name.to_string())?)
    }

    /// The operation of a builder.
    fn builder(&self, name: &str) -> Option<&Operation<'a>> {
        self.all.get(*self.by_builder.get(name)?)
    }
}

/// The name of an operation's builder: `list_things` has `ListThings`.
fn builder_name(id: &str) -> String {
    let capitalised = id.split('_').flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next();
        first
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
    });
    capitalised.collect()
}

/// An empty line between items.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = "";
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let closes = previous.trim_start() == "}" && previous.len() - 1 == indent;
        if closes && !line.trim_start().starts_with('}') && indent <= 8 {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        previous = line;
    }
    out
}
