//! Rust names for published names: how they are made, and what happens if two are the same or look alike.

pub(crate) mod distinct;
mod lookalike;
pub(crate) mod names;
