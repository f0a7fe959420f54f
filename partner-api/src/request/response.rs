//! The response of a request.

use std::ops::Deref;

use progenitor_client::ResponseValue;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The response of a [`request`](crate::Client::request).
///
/// Unlike a [`ResponseValue`], it dereferences only to a `serde_json::Value`: otherwise the compiler
/// could not infer `T` from what [`into_inner`](Self::into_inner) is assigned to.
#[derive(Debug)]
pub struct Response<T>(pub(super) ResponseValue<T>);

impl<T> Response<T> {
    /// The value of the body.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }
}

impl Deref for Response<Value> {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}
