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
//! - [`PaginateExt`] reads a whole list that comes in pages, also while it changes.
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
//! - `http2`: HTTP/2 where the server supports it. Without it, or where it does not, concurrent calls use
//!   a connection each
//! - `jiff`: [`Timestamp`] as the timestamp of the crate `jiff`
//! - `schemars`: `JsonSchema` for every type
//! - `mock`: typed `httpmock` helpers for your tests, in `mock`
//! - `codegen`: for maintainers of this crate
//!
//! # TLS
//!
//! The feature `rustls` turns on rustls in reqwest, for the whole program, but no cryptography
//! provider of reqwest's own: that builds faster. A [`Client`] brings its provider along. Any other
//! `reqwest::Client` of the program takes the provider of the process, and panics when there is
//! none. So if the program builds one, and no other crate has chosen TLS for reqwest, install a
//! provider at the start of `main`:
//!
//! ```
//! # #[cfg(feature = "rustls")]
//! # {
//! use partner_api::{reqwest, rustls};
//!
//! rustls::crypto::ring::default_provider().install_default().expect("there is no other yet");
//!
//! let other = reqwest::Client::new();
//! # }
//! ```
//!
//! Turning on a TLS feature of reqwest, `rustls` or `native-tls`, does the same.
//!
//! [360dialog Partner API]: https://docs.360dialog.com/partner/partner-api/api-reference
// The build script is run for `generated.rs` alone; see build.rs.
#![cfg(not(codegen_only))]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod argument;
mod auth;
mod call;
mod client;
mod connection_error;
mod error;
mod footprint;
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
mod page;
mod paginate;
pub mod prelude;
mod printable;
mod query;
mod sort;
mod telling;
mod text;
mod timestamp;
mod transport;
mod union;

pub use auth::{
    AuthExt, Credential, CredentialsProvider, DynTokenStore, FileTokenStore, MemoryTokenStore,
    Token, TokenKey, TokenStore, TokenStoreLock,
};
pub use client::ClientBuilder;
pub use connection_error::ConnectionError;
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
pub use page::{Limit, Offset, OutOfRange};
pub use paginate::{IntoListing, Items, Page, Pages, PaginateExt};
pub use query::{Commas, Form, Json};
pub use sort::{Order, Sort, SortKey, UnknownSortKey};
pub use timestamp::Timestamp;
pub use transport::{RateLimit, Retries};

pub use progenitor_client::{ByteStream, ResponseValue};
#[cfg(feature = "rustls")]
#[cfg_attr(docsrs, doc(cfg(feature = "rustls")))]
pub use rustls;
pub use {reqwest, secrecy};

/// The README's examples are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
