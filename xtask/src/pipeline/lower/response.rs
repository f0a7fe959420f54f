//! Lowering responses: one success type for all success codes, one error type for 4XX and 5XX.

use serde_json::{Map, Value, json};

use super::context::Lowering;
use super::media_type::is_json;
use super::names;
use super::usage::RESPONSE;
use crate::document::pointer::{self, inlined};

impl Lowering<'_> {
    /// Lowers the responses of an operation; `None` if that is not possible.
    pub(super) fn responses(&mut self, operation: &Value, at: &str, id: &str) -> Option<Value> {
        let (successes, errors) = self.contents(operation, at, id);
        let success = self.one_success(&successes, at)?;
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
        let success = format!("{}Response", names::pascal(id));
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
                    successes.push((status.clone(), self.content(response, &place, &success)));
                }
                Some(b'4' | b'5') => errors.push(self.content(response, &place, &error)),
                Some(b'd') => fallback = Some((place, response)),
                _ => {}
            }
        }
        match fallback {
            Some((place, response)) if successes.is_empty() => {
                successes.push(("200".into(), self.content(response, &place, &success)));
            }
            Some((place, response)) => errors.push(self.content(response, &place, &error)),
            None => {}
        }
        (successes, errors)
    }

    /// The one content of all success codes; it is nullable if some have none.
    fn one_success(&mut self, successes: &[(String, Value)], at: &str) -> Option<Value> {
        let mut typed: Vec<&Value> = Vec::new();
        for (_, content) in successes {
            if !content.is_null() && !typed.contains(&content) {
                typed.push(content);
            }
        }
        if typed.len() > 1 {
            let codes: Vec<_> = successes.iter().map(|(status, _)| &**status).collect();
            let text = format!(
                "the responses {} have different bodies, but an operation has one success type; keep one of them in the overlay",
                codes.join(", ")
            );
            self.problem(&format!("{at}/responses"), text);
            return None;
        }
        let mut success = typed.pop().cloned().unwrap_or_default();
        if successes.iter().any(|(_, content)| content.is_null())
            && let Some(schema) = success.pointer_mut("/application~1json/schema")
        {
            *schema = json!({"allOf": [schema.take()], "nullable": true});
        }
        Some(success)
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
