//! Lowering what stands in a query: objects, arrays and numbers, and how they are written there.

use serde_json::{Value, json};

use super::context::Lowering;
use super::schema::{object, plain};
use super::usage::REQUEST;
use crate::document::pointer;

impl Lowering<'_> {
    /// An object in the query: a struct of its own, and how it is written as text.
    pub(super) fn encoded(
        &mut self,
        schema: &Value,
        at: &str,
        hint: &str,
        encoding: &str,
    ) -> Value {
        let inner = self.schema(schema, at, hint, REQUEST);
        let inner = match inner.pointer("/allOf/0") {
            Some(reference) => reference.clone(),
            None => inner,
        };
        let outer = json!({"type": "string", "x-codegen": {"query": {"encoding": encoding, "schema": inner}}});
        let name = self.component(None, &format!("{hint}Query"), at, outer);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// An array in one value, with commas between its items.
    pub(super) fn joined(&mut self, schema: &Value, at: &str, hint: &str) -> Option<Value> {
        let items = self.resolved(schema).get("items").cloned();
        let items = items.unwrap_or_else(|| json!({"type": "string"}));
        let place = format!("{at}/items");
        if matches!(self.kind_of(&items), Some("object" | "array")) {
            self.problem(&place, "an item of an array in one value (`explode: false`) is an object or array; expected a text, number or boolean; correct it in the overlay");
            return None;
        }
        let mut items = object(self.schema(&items, &place, &format!("{hint}Item"), REQUEST));
        items.retain(|name, _| name != "nullable" && name != "description");
        let mut items = plain(items);
        self.number(&mut items, &place);
        let outer = json!({"type": "string", "x-codegen": {"query": {"encoding": "commas", "schema": items}}});
        let name = self.component(None, &format!("{hint}Query"), at, outer);
        Some(json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// Numbers in the query become the crate's own, which writes whole ones without a fraction:
    /// what is published as a number is often read as an integer.
    pub(super) fn numbers(&mut self, parameters: &mut [Value], at: &str) {
        for parameter in parameters.iter_mut().filter(|it| it["in"] == "query") {
            let schema = &mut parameter["schema"];
            let schema = match schema["type"] == "array" {
                true => &mut schema["items"],
                false => schema,
            };
            self.number(schema, at);
        }
    }

    fn number(&mut self, schema: &mut Value, at: &str) {
        if schema["type"] == "number" {
            let number = json!({"type": "string", "x-codegen": {"number": true}});
            let name = self.component(None, "QueryNumber", at, number);
            *schema = json!({"$ref": format!("#/components/schemas/{name}")});
        }
    }

    /// Has an object in the query take members that the document does not know (yet).
    pub(super) fn open(&mut self, encoded: &Value) {
        let name = |reference: &Value| {
            let name = reference["$ref"].as_str().and_then(pointer::schema_name);
            name.map(str::to_owned)
        };
        let query = name(encoded).and_then(|name| self.schemas.get(&name));
        let inner = query.and_then(|query| name(&query["x-codegen"]["query"]["schema"]));
        let inner = inner.and_then(|inner| self.schemas.get_mut(&inner));
        if let Some(inner) = inner
            && inner["properties"].is_object()
            && inner["properties"]["extra"].is_null()
            && inner["additionalProperties"].is_null()
        {
            inner["additionalProperties"] = json!({});
        }
    }
}
