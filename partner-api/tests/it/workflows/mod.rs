//! What takes more than one call, or no call at all.

mod approve;
mod approve_concurrently;
mod approve_example;
mod approve_faults;
mod connect_url;
mod redirect;
mod settle;
mod support;
