//! Lowering responses: one success type for all success codes, an enum if their bodies differ, and one
//! error type for 4XX and 5XX.

use partner_api_codegen::contract::{Content, Extension as _, SchemaExtension, StatusBody};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use crate::document::pointer::{self, inlined};
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::media_type::{essence, is_json, is_wildcard};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::usage::RESPONSE;

impl Lowering<'_> {
    /// Lowers the responses of an operation; `None` if that is not possible.
    pub(crate) fn responses(
        &mut self,
        operation: &Value,
        method: &str,
        at: &str,
        id: &str,
    ) -> Option<Value> {
        let (mut successes, errors) = self.contents(operation, at, id);
        if method == "HEAD" {
            // HTTP gives it no body, whatever is published.
            successes
                .iter_mut()
                .for_each(|(_, content)| *content = Value::Null);
        }
        let success = self.one_success(&successes, at, id);
        let mut lowered = Map::new();
        for (status, _) in &successes {
            // A code without a name is lowered like the range.
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
        let error = one_error(errors);
        for range in ["4XX", "5XX"] {
            lowered.insert(range.into(), response("Error", &error));
        }
        Some(lowered.into())
    }

    /// The contents of the success codes, and those of the errors.
    ///
    /// The default response is an error, unless there is no success.
    fn contents(
        &mut self,
        operation: &Value,
        at: &str,
        id: &str,
    ) -> (Vec<(String, Value)>, Vec<Value>) {
        let response = format!("{}Response", names::pascal(id));
        let is_one = has_one_body(self.document, operation);
        let success = |status: &str| match is_one {
            true => response.clone(),
            false => format!("{}{}", names::pascal(id), variant(status)),
        };
        let error = format!("{}Error", names::pascal(id));
        let mut successes: Vec<(String, Value)> = Vec::new();
        let mut errors: Vec<Value> = Vec::new();
        let mut fallback = None;
        let published = operation.get("responses").and_then(Value::as_object);
        for (status, response) in published.into_iter().flatten() {
            let place = pointer::join(&format!("{at}/responses"), status);
            let response = inlined(self.document, response);
            match status.as_bytes().first() {
                Some(b'2') => {
                    let content = self.content(response, &place, &success(status));
                    successes.push((status.clone(), content));
                }
                Some(b'4' | b'5') => errors.push(self.content(response, &place, &error)),
                Some(b'd') => fallback = Some((place, response)),
                _ => {}
            }
        }
        match fallback {
            Some((place, response)) if successes.is_empty() => {
                let content = self.content(response, &place, &success("200"));
                successes.push(("200".into(), content));
            }
            Some((place, response)) => errors.push(self.content(response, &place, &error)),
            None => {}
        }
        (successes, errors)
    }

    /// The one content of all success codes: nullable if some have none, and an enum if they have
    /// different ones.
    fn one_success(&mut self, successes: &[(String, Value)], at: &str, id: &str) -> Value {
        let mut typed: Vec<&Value> = Vec::new();
        for (_, content) in successes {
            if !content.is_null() && !typed.contains(&content) {
                typed.push(content);
            }
        }
        if typed.len() > 1 {
            return self.by_status(successes, at, id);
        }
        let mut success = typed.pop().cloned().unwrap_or_default();
        if successes.iter().any(|(_, content)| content.is_null())
            && let Some(schema) = success.pointer_mut("/application~1json/schema")
        {
            *schema = json!({"allOf": [schema.take()], "nullable": true});
        }
        success
    }

    /// An enum of the contents, by their status codes.
    fn by_status(&mut self, successes: &[(String, Value)], at: &str, id: &str) -> Value {
        let mut bodies: Vec<StatusBody> = successes
            .iter()
            .map(|(status, content)| StatusBody {
                name: variant(status),
                status: match status.parse() {
                    Ok(code) => (code, code),
                    Err(_) => (200, 299),
                },
                content: match content.pointer("/application~1json/schema") {
                    Some(schema) => Content::Json(schema.clone()),
                    None if content.is_null() => Content::None,
                    None => Content::Bytes,
                },
            })
            .collect();
        // The codes come before their range.
        bodies.sort_by_key(|body| body.status.1 - body.status.0);
        let schema = SchemaExtension::Responses(bodies).on(json!({}));
        let hint = format!("{}Response", names::pascal(id));
        let name = self.component(None, &hint, &format!("{at}/responses"), schema);
        json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}})
    }

    /// The media types of the success codes, if they are more than `application/json`, which progenitor
    /// states. It states none for responses without JSON.
    pub(crate) fn accept(&self, operation: &Value) -> Option<String> {
        let mut accepted: Vec<&str> = Vec::new();
        let mut has_json = false;
        for (_, response) in successes(self.document, operation) {
            let content = response.get("content").and_then(Value::as_object);
            let content = || content.into_iter().flatten();
            let all: Vec<_> = content().map(|(kind, _)| kind.as_str()).collect();
            let json = content().filter(|(kind, media)| self.reads_json(kind, media));
            let json: Vec<_> = json.map(|(kind, _)| kind.as_str()).collect();
            has_json |= !json.is_empty();
            let is_usual = |kind: &&str| essence(kind) == "application/json" || is_wildcard(kind);
            match json.iter().any(is_usual) {
                true => accepted.push("application/json"),
                false if json.is_empty() => accepted.extend(all),
                false => accepted.extend(json),
            }
        }
        let is_valid = |kind: &&str| kind.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        accepted.retain(is_valid);
        let mut unique: Vec<&str> = Vec::new();
        for kind in accepted {
            if !unique.contains(&kind) {
                unique.push(kind);
            }
        }
        let states = has_json && unique != ["application/json"];
        states.then(|| unique.join(", "))
    }

    /// Whether a body of this media type is read as JSON: not if it is binary, which may be published for
    /// any media type, or if neither the media type nor the schema says anything.
    fn reads_json(&self, kind: &str, media: &Value) -> bool {
        let is_described = media["schema"].as_object().is_some_and(|it| !it.is_empty());
        if is_wildcard(kind) && !is_described {
            return false;
        }
        let is_binary = media.get("schema").is_some_and(|schema| {
            let is_format = string_at(self.resolved(schema), "/format") == "binary";
            self.is_file(schema) && (is_format || is_wildcard(kind))
        });
        is_json(kind) && !is_binary
    }

    /// The content of a response: JSON with its schema, any other media type, or null for none.
    fn content(&mut self, response: &Value, at: &str, hint: &str) -> Value {
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            return Value::Null;
        };
        let json = content.iter();
        let json = json.filter(|(kind, media)| self.reads_json(kind, media));
        let json = json.min_by_key(|(kind, _)| essence(kind) != "application/json");
        if let Some((kind, media)) = json {
            if content.len() > 1 {
                let text =
                    format!("the response is read as {kind}; the other media types are not used");
                self.note(at, &text);
            }
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
}

/// The one content of all errors: any JSON if they differ.
fn one_error(mut errors: Vec<Value>) -> Value {
    errors.retain(|content| !content.is_null());
    match &errors[..] {
        [] => Value::Null,
        [first, rest @ ..] if rest.iter().all(|content| content == first) => first.clone(),
        _ => json!({"application/json": {"schema": {}}}),
    }
}

/// The responses of the success codes.
fn successes<'d>(
    document: &'d Value,
    operation: &'d Value,
) -> impl Iterator<Item = (&'d str, &'d Value)> {
    let responses = operation.get("responses").and_then(Value::as_object);
    let responses = responses.into_iter().flatten();
    let responses = responses.filter(|(status, _)| status.starts_with('2'));
    responses.map(|(status, response)| (status.as_str(), inlined(document, response)))
}

/// Whether all success codes with a body are published with the same one.
fn has_one_body(document: &Value, operation: &Value) -> bool {
    let mut contents = successes(document, operation)
        .filter_map(|(_, response)| response.get("content"))
        .filter(|content| {
            content
                .as_object()
                .is_some_and(|content| !content.is_empty())
        });
    match contents.next() {
        Some(first) => contents.all(|content| content == first),
        None => true,
    }
}

/// The name of the variant for a status, after its meaning in HTTP.
fn variant(status: &str) -> String {
    let code = status.parse::<u16>().ok();
    let code = code.and_then(|code| StatusCode::from_u16(code).ok());
    match code.map(|code| (code, code.canonical_reason())) {
        Some((_, Some(reason))) => names::pascal(reason),
        Some((code, None)) => format!("Status{}", code.as_str()),
        None => "Success".to_owned(),
    }
}

fn response(description: &str, content: &Value) -> Value {
    match content {
        Value::Null => json!({"description": description}),
        content => json!({"description": description, "content": content}),
    }
}

/// The success codes that are registered for HTTP.
const NAMED_SUCCESS: [&str; 10] = [
    "200", "201", "202", "203", "204", "205", "206", "207", "208", "226",
];
