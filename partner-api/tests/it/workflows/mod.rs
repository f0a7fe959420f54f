//! What takes more than one call, or no call at all.

mod approve;
mod approve_concurrently;
mod approve_faults;
mod settle;
mod support;
