//! Typed mocks of every operation, for tests of programs that use this crate.
//!
//! [`MockServerExt`] gives httpmock's `MockServer` a method for each operation. Its closure gets what
//! a request must have (`when`) and the response (`then`):
//!
//! ```
//! use partner_api::httpmock::MockServer;
//! use partner_api::mock::MockServerExt as _;
//! use partner_api::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = MockServer::start_async().await;
//! let mock = server.get_partner(|when, then| {
//!     when.partner_id("abcPA");
//!     then.ok(&types::Partner { brand_name: Some("Demo".into()), ..Default::default() });
//! });
//!
//! let client = Client::with_api_key("key").base_url(server.base_url()).build()?;
//! let partner = client.get_partner().partner_id("abcPA").send().await?;
//! assert_eq!(partner.brand_name.as_deref(), Some("Demo"));
//! mock.assert();
//! # Ok(())
//! # }
//! ```
//!
//! An argument that `when` does not mention may have any value. The crate
//! re-exports [`httpmock`], so that its version is the one of the helpers.
//!
//! # Lists
//!
//! `then.items(…)` responds with whichever page a request asks for, so a test of a whole walk needs no
//! pages:
//!
//! ```
//! # use partner_api::httpmock::MockServer;
//! # use partner_api::mock::MockServerExt as _;
//! # use partner_api::prelude::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = MockServer::start_async().await;
//! # let client = Client::with_api_key("key").base_url(server.base_url()).build()?;
//! let account = |n: u32| types::ClientAccount { id: Some(format!("{n}CL").into()), ..Default::default() };
//! server.list_clients(|_, then| drop(then.items((0..250).map(account))));
//!
//! let walk = client.list_clients().partner_id("abcPA").limit(100).stream();
//! let accounts: Vec<_> = walk.try_collect().await?;
//! assert_eq!(accounts.len(), 250);
//! # Ok(())
//! # }
//! ```
//!
//! Give each item an id of its own, as the API does: a walk yields an item with the same id only once.
//! How many requests a walk sends is not fixed, so assert what it yields and not the number of calls.
//!
//! # Errors
//!
//! `then.error(404, "Client not found")` responds with an error body of the API:
//!
//! ```
//! # use partner_api::httpmock::MockServer;
//! # use partner_api::mock::MockServerExt as _;
//! # use partner_api::prelude::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = MockServer::start_async().await;
//! # let client = Client::with_api_key("key").base_url(server.base_url()).build()?;
//! server.get_partner(|_, then| drop(then.error(404, "Partner not found")));
//!
//! let error = client.get_partner().partner_id("abcPA").send().await.unwrap_err();
//! assert!(error.is_not_found());
//! assert_eq!(error.developer_message(), Some("Partner not found"));
//! # Ok(())
//! # }
//! ```
//!
//! The client retries transient statuses, such as 503, as it does with the real API. To test without
//! retries and their backoff, build the client with
//! [`RetryPolicy::none`](crate::RetryPolicy::none).
//!
//! # When a call fails with "Request did not match any route or mock"
//!
//! The arguments of the call differ from those of every mock. `mock.assert()` prints which, with the
//! expected and the received value; so call it before `?` or `unwrap` ends the test:
//!
//! ```should_panic
//! # use partner_api::httpmock::MockServer;
//! # use partner_api::mock::MockServerExt as _;
//! # use partner_api::prelude::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = MockServer::start_async().await;
//! # let client = Client::with_api_key("key").base_url(server.base_url()).build()?;
//! let mock = server.get_partner(|when, then| {
//!     when.partner_id("abcPA");
//!     then.ok(&types::Partner::default());
//! });
//!
//! let partner = client.get_partner().partner_id("xyzPA").send().await;
//! // Expected path matches regex: ^/api/v2/partners/(?<partner_id>abcPA)$
//! // Received: /api/v2/partners/xyzPA
//! mock.assert();
//! let partner = partner?;
//! # Ok(())
//! # }
//! ```

pub use crate::generated::mock::{MockServerExt, operations};
