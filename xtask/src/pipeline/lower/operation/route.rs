//! Where an operation is sent: its method and path, and a server of its own.

use partner_api_codegen::contract::Server;
use serde_json::Value;

use crate::document::pointer::{self, inlined};
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::server;

/// Where an operation is sent.
pub(crate) struct Route {
    /// The path after the address of the server, perhaps with a fixed query.
    pub(crate) path: String,
    /// The server, if it is not that of the base URL.
    pub(crate) server: Option<Server>,
}

impl Lowering<'_> {
    /// Reports the operations with methods that only OpenAPI 3.2 has.
    pub(crate) fn other_methods(&mut self) {
        let paths = self.document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let item = inlined(self.document, item);
            for name in ["query", "additionalOperations"] {
                if item.get(name).is_some() {
                    let at = pointer::join(&pointer::join("/paths", path), name);
                    let before = self.problems.len();
                    self.problem(&at, format!("`{name}` has methods that progenitor cannot send; describe its operations with another method in the overlay, or remove it"));
                    self.leaves_out(before, &at, path);
                }
            }
        }
    }

    /// Where an operation is sent; `None` if it cannot be.
    pub(crate) fn route(&mut self, method: &str, path: &str, at: &str) -> Option<Route> {
        let (path, fragment) = path.split_at(path.find('#').unwrap_or(path.len()));
        if !fragment.is_empty() {
            let text = format!(
                "the fragment `{fragment}` of the path is not sent; the operation is one of the address {path}"
            );
            self.note(at, &text);
        }
        if let Some(problem) = problem(method, path) {
            self.problem(at, problem);
            return None;
        }
        match server::of_operation(self.document, at) {
            None => Some(Route {
                path: path.to_owned(),
                server: None,
            }),
            Some(Ok(own)) => Some(self.own_route(&own, path, &format!("{at}/servers"))),
            Some(Err(why)) => {
                self.problem(&format!("{at}/servers"), why);
                None
            }
        }
    }

    /// Where an operation is sent that has a server of its own.
    fn own_route(&mut self, own: &str, path: &str, at: &str) -> Route {
        let servers = &self.document["servers"];
        let base = server::address(servers).and_then(Result::ok);
        let own_path = server::path(own);
        let base = match (base, server::variable(own)) {
            (Some(base), None) if server::origin(own) == server::origin(&base) => base,
            (None, None) if !server::is_relative(servers) => {
                let text = format!(
                    "this operation is published for {own}; the client sends every request to the base URL that a program sets"
                );
                self.note(at, &text);
                return Route {
                    path: format!("{own_path}{path}"),
                    server: None,
                };
            }
            (_, variable) => {
                let variable = variable.map(|it| format!(", whose `{{{it}}}` has no default"));
                let text = format!(
                    "this operation is published for another server, {own}{}; its calls fail until a program names the address with `ClientBuilder::operation_base_url`, because credentials are sent there",
                    variable.unwrap_or_default()
                );
                self.note(at, &text);
                return Route {
                    path: path.to_owned(),
                    server: Some(Server::Other(own.to_owned())),
                };
            }
        };
        let base = server::path(&base);
        match own_path.strip_prefix(base) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Route {
                path: format!("{rest}{path}"),
                server: None,
            },
            _ => Route {
                path: format!("{own_path}{path}"),
                server: Some(Server::Replaces(base.to_owned())),
            },
        }
    }
}

/// Why a request with this method and path cannot be sent, if it cannot.
fn problem(method: &str, path: &str) -> Option<String> {
    let is_unsafe = |c: char| c.is_control() || c.is_whitespace() || "\"<>\\^`|".contains(c);
    if method == "TRACE" {
        return Some(
            "a TRACE request must not have credentials, so the client does not send it; remove the \
             operation in the overlay"
                .into(),
        );
    }
    if !path.starts_with('/') {
        return Some(format!(
            "the path `{path}` does not begin with `/`; correct it in the overlay"
        ));
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if query.contains(['?', '{', '}']) {
        return Some(format!(
            "the path has the query `{query}`; expected a fixed one such as `beta=true`; make its parameters query parameters in the overlay"
        ));
    }
    if let Some(c) = path.chars().chain(query.chars()).find(|c| is_unsafe(*c)) {
        return Some(format!(
            "{c:?} is not allowed in a path; correct it in the overlay"
        ));
    }
    let segment = unstable_segment(path)?;
    Some(format!(
        "the path `{path}` has the segment `{segment}`, which URL normalisation removes; correct it in the overlay"
    ))
}

/// A segment of a path that URL normalisation or a proxy may remove: `..`, `.`, or an empty one before
/// the end.
fn unstable_segment(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        let is_inner = segments.peek().is_some();
        if dots == "." || dots == ".." || (segment.is_empty() && is_inner) {
            return Some(segment);
        }
    }
    None
}
