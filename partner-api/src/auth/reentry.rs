//! Detects a credentials provider or token store that uses its own client. Such a call would wait for
//! itself or recurse until the stack overflows, so it fails. It is detected by its task.

use tokio::task::futures::TaskLocalFuture;

use super::login::LoginTransport;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

/// How deep providers may nest that use clients with other providers.
const DEEPEST: usize = 16;

tokio::task_local! {
    /// The clients whose provider or store runs in this task or has spawned it.
    static CLIENTS: Vec<usize>;
}

/// Fails if the call comes from the provider or store of this client.
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
    let problem = format!("the {caller} uses its own client; use another client there");
    Err(Error::for_operation(
        operation,
        ErrorKind::Credentials(problem.into()),
    ))
}

/// Marks a future that runs the provider or store of this client.
pub(super) fn within<F: Future>(
    transport: &impl LoginTransport,
    future: F,
) -> TaskLocalFuture<Vec<usize>, F> {
    let mut clients = CLIENTS.try_with(Vec::clone).unwrap_or_default();
    clients.push(transport.id());
    CLIENTS.scope(clients, future)
}

/// Marks a future that is spawned as a part of the provider or store that spawns it.
pub(crate) fn carried<F: Future>(future: F) -> TaskLocalFuture<Vec<usize>, F> {
    let clients = CLIENTS.try_with(Vec::clone).unwrap_or_default();
    CLIENTS.scope(clients, future)
}
