//! The operations of requests: one for each method and template, as errors, spans and limits name it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use reqwest::Method;

use super::template::Template;
use crate::generated::operations::ALL;
use crate::operation::Operation;

/// Where requests of one method and template go.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) operation: &'static Operation,
    pub(super) template: Template,
}

/// The target of a request that is never sent, because its method or template is invalid.
pub(super) static INVALID: Target = Target {
    operation: &Operation {
        id: "request",
        method: "",
        path: "",
        idempotent: false,
        authenticated: true,
        server: None,
    },
    template: Template::EMPTY,
};

/// The methods of requests. `CONNECT` and `TRACE` are for proxies, and a server sends the credentials
/// of a `TRACE` back.
const METHODS: [(Method, &str); 7] = [
    (Method::GET, "GET"),
    (Method::HEAD, "HEAD"),
    (Method::OPTIONS, "OPTIONS"),
    (Method::POST, "POST"),
    (Method::PUT, "PUT"),
    (Method::PATCH, "PATCH"),
    (Method::DELETE, "DELETE"),
];

/// The target of a method and a template. Each is created once and never freed: as templates are
/// static, there is a bounded number of them.
pub(super) fn target(method: &Method, template: &'static str) -> Result<&'static Target, String> {
    type Targets = HashMap<(&'static str, &'static str), &'static Target>;
    static TARGETS: LazyLock<Mutex<Targets>> = LazyLock::new(Mutex::default);

    let Some((_, name)) = METHODS.iter().find(|(known, _)| known == method) else {
        let methods = METHODS.map(|(_, name)| name).join(", ");
        return Err(format!(
            "the method {method} cannot be sent; use one of {methods}"
        ));
    };
    let mut targets = TARGETS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(target) = targets.get(&(*name, template)) {
        return Ok(*target);
    }
    let parsed =
        Template::parse(template).map_err(|why| format!("the template `{template}` {why}"))?;
    let target: &'static Target = Box::leak(Box::new(Target {
        operation: generated(name, &parsed).unwrap_or_else(|| {
            Box::leak(Box::new(Operation {
                id: Box::leak(format!("{name} {template}").into_boxed_str()),
                method: name,
                path: template,
                idempotent: method.is_idempotent(),
                authenticated: true,
                server: None,
            }))
        }),
        template: parsed,
    }));
    targets.insert((*name, template), target);
    Ok(target)
}

/// The generated operation with this method and path. It keeps its name, limits and idempotency,
/// however it is called.
fn generated(method: &str, template: &Template) -> Option<&'static Operation> {
    let path = |known: &Operation| Template::parse(known.path);
    // A request goes to the base URL.
    let is_there = |known: &&&Operation| known.method == method && known.server.is_none();
    let mut operations = ALL.iter().filter(is_there);
    operations
        .find(|known| path(known).is_ok_and(|path| path.is_like(template)))
        .copied()
}

/// Checks a name of an operation that is no generated one: a method and a template, such as
/// `GET /partners/{partner_id}/channels`.
pub(crate) fn check_name(name: &'static str) -> Result<(), String> {
    let method = name.split_once(' ').and_then(|(method, template)| {
        let mut methods = METHODS.iter();
        let (method, _) = methods.find(|(_, known)| *known == method)?;
        Some((method, template))
    });
    let Some((method, template)) = method else {
        return Err(format!("names an operation that does not exist: {name}"));
    };
    let target = target(method, template)?;
    match target.operation.id == name {
        true => Ok(()),
        false => Err(format!(
            "has `{name}`, which is the operation `{}`; use this name",
            target.operation.id
        )),
    }
}
