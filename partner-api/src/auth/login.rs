//! The login that returns a token.
//!
//! Source: <https://docs.360dialog.com/partner/partner-api> and the description of the `Bearer`
//! scheme: `POST /api/v2/token` with `username` and `password`. Its response is not documented;
//! existing clients read `access_token` and `expires_in` (seconds).

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// The response to a login.
#[derive(Deserialize)]
pub(crate) struct Granted {
    pub(super) access_token: SecretString,
    #[serde(default)]
    expires_in: Value,
}

impl Granted {
    /// The lifetime of the token; `None` if the response has none or an implausible one.
    pub(super) fn lifetime(&self) -> Option<Duration> {
        let seconds = match &self.expires_in {
            Value::Number(seconds) => seconds.as_f64()?,
            Value::String(string) => string.trim().parse().ok()?,
            _ => return None,
        };
        // More than a century is a mistake and may overflow the clock. Less than a second may be over
        // when the response arrives.
        let is_plausible = (1.0..100.0 * 365.25 * 86_400.0).contains(&seconds);
        is_plausible.then(|| Duration::from_secs_f64(seconds))
    }
}

/// The transport of the client that the token is for. It sends the login, and the token cache does
/// not depend on it.
pub(crate) trait LoginTransport: Clone + Send + Sync + 'static {
    /// Logs in, with the retries, rate limits and timeouts of any call.
    fn login(
        &self,
        username: &str,
        password: &SecretString,
    ) -> impl Future<Output = Result<Granted, Error>> + Send;

    /// The same number for all clones of a client.
    fn id(&self) -> usize;

    /// How long a whole call may take.
    fn timeout(&self) -> Duration;

    /// How long one attempt of a call may take.
    fn attempt_timeout(&self) -> Duration;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plausible_lifetime_is_used() {
        let lifetime = |expires_in: Value| {
            let granted: Granted =
                serde_json::from_value(json!({"access_token": "t", "expires_in": expires_in}))
                    .unwrap();
            granted.lifetime().map(|lifetime| lifetime.as_secs())
        };
        for seconds in [json!(3600), json!(3600.5), json!("3600"), json!(" 3600 ")] {
            assert_eq!(lifetime(seconds), Some(3600));
        }
        for odd in [
            json!(null),
            json!(0),
            json!(-5),
            json!("soon"),
            json!("NaN"),
            json!(1e30),
            json!([1]),
        ] {
            assert_eq!(lifetime(odd), None);
        }
        let granted: Granted = serde_json::from_value(json!({"access_token": "t"})).unwrap();
        assert_eq!(granted.lifetime(), None);
    }
}
