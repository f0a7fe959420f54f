//! The calls of a document: what each is given, what must be sent, and what is received.

use std::collections::BTreeMap;

use partner_api_codegen::contract::{Extension as _, OperationExtension, PropertyExtension};
use serde_json::{Map, Value, json};

use super::instance::{Instances, Side};
use super::wire::{Body, Expected, expected, resolved};
use super::{Document, Operation};

/// One call.
pub struct Case {
    /// The method and path as published.
    pub operation: String,
    /// The method of the client.
    pub name: String,
    /// The arguments by setter.
    pub given: Value,
    /// The request that must be sent.
    pub expected: Expected,
    /// The response of the server: status, media type and body.
    pub response: Response,
}

/// A published response.
pub struct Response {
    pub status: u16,
    pub kind: String,
    pub body: Value,
}

/// How often each operation is called.
pub const ROUNDS: usize = 3;

/// The calls of the operations that were generated.
pub fn cases(document: &Document, lowered: &Value) -> Vec<Case> {
    let generated = generated(lowered);
    let mut cases = Vec::new();
    for operation in document.operations() {
        let key = (operation.method.to_owned(), operation.path.to_owned());
        // The path of a server of its own may stand in front.
        let has_own = operation.value["servers"].is_array() || operation.item["servers"].is_array();
        let is_moved = |of: &(String, String)| has_own && of.0 == key.0 && of.1.ends_with(&key.1);
        let moved = || {
            generated
                .iter()
                .find(|(of, _)| is_moved(of))
                .map(|(_, it)| it)
        };
        let Some(lowered_operation) = generated.get(&key).or_else(moved) else {
            continue;
        };
        for round in 0..ROUNDS {
            cases.extend(case(
                document,
                &operation,
                lowered,
                lowered_operation,
                round,
            ));
        }
    }
    cases
}

fn case(
    document: &Document,
    operation: &Operation<'_>,
    lowered: &Value,
    lowered_operation: &Value,
    round: usize,
) -> Option<Case> {
    let expected = expected(document, operation, round)?;
    let extension = OperationExtension::of(lowered_operation).unwrap_or_default();
    let mut given = Map::new();
    let parameters = lowered_operation["parameters"].as_array();
    for parameter in parameters.into_iter().flatten() {
        let rust = parameter["name"].as_str()?;
        let wire = extension.wire.get(rust).map_or(rust, String::as_str);
        // To progenitor a cookie is a header.
        let cookies = lowered_operation.pointer("/x-codegen/cookies");
        let is_cookie = cookies
            .and_then(Value::as_array)
            .is_some_and(|it| it.contains(&rust.into()));
        let location = if is_cookie {
            "cookie"
        } else {
            parameter["in"].as_str()?
        };
        let value = expected.parameters.iter().find(|((of, name), _)| {
            of == location && (name == wire || (of == "header" && name.eq_ignore_ascii_case(wire)))
        });
        if let Some((_, value)) = value {
            given.insert(rust.to_owned(), value.clone());
        }
    }
    if let Some(Body { kind, value, .. }) = &expected.body {
        let body = match kind.starts_with("multipart/") {
            true => parts(lowered, lowered_operation, value),
            false => value.clone(),
        };
        given.insert("body".to_owned(), body);
    }
    Some(Case {
        operation: format!("{} {}", operation.method.to_uppercase(), operation.path),
        name: lowered_operation["operationId"].as_str()?.to_owned(),
        given: given.into(),
        expected,
        response: response(document, operation, round)?,
    })
}

/// The parts of a multipart body by the names of the fields in Rust.
fn parts(lowered: &Value, operation: &Value, body: &Value) -> Value {
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    let reference = schema.and_then(|it| it["$ref"].as_str().or(it["allOf"][0]["$ref"].as_str()));
    let component = reference.and_then(|it| lowered.pointer(it.strip_prefix('#')?));
    let properties = component.and_then(|it| it["properties"].as_object());
    let fields = properties
        .into_iter()
        .flatten()
        .filter_map(|(rust, property)| {
            let wire = PropertyExtension::of(property).and_then(|it| it.wire);
            let value = body.get(wire.as_ref().unwrap_or(rust))?;
            Some((rust.clone(), value.clone()))
        });
    fields.collect::<Map<_, _>>().into()
}

/// The status of an operation that describes no success.
static UNDESCRIBED: String = String::new();

/// A published success; another one in each round.
fn response(document: &Document, operation: &Operation<'_>, round: usize) -> Option<Response> {
    let all = operation.value["responses"]
        .as_object()
        .into_iter()
        .flatten();
    let successes: Vec<_> = all
        .filter(|(status, _)| status.starts_with('2') || *status == "default")
        .collect();
    // A default is an error if there is a success.
    let known: Vec<_> = successes
        .iter()
        .filter(|(status, _)| *status != "default")
        .collect();
    let (status, response) = match known.len() {
        0 => successes
            .first()
            .copied()
            .unwrap_or((&UNDESCRIBED, &Value::Null)),
        count => *known[round % count],
    };
    let status = status.parse().unwrap_or(200);
    let response = resolved(document, response);
    let content = response["content"].as_object();
    let json = content.and_then(|it| it.iter().find(|(kind, _)| kind.contains("json")));
    let first = json.or_else(|| content.and_then(|it| it.iter().next()));
    let Some((kind, media)) = first else {
        let (kind, body) = (String::new(), Value::Null);
        return Some(Response { status, kind, body });
    };
    let instances = Instances::new(&document.json, Side::Response, round);
    let body = match kind.contains("json") {
        true => instances.value(&media["schema"])?,
        false => json!("some bytes"),
    };
    let kind = kind.clone();
    Some(Response { status, kind, body })
}

/// The generated operations by method and path as published.
fn generated(lowered: &Value) -> BTreeMap<(String, String), &Value> {
    let paths = lowered["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| {
                let path = published(path, operation);
                ((method.clone(), path), operation)
            })
        })
        .collect()
}

/// The path with the names of its placeholders in HTTP.
fn published(path: &str, operation: &Value) -> String {
    // A path that differs in these names only is distinguished by a fragment.
    let path = path.split('#').next().unwrap_or_default();
    let wire = OperationExtension::of(operation).unwrap_or_default().wire;
    let mut parts = path.split('{');
    let mut published = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (rust, rest) = part.split_once('}').unwrap_or((part, ""));
        let name = wire.get(rust).map_or(rust, String::as_str);
        published += &format!("{{{name}}}{rest}");
    }
    published
}
