//! Which schemas requests and responses use.

use std::collections::BTreeSet;

use serde_json::Value;

use super::media_type::is_multipart;
use super::subtypes::Subtypes;
use crate::document::pointer::{self, inlined};
use crate::document::visit::METHODS;

/// What a schema is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    /// It is sent to the server.
    pub(crate) request: bool,
    /// It comes from the server.
    pub(crate) response: bool,
}

/// A schema that is only sent.
pub(super) const REQUEST: Side = Side {
    request: true,
    response: false,
};

/// A schema that is only received.
pub(super) const RESPONSE: Side = Side {
    request: false,
    response: true,
};

/// The schema components that requests and responses use.
pub(crate) struct Usage {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
    /// The multipart bodies.
    multipart: BTreeSet<String>,
    /// The components that other components refer to, even if no operation uses those.
    components: BTreeSet<String>,
    /// What a client sends, or reads where there is no error, of any kind of component.
    needed: BTreeSet<String>,
    /// What errors have, of any kind of component.
    errors: BTreeSet<String>,
}

impl Usage {
    pub(crate) fn of(document: &Value, subtypes: &Subtypes) -> Self {
        let mut usage = Self {
            requests: BTreeSet::new(),
            responses: BTreeSet::new(),
            multipart: BTreeSet::new(),
            components: BTreeSet::new(),
            needed: BTreeSet::new(),
            errors: BTreeSet::new(),
        };
        follow(document, document.get("webhooks"), &mut usage.needed);
        for (_, _, operation) in operations(document) {
            for part in ["parameters", "requestBody", "callbacks"] {
                follow(document, operation.get(part), &mut usage.needed);
            }
            let responses = operation.get("responses").and_then(Value::as_object);
            for (status, response) in responses.into_iter().flatten() {
                let reached = match is_error(status, operation) {
                    true => &mut usage.errors,
                    false => &mut usage.needed,
                };
                follow(document, Some(response), reached);
            }
            follow(document, operation.get("parameters"), &mut usage.requests);
            if let Some(body) = operation.get("requestBody") {
                usage.body(document, inlined(document, body));
            }
            follow(document, operation.get("responses"), &mut usage.responses);
        }
        for received in received(document) {
            follow(document, received.body(document), &mut usage.responses);
        }
        for reached in [
            &mut usage.requests,
            &mut usage.responses,
            &mut usage.needed,
            &mut usage.errors,
        ] {
            follow_subtypes(document, subtypes, reached);
        }
        let published = document.pointer("/components/schemas");
        let published = published.and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in published {
            let reference = format!("#{}", pointer::join("/components/schemas", name));
            if !usage.multipart.contains(&reference) {
                follow(document, Some(schema), &mut usage.components);
            }
        }
        usage
    }

    fn body(&mut self, document: &Value, body: &Value) {
        let content = body.get("content").and_then(Value::as_object);
        for (kind, media) in content.into_iter().flatten() {
            let mut schema = media.get("schema");
            if is_multipart(kind)
                && let Some(reference) = schema
                    .and_then(|schema| schema.get("$ref"))
                    .and_then(Value::as_str)
            {
                self.multipart.insert(reference.to_owned());
                schema = pointer::resolve(document, reference);
            }
            follow(document, schema, &mut self.requests);
        }
    }

    /// Whether the component is used as a multipart body only, and never as JSON.
    pub(crate) fn is_only_multipart(&self, name: &str) -> bool {
        let reference = format!("#{}", pointer::join("/components/schemas", name));
        self.multipart.contains(&reference)
            && !self.requests.contains(&reference)
            && !self.responses.contains(&reference)
            && !self.components.contains(&reference)
    }

    /// Whether only errors have a schema, and no request and no success.
    pub(crate) fn is_only_of_errors(&self, document: &Value, at: &str) -> bool {
        let tokens: Vec<_> = at.split('/').collect();
        match &tokens[..] {
            ["", "components", kind, name, ..] => {
                let reference = format!("#/components/{kind}/{name}");
                self.errors.contains(&reference) && !self.needed.contains(&reference)
            }
            ["", "paths", path, method, "responses", status, ..] => {
                let operation = format!("/paths/{path}/{method}");
                let operation = document.pointer(&operation);
                operation.is_some_and(|operation| is_error(status, operation))
            }
            _ => false,
        }
    }

    /// How the component is used. An unused one is treated like a response.
    pub(crate) fn side(&self, name: &str) -> Side {
        let reference = format!("#{}", pointer::join("/components/schemas", name));
        let request = self.requests.contains(&reference);
        Side {
            request,
            response: !request || self.responses.contains(&reference),
        }
    }
}

/// Whether a response is an error. The default response is one, unless there is no success.
fn is_error(status: &str, operation: &Value) -> bool {
    let responses = operation.get("responses").and_then(Value::as_object);
    let mut all = responses.into_iter().flatten();
    match status.as_bytes().first() {
        Some(b'2') => false,
        Some(b'd') => all.any(|(status, _)| status.starts_with('2')),
        _ => true,
    }
}

/// Every operation with its pointer and its method and path.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = (String, String, &Value)> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(move |(path, item)| {
        let item = inlined(document, item);
        let at = pointer::join("/paths", path);
        METHODS.iter().filter_map(move |method| {
            let operation = item.get(method)?;
            Some((
                format!("{at}/{method}"),
                format!("{} {path}", method.to_uppercase()),
                operation,
            ))
        })
    })
}

/// One request of a webhook or callback.
pub(super) struct Received<'a> {
    /// The pointer of the request.
    pub(super) at: String,
    pub(super) name: &'a str,
    /// The operation whose callback it is, such as `POST /subscriptions`.
    pub(super) callback_of: Option<String>,
    pub(super) request: &'a Value,
}

/// Every webhook, and every callback of an operation.
pub(super) fn received(document: &Value) -> Vec<Received<'_>> {
    let mut all = Vec::new();
    let webhooks = object(&document["webhooks"]);
    for (name, item) in webhooks {
        let at = pointer::join("/webhooks", name);
        requests(document, at, name, item, None, &mut all);
    }
    for (at, operation, value) in operations(document) {
        for (name, callback) in object(&value["callbacks"]) {
            let at = pointer::join(&format!("{at}/callbacks"), name);
            for (expression, item) in object(inlined(document, callback)) {
                let at = pointer::join(&at, expression);
                requests(document, at, name, item, Some(&operation), &mut all);
            }
        }
    }
    all
}

fn requests<'a>(
    document: &'a Value,
    at: String,
    name: &'a str,
    item: &'a Value,
    callback_of: Option<&str>,
    all: &mut Vec<Received<'a>>,
) {
    let item = inlined(document, item);
    for method in METHODS {
        if let Some(request) = item.get(method) {
            all.push(Received {
                at: format!("{at}/{method}"),
                name,
                callback_of: callback_of.map(str::to_owned),
                request,
            });
        }
    }
}

impl<'a> Received<'a> {
    /// The body of the request.
    pub(super) fn body(&self, document: &'a Value) -> Option<&'a Value> {
        Some(inlined(document, self.request.get("requestBody")?))
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The operation that a pointer is in, or the first one that reaches it.
pub(crate) fn operation_of(document: &Value, at: &str) -> Option<String> {
    let mut all = operations(document);
    if at.starts_with("/paths/") {
        return all
            .find(|(pointer, _, _)| at.starts_with(pointer.as_str()))
            .map(|(_, name, _)| name);
    }
    let component: Vec<_> = at.splitn(5, '/').take(4).collect();
    let reference = format!("#{}", component.join("/"));
    all.find(|(_, _, operation)| references(document, operation).contains(&reference))
        .map(|(_, name, _)| name)
}

/// The references of an operation, and those of their targets.
pub(crate) fn references(document: &Value, operation: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    follow(document, Some(operation), &mut reached);
    reached
}

/// Collects the references of a value, and those of their targets.
fn follow(document: &Value, value: Option<&Value>, reached: &mut BTreeSet<String>) {
    match value {
        Some(Value::Object(members)) => {
            for (name, value) in members {
                match value {
                    Value::String(reference) if name == "$ref" => {
                        if reached.insert(reference.clone()) {
                            follow(document, pointer::resolve(document, reference), reached);
                        }
                    }
                    value => follow(document, Some(value), reached),
                }
            }
        }
        Some(Value::Array(items)) => {
            for item in items {
                follow(document, Some(item), reached);
            }
        }
        _ => {}
    }
}

/// Adds what the subtypes of the reached bases reach.
fn follow_subtypes(document: &Value, subtypes: &Subtypes, reached: &mut BTreeSet<String>) {
    let mut open: Vec<_> = subtypes.bases().collect();
    // A subtype may reach another base.
    while let Some(place) = open.iter().position(|base| reached.contains(*base)) {
        for subtype in subtypes
            .of_base(open.swap_remove(place))
            .unwrap_or_default()
        {
            reached.insert(subtype.clone());
            follow(document, pointer::resolve(document, subtype), reached);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_use_of_a_schema_follows_references() {
        let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let document = json!({
            "components": {
                "schemas": {"In": {"items": schema("Both")}, "Out": {"items": schema("Both")}, "Both": {}, "None": {}},
                "responses": {"R": {"schema": schema("Out")}},
            },
            "paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": schema("In")}}}, "responses": {"200": {"$ref": "#/components/responses/R"}}}}},
        });
        let usage = Usage::of(&document, &Subtypes::of(&document));
        let side = |name| (usage.side(name).request, usage.side(name).response);
        assert_eq!(side("In"), (true, false));
        assert_eq!(side("Out"), (false, true));
        assert_eq!(side("Both"), (true, true));
        assert_eq!(side("None"), (false, true));
        assert_eq!(
            operation_of(&document, "/components/schemas/Both/items").as_deref(),
            Some("POST /a")
        );
    }
}
