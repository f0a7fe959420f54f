//! Lowering operations: their parameters, bodies and answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::reach::Side;
use super::{Lowering, Problem, names, prose, reach, text};
use crate::pointer;

const REQUEST: Side = Side {
    request: true,
    response: false,
};
const RESPONSE: Side = Side {
    request: false,
    response: true,
};

/// The methods of a builder, and what its code calls things.
const RESERVED: [&str; 5] = ["send", "new", "body", "client", "header_map"];

impl Lowering<'_> {
    /// Lowers every operation; the second result is where each stands, by its Rust name.
    pub(super) fn paths(
        &mut self,
        skipped: &mut Vec<Problem>,
        skip_unsupported: bool,
    ) -> (Value, BTreeMap<String, String>) {
        let mut paths = Map::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        for (at, name, operation) in reach::operations(self.document) {
            let before = self.problems.len();
            let Some((method, path)) = name.split_once(' ') else {
                continue;
            };
            let id = match text(operation, "/operationId") {
                "" => names::snake(&name),
                id => names::snake(id),
            };
            // progenitor names the builder after it, so `list_x_2` and `list_x2` are one, too.
            let clash = places
                .iter()
                .find(|(other, _)| names::pascal(other) == names::pascal(&id));
            if let Some((_, first)) = clash.map(|(id, first)| (id.clone(), first.clone())) {
                let other = format!("{}{first}", self.sources.prefix(&first));
                self.problem(&at, format!("collides in Rust with {other}: both are called `{id}`; give one of them another `operationId` in the overlay"));
            }
            let lowered = self.operation(operation, method, path, &at, &id);
            if skip_unsupported && self.problems.len() > before {
                skipped.extend(self.problems.drain(before..));
                continue;
            }
            let Some((path, lowered)) = lowered else {
                continue;
            };
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[method.to_lowercase()] = lowered;
            places.insert(id, at);
        }
        (paths.into(), places)
    }

    fn operation(
        &mut self,
        operation: &Value,
        method: &str,
        path: &str,
        at: &str,
        id: &str,
    ) -> Option<(String, Value)> {
        if ["OPTIONS", "TRACE"].contains(&method) {
            self.problem(
                at,
                format!(
                    "progenitor cannot send {method} requests; remove the operation in the overlay"
                ),
            );
            return None;
        }
        let mut wire_names = Map::new();
        let (path, parameters) = self.parameters(operation, path, at, id, &mut wire_names)?;
        let mut lowered = json!({"operationId": id});
        for name in ["summary", "description"] {
            let prose = prose::for_rustdoc(text(operation, &format!("/{name}")));
            if !prose.is_empty() {
                lowered[name] = prose.into();
            }
        }
        if lowered["summary"] == lowered["description"]
            && let Some(lowered) = lowered.as_object_mut()
        {
            lowered.shift_remove("description");
        }
        let mut codegen = json!({"path": path, "wire": wire_names});
        if let Some(url) = operation.pointer("/externalDocs/url") {
            codegen["docs"] = url.clone();
        }
        if operation.get("deprecated") == Some(&json!(true)) {
            codegen["deprecated"] = true.into();
        }
        let idempotent = operation.get("x-idempotent").and_then(Value::as_bool);
        codegen["idempotent"] = idempotent
            .unwrap_or(method != "POST" && method != "PATCH")
            .into();
        lowered["parameters"] = parameters.into();
        if let Some(body) = operation.get("requestBody") {
            let body = self.request_body(
                inlined(self.document, body),
                &format!("{at}/requestBody"),
                id,
            )?;
            if !body.is_null() {
                lowered["requestBody"] = body;
            }
        }
        lowered["responses"] = self.responses(operation, at, id)?;
        lowered["x-codegen"] = codegen;
        Some((path, lowered))
    }

    /// The path with Rust names in its braces, and the parameters.
    fn parameters(
        &mut self,
        operation: &Value,
        path: &str,
        at: &str,
        id: &str,
        wire_names: &mut Map<String, Value>,
    ) -> Option<(String, Vec<Value>)> {
        let document = self.document;
        let keys = header_keys(document);
        let mut lowered = Vec::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        let mut path = path.to_owned();
        let before = self.problems.len();
        let published = operation.get("parameters").and_then(Value::as_array);
        for (index, parameter) in published.into_iter().flatten().enumerate() {
            let place = format!("{at}/parameters/{index}");
            let parameter = inlined(document, parameter);
            let (wire, location) = (text(parameter, "/name"), text(parameter, "/in"));
            if location == "header"
                && (IGNORED_HEADERS
                    .iter()
                    .any(|name| wire.eq_ignore_ascii_case(name))
                    || keys.contains(&wire))
            {
                continue;
            }
            let rust = names::snake(
                parameter
                    .get("x-rust-name")
                    .and_then(Value::as_str)
                    .unwrap_or(wire),
            );
            if RESERVED.contains(&rust.as_str()) {
                self.problem(&place, format!("the parameter `{wire}` collides in Rust with the builder's own `{rust}`; give it an `x-rust-name` in the overlay"));
            }
            if let Some(first) = places.insert(rust.clone(), place.clone()) {
                self.collision(&rust, &first, &place);
            }
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
            let mut parameter_out = json!({
                "name": rust,
                "in": location,
                "required": location == "path" || parameter.get("required") == Some(&json!(true)),
                "schema": schema,
            });
            let description = prose::for_rustdoc(text(parameter, "/description"));
            if !description.is_empty() {
                parameter_out["description"] = description.into();
            }
            if rust != wire {
                wire_names.insert(rust, wire.into());
            }
            lowered.push(parameter_out);
        }
        for name in path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
        {
            if !lowered
                .iter()
                .any(|parameter| parameter["in"] == "path" && parameter["name"] == name)
                && self.problems.len() == before
            {
                self.problem(
                    at,
                    format!(
                        "the path's `{{{name}}}` has no parameter; expected one with `in: path`"
                    ),
                );
            }
        }
        (self.problems.len() == before).then_some((path, lowered))
    }

    fn parameter_schema(
        &mut self,
        parameter: &Value,
        at: &str,
        id: &str,
        rust: &str,
    ) -> Option<Value> {
        let hint = format!("{}{}", names::pascal(id), names::pascal(rust));
        let wire = text(parameter, "/name");
        let style = text(parameter, "/style");
        let location = text(parameter, "/in");
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
            let json = content.iter().find(|(kind, _)| is_json(kind));
            let Some((kind, media)) = json.filter(|_| location == "query") else {
                self.problem(at, format!("`{wire}` has `content` that is not JSON in the query; correct it in the overlay"));
                return None;
            };
            let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
            let schema = media.get("schema").cloned().unwrap_or_default();
            return Some(self.encoded(&schema, &place, &hint, "json"));
        }
        let place = format!("{at}/schema");
        let schema = parameter
            .get("schema")
            .cloned()
            .unwrap_or_else(|| json!({"type": "string"}));
        match (location, self.kind_of(&schema)) {
            ("path", Some("string") | None) => {
                Some(self.identifier(&schema, parameter, &place, rust))
            }
            ("query", Some("object")) => Some(self.encoded(&schema, &place, &hint, "form")),
            ("query", Some("array")) if parameter.get("explode") == Some(&json!(false)) => {
                self.problem(at, format!("`{wire}` is an array in one value (`explode: false`); expected one parameter for each item; correct it in the overlay"));
                None
            }
            ("path" | "header", Some("array" | "object")) => {
                self.problem(at, format!("`{wire}` is an array or object in a {location}; expected a text, number or boolean"));
                None
            }
            (_, None) => Some(json!({"type": "string"})),
            _ => Some(self.schema(&schema, &place, &hint, REQUEST)),
        }
    }

    /// A text in a path: a type of its own, because some texts would change the path.
    fn identifier(&mut self, schema: &Value, parameter: &Value, at: &str, rust: &str) -> Value {
        let chosen = schema.get("x-rust-type").and_then(Value::as_str);
        let name = names::pascal(chosen.unwrap_or(rust));
        if !self.identifiers.contains(&name) {
            let description = match text(parameter, "/description") {
                "" => format!("The `{rust}` of a path."),
                description => prose::for_rustdoc(description),
            };
            let schema = json!({"type": "string", "description": description, "x-codegen": {"identifier": true}});
            let name = self.component(None, &name, at, schema);
            self.identifiers.insert(name.clone());
            return json!({"$ref": format!("#/components/schemas/{name}")});
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// An object in the query: a struct of its own, and how it is written as text.
    fn encoded(&mut self, schema: &Value, at: &str, hint: &str, encoding: &str) -> Value {
        let inner = self.schema(schema, at, hint, REQUEST);
        let inner = match inner.pointer("/allOf/0") {
            Some(reference) => reference.clone(),
            None => inner,
        };
        let outer = json!({"type": "string", "x-codegen": {"query": {"encoding": encoding, "schema": inner}}});
        let name = self.component(None, &format!("{hint}Query"), at, outer);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn request_body(&mut self, body: &Value, at: &str, id: &str) -> Option<Value> {
        let Some(content) = body
            .get("content")
            .and_then(Value::as_object)
            .filter(|content| !content.is_empty())
        else {
            return Some(Value::Null);
        };
        let of = |wanted: &dyn Fn(&str) -> bool| content.iter().find(|(kind, _)| wanted(kind));
        let json = of(&is_json);
        let form = of(&|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let binary = of(&|kind| kind.starts_with("application/octet-stream"));
        let plain = of(&|kind| kind.starts_with("text/plain"));
        let Some((kind, media)) = json.or(form).or(binary).or(plain) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            self.problem(at, format!("a request body of {} cannot be sent; expected JSON, a form, text or bytes; remove the operation in the overlay, or leave it out with --skip-unsupported", kinds.join(", ")));
            return None;
        };
        if content.len() > 1 {
            self.note(
                at,
                &format!("the body is sent as {kind}, the other media types are not used"),
            );
        }
        let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
        let hint = format!("{}Body", names::pascal(id));
        let (kind, schema) = if binary.is_some_and(|(binary, _)| binary == kind) {
            (
                "application/octet-stream",
                json!({"type": "string", "format": "binary"}),
            )
        } else if plain.is_some_and(|(plain, _)| plain == kind) {
            ("text/plain", json!({"type": "string"}))
        } else {
            let kind = if is_json(kind) {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            let schema = media.get("schema").cloned().unwrap_or_default();
            (kind, self.schema(&schema, &place, &hint, REQUEST))
        };
        Some(json!({"required": true, "content": {kind: {"schema": schema}}}))
    }

    /// One success type at its codes, one error type at 4XX and 5XX.
    fn responses(&mut self, operation: &Value, at: &str, id: &str) -> Option<Value> {
        let published = operation.get("responses").and_then(Value::as_object);
        let mut successes: Vec<(String, Value)> = Vec::new();
        let mut errors: Vec<Value> = Vec::new();
        let mut fallback = None;
        for (status, response) in published.into_iter().flatten() {
            let place = pointer::join(&format!("{at}/responses"), status);
            let response = inlined(self.document, response);
            match status.as_bytes().first() {
                Some(b'2') => {
                    let hint = format!("{}Response", names::pascal(id));
                    successes.push((status.clone(), self.content(response, &place, &hint)));
                }
                Some(b'4' | b'5') => {
                    let hint = format!("{}Error", names::pascal(id));
                    errors.push(self.content(response, &place, &hint));
                }
                Some(b'd') => fallback = Some((place, response)),
                _ => {}
            }
        }
        if let Some((place, response)) = fallback {
            if successes.is_empty() {
                let hint = format!("{}Response", names::pascal(id));
                successes.push(("200".into(), self.content(response, &place, &hint)));
            } else {
                let hint = format!("{}Error", names::pascal(id));
                errors.push(self.content(response, &place, &hint));
            }
        }

        let mut typed: Vec<Value> = Vec::new();
        for (_, content) in &successes {
            if !content.is_null() && !typed.contains(content) {
                typed.push(content.clone());
            }
        }
        if typed.len() > 1 {
            let codes: Vec<_> = successes
                .iter()
                .map(|(status, _)| status.as_str())
                .collect();
            let text = format!(
                "the answers {} have different bodies; a call has one type; keep one of them in the overlay",
                codes.join(", ")
            );
            self.problem(&format!("{at}/responses"), text);
            return None;
        }
        let mut lowered = Map::new();
        let mut success = typed.pop().unwrap_or_default();
        if !success.is_null() && successes.iter().any(|(_, content)| content.is_null()) {
            // Sometimes a body and sometimes none.
            if let Some(schema) = success.pointer_mut("/application~1json/schema") {
                *schema = json!({"allOf": [schema.take()], "nullable": true});
            }
        }
        for (status, _) in &successes {
            // A code without a name, and a range, are both "some success".
            let code = if NAMED_SUCCESS.contains(&status.as_str()) {
                status
            } else {
                "2XX"
            };
            lowered.insert(code.into(), response("Success", &success));
        }
        if lowered.is_empty() {
            lowered.insert("2XX".into(), response("Success", &Value::Null));
        }
        errors.retain(|content| !content.is_null());
        errors.dedup();
        let error = match &errors[..] {
            [] => Value::Null,
            [only] => only.clone(),
            [first, rest @ ..] if rest.iter().all(|content| content == first) => first.clone(),
            _ => json!({"application/json": {"schema": {}}}),
        };
        for range in ["4XX", "5XX"] {
            lowered.insert(range.into(), response("Error", &error));
        }
        Some(lowered.into())
    }

    /// The content of a response: JSON with its schema, any other media type, or null for none.
    fn content(&mut self, response: &Value, at: &str, hint: &str) -> Value {
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            return Value::Null;
        };
        if let Some((kind, media)) = content.iter().find(|(kind, _)| is_json(kind)) {
            let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
            let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
            let schema = self.schema(&schema, &place, hint, RESPONSE);
            return json!({"application/json": {"schema": schema}});
        }
        if content.is_empty() {
            Value::Null
        } else {
            json!({"application/octet-stream": {}})
        }
    }

    fn kind_of(&self, schema: &Value) -> Option<&'static str> {
        match schema
            .get("anyOf")
            .or_else(|| schema.get("oneOf"))
            .and_then(Value::as_array)
        {
            Some(branches) => branches.iter().find_map(|branch| self.kind(branch, 0)),
            None => self.kind(schema, 0),
        }
    }
}

/// What a reference to a parameter, body or response stands for.
fn inlined<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    // References of references are few; a circle of them has no value at all.
    for _ in 0..32 {
        match value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| pointer::resolve(document, reference))
        {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}

fn response(description: &str, content: &Value) -> Value {
    match content {
        Value::Null => json!({"description": description}),
        content => json!({"description": description, "content": content}),
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json"
        || kind.ends_with("+json")
        || kind == "*/*"
        || kind == "application/*"
}

/// The headers that carry a key: the client sends them, not the caller.
fn header_keys(document: &Value) -> Vec<&str> {
    let schemes = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    let schemes = schemes.into_iter().flat_map(|schemes| schemes.values());
    schemes
        .filter(|scheme| text(scheme, "/in") == "header")
        .map(|scheme| text(scheme, "/name"))
        .collect()
}

/// OpenAPI has these said elsewhere.
const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// The codes of success that have a name in HTTP.
const NAMED_SUCCESS: [&str; 10] = [
    "200", "201", "202", "203", "204", "205", "206", "207", "208", "226",
];
