//! What a list operation is asked for: which rows, and in which order.
//!
//! Both are recognised by the shape of the parameters, so that a new page needs no code.

use serde_json::{Value, json};

use super::context::Lowering;
use crate::document::pointer;

impl Lowering<'_> {
    /// The `limit` and `offset` of an operation that has both become numbers of rows.
    pub(super) fn page(parameters: &mut [Value]) -> Option<Value> {
        let number = |name: &str| {
            parameters.iter().position(|parameter| {
                let kind = parameter["schema"]["type"].as_str();
                is_query(parameter, name) && matches!(kind, Some("integer" | "number"))
            })
        };
        for index in [number("limit")?, number("offset")?] {
            parameters[index]["schema"] = json!({"type": "integer", "format": "uint32"});
        }
        Some(json!({"limit": "limit", "offset": "offset"}))
    }

    /// A `sort` whose enum lists keys: it takes several of them, each ascending or descending.
    ///
    /// Unless the document has another way to say which: a value such as `-name` or `desc`.
    pub(super) fn sort(&mut self, parameters: &mut [Value], at: &str) {
        let says_direction = parameters.iter().any(|parameter| {
            let values = self.values(&parameter["schema"]).unwrap_or_default();
            values
                .iter()
                .any(|value| value.starts_with('-') || value.eq_ignore_ascii_case("desc"))
        });
        let sort = parameters
            .iter_mut()
            .find(|parameter| is_query(parameter, "sort"));
        let Some(sort) = sort.filter(|_| !says_direction) else {
            return;
        };
        let Some(name) = self.enum_of(&sort["schema"]).map(str::to_owned) else {
            return;
        };
        let keys = json!({"$ref": format!("#/components/schemas/{name}")});
        let outer =
            json!({"type": "string", "x-codegen": {"query": {"encoding": "sort", "schema": keys}}});
        let query = self.component(None, &format!("{name}Query"), at, outer);
        sort["schema"] = json!({"$ref": format!("#/components/schemas/{query}")});
        self.sort_keys.insert(name);
    }

    /// Marks the enums that lists are sorted by. One that was published for itself may be used
    /// elsewhere, and keeps the values it does not know.
    pub(super) fn mark_sort_keys(&mut self) {
        for name in &self.sort_keys {
            let published = self.rust_names.values().any(|rust| rust == name);
            if let Some(schema) = self.schemas.get_mut(name) {
                schema["x-codegen"]["sort"] = if published { "open" } else { "closed" }.into();
            }
        }
    }

    /// The component of a schema, if it is an enum.
    fn enum_of<'s>(&self, schema: &'s Value) -> Option<&'s str> {
        let reference = schema
            .get("$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"));
        let name = pointer::schema_name(reference?.as_str()?)?;
        self.schemas.get(name)?["x-codegen"]["enum"]
            .is_array()
            .then_some(name)
    }

    fn values(&self, schema: &Value) -> Option<Vec<&str>> {
        let schema = self.schemas.get(self.enum_of(schema)?)?;
        let variants = schema["x-codegen"]["enum"].as_array()?;
        Some(
            variants
                .iter()
                .filter_map(|variant| variant["value"].as_str())
                .collect(),
        )
    }
}

fn is_query(parameter: &Value, name: &str) -> bool {
    parameter["in"] == "query" && parameter["name"] == name
}
