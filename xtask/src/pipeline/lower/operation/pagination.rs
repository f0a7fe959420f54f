//! The pagination and sort parameters of list operations.
//!
//! They are recognised by their shape, so that a new page needs no code.

use partner_api_codegen::contract::{Encoding, Extension as _, SchemaExtension, SortKeys};
use serde_json::{Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::Lowering;

impl Lowering<'_> {
    /// Turns the `limit` and `offset` of an operation that has both into numbers of items.
    pub(crate) fn paged(parameters: &mut [Value]) -> bool {
        let number = |name: &str| {
            parameters.iter().position(|parameter| {
                let kind = parameter["schema"]["type"].as_str();
                is_query(parameter, name) && matches!(kind, Some("integer" | "number"))
            })
        };
        let (Some(limit), Some(offset)) = (number("limit"), number("offset")) else {
            return false;
        };
        for index in [limit, offset] {
            parameters[index]["schema"] = json!({"type": "integer", "format": "uint32"});
        }
        true
    }

    /// Lowers a `sort` with one key, which is no constant: its order can be reversed.
    pub(crate) fn one_sort_key(
        &mut self,
        parameter: &Value,
        schema: &Value,
        at: &str,
        hint: &str,
    ) -> Option<Value> {
        if !is_query(parameter, "sort") || self.constant(schema).is_none() {
            return None;
        }
        let source = self.resolved(schema).as_object()?.clone();
        let keys = self.enumeration(&source, at)?;
        let name = self.component(None, hint, at, keys);
        Some(json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// Turns a `sort` whose enum lists keys into a list of keys, each ascending or descending.
    ///
    /// A `sort` with values such as `-name` or `desc` has another notation, and is left as it is.
    pub(crate) fn sort(&mut self, parameters: &mut [Value], at: &str) {
        let has_direction = parameters.iter().any(|parameter| {
            let values = self.values(&parameter["schema"]).unwrap_or_default();
            values
                .iter()
                .any(|value| value.starts_with('-') || value.eq_ignore_ascii_case("desc"))
        });
        let sort = parameters
            .iter_mut()
            .find(|parameter| is_query(parameter, "sort"));
        let Some(sort) = sort.filter(|_| !has_direction) else {
            return;
        };
        let Some(name) = self.enum_of(&sort["schema"]).map(str::to_owned) else {
            return;
        };
        let keys = json!({"$ref": format!("#/components/schemas/{name}")});
        let extension = SchemaExtension::Query {
            encoding: Encoding::Sort,
            schema: keys,
        };
        let outer = extension.on(json!({"type": "string"}));
        let query = self.component(None, &format!("{name}Query"), at, outer);
        sort["schema"] = json!({"$ref": format!("#/components/schemas/{query}")});
        self.sort_keys.insert(name);
    }

    /// Marks the enums that lists are sorted by. A published component may be used elsewhere, so it
    /// keeps unknown values.
    pub(crate) fn mark_sort_keys(&mut self) {
        for name in &self.sort_keys {
            let published = self.rust_names.values().any(|rust| rust == name);
            let keys = if published {
                SortKeys::Open
            } else {
                SortKeys::Closed
            };
            if let Some(schema) = self.schemas.get_mut(name)
                && let Some(SchemaExtension::Enum { values, .. }) = SchemaExtension::of(schema)
            {
                let sort = Some(keys);
                *schema = SchemaExtension::Enum { values, sort }.on(schema.take());
            }
        }
    }

    /// The name of the enum component that a schema refers to, if it does.
    fn enum_of<'s>(&self, schema: &'s Value) -> Option<&'s str> {
        let reference = schema
            .get("$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"));
        let name = pointer::schema_name(reference?.as_str()?)?;
        let extension = SchemaExtension::of(self.schemas.get(name)?);
        matches!(extension, Some(SchemaExtension::Enum { .. })).then_some(name)
    }

    fn values(&self, schema: &Value) -> Option<Vec<String>> {
        let schema = self.schemas.get(self.enum_of(schema)?)?;
        match SchemaExtension::of(schema)? {
            SchemaExtension::Enum { values, .. } => {
                Some(values.into_iter().map(|value| value.value).collect())
            }
            _ => None,
        }
    }
}

fn is_query(parameter: &Value, name: &str) -> bool {
    parameter["in"] == "query" && parameter["name"] == name
}
