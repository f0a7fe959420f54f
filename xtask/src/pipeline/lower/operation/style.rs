//! Lowering the `style` of parameters: how an object or several values are written.

use partner_api_codegen::contract::Encoding;
use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::media_type::is_json;
use crate::pipeline::lower::schema::{object, plain};
use crate::pipeline::lower::usage::REQUEST;

impl Lowering<'_> {
    /// Lowers the schema of a parameter; `None` if it cannot be written.
    pub(crate) fn parameter_schema(
        &mut self,
        parameter: &Value,
        at: &str,
        hint: &str,
        rust: &str,
    ) -> Option<Value> {
        if let Some(content) = parameter.get("content").and_then(Value::as_object) {
            return self.parameter_content(content, parameter, at, hint);
        }
        let location = string_at(parameter, "/in");
        let schema = parameter.get("schema").cloned();
        let schema = schema.unwrap_or_else(|| json!({"type": "string"}));
        let place = format!("{at}/schema");
        self.note_ignored(parameter, &schema, at);
        if let Some(keys) = self.one_sort_key(parameter, &schema, &place, hint) {
            return Some(keys);
        }
        if location == "path" && self.may_be_string(&schema) {
            let chosen = schema.get("x-rust-type").and_then(Value::as_str);
            let description = string_at(parameter, "/description");
            return Some(self.identifier(chosen, rust, &place, description));
        }
        let usual = match location {
            "query" | "cookie" => "form",
            _ => "simple",
        };
        let style = match string_at(parameter, "/style") {
            "" => usual,
            style => style,
        };
        let explode = parameter.get("explode").and_then(Value::as_bool);
        let explode = explode.unwrap_or(style == "form");
        let kind = self.kind_of(&schema);
        if (location, style) == ("query", "deepObject") && self.is_structured(&schema) {
            return Some(self.encoded(&schema, &place, hint, Encoding::Deep));
        }
        if let Some(kind @ ("array" | "object")) = kind {
            return self.several_values(parameter, (location, style, kind, explode), at, hint);
        }
        if ["header", "cookie"].contains(&location) && self.is_structured(&schema) {
            self.note(
                at,
                "one of the alternatives is an object or array, so the caller gives a string",
            );
            return Some(json!({"type": "string"}));
        }
        if kind.is_none() {
            if style != usual {
                let text = format!(
                    "this parameter has no type, so it is a string; the style `{style}` is not used"
                );
                self.note(at, &text);
            }
            return Some(json!({"type": "string"}));
        }
        Some(self.one_value(&schema, &place, hint))
    }

    /// Lowers the schema of a parameter that holds an object or several values; `written` is its location,
    /// style, type and `explode`.
    fn several_values(
        &mut self,
        parameter: &Value,
        written: (&str, &str, &str, bool),
        at: &str,
        hint: &str,
    ) -> Option<Value> {
        let schema = parameter.get("schema").cloned().unwrap_or_default();
        let place = format!("{at}/schema");
        let encoding = match written {
            ("header", "simple", "object", _) if !self.has_members(&schema) => {
                self.note(at, "this object has no members, so the header is a string");
                return Some(json!({"type": "string"}));
            }
            ("query", "form" | "spaceDelimited" | "pipeDelimited", "array", true) => {
                return Some(self.repeated(&schema, &place, hint));
            }
            ("query", "form", "object", true) => Encoding::Form,
            ("query", "form", "object", false) | ("header", "simple", "object", false) => {
                Encoding::Members
            }
            ("header", "simple", "object", true) => Encoding::Assignments,
            ("query", "form", "array", false) | ("header" | "path", "simple", "array", _) => {
                Encoding::Commas
            }
            ("query", "spaceDelimited", "array", false) => Encoding::Spaces,
            ("query", "pipeDelimited", "array", false) => Encoding::Pipes,
            (location, style, kind, _) => {
                let wire = string_at(parameter, "/name");
                self.problem(at, format!("`{wire}` is an {kind} in a {location} with the style `{style}`, which cannot be written; expected a string, number or boolean, or another style; correct it in the overlay"));
                return None;
            }
        };
        match encoding {
            Encoding::Commas | Encoding::Spaces | Encoding::Pipes => {
                self.joined(&schema, &place, hint, encoding)
            }
            Encoding::Members | Encoding::Assignments => {
                self.members(&schema, &place, hint, encoding)
            }
            encoding => {
                self.note_nested(parameter, &schema, at);
                Some(self.encoded(&schema, &place, hint, encoding))
            }
        }
    }

    /// Lowers the schema of one value: a parameter is absent or has a value, but is never null.
    fn one_value(&mut self, schema: &Value, place: &str, hint: &str) -> Value {
        let mut schema = object(self.schema(schema, place, hint, REQUEST));
        schema.shift_remove("nullable");
        match schema.keys().all(|name| name == "description") {
            // Any JSON is given as a string.
            true => json!({"type": "string"}),
            false => plain(schema),
        }
    }

    /// An array with a parameter for each item; an item that is an object or array is JSON.
    fn repeated(&mut self, schema: &Value, place: &str, hint: &str) -> Value {
        if !self.has_structured_items(schema) {
            let schema = self.one_value(schema, place, hint);
            let is_open = schema["items"] == json!({});
            return match is_open {
                true => json!({"type": "array", "items": {"type": "string"}}),
                false => schema,
            };
        }
        self.note(place, "each item of this array is sent as JSON, because OpenAPI does not define how it is written");
        let items = self.resolved(schema).get("items").cloned();
        let items = items.unwrap_or_default();
        let place = format!("{place}/items");
        let items = self.encoded(&items, &place, &format!("{hint}Item"), Encoding::Json);
        json!({"type": "array", "items": items})
    }

    /// An object in one string; `None` if one of its members is an object or array.
    fn members(
        &mut self,
        schema: &Value,
        place: &str,
        hint: &str,
        encoding: Encoding,
    ) -> Option<Value> {
        if let Some(name) = self.structured_member(schema) {
            self.problem(place, format!("the member `{name}` of this object is an object or array, which cannot be written in one string; expected a string, number or boolean; correct it in the overlay"));
            return None;
        }
        Some(self.encoded(schema, place, hint, encoding))
    }

    /// Lowers a parameter with `content`: JSON, or the text that a caller gives.
    fn parameter_content(
        &mut self,
        content: &Map<String, Value>,
        parameter: &Value,
        at: &str,
        hint: &str,
    ) -> Option<Value> {
        let (wire, location) = (string_at(parameter, "/name"), string_at(parameter, "/in"));
        let Some((kind, media)) = content.iter().find(|(kind, _)| is_json(kind)) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            let text = format!(
                "`{wire}` is sent as the string that the caller gives, which should be {}",
                kinds.join(" or ")
            );
            self.note(at, &text);
            return Some(json!({"type": "string"}));
        };
        if location == "path" {
            self.problem(at, format!("`{wire}` is JSON in the path; expected a string, number or boolean; correct it in the overlay"));
            return None;
        }
        let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
        let schema = media.get("schema").cloned().unwrap_or_default();
        let encoded = self.encoded(&schema, &place, hint, Encoding::Json);
        self.open(&encoded);
        Some(encoded)
    }

    /// Notes members of a parameter that change nothing.
    fn note_ignored(&mut self, parameter: &Value, schema: &Value, at: &str) {
        let wire = string_at(parameter, "/name");
        if parameter["allowReserved"] == true {
            let text = format!(
                "`{wire}`: reserved characters are percent-encoded, although `allowReserved` is true"
            );
            self.note(at, &text);
        }
        let is_string = matches!(self.kind_of(schema), Some("string") | None);
        if parameter["allowEmptyValue"] == true && !is_string {
            let text = format!("`{wire}` is sent with a value, although `allowEmptyValue` is true");
            self.note(at, &text);
        }
    }

    /// Notes an object inside an object of the query.
    fn note_nested(&mut self, parameter: &Value, schema: &Value, at: &str) {
        if let Some(name) = self.nested_object(schema) {
            let wire = string_at(parameter, "/name");
            let text = format!(
                "`{name}` of `{wire}` is sent as JSON, because OpenAPI does not define how it is written"
            );
            self.note(at, &text);
        }
    }

    fn properties_of<'s>(
        &'s self,
        schema: &'s Value,
    ) -> impl Iterator<Item = (&'s String, &'s Value)> {
        let parts = self.parts(schema).into_iter();
        let properties = parts.filter_map(|part| part.get("properties")?.as_object());
        properties.flatten()
    }

    fn has_members(&self, schema: &Value) -> bool {
        let rest = |part: &&Value| {
            part.get("additionalProperties")
                .is_some_and(Value::is_object)
        };
        self.properties_of(schema).next().is_some() || self.parts(schema).iter().any(rest)
    }

    fn structured_member(&self, schema: &Value) -> Option<String> {
        let mut properties = self.properties_of(schema);
        let found = properties.find(|(_, value)| self.is_structured(value));
        found.map(|(name, _)| name.clone())
    }

    fn nested_object(&self, schema: &Value) -> Option<String> {
        let is_nested = |value: &Value| {
            self.kind_of(value) == Some("object") || self.has_structured_items(value)
        };
        let mut properties = self.properties_of(schema);
        let found = properties.find(|(_, value)| is_nested(value));
        found.map(|(name, _)| name.clone())
    }

    /// Whether the items of an array are objects or arrays.
    pub(crate) fn has_structured_items(&self, schema: &Value) -> bool {
        let items = self.resolved(schema).get("items");
        items.is_some_and(|items| self.is_structured(items))
    }

    /// Whether a schema, or one of its alternatives, is an object or array.
    pub(crate) fn is_structured(&self, schema: &Value) -> bool {
        let mut open = vec![schema];
        // The bound ends alternatives that contain themselves.
        for _ in 0..1000 {
            let Some(schema) = open.pop().map(|schema| self.resolved(schema)) else {
                break;
            };
            if matches!(self.kind(schema), Some("object" | "array")) {
                return true;
            }
            let branches = ["anyOf", "oneOf"]
                .iter()
                .filter_map(|name| schema.get(*name));
            open.extend(branches.filter_map(Value::as_array).flatten());
        }
        false
    }

    /// Whether a schema allows a string, or has no type.
    fn may_be_string(&self, schema: &Value) -> bool {
        let schema = self.resolved(schema);
        let branches = schema
            .get("anyOf")
            .or_else(|| schema.get("oneOf"))
            .and_then(Value::as_array);
        match branches {
            Some(branches) => branches.iter().any(|branch| self.may_be_string(branch)),
            None => {
                let types = schema.get("type").and_then(Value::as_array);
                matches!(self.kind(schema), Some("string") | None)
                    || types.is_some_and(|types| types.iter().any(|kind| kind == "string"))
            }
        }
    }

    /// The JSON type of a schema, or of the first of its alternatives that has one.
    pub(crate) fn kind_of(&self, schema: &Value) -> Option<&'static str> {
        let schema = self.resolved(schema);
        match schema
            .get("anyOf")
            .or_else(|| schema.get("oneOf"))
            .and_then(Value::as_array)
        {
            Some(branches) => branches.iter().find_map(|branch| self.kind(branch)),
            None => self.kind(schema),
        }
    }
}
