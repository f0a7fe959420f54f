//! Control of the emulator from outside: the paths under `/__hub/`, for shells and for tests in any
//! language. [`Hub`](crate::Hub) calls the same commands.

mod commands;
mod endpoint;
mod endpoints;
mod openapi;
pub(crate) mod server;
mod snapshots;
