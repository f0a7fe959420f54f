//! The properties of an operation that a call needs.

use std::fmt;

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The name of its method on the client, `token` for the login, or the method and path of a
    /// request.
    pub(crate) id: &'static str,
    /// The HTTP method.
    pub(crate) method: &'static str,
    /// The path, with its parameters in braces.
    pub(crate) path: &'static str,
    /// Whether sending it twice does no more than sending it once.
    pub(crate) idempotent: bool,
    /// Whether its requests carry credentials.
    pub(crate) authenticated: bool,
    /// The published address of its server, if that is not the server of the base URL.
    pub(crate) server: Option<&'static str>,
}

/// Prints the name, with method and path unless it consists of them.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id, method, path, ..
        } = self;
        match id.ends_with(path) {
            true => write!(f, "{id}"),
            false => write!(f, "{id} ({method} {path})"),
        }
    }
}

/// The login, as errors, logs and limits name it.
pub(crate) const LOGIN: Operation = Operation {
    id: "token",
    method: "POST",
    path: "/api/v2/token",
    // A second login ends the token of the first. If the first response was lost, no process has that
    // token.
    idempotent: true,
    authenticated: false,
    server: None,
};
