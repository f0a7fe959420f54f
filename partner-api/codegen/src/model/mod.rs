//! progenitor's output as typed values.
//!
//! This module alone knows how progenitor writes Rust. Each part is read into a value, and written
//! again as progenitor would write it: if the two differ, the output has a shape that this module does
//! not know, and generation fails with the name of the item. So an upgrade of progenitor either works
//! or reports what changed.

mod argument;
mod builder;
mod client;
mod mock;
mod rust_type;
mod send;
mod types;

use quote::ToTokens;
use syn::{Attribute, File, Item, ItemMod, parse2};

pub(crate) use argument::Argument;
pub(crate) use builder::Builder;
pub(crate) use client::Client;
pub(crate) use mock::{Mock, MockBody, Mocks, Status, Then, When, WhenKind};
pub(crate) use rust_type::{Kind, RustType};
pub(crate) use send::{BodyKind, Header, Query};
pub(crate) use types::{Field, Shape, Struct, TypeItem, Types};

use crate::progenitor::Output;

/// Everything that progenitor generated and the finishing pass uses.
pub(crate) struct Model {
    pub(crate) types: Types,
    pub(crate) client: Client,
    pub(crate) builders: Vec<Builder>,
    pub(crate) mocks: Mocks,
}

impl Model {
    /// Reads progenitor's output.
    pub(crate) fn read(output: Output) -> Result<Self, String> {
        let unparsable = |error: syn::Error| format!("progenitor's code cannot be parsed: {error}");
        let client: File = parse2(output.client).map_err(unparsable)?;
        let mock: File = parse2(output.mock).map_err(unparsable)?;
        let mut types = None;
        let mut builders = None;
        let mut others = Vec::new();
        for item in client.items {
            match item {
                Item::Mod(module) if module.ident == "types" => {
                    types = Some(Types::read(content(module)?)?);
                }
                Item::Mod(module) if module.ident == "builder" => {
                    builders = Some(builder::read(content(module)?)?);
                }
                // progenitor's own transport and error, which the crate replaces.
                Item::Mod(module) if module.ident == "prelude" => {}
                Item::Use(_) => {}
                item => others.push(item),
            }
        }
        Ok(Self {
            types: types.ok_or("progenitor's output has no module `types`")?,
            builders: builders.ok_or("progenitor's output has no module `builder`")?,
            client: Client::read(others)?,
            mocks: Mocks::read(mock.items)?,
        })
    }
}

fn content(module: ItemMod) -> Result<Vec<Item>, String> {
    match module.content {
        Some((_, items)) => Ok(items),
        None => Err(unknown(&format!("the module `{}`", module.ident), &module)),
    }
}

/// The error for a shape that this module does not know.
fn unknown(item: &str, found: &impl ToTokens) -> String {
    let mut code = found.to_token_stream().to_string();
    if let Some((end, _)) = code.char_indices().nth(300) {
        code.truncate(end);
        code.push('…');
    }
    format!(
        "progenitor generates {item} in a way that partner-api-codegen does not know; \
         adapt its module `model` to this version of progenitor: {code}"
    )
}

/// The item, if it is written as progenitor writes what was read from it.
fn expect<T: PartialEq + ToTokens>(item: &str, found: &T, expected: &T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(unknown(item, found)),
    }
}

/// The documentation of an item, and its other attributes.
fn docs(attributes: Vec<Attribute>) -> (Vec<Attribute>, Vec<Attribute>) {
    attributes
        .into_iter()
        .partition(|attribute| attribute.path().is_ident("doc"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syn::parse_quote;

    use super::*;
    use crate::document::Document;

    /// progenitor's output for one operation, with another text in place of one that is there.
    fn changed(from: &str, to: &str) -> Output {
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "paths": {"/things": {"get": {
                "operationId": "get_things",
                "parameters": [{"name": "q", "in": "query", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "Success"}},
            }}},
            "components": {"schemas": {}},
        });
        let read = Document::read(&document).unwrap();
        let mut output = crate::progenitor::generate(&document, &read).ok().unwrap();
        for tokens in [&mut output.client, &mut output.mock] {
            *tokens = tokens.to_string().replace(from, to).parse().unwrap();
        }
        output
    }

    #[test]
    fn the_output_of_this_version_of_progenitor_is_known() {
        let model = Model::read(changed("", "")).ok().unwrap();
        assert_eq!(model.builders.len(), 1);
        assert_eq!(model.mocks.operations.len(), 1);
    }

    #[test]
    fn an_unknown_shape_is_an_error_that_names_the_item() {
        for (from, to, item) in [
            (
                ". get (url)",
                ". get (url) . timeout (t)",
                "`send` of the builder `GetThings`",
            ),
            (
                "map_err (Error :: InvalidRequest)",
                "map_err (Error :: Invalid)",
                "`send` of the builder `GetThings`",
            ),
            (
                "# [derive (Debug , Clone)] pub struct GetThings",
                "# [derive (Debug)] # [must_use] pub struct GetThings",
                "the builder `GetThings`",
            ),
            (
                "builder :: GetThings :: new (self)",
                "builder :: GetThings :: of (self)",
                "the client's method `get_things`",
            ),
            (
                ". query_param (\"q\"",
                ". query_params (\"q\"",
                "`q` of the mock `GetThingsWhen`",
            ),
            (
                ". status (200u16)",
                ". code (200u16)",
                "`ok` of the mock `GetThingsThen`",
            ),
        ] {
            let error = Model::read(changed(from, to)).err();
            let error = error.unwrap_or_else(|| panic!("{from} is not in progenitor's output"));
            assert!(error.contains(item), "{item}: {error}");
        }
        let error = Types::read(vec![parse_quote!(
            pub enum Odd {
                A,
            }
        )])
        .err();
        let error = error.unwrap();
        assert!(
            error.contains("module `types`") && error.contains("Odd"),
            "{error}"
        );
    }
}
