//! Generated data: partners, clients, channels and change requests, the same for the same seed.
//!
//! Each value is generated from the seed and its number alone, so the order does not matter. A share
//! of them has the anomalies of the real API.

pub(crate) mod anomalies;
pub(crate) mod change_request;
pub(crate) mod channel;
pub(crate) mod client;
pub(crate) mod extra;
pub(crate) mod generator;
pub(crate) mod names;
pub(crate) mod partner;
pub(crate) mod random;
