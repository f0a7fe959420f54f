//! Onboarding: sends a business to the provider's page, and reads what the browser brings back.
//!
//! The partner opens a [`ConnectUrl`] in a window. There the business logs in, adds its WhatsApp number
//! and grants the partner access. Then the browser returns to the partner's `redirect_url` with the ids
//! of the client and its channels, which [`Redirect::parse`] reads.
//!
//! ```
//! use partner_api::workflows::onboarding::{ConnectUrl, Redirect};
//!
//! // At least 16 random bytes from the operating system, kept in the session of the user.
//! let state = "dGhpcyBpcyByYW5kb20";
//! let url = ConnectUrl::new("abcPA")
//!     .redirect_url("https://shop.example/connected")
//!     .state(state)
//!     .email("owner@shop.example")
//!     .build()?;
//! assert!(url.as_str().starts_with("https://hub.360dialog.com/dashboard/app/abcPA/permissions?"));
//!
//! // Later, in the handler of the redirect URL, with its query:
//! let query = "client=xyzCL&channels=[oneCH,twoCH]&state=dGhpcyBpcyByYW5kb20";
//! let redirect = Redirect::parse(query, state)?;
//! assert_eq!(redirect.client_id.map(String::from).as_deref(), Some("xyzCL"));
//! assert_eq!(redirect.channel_ids.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a redirect proves
//!
//! The ids come from a browser. The state proves that this browser started the onboarding, so that
//! nobody else's client is connected to the account of a user. It does not prove that the ids are
//! right: a user can change them. Read the client with the API before you rely on them. A client that
//! is not yours is not in the list.
//!
//! A channel is not ready when the browser returns.

mod connect_url;
mod redirect;

pub use self::connect_url::{ConnectUrl, InvalidParameter};
pub use self::redirect::{Redirect, RedirectError};
