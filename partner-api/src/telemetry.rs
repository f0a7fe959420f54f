//! What a client reports while it runs: spans and events of [`tracing`], and labels for metrics.
//!
//! Nothing has to be turned on: a client reports to the subscriber that the program installs, for example
//! that of `tracing-subscriber`, or that of `tracing-opentelemetry`. Without a subscriber this costs
//! nothing. Credentials, query strings and bodies are never reported.
//!
//! The names on this page are stable. Every span and event has the target `partner_api`, so
//! `RUST_LOG=partner_api=info` selects them.
//!
//! # The span of a call
//!
//! Each call, with all its attempts and waits, is a span `partner_api.call` at the level INFO. A login is
//! a call of its own. The attributes have the names of OpenTelemetry's semantic conventions for HTTP
//! clients where these have one:
//!
//! | Attribute | Value |
//! |---|---|
//! | `otel.kind` | `client` |
//! | `otel.name` | the operation, such as `list_clients`; `token` for a login |
//! | `http.request.method` | the method, such as `GET` |
//! | `url.template` | the path, with its parameters in braces |
//! | `server.address` | the host of the base URL |
//! | `server.port` | its port |
//! | `partner_id` | the parameters of the path, by their names |
//! | `client_id` | likewise, if the path has one |
//! | `pcr_id` | likewise, if the path has one |
//! | `http.response.status_code` | the status of the last response, if there was one |
//! | `http.request.resend_count` | how many attempts were retries, if there was one |
//! | `error.type` | if the call failed, the [label](crate::Error::label) of its error |
//! | `partner_api.trace_id` | the API's id of the request, if the error response has one |
//!
//! # Events
//!
//! An event is in the span of the call that causes it.
//!
//! | Level | Message | Fields |
//! |---|---|---|
//! | WARN | `the call failed and is retried` | `attempt`, `wait_seconds`, `error.type`, `partner_api.trace_id` |
//! | DEBUG | `waiting for the rate limit` | `operation` |
//! | INFO | `logged in` | `lifetime_seconds` |
//! | WARN | `the login failed` | `error` |
//! | INFO | `the token was rejected` | `is_replaced` |
//! | INFO | `another process has logged in; its token is used` | |
//! | WARN | `the login does not run, because its tokio runtime does not run; logging in again` | |
//! | WARN | `the token store failed` | `action`, `error` |
//! | WARN | `the token store panicked` | `action` |
//! | WARN | `the token store timed out` | `action`, `after` |
//! | WARN | `the token file is replaced` | `error`, `renamed_to` |
//!
//! # Metrics
//!
//! [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt) calls a function at the end of each
//! attempt, with its operation, duration and status. [`Attempt::label`](crate::Attempt::label) and
//! [`Error::label`](crate::Error::label) are short names for its outcome and that of a call:
//!
//! ```
//! use partner_api::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let hub = partner_hub::Hub::builder().start().await?;
//! # let (key, partner_id) = (hub.api_key(), hub.partner_id());
//! let client = Client::with_api_key(key)
//! #   .base_url(hub.url())
//!     .on_attempt(|attempt| {
//!         println!("{}_{} {:?}", attempt.operation, attempt.label(), attempt.duration);
//!     })
//!     .build()?;
//! client.get_partner().partner_id(partner_id).send().await?;
//! # Ok(())
//! # }
//! ```
