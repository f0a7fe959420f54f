//! Lowering parameters.

use std::collections::BTreeMap;

use partner_api_codegen::contract::Encoding;
use serde_json::{Map, Value, json};

use super::context::{Lowering, string_at};
use super::distinct::{Named, Wanted};
use super::media_type::is_json;
use super::schema::{object, plain};
use super::usage::REQUEST;
use super::{doc, names};
use crate::document::pointer::{self, inlined};

impl Lowering<'_> {
    /// Lowers the parameters; the first result is the path with their Rust names.
    pub(super) fn parameters(
        &mut self,
        operation: &Value,
        path: &str,
        at: &str,
        id: &str,
        wire_names: &mut BTreeMap<String, String>,
    ) -> Option<(String, Vec<Value>)> {
        let document = self.document;
        let keys = header_keys(document);
        let mut lowered = Vec::new();
        let mut path = path.to_owned();
        let before = self.problems.len();
        let published = operation.get("parameters").and_then(Value::as_array);
        let mut accepted = Vec::new();
        for (index, parameter) in published.into_iter().flatten().enumerate() {
            let place = format!("{at}/parameters/{index}");
            let parameter = inlined(document, parameter);
            let (wire, location) = (string_at(parameter, "/name"), string_at(parameter, "/in"));
            if location != "header" || self.accepts_header(wire, &keys, &place) {
                accepted.push((place, parameter));
            }
        }
        let names = self.parameter_names(&accepted);
        for ((place, parameter), rust) in accepted.into_iter().zip(names) {
            let (wire, location) = (string_at(parameter, "/name"), string_at(parameter, "/in"));
            self.lookalike(wire, &place);
            if location == "path" {
                let marked = format!("{{{wire}}}");
                if !path.contains(&marked) {
                    self.problem(
                        &place,
                        format!("`{wire}` is not in the path {path}; expected `{marked}` there"),
                    );
                }
                path = path.replace(&marked, &format!("{{{rust}}}"));
            }
            let Some(schema) = self.parameter_schema(parameter, &place, id, &rust) else {
                continue;
            };
            lowered.push(self.lowered_parameter(parameter, &rust, schema));
            if rust != wire {
                wire_names.insert(rust, wire.to_owned());
            }
        }
        if self.problems.len() == before {
            self.path_is_complete(&path, &lowered, at);
        }
        (self.problems.len() == before).then_some((path, lowered))
    }

    /// Whether a header parameter becomes a method of the builder.
    fn accepts_header(&mut self, wire: &str, keys: &[&str], place: &str) -> bool {
        if let Some(why) = client_header_reason(wire, keys) {
            let text = format!(
                "the header `{wire}` {why}, so the client sets it and the builder has no method for it"
            );
            self.note(place, &text);
            return false;
        }
        if !is_token(wire) {
            let text = format!(
                "{wire:?} is not a valid header name; expected letters, digits and `-`; correct it in the overlay"
            );
            self.problem(place, text);
            return false;
        }
        true
    }

    /// The Rust names of parameters, which are not among the builder's own.
    fn parameter_names(&mut self, parameters: &[(String, &Value)]) -> Vec<String> {
        let mut wanted = Vec::new();
        for (at, parameter) in parameters {
            let published = string_at(parameter, "/name");
            let chosen = parameter.get("x-rust-name").and_then(Value::as_str);
            let (rust, is_changed) = names::parameter(chosen.unwrap_or(published));
            match chosen {
                Some(name) if is_changed => self.problem(at, format!("the builder uses the name `{name}` itself; choose another `x-rust-name` in the overlay")),
                None if is_changed => self.renamed(at, published, &rust, Named::Parameter),
                _ => {}
            }
            wanted.push(Wanted {
                at: at.clone(),
                published: published.to_owned(),
                rust,
                is_chosen: chosen.is_some(),
            });
        }
        self.distinct(Named::Parameter, &wanted)
    }

    /// A parameter with its lowered schema.
    fn lowered_parameter(&self, parameter: &Value, rust: &str, schema: Value) -> Value {
        let location = string_at(parameter, "/in");
        let mut lowered = json!({
            "name": rust,
            "in": location,
            "required": location == "path" || parameter.get("required") == Some(&json!(true)),
            "schema": schema,
        });
        let published = parameter.get("schema").unwrap_or(&Value::Null);
        let description = doc::with_default(
            string_at(parameter, "/description"),
            self.resolved(published),
        );
        if !description.is_empty() {
            lowered["description"] = description.into();
        }
        if let (Some(constant), Some(lowered)) = (self.constant(published), lowered.as_object_mut())
        {
            constant.describe(lowered, false);
        }
        lowered
    }

    /// Reports the first `{name}` of a path that has no parameter.
    fn path_is_complete(&mut self, path: &str, lowered: &[Value], at: &str) {
        let names = path.split('{').skip(1);
        for (name, _) in names.filter_map(|rest| rest.split_once('}')) {
            let is_it = |parameter: &&Value| parameter["in"] == "path" && parameter["name"] == name;
            if !lowered.iter().any(|parameter| is_it(&parameter)) {
                let text = format!(
                    "the path's `{{{name}}}` has no parameter; expected one with `in: path`"
                );
                self.problem(at, text);
                return;
            }
        }
    }

    fn parameter_schema(
        &mut self,
        parameter: &Value,
        at: &str,
        id: &str,
        rust: &str,
    ) -> Option<Value> {
        let hint = format!("{}{}", names::pascal(id), names::pascal(rust));
        let wire = string_at(parameter, "/name");
        let style = string_at(parameter, "/style");
        let location = string_at(parameter, "/in");
        let default_style = match location {
            "query" => "form",
            "path" | "header" => "simple",
            _ => {
                self.problem(at, format!("`{wire}` is a {location} parameter; expected path, query or header; remove it in the overlay"));
                return None;
            }
        };
        if !style.is_empty() && style != default_style {
            self.problem(at, format!("`{wire}` has the style `{style}`; expected `{default_style}`; correct it in the overlay"));
            return None;
        }
        if let Some(content) = parameter.get("content").and_then(Value::as_object) {
            return self.json_content(content, parameter, at, &hint);
        }
        let place = format!("{at}/schema");
        let schema = parameter
            .get("schema")
            .cloned()
            .unwrap_or_else(|| json!({"type": "string"}));
        if let Some(keys) = self.one_sort_key(parameter, &schema, &place, &hint) {
            return Some(keys);
        }
        match (location, self.kind_of(&schema)) {
            ("path", _) if self.may_be_string(&schema) => {
                let chosen = schema.get("x-rust-type").and_then(Value::as_str);
                let description = string_at(parameter, "/description");
                Some(self.identifier(chosen, rust, &place, description))
            }
            ("query", Some("object")) if parameter.get("explode") == Some(&json!(false)) => {
                self.problem(at, format!("`{wire}` is an object with `explode: false`, which is not supported; expected one parameter for each member, or JSON; correct it in the overlay"));
                None
            }
            ("query", Some("object")) => Some(self.encoded(&schema, &place, &hint, Encoding::Form)),
            ("query", Some("array")) if parameter.get("explode") == Some(&json!(false)) => {
                self.joined(&schema, &place, &hint)
            }
            ("path" | "header", Some("array" | "object")) => {
                self.problem(at, format!("`{wire}` is an array or object in a {location}; expected a string, number or boolean; correct it in the overlay"));
                None
            }
            (_, None) => Some(json!({"type": "string"})),
            _ => {
                // A parameter is absent or has a value, but is never null.
                let schema = self.schema(&schema, &place, &hint, REQUEST);
                let mut schema = object(schema);
                schema.shift_remove("nullable");
                Some(plain(schema))
            }
        }
    }

    /// Lowers a parameter with `content`, which must be JSON in the query.
    fn json_content(
        &mut self,
        content: &Map<String, Value>,
        parameter: &Value,
        at: &str,
        hint: &str,
    ) -> Option<Value> {
        let wire = string_at(parameter, "/name");
        let json = content.iter().find(|(kind, _)| is_json(kind));
        let Some((kind, media)) = json.filter(|_| string_at(parameter, "/in") == "query") else {
            self.problem(at, format!("`{wire}` has `content` that is not JSON in the query; correct it in the overlay"));
            return None;
        };
        let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
        let schema = media.get("schema").cloned().unwrap_or_default();
        let encoded = self.encoded(&schema, &place, hint, Encoding::Json);
        self.open(&encoded);
        Some(encoded)
    }

    /// Whether a schema allows a string, or has no type.
    fn may_be_string(&self, schema: &Value) -> bool {
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

    pub(super) fn kind_of(&self, schema: &Value) -> Option<&'static str> {
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

/// Whether HTTP allows a header name.
fn is_token(name: &str) -> bool {
    let is_mark = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || is_mark(c))
}

/// The headers that have an API key, which the client sets.
fn header_keys(document: &Value) -> Vec<&str> {
    let schemes = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    let schemes = schemes.into_iter().flat_map(|schemes| schemes.values());
    schemes
        .filter(|scheme| string_at(scheme, "/in") == "header")
        .map(|scheme| string_at(scheme, "/name"))
        .collect()
}

/// Why the client sets a header, and not the caller. A call that set one of these could break the
/// request, or send other credentials; `RequestOptions` of the crate rejects the same headers.
fn client_header_reason(name: &str, keys: &[&str]) -> Option<&'static str> {
    if keys.iter().any(|key| key.eq_ignore_ascii_case(name)) {
        return Some("has a credential");
    }
    match name.to_ascii_lowercase().as_str() {
        "authorization" | "x-api-key" => Some("has a credential"),
        "accept" => Some("states what the client can read"),
        "content-encoding" | "content-length" | "content-type" | "expect" | "trailer"
        | "transfer-encoding" => Some("describes the body"),
        "host" => Some("names the server"),
        "accept-encoding" | "connection" | "http2-settings" | "keep-alive" | "te" | "upgrade" => {
            Some("belongs to the connection")
        }
        name if name.starts_with("proxy-") => Some("belongs to the connection"),
        _ => None,
    }
}
