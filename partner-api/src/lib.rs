#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod call;
mod client;
mod error;
#[rustfmt::skip]
#[allow(deprecated, missing_docs, unused_imports, clippy::all, clippy::pedantic, reason = "made by progenitor")]
mod generated;
mod identifier;
mod lenient;
mod open_enum;
mod operation;
pub mod prelude;
mod query;
mod tls;
mod union;

pub use auth::AuthExt;
pub use client::ClientBuilder;
pub use error::{Error, ErrorKind, ErrorMeta};
pub use generated::{Client, builder, types};
#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
pub use generated::mock;
pub use identifier::InvalidIdentifier;
pub use query::{Form, Json};

pub use progenitor_client::{ByteStream, ResponseValue};
pub use reqwest;
