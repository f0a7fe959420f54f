//! The types of parameters that hold an object, several values or a number.

use partner_api_codegen::contract::{Encoding, Extension as _, SchemaExtension};
use serde_json::{Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::schema::{object, plain};
use crate::pipeline::lower::usage::REQUEST;

impl Lowering<'_> {
    /// An object in the query: a struct with its encoding.
    pub(crate) fn encoded(
        &mut self,
        schema: &Value,
        at: &str,
        hint: &str,
        encoding: Encoding,
    ) -> Value {
        let inner = self.schema(schema, at, hint, REQUEST);
        let inner = match inner.pointer("/allOf/0") {
            Some(reference) => reference.clone(),
            None => inner,
        };
        let extension = SchemaExtension::Query {
            encoding,
            schema: inner,
        };
        let outer = extension.on(json!({"type": "string"}));
        let name = self.component(None, &format!("{hint}Query"), at, outer);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// An array in one value, with a separator between its items.
    pub(crate) fn joined(
        &mut self,
        schema: &Value,
        at: &str,
        hint: &str,
        encoding: Encoding,
    ) -> Option<Value> {
        let items = self.resolved(schema).get("items").cloned();
        let items = items.unwrap_or_else(|| json!({"type": "string"}));
        let place = format!("{at}/items");
        if self.is_structured(&items) {
            self.problem(&place, "an item of this array is an object or array, which cannot be written in one string; expected a string, number or boolean; correct it in the overlay");
            return None;
        }
        let mut items = object(self.schema(&items, &place, &format!("{hint}Item"), REQUEST));
        items.retain(|name, _| name != "nullable" && name != "description");
        let mut items = match items.is_empty() {
            true => json!({"type": "string"}),
            false => plain(items),
        };
        self.number(&mut items, &place);
        let extension = SchemaExtension::Query {
            encoding,
            schema: items,
        };
        let outer = extension.on(json!({"type": "string"}));
        let name = self.component(None, &format!("{hint}Query"), at, outer);
        Some(json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// Gives numbers in the query the crate's type, which writes whole numbers without a fraction: a
    /// server often expects an integer where a number is published.
    pub(crate) fn numbers(&mut self, parameters: &mut [Value], at: &str) {
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
            let number = SchemaExtension::Number.on(json!({"type": "string"}));
            let name = self.component(None, "QueryNumber", at, number);
            *schema = json!({"$ref": format!("#/components/schemas/{name}")});
        }
    }

    /// Lets an object in the query have members that the document does not define.
    pub(crate) fn open(&mut self, encoded: &Value) {
        let name = |reference: &Value| {
            let name = reference["$ref"].as_str().and_then(pointer::schema_name);
            name.map(str::to_owned)
        };
        let query = name(encoded).and_then(|name| self.schemas.get(&name));
        let inner = match query.and_then(SchemaExtension::of) {
            Some(SchemaExtension::Query { schema, .. }) => name(&schema),
            _ => None,
        };
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
