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
//! - [`AuthExt`] starts the setup of a [`Client`]. Each operation is a method of the client that
//!   returns a [`builder`].
//! - [`PaginateExt`] reads a whole list page by page, even if it changes while it is read.
//! - [`Client::request`] calls an endpoint that has no method here, because its page is not published
//!   yet.
//! - [`types`] has the types of requests and responses. Every field of a response may be missing or
//!   null, and enums keep unknown values, so a new field or value does not break a program.
//! - [`Sort`] is the order of a list, [`Timestamp`] a point in time.
//! - [`Error`] has the operation that failed, the status, and the error message of the API.
//! - [`telemetry`] lists the spans and events of `tracing`, and the labels for metrics.
//! - [`guide`] has whole pages on credentials, lists, tests and speed, and a comparison with other clients.
//!
//! There is no blocking client; the example `synchronous` uses the crate in a program without `async`.
//!
//! # Ids
//!
//! Each kind of id has its own type, in responses and in the arguments of calls. Calls also accept
//! strings, but no id of another kind:
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
//! In the body of an update each field is an `Option`: `None` is not sent, so the field is not
//! changed. Where the documentation allows null, the field is an `Option` of an `Option`, and
//! `Some(None)` sends null. A call fails before it is sent if its body sets nothing.
//!
//! # In production
//!
//! - **Timeouts.** A call takes at most 120 seconds with all its attempts and waits, and an attempt 30:
//!   [`timeout`](ClientBuilder::timeout), [`attempt_timeout`](ClientBuilder::attempt_timeout), and for one
//!   call [`CallOptions`]. [`guide::calls`] shows the life of a call.
//! - **Retries.** What can be retried safely is retried, with backoff and jitter, and within a budget that all
//!   calls of a client share: [`RetryPolicy`]. A call that is not idempotent, such as an approval, is never
//!   sent again once it may have reached the API; then [`Error::is_outcome_unknown`] is true.
//! - **Rate limits.** [`RateLimit`] limits the requests of a client or of one operation. After a 429 all calls
//!   wait for its `Retry-After`.
//! - **Errors.** An [`Error`] has the operation, the status, the trace id and the message of the API.
//!   [`Error::label`] is a short name of it for metrics.
//! - **Tracing.** [`telemetry`] lists the spans and events of `tracing`, with the names of OpenTelemetry.
//! - **Logins.** Processes of the same user share a token through a [`TokenStore`]; see [`guide::credentials`].
//! - **Proxies and certificates.** [`configure_http`](ClientBuilder::configure_http) sets what reqwest offers.
//! - **Runtimes.** Each tokio runtime has its own connections, so one that is not driven delays no other.
//! - **Long lists.** [`Cursor`] lets a later process go on where one was stopped; see [`guide::lists`].
//! - **Approvals.** `workflows::change_requests` approves once and reports what is known afterwards (feature
//!   `workflows`).
//! - **Webhooks.** `webhooks` verifies the events of the hub (feature `webhooks`).
//! - **Tests.** `mock` has typed mocks of every operation (feature `mock`); see [`guide::testing`].
//!
//! Four examples in the repository are whole programs: `sync_to_sqlite` copies all clients and goes on after a
//! kill, `back_office` is a service, `approve` a tool for operators, `webhook_receiver` receives events.
//!
//! ```
//! use std::time::Duration;
//! use partner_api::prelude::*;
//! use partner_api::{CallOptions, RateLimit, RetryPolicy};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let hub = partner_hub::Hub::builder().anomaly_rate(0.0).start().await?;
//! # let (key, partner_id) = (hub.api_key(), hub.partner_id());
//! let client = Client::with_api_key(key)
//! #   .base_url(hub.url())
//!     .timeout(Duration::from_secs(60))
//!     .retry_policy(RetryPolicy::max(5))
//!     .rate_limit(RateLimit::new(50, Duration::from_secs(1)))
//!     .on_attempt(|attempt| println!("{} {:?}", attempt.operation, attempt.duration))
//!     .build()?;
//!
//! let quickly = CallOptions::new().timeout(Duration::from_secs(5));
//! match client.get_partner().partner_id(partner_id).send_with(quickly).await {
//!     Ok(partner) => println!("{:?}", partner.brand_name),
//!     Err(error) if error.is_not_found() => println!("there is no such partner"),
//!     Err(error) => eprintln!("{} {error}", error.label()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls on ring, with the system's certificates
//! - `native-tls`: TLS by the system's library. If both features are on, rustls is used
//! - `http2`: HTTP/2 if the server supports it. With HTTP/1.1, each concurrent call needs its own
//!   connection
//! - `jiff`, `chrono`, `time`: convert a [`Timestamp`] to and from the types of these crates
//! - `schemars`: implements `JsonSchema` for every type
//! - `mock`: typed `httpmock` helpers for your tests, in the module `mock`
//! - `workflows` (default): what takes more than one call, such as a safe approval, or no call at all,
//!   such as onboarding links, in `workflows`
//! - `webhooks`: verifies events from the hub, in `webhooks`
//! - `axum`: events as an extractor of axum
//! - `codegen`: for maintainers of this crate
//!
//! # TLS
//!
//! The feature `rustls` turns on rustls in reqwest for the whole program, but without the cryptography
//! provider of reqwest, so that the build is faster. A [`Client`] brings its own provider. Any other
//! `reqwest::Client` of the program uses the provider of the process, and panics if there is none. So
//! if your program builds one, and no other crate turns on a TLS feature of reqwest, install a
//! provider at the start of `main`:
//!
//! ```
//! # #[cfg(feature = "rustls")]
//! # {
//! use partner_api::{reqwest, rustls};
//!
//! rustls::crypto::ring::default_provider().install_default().expect("no provider is installed yet");
//!
//! let other = reqwest::Client::new();
//! # }
//! ```
//!
//! Alternatively, turn on a TLS feature of reqwest: `rustls` or `native-tls`.
//!
//! [360dialog Partner API]: https://docs.360dialog.com/partner/partner-api/api-reference
// The build script is run for `generated.rs` alone; see build.rs.
#![cfg(not(codegen_only))]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod client;
mod error;
#[rustfmt::skip]
#[allow(deprecated, missing_docs, unused_imports, clippy::all, clippy::pedantic, reason = "generated by progenitor")]
mod generated;
pub mod guide;
#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
pub mod mock;
mod operation;
mod paginate;
pub mod prelude;
mod request;
#[doc(alias = "tracing")]
#[doc(alias = "opentelemetry")]
#[doc(alias = "observability")]
#[doc(alias = "logging")]
#[doc(alias = "metrics")]
pub mod telemetry;
mod time;
mod transport;
mod values;
#[cfg(feature = "webhooks")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhooks")))]
pub mod webhooks;
#[cfg(feature = "workflows")]
#[cfg_attr(docsrs, doc(cfg(feature = "workflows")))]
pub mod workflows;

pub use auth::{
    Credential, CredentialsProvider, DynTokenStore, FileTokenStore, MemoryTokenStore, Token,
    TokenKey, TokenStore, TokenStoreLock,
};
pub use client::{AuthExt, ClientBuilder};
pub use error::{ConnectionError, Error, ErrorKind, ErrorMeta};
#[doc = include_str!("builders.md")]
pub use generated::builder;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "a document need not use any of them"
)]
pub use generated::exports::*;
pub use generated::{Client, types};
pub use paginate::{
    Cursor, ItemStream, ListOperation, OperationBuilder, Page, PageStream, PaginateExt,
};
pub use request::{RequestBuilder, RequestList, Response};
pub use transport::observer::Attempt;
pub use transport::{CallOptions, RateLimit, RetryPolicy};
pub use values::argument::{Argument, OptionalArgument};
pub use values::extra::Extra;
pub use values::identifier::InvalidIdentifier;
pub use values::limit_offset::{Limit, Offset, OutOfRange};
pub use values::sort::{Order, Sort, SortKey, UnknownSortKey};
pub use values::timestamp::Timestamp;

#[cfg(feature = "mock")]
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
pub use httpmock;
pub use progenitor_client::ResponseValue;
pub use reqwest::Method;
#[cfg(feature = "rustls")]
#[cfg_attr(docsrs, doc(cfg(feature = "rustls")))]
pub use rustls;
pub use {reqwest, secrecy};

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
