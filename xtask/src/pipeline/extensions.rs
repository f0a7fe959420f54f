//! The extension members (`x-…`) that only the overlay may set.
//!
//! Pages are untrusted: with these members a page could rename types, or have an approval retried.
//! Other extension members are kept; the pipeline does not read them.

use partner_api_codegen::contract;
use serde_json::Value;

use crate::document::pointer;
use crate::document::source_map::Origin;
use crate::document::visit::MAPS;

/// The members that the overlay may set, and those that the pipeline sets itself.
const OURS: [&str; 8] = [
    contract::KEY,
    "x-docs-name",
    "x-enum-varnames",
    "x-idempotent",
    "x-json",
    "x-rust-scopes",
    "x-rust-name",
    "x-rust-type",
];

/// Removes these members from a page's document, and returns their pointers.
pub(crate) fn remove(document: &mut Value) -> Vec<String> {
    let mut removed = Vec::new();
    remove_in(document, "", false, &mut removed);
    removed
}

/// The warning that a member was removed.
pub(crate) fn warning(origin: &Origin, pointer: &str) -> String {
    format!("{origin}: {pointer}: ignored, because only the overlay may set it")
}

/// `named` means that the members have names chosen by the provider. Examples and defaults are
/// searched as well, because a reference can use them as schemas.
fn remove_in(value: &mut Value, at: &str, named: bool, removed: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                // A schema may have such a name, but it is an object, and none of these members is one.
                let is_ours = OURS.contains(&name.as_str()) && !(named && value.is_object());
                if is_ours {
                    removed.push(pointer::join(at, name));
                }
                !is_ours
            });
            for (name, value) in members {
                let named = !named && MAPS.contains(&name.as_str());
                remove_in(value, &pointer::join(at, name), named, removed);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                remove_in(item, &format!("{at}/{index}"), false, removed);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn published_names_are_kept_and_reserved_members_are_removed() {
        let mut document = json!({
            "x-other": 1,
            "paths": {"/a": {"get": {"x-idempotent": true, "x-other": {"x-json": true}}}},
            "components": {"schemas": {
                "x-json": {"properties": {(contract::KEY): {}, "x-rust-type": "A", "properties": {"x-rust-type": "B"}}},
            }},
        });
        assert_eq!(
            remove(&mut document),
            [
                "/paths/~1a/get/x-idempotent",
                "/paths/~1a/get/x-other/x-json",
                "/components/schemas/x-json/properties/x-rust-type",
                "/components/schemas/x-json/properties/properties/x-rust-type",
            ]
        );
        assert_eq!(
            document,
            json!({
                "x-other": 1,
                "paths": {"/a": {"get": {"x-other": {}}}},
                "components": {"schemas": {"x-json": {"properties": {(contract::KEY): {}, "properties": {}}}}},
            })
        );
    }
}
