//! A local emulator of the 360dialog Partner API, with state, a record of requests and fault injection.
//!
//! ```
//! use partner_hub::{Fault, Hub};
//! use partner_api::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::builder().clients(500).start().await?;
//! let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
//!
//! let page = client.list_clients().partner_id(hub.partner_id()).sort("-created_at").send().await?;
//! assert_eq!(page.total, Some(500));
//!
//! hub.fault(Fault::status(403).on("get_partner").times(1))?;
//! assert!(client.get_partner().partner_id(hub.partner_id()).send().await.is_err());
//! assert_eq!(hub.count("get_partner"), 1);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Hub`] is a running emulator; it stops when it is dropped. [`HubBuilder`] configures it.
//! - [`Fault`] is what goes wrong, [`FaultRule`] for which requests, and [`ActiveFault`] how often it did.
//! - [`RecordedRequest`] is a request that was received, and [`Delivery`] a webhook that was sent.
//! - [`documented`] and [`implemented`] are the operations of the document and of the emulator.

mod admin;
mod api;
mod builder;
mod clock;
mod data;
mod faults;
mod hub;
mod lock;
mod seed;
mod server;
mod store;
mod webhooks;

pub use api::handlers::implemented;
pub use api::operations::{TOKEN, WEBHOOK, documented};
pub use builder::HubBuilder;
pub use faults::fault::{BreakPoint, CloseMode, ErrorBody, Fault, ItemRange, RetryAfter};
pub use faults::rule::{FaultRule, RateLimit};
pub use faults::schedule::ActiveFault;
pub use hub::{Hub, HubError};
pub use seed::partner::PartnerCredentials;
pub use server::record::RecordedRequest;
pub use webhooks::record::Delivery;

/// Compiles and runs the README's example as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
