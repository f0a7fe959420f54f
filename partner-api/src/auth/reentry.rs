//! A credentials provider or token store that calls the client that it is for would wait for
//! itself, or recurse until the stack overflows. Such a call is recognised by its task.

use tokio::task::futures::TaskLocalFuture;

use super::login::LoginTransport;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

/// Providers may call other clients, whose providers call others; but not for ever.
const DEEPEST: usize = 16;

tokio::task_local! {
    /// The clients whose provider or store runs in this task, or has started it.
    static CLIENTS: Vec<usize>;
}

/// Fails if the call comes from this client's own provider or store.
pub(super) fn check(
    transport: &impl LoginTransport,
    operation: &'static Operation,
    caller: &str,
) -> Result<(), Error> {
    let id = transport.id();
    let is_within = CLIENTS.try_with(|clients| clients.contains(&id) || clients.len() >= DEEPEST);
    if !is_within.unwrap_or(false) {
        return Ok(());
    }
    let problem = format!("the {caller} calls the client that it is for; give it another client");
    Err(Error::for_operation(
        operation,
        ErrorKind::Credentials(problem.into()),
    ))
}

/// Runs this client's provider or store.
pub(super) fn within<F: Future>(
    transport: &impl LoginTransport,
    future: F,
) -> TaskLocalFuture<Vec<usize>, F> {
    let mut clients = CLIENTS.try_with(Vec::clone).unwrap_or_default();
    clients.push(transport.id());
    CLIENTS.scope(clients, future)
}

/// Marks a future that another task runs as part of the provider or store that starts it.
pub(crate) fn carried<F: Future>(future: F) -> TaskLocalFuture<Vec<usize>, F> {
    let clients = CLIENTS.try_with(Vec::clone).unwrap_or_default();
    CLIENTS.scope(clients, future)
}
