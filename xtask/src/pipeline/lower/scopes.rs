//! Lowering `x-rust-scopes`: methods of the client that set one path parameter for many operations.

use std::collections::BTreeMap;

use partner_api_codegen::contract::Scope;
use serde_json::Value;

use super::context::Lowering;
use crate::document::pointer;
use crate::pipeline::lower::naming::names;

impl Lowering<'_> {
    /// The scopes that the overlay adds, each with the type of its parameter.
    pub(super) fn scopes(
        &mut self,
        paths: &Value,
        operations: &BTreeMap<String, String>,
    ) -> Vec<Scope> {
        let document = self.document;
        let wanted = document.get("x-rust-scopes").and_then(Value::as_object);
        let mut scopes = Vec::new();
        for (method, parameter) in wanted.into_iter().flatten() {
            let at = pointer::join("/x-rust-scopes", method);
            let parameter = names::snake(parameter.as_str().unwrap_or_default());
            let (name, type_name) = (
                names::snake(method),
                format!("{}Scope", names::pascal(method)),
            );
            let default = format!("default_{parameter}");
            for (operation, place) in operations {
                let is_method = *operation == name || *operation == default;
                if is_method || names::pascal(operation) == type_name {
                    self.collision(operation, place, &at);
                }
            }
            let schemas = path_schemas(paths, &parameter);
            let Some(schema) = schemas.first() else {
                self.problem(&at, format!("no path has a parameter `{parameter}`; correct `x-rust-scopes` in the overlay"));
                continue;
            };
            if schemas.iter().any(|other| other != schema) {
                self.problem(
                    &at,
                    format!("`{parameter}` has different types in different paths; give it one type in the overlay"),
                );
            }
            let schema = (*schema).clone();
            scopes.push(Scope {
                name,
                type_name,
                parameter,
                schema,
            });
        }
        scopes
    }
}

/// The schemas of all path parameters of a name.
fn path_schemas<'a>(paths: &'a Value, name: &str) -> Vec<&'a Value> {
    let items = paths.as_object().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let parameters = operations
        .flat_map(|(_, operation)| operation["parameters"].as_array().into_iter().flatten());
    parameters
        .filter(|parameter| parameter["in"] == "path" && parameter["name"] == name)
        .map(|parameter| &parameter["schema"])
        .collect()
}
