//! A client of the [360dialog Partner API], generated from the provider's documentation.
//!
//! ```
//! use partner_api::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let hub = partner_hub::Hub::builder().anomaly_rate(0.0).start().await?;
//! # let (key, partner_id) = (hub.api_key(), hub.partner_id());
//! let client = Client::with_api_key(key)
//! #   .base_url(hub.url())
//!     .build()?;
//!
//! let partner = client.get_partner().partner_id(partner_id).send().await?.into_inner();
//! println!("{:?}", partner.brand_name);
//!
//! let mut clients = client
//!     .list_clients()
//!     .partner_id(partner_id)
//!     .filters(types::ClientFilters { status: Some("active".into()), ..Default::default() })
//!     .sort("-created_at")
//!     .limit(100)
//!     .stream();
//! while let Some(account) = clients.try_next().await? {
//!     println!("{:?}", account.id);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`AuthExt`] makes a [`Client`]; each operation is a method of it that returns a [`builder`].
//! - [`PaginateExt`] reads whole lists, also while they change.
//! - [`types`] holds what operations send and answer with. Every field of an answer may be
//!   missing or null, and enums keep values they do not know, so a new field or value of the
//!   provider breaks no program.
//! - [`Sort`] is the order of a list, [`Timestamp`] a point in time, [`File`] an upload.
//! - [`Error`] says which operation failed, with what status, and what the provider said of it.
//!
//! # Ids
//!
//! Each kind of id has a type, which answers hold and calls take. Calls take texts, too, but no id
//! of another kind:
//!
//! ```
//! # use partner_api::prelude::*;
//! # let client = Client::with_api_key("key").build()?;
//! let partner_id = types::PartnerId::from("abcPA");
//! client.list_clients().partner_id(&partner_id);
//! client.list_clients().partner_id("abcPA");
//! # Ok::<(), partner_api::Error>(())
//! ```
//!
//! ```compile_fail,E0277
//! # use partner_api::prelude::*;
//! # let client = Client::with_api_key("key").build()?;
//! let client_id = types::ClientId::from("xyzCL");
//! client.list_clients().partner_id(&client_id);
//! # Ok::<(), partner_api::Error>(())
//! ```
//!
//! # Updates
//!
//! In the body of an update each field is an `Option`: `None` is not sent, so it stays as it is.
//! Where the documentation allows null the field is an `Option` of an `Option`, and `Some(None)`
//! sends null. A body that sets nothing is refused.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls on ring, with the system's certificates
//! - `native-tls`: TLS by the system's library; with both, rustls is used
//! - `jiff`: [`Timestamp`] as the timestamp of the crate `jiff`
//! - `schemars`: `JsonSchema` for every type
//! - `mock`: typed `httpmock` helpers for your tests, in `mock`
//! - `codegen`: for maintainers of this crate
//!
//! [360dialog Partner API]: https://docs.360dialog.com/partner/partner-api/api-reference
#![cfg_attr(docsrs, feature(doc_cfg))]

mod argument;
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
mod multipart;
mod number;
mod observe;
mod open_enum;
mod operation;
mod options;
mod pace;
mod page;
mod paginate;
pub mod prelude;
mod query;
mod retry;
mod sort;
mod telling;
mod text;
mod timestamp;
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
pub use multipart::File;
pub use number::{NotFinite, Number};
pub use observe::Attempt;
pub use options::CallOptions;
pub use pace::RateLimit;
pub use page::{Limit, Offset, OutOfRange};
pub use paginate::{IntoListing, Items, Page, Pages, PaginateExt};
pub use query::{Commas, Form, Json};
pub use retry::Retries;
pub use sort::{Order, Sort, SortKey, UnknownSortKey};
pub use timestamp::Timestamp;

pub use progenitor_client::{ByteStream, ResponseValue};
pub use {reqwest, secrecy};

/// The README's examples are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
