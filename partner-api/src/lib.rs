//! A client of the [360dialog Partner API], generated from the provider's documentation.
//!
//! ```
//! use partner_api::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), partner_api::Error> {
//! # let server = httpmock::MockServer::start_async().await;
//! # server.mock(|when, then| { when.path("/api/v2/partners/abcPA"); then.json_body(serde_json::json!({"id": "abcPA"})); });
//! # server.mock(|when, then| { when.path("/api/v2/partners/abcPA/clients"); then.json_body(serde_json::json!({"clients": [{"id": "xyzCL"}]})); });
//! let client = Client::with_api_key("key")
//! #   .base_url(server.base_url())
//!     .build()?;
//!
//! let partner = client.get_partner().partner_id("abcPA").send().await?.into_inner();
//! println!("{:?}", partner.brand_name);
//!
//! let page = client
//!     .list_clients()
//!     .partner_id("abcPA")
//!     .filters(types::ClientFilters { status: Some("active".into()), ..Default::default() })
//!     .sort("-created_at")
//!     .limit(100)
//!     .send()
//!     .await?;
//! for account in &page.clients {
//!     println!("{:?}", account.id);
//! }
//! # assert_eq!(page.clients.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! - [`AuthExt`] makes a [`Client`]; each operation is a method of it that returns a [`builder`].
//! - [`types`] holds what operations send and answer with. Every field of an answer may be
//!   missing or null, and enums keep values they do not know, so a new field or value of the
//!   provider breaks no program.
//! - [`Error`] says which operation failed, with what status, and what the provider said of it.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls on ring, with the system's certificates
//! - `native-tls`: TLS by the system's library; with both, rustls is used
//! - `schemars`: `JsonSchema` for every type
//! - `mock`: typed `httpmock` helpers for your tests, in `mock`
//! - `codegen`: for maintainers of this crate
//!
//! [360dialog Partner API]: https://docs.360dialog.com/partner/partner-api/api-reference
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod auth;
mod call;
mod client;
mod clock;
mod error;
#[rustfmt::skip]
#[allow(deprecated, missing_docs, unused_imports, clippy::all, clippy::pedantic, reason = "made by progenitor")]
mod generated;
mod identifier;
mod lenient;
mod observe;
mod open_enum;
mod operation;
mod options;
mod pace;
pub mod prelude;
mod query;
mod retry;
mod telling;
mod tls;
mod transport;
mod union;

pub use auth::{AuthExt, Credential, CredentialsProvider, MemoryTokenStore, Token, TokenStore};
pub use client::ClientBuilder;
pub use error::{Error, ErrorKind, ErrorMeta};
#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
pub use generated::mock;
pub use generated::{Client, builder, types};
pub use identifier::InvalidIdentifier;
pub use observe::Attempt;
pub use options::CallOptions;
pub use pace::RateLimit;
pub use query::{Form, Json};
pub use retry::Retries;

pub use progenitor_client::{ByteStream, ResponseValue};
pub use {reqwest, secrecy};

/// The README's examples are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
