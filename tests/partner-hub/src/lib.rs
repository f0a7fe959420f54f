//! A local emulator of the 360dialog Partner API: it behaves, remembers and misbehaves.
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
//! - [`Hub`] is a hub that runs, on a free port, until it is dropped; [`HubBuilder`] sets it up.
//! - [`Fault`] and [`FaultRule`] say what goes wrong, and for which requests.
//! - [`RecordedRequest`] is what was sent.
//! - [`documented`] and [`implemented`] name the operations, of which the hub has all.

mod admin;
mod auth;
mod bare;
mod builder;
mod change_requests;
mod clock;
mod column;
mod data;
mod envelope;
mod exchange;
mod fault;
mod handlers;
mod hub;
mod list;
mod list_faults;
mod listener;
mod odd;
mod operations;
mod record;
mod rows;
mod rule;
mod shared;
mod spoil;
mod state;
mod strike;
mod table;
mod wire;
mod words;

pub use builder::HubBuilder;
pub use data::PartnerAccess;
pub use fault::{End, ErrorBody, Fault, ItemRange, Point, RetryAfter};
pub use hub::{Hub, HubError};
pub use operations::{TOKEN, documented, implemented};
pub use record::RecordedRequest;
pub use rule::FaultRule;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; what is behind it is good even where somebody panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The README's example is a test, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
