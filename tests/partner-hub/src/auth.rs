//! Who may do what: API keys, bearer tokens, and the endpoint that gives them out.
//!
//! A user has one live token: logging in again ends the one before. Which status the real token
//! endpoint answers a wrong password with is not documented; here it is 401.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::data::mix;
use crate::envelope::{Answer, Problem};
use crate::state::{PartnerState, State};

/// How tokens are given out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenSettings {
    pub(crate) lifetime: Duration,
    /// Whether the answer has `expires_in`.
    pub(crate) announced: bool,
}

/// The live tokens, by user.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: u64,
    live: HashMap<String, Token>,
}

#[derive(Debug)]
struct Token {
    text: String,
    partner_id: String,
    ends: Instant,
}

impl Tokens {
    /// Answers a login.
    pub(crate) fn login(
        &mut self,
        state: &State,
        settings: TokenSettings,
        clock: &Clock,
        body: &Bytes,
    ) -> Result<Answer, Problem> {
        let invalid =
            |message: &str| Problem::oauth(StatusCode::BAD_REQUEST, "invalid_request", message);
        let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| {
            invalid("The body must be a JSON object with `username` and `password`.")
        })?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let (Some(username), Some(password)) = (text("username"), text("password")) else {
            return Err(invalid("`username` and `password` must be texts."));
        };
        let partner = state.partners.iter().find(|partner| {
            partner.access.username == username && partner.access.password == password
        });
        let Some(partner) = partner else {
            return Err(Problem::oauth(
                StatusCode::UNAUTHORIZED,
                "invalid_grant",
                "Wrong email or password.",
            ));
        };
        if bearer_disabled(partner) {
            return Err(Problem::oauth(
                StatusCode::FORBIDDEN,
                "unauthorized_client",
                "Bearer token authentication is disabled for this partner.",
            ));
        }
        self.issued += 1;
        let token = Token {
            text: jwt(
                state.data.seed,
                self.issued,
                username,
                clock.unix_seconds(),
                settings.lifetime,
            ),
            partner_id: partner.access.partner_id.clone(),
            ends: clock.after(settings.lifetime),
        };
        let mut answer = json!({
            "access_token": token.text,
            "token_type": "Bearer",
            "refresh_token": null,
        });
        if let (true, Some(answer)) = (settings.announced, answer.as_object_mut()) {
            answer.insert("expires_in".to_owned(), settings.lifetime.as_secs().into());
        }
        self.live.insert(username.to_owned(), token);
        Ok(Answer::json(StatusCode::OK, &answer))
    }

    /// Ends every token.
    pub(crate) fn expire_all(&mut self) {
        self.live.clear();
    }

    /// Ends the token that these headers carry.
    pub(crate) fn expire_sent(&mut self, headers: &HeaderMap) {
        if let Some(sent) = bearer(headers) {
            self.live.retain(|_, token| token.text != sent);
        }
    }

    /// The partner that the credentials are of.
    pub(crate) fn authenticate<'a>(
        &self,
        state: &'a State,
        now: Instant,
        headers: &HeaderMap,
    ) -> Result<&'a PartnerState, Problem> {
        if let Some(key) = headers.get("x-api-key") {
            let known =
                |partner: &&PartnerState| partner.access.api_key.as_bytes() == key.as_bytes();
            return state
                .partners
                .iter()
                .find(known)
                .ok_or_else(|| Problem::unauthorized("Invalid API key"));
        }
        if !headers.contains_key(AUTHORIZATION) {
            return Err(Problem::unauthorized(
                "Authentication credentials were not provided",
            ));
        }
        let sent =
            bearer(headers).ok_or_else(|| Problem::unauthorized("Invalid authorization header"))?;
        let token = self
            .live
            .values()
            .find(|token| token.text == sent && token.ends > now)
            .ok_or_else(|| Problem::unauthorized("Invalid or expired token"))?;
        let partner = state
            .partner(&token.partner_id)
            .ok_or_else(|| Problem::unauthorized("Invalid or expired token"))?;
        if bearer_disabled(partner) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "Bearer token authentication is disabled for this partner",
            ));
        }
        Ok(partner)
    }
}

fn bearer_disabled(partner: &PartnerState) -> bool {
    let settings = partner.partner.settings.as_ref();
    settings.and_then(|settings| settings.bearer_token_auth_disabled) == Some(true)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A token in the shape of a JWT; its signature is none.
fn jwt(seed: u64, nth: u64, user: &str, now: u64, lifetime: Duration) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let end = now.saturating_add(lifetime.as_secs());
    let claims = json!({"sub": user, "iat": now, "exp": end, "jti": nth});
    let signature: Vec<u8> = (0..4)
        .flat_map(|word| mix(seed, 0x51 + word, nth).to_be_bytes())
        .collect();
    format!(
        "{}.{}.{}",
        part(json!({"alg": "HS256", "typ": "JWT"})),
        part(claims),
        URL_SAFE_NO_PAD.encode(signature)
    )
}
