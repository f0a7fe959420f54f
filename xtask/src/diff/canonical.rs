//! The canonical form of a document, in which no pointer depends on the order of a list.

use serde_json::{Map, Value};

use crate::document::pointer;
use crate::document::visit::METHODS;
use crate::document::visit::for_each_schema;

/// Turns the lists whose order has no meaning into objects: parameters by location and name, required
/// properties and enum values by themselves.
pub(super) fn canonical(document: &Value) -> Value {
    let mut canonical = document.clone();
    for_each_schema(&mut canonical, &mut |_, schema| {
        for name in ["required", "enum"] {
            if let Some(Value::Array(values)) = schema.get_mut(name) {
                let text = |value: &Value| {
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                };
                let values: Map<_, _> = values
                    .iter()
                    .map(|value| (text(value), true.into()))
                    .collect();
                schema[name] = values.into();
            }
        }
    });
    let items = canonical
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    for (_, item) in items {
        for method in METHODS {
            let Some(Value::Array(parameters)) = item.pointer_mut(&format!("/{method}/parameters"))
            else {
                continue;
            };
            let by_key = |parameter: Value| (key(document, &parameter), parameter);
            let parameters: Map<_, _> =
                std::mem::take(parameters).into_iter().map(by_key).collect();
            item[method]["parameters"] = parameters.into();
        }
    }
    canonical
}

fn key(document: &Value, parameter: &Value) -> String {
    let target = parameter["$ref"]
        .as_str()
        .and_then(|target| pointer::resolve(document, target));
    let parameter = target.unwrap_or(parameter);
    let text = |name: &str| parameter[name].as_str().unwrap_or_default();
    parameter_key(text("in"), text("name"))
}

/// The key of a parameter; header names are not case-sensitive.
pub(super) fn parameter_key(location: &str, wire: &str) -> String {
    match location {
        "header" => format!("{location} {}", wire.to_ascii_lowercase()),
        _ => format!("{location} {wire}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_of_an_enum_is_known_by_itself() {
        let document =
            json!({"components": {"schemas": {"A": {"enum": ["a", null], "required": ["b"]}}}});
        let schema = &canonical(&document)["components"]["schemas"]["A"];
        assert_eq!(
            schema,
            &json!({"enum": {"a": true, "null": true}, "required": {"b": true}})
        );
    }

    #[test]
    fn a_parameter_is_known_by_its_name() {
        let document = json!({
            "components": {"parameters": {"Shared": {"in": "path", "name": "id"}}},
            "paths": {"/a": {"get": {"parameters": [
                {"in": "query", "name": "q", "required": true},
                {"$ref": "#/components/parameters/Shared"},
            ]}}},
        });
        let parameters = &canonical(&document)["paths"]["/a"]["get"]["parameters"];
        assert_eq!(parameters["query q"]["required"], true);
        assert!(parameters["path id"].is_object());
    }
}
