//! The operations of the OpenAPI document.

use std::sync::{Arc, OnceLock};

use http::Method;

use serde_json::Value;

/// The checked-in document.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// The name of the token endpoint, which is not in the document.
pub const TOKEN: &str = "token";

pub(crate) const TOKEN_PATH: &str = "/api/v2/token";
/// The name of the deliveries of events, for faults.
pub const WEBHOOK: &str = "webhook";

/// An operation of the document, or the token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The `operationId`.
    pub(crate) id: String,
    pub(crate) method: Method,
    /// The path template, with its parameters in braces.
    pub(crate) path: String,
    /// Whether it needs no credentials.
    pub(crate) public: bool,
    /// Whether the document requires a body.
    pub(crate) needs_body: bool,
}

/// The operations that no document has yet: their names, their methods, and what follows the path of a
/// partner.
const UNDOCUMENTED: &[(&str, Method, &str)] = &[
    ("list_channels", Method::GET, "/channels"),
    ("create_channel_key", Method::POST, KEYS),
    ("list_channel_keys", Method::GET, KEYS),
    ("delete_channel_keys", Method::DELETE, KEYS),
    ("get_balance", Method::GET, "/balance"),
    (
        "get_client_balance",
        Method::GET,
        "/clients/{client_id}/info/balance",
    ),
];
const KEYS: &str = "/channels/{channel_id}/api_keys";

/// The operations that return a list.
const LISTS: &[&str] = &[
    "list_channels",
    "list_clients",
    "list_partner_change_requests",
    "list_shared_client_numbers",
];

/// Whether an operation returns a list.
pub(crate) fn is_list(operation: &str) -> bool {
    LISTS.contains(&operation)
}

/// The `operationId`s of the checked-in document.
#[must_use]
pub fn documented() -> Vec<String> {
    let operations = checked_in();
    let ids = operations.iter().map(|operation| operation.id.clone());
    let undocumented = |id: &String| UNDOCUMENTED.iter().any(|(known, ..)| known == id);
    ids.filter(|id| id != TOKEN && !undocumented(id)).collect()
}

/// The operations of the checked-in document, parsed once, and the token endpoint.
pub(crate) fn checked_in() -> Arc<Vec<Operation>> {
    static OPERATIONS: OnceLock<Arc<Vec<Operation>>> = OnceLock::new();
    let parse = || from_document(&serde_json::from_str(DOCUMENT).unwrap_or_default());
    Arc::clone(OPERATIONS.get_or_init(parse))
}

/// The operations of a document, the token endpoint, and what no document has yet.
pub(crate) fn from_document(document: &Value) -> Arc<Vec<Operation>> {
    let mut operations = vec![Operation {
        id: TOKEN.to_owned(),
        method: Method::POST,
        path: TOKEN_PATH.to_owned(),
        public: true,
        needs_body: false,
    }];
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(method) = method_named(method) else {
                continue;
            };
            let id = match operation.get("operationId").and_then(Value::as_str) {
                Some(id) => id.to_owned(),
                None => format!("{method} {path}"),
            };
            let needs_body = operation.pointer("/requestBody/required") == Some(&Value::Bool(true));
            operations.push(Operation {
                method,
                path: path.clone(),
                public: false,
                needs_body,
                id,
            });
        }
    }
    for (id, method, path) in UNDOCUMENTED {
        let path = format!("/api/v2/partners/{{partner_id}}{path}");
        let documented = operations
            .iter()
            .any(|known| known.method == *method && unnamed(&known.path) == unnamed(&path));
        if !documented {
            operations.push(Operation {
                id: (*id).to_owned(),
                method: method.clone(),
                path,
                public: false,
                needs_body: false,
            });
        }
    }
    Arc::new(operations)
}

/// The segments of a template, without the names of parameters.
fn unnamed(path: &str) -> Vec<&str> {
    let segments = path.split('/');
    segments
        .map(|segment| {
            if segment.starts_with('{') {
                ""
            } else {
                segment
            }
        })
        .collect()
}

fn method_named(name: &str) -> Option<Method> {
    match name {
        "get" => Some(Method::GET),
        "put" => Some(Method::PUT),
        "post" => Some(Method::POST),
        "delete" => Some(Method::DELETE),
        "options" => Some(Method::OPTIONS),
        "head" => Some(Method::HEAD),
        "patch" => Some(Method::PATCH),
        "trace" => Some(Method::TRACE),
        _ => None,
    }
}
