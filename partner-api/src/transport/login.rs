//! Sends a login for the token cache.

use std::ptr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{CallOptions, Shared, Transport, response};
use crate::auth::{Granted, LoginTransport};
use crate::error::Error;
use crate::operation::LOGIN;

impl LoginTransport for Transport {
    async fn login(&self, username: &str, password: &SecretString) -> Result<Granted, Error> {
        let mut url = self.server.url.clone();
        url.set_path(&format!(
            "{}{}",
            url.path().trim_end_matches('/'),
            LOGIN.path
        ));
        let body = json!({"username": username, "password": password.expose_secret()});
        let mut request = Request::new(Method::POST, url);
        let content_type = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        *request.body_mut() = Some(body.to_string().into());
        let options = CallOptions::new();
        let granted = response::json::<Granted>(self, &LOGIN, Ok(request), &options).await?;
        Ok(granted.into_inner())
    }

    fn id(&self) -> usize {
        ptr::from_ref::<Shared>(self).addr()
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }
}
