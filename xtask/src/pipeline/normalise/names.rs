//! Renaming schema components with the names from the overlay.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::pointer;
use crate::document::source_map::SourceMap;
use crate::document::visit::for_each_reference;

/// A name from the overlay that cannot be used.
#[derive(Debug)]
pub(super) struct InvalidName {
    /// The schema.
    pub(super) pointer: String,
    pub(super) name: String,
    pub(super) reason: &'static str,
}

/// Renames schema components with `x-rust-name`, and all references to them.
///
/// # Errors
/// When a name is taken or invalid.
pub(super) fn rename_schemas(
    document: &mut Value,
    sources: &mut SourceMap,
) -> Result<(), InvalidName> {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    let mut new_references = BTreeMap::new();
    let mut renamed = Map::new();
    for (old, mut schema) in std::mem::take(schemas) {
        let at = pointer::join("/components/schemas", &old);
        let name = chosen_name(&mut schema).unwrap_or_else(|| old.clone());
        let taken = renamed.contains_key(&name);
        let invalid = match (name != old && !is_valid(&name), taken) {
            (true, _) => Some("not a valid schema name; expected letters, digits, `.`, `_` or `-`"),
            (_, true) => {
                Some("another schema has this name; choose a different one in the overlay")
            }
            _ => None,
        };
        if let Some(reason) = invalid {
            let pointer = at;
            return Err(InvalidName {
                pointer,
                name,
                reason,
            });
        }
        if name != old {
            let to = pointer::join("/components/schemas", &name);
            sources.moved(&at, to.clone());
            new_references.insert(format!("#{at}"), format!("#{to}"));
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("x-docs-name".into(), old.into());
            }
        }
        renamed.insert(name, schema);
    }
    *schemas = renamed;
    if !new_references.is_empty() {
        rename_references(document, &new_references);
    }
    Ok(())
}

/// Removes the name that the overlay set for a schema, if it did.
fn chosen_name(schema: &mut Value) -> Option<String> {
    let chosen = schema.as_object_mut()?.shift_remove("x-rust-name")?;
    Some(chosen.as_str().unwrap_or_default().to_owned())
}

/// Whether the overlay may give a schema this name; published names are accepted as they are.
fn is_valid(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && name.chars().all(is_allowed)
}

fn rename_references(document: &mut Value, new_references: &BTreeMap<String, String>) {
    for_each_reference(document, &mut |_, _, reference| {
        let end = reference
            .match_indices('/')
            .nth(3)
            .map_or(reference.len(), |(at, _)| at);
        let old = &reference[..end];
        let decoded = || new_references.get(&pointer::percent_decoded(old)?);
        if let Some(new) = new_references.get(old).or_else(decoded) {
            *reference = format!("{new}{}", &reference[end..]);
        }
    });
}
