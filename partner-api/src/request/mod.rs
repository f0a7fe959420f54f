//! Requests to endpoints that no page documents yet.

mod draft;
mod list;
pub(crate) mod operations;
mod response;
mod template;

use std::fmt::{self, Display};

use bytes::Bytes;
use progenitor_client::ResponseValue;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::draft::{Draft, JSON};
use crate::error::Error;
use crate::generated::Client;
use crate::transport::CallOptions;
use crate::transport::response::{any, bytes};
use crate::values::form;

pub use self::list::RequestList;
pub use self::response::Response;

impl Client {
    /// A request to an endpoint that has no method here, because its page is not published yet or not
    /// part of this version.
    ///
    /// Prefer the method of an operation where there is one: its arguments and its response are typed
    /// and documented, and the compiler finds what a new version changes. This request has the same
    /// credentials, timeouts, limits, retries, errors and spans, but nobody checks what it sends.
    ///
    /// `template` is the path after the [base URL](crate::ClientBuilder::base_url), with a name in
    /// braces for each argument. It is part of the program, never built from data: an argument goes
    /// through [`path`](RequestBuilder::path), which encodes it, so that it cannot change the path.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().anomaly_rate(0.0).start().await?;
    /// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
    /// # let partner_id = hub.partner_id();
    /// let partner: serde_json::Value = client
    ///     .request(Method::GET, "/api/v2/partners/{partner_id}")
    ///     .path("partner_id", partner_id)
    ///     .send()
    ///     .await?
    ///     .into_inner();
    /// assert_eq!(partner["id"], partner_id);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, template: &'static str) -> RequestBuilder<'_> {
        let draft = Draft::new(method, template);
        RequestBuilder {
            client: self,
            draft,
        }
    }
}

/// A request from [`Client::request`].
///
/// An invalid argument is an error of [`send`](Self::send), before anything is sent.
///
/// # Retries
///
/// By its method, a request is idempotent or not: `POST` and `PATCH` are not. Only idempotent
/// requests are retried after they were sent. [`idempotent`](Self::idempotent) overrides
/// this for an endpoint of which you know better.
///
/// Never call `.idempotent(true)` where sending twice does harm. An example is a new key of a channel,
/// `POST /api/v2/partners/{partner_id}/channels/{id}/api_keys`: it revokes all earlier keys and
/// is shown once, so a retry would revoke the key whose response was lost. If
/// [`is_outcome_unknown`](Error::is_outcome_unknown) is true, check first which keys there are.
///
/// # Names
///
/// In [`Error::operation`], [`Attempt::operation`](crate::Attempt::operation), spans and
/// [`operation_rate_limit`](crate::ClientBuilder::operation_rate_limit), the operation is called by
/// its method and template: `GET /api/v2/partners/{partner_id}/channels`. If they are those of a
/// generated operation, whatever the parameters are called, it has that operation's name, limits and
/// idempotency. A span has those arguments as attributes that a generated operation has in its path, such
/// as `partner_id`.
#[derive(Clone)]
#[must_use = "nothing is sent before `send`, `bytes`, or the first item of a `list`"]
pub struct RequestBuilder<'a> {
    client: &'a Client,
    draft: Draft,
}

impl fmt::Debug for RequestBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body and the values of headers may be secrets.
        f.debug_struct("RequestBuilder")
            .field("operation", &self.draft.target.operation.id)
            .field("arguments", &self.draft.arguments)
            .finish_non_exhaustive()
    }
}

impl<'a> RequestBuilder<'a> {
    /// The argument of a parameter of the template, such as an id, a string or a number.
    ///
    /// Each parameter needs one. As in every call, it is rejected if it is empty, `.` or `..`, or has a
    /// slash, a backslash or a control character. All else is encoded.
    pub fn path(mut self, name: &str, value: impl Display) -> Self {
        self.draft.add_argument(name, value.to_string());
        self
    }

    /// Adds a parameter to the query: a string, a number, a bool, an id, an enum, or an `Option` of
    /// them, which is left out if it is `None`.
    ///
    /// A name that is set again is sent again, and so is each item of an array. An object is sent as
    /// JSON, as the lists of this API expect their `filters`:
    ///
    /// ```
    /// # use partner_api::prelude::*;
    /// # let client = Client::with_api_key("key").build()?;
    /// client
    ///     .request(Method::GET, "/api/v2/partners/{partner_id}/channels")
    ///     .path("partner_id", "abcPA")
    ///     .query("filters", serde_json::json!({"status": "running"}))
    ///     .query("sort", "id")
    ///     .query("limit", 100);
    /// # Ok::<(), partner_api::Error>(())
    /// ```
    pub fn query(mut self, name: &str, value: impl Serialize) -> Self {
        match form::parameter(name, &value) {
            Ok(pairs) => self.draft.query.extend(pairs),
            Err(why) => self.draft.reject(format!("{name}: {why}")),
        }
        self
    }

    /// Sets the body, which is sent as JSON.
    ///
    /// A body with more bytes than
    /// [`max_response_bytes`](crate::ClientBuilder::max_response_bytes) is rejected.
    pub fn json(mut self, body: impl Serialize) -> Self {
        let limit = self.client.inner.max_response_bytes;
        match serde_json::to_vec(&body) {
            Ok(body) if body.len() > limit => self.draft.reject(format!(
                "body: has more than {limit} bytes; raise `ClientBuilder::max_response_bytes`"
            )),
            Ok(body) => self.draft.body = Some(body.into()),
            Err(why) => self.draft.reject(format!("body: {why}")),
        }
        self
    }

    /// Adds a header.
    ///
    /// The request is rejected if the header is set twice, or is one of those that only the client
    /// sets; [`CallOptions::header`] lists them.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Display>,
        V: TryInto<HeaderValue, Error: Display>,
    {
        self.draft.add_header(name.try_into(), value.try_into());
        self
    }

    /// Whether sending this request twice has the same effect as sending it once; see
    /// [Retries](Self#retries). It overrides the method's default and that of
    /// [`options`](Self::options).
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.draft.idempotent = Some(idempotent);
        self
    }

    /// Sets options that override the client's settings.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.draft.options = options;
        self
    }

    /// Sends the request and reads the JSON of the response.
    ///
    /// `T` is any type that implements `Deserialize`, such as `serde_json::Value`, or one of
    /// [`types`](crate::types). A response without a body is read as null: use `()` where there never
    /// is one, and an `Option` where there may be none. The limit on memory counts each object as one
    /// of the largest type of this crate, or of a map; a larger type needs more.
    ///
    /// # Errors
    ///
    /// If the template or an argument is invalid (then nothing is sent), the API cannot be reached, it
    /// responds with an error, or its response cannot be read.
    pub async fn send<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let Self { client, draft } = self;
        let options = draft.options()?;
        let request = draft.request(client, Some(JSON))?;
        let operation = draft.target.operation;
        let response = any(&client.inner, operation, request, &options).await?;
        Ok(Response(response))
    }

    /// Sends the request and returns the body of the response as it is, such as a file.
    ///
    /// It has at most [`max_response_bytes`](crate::ClientBuilder::max_response_bytes).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn bytes(self) -> Result<ResponseValue<Bytes>, Error> {
        let Self { client, draft } = self;
        let options = draft.options()?;
        let request = draft.request(client, None)?;
        let operation = draft.target.operation;
        bytes(&client.inner, operation, request, &options).await
    }

    /// Reads the response as one page of a list, and the whole list with
    /// [`stream`](crate::PaginateExt::stream) or [`pages`](crate::PaginateExt::pages). `items` is the
    /// member of the response that has the items.
    ///
    /// The endpoint has to have `limit` and `offset` in its query, and may have a `total` in its
    /// response. A `limit` that is set here is the size of the pages, and an `offset` the start.
    ///
    /// [Changes of the list](crate::PaginateExt#which-items-are-returned) are detected if each item of
    /// the first page has an `id`, a string or an integer. They need a stable order, so set
    /// `.query("sort", "id")` if the endpoint supports it. Without ids there are only the offsets:
    /// an item may come twice or not at all if the list changes while it is read.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
    /// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
    /// # let partner_id = hub.partner_id();
    /// let mut clients = client
    ///     .request(Method::GET, "/api/v2/partners/{partner_id}/clients")
    ///     .path("partner_id", partner_id)
    ///     .query("limit", 100)
    ///     .query("sort", "id")
    ///     .list::<serde_json::Value>("clients")
    ///     .stream();
    /// let mut count = 0;
    /// while let Some(account) = clients.try_next().await? {
    ///     count += 1;
    /// }
    /// assert_eq!(count, 250);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A list takes several requests, so the stream ends with an error if the method is not `GET`,
    /// unless the request is [`idempotent(true)`](Self::idempotent).
    pub fn list<T>(self, items: &'static str) -> RequestList<'a, T> {
        RequestList::new(self, items)
    }
}
