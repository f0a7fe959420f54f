//! progenitor's output as typed values.
//!
//! This module alone knows how progenitor writes Rust. Each part is read into a value, and written
//! again as progenitor would write it: if the two differ, the output has a shape that this module does
//! not know, and generation fails with the name of the item. So an upgrade of progenitor either works
//! or reports what changed.

mod builder;
mod client;
mod mock;
mod rust_type;
mod send;
mod types;

use quote::ToTokens;
use syn::{Attribute, File, Item, ItemMod, parse2};

pub(crate) use builder::{Argument, Builder};
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
