//! Authentication: API keys, bearer tokens and the token endpoint.
//!
//! A user has one valid token: a login revokes the previous one. The status of the real token endpoint
//! for a wrong password is not documented; the emulator sends 401.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::api::response::{ApiError, ApiResponse};
use crate::clock::Clock;
use crate::seed::generator::Kind;
use crate::seed::random::mix;
use crate::store::state::{PartnerState, State};

/// How tokens are issued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenSettings {
    pub(crate) lifetime: Duration,
    /// Whether the response has `expires_in`.
    pub(crate) send_expires_in: bool,
}

/// The valid tokens, by user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    issued: u64,
    valid: HashMap<String, Token>,
}

#[derive(Clone, Debug)]
struct Token {
    value: String,
    partner_id: String,
    expires: Instant,
}

impl Tokens {
    /// Handles a login.
    pub(crate) fn login(
        &mut self,
        state: &State,
        settings: TokenSettings,
        clock: &Clock,
        body: &Bytes,
    ) -> Result<ApiResponse, ApiError> {
        let invalid =
            |message: &str| ApiError::oauth(StatusCode::BAD_REQUEST, "invalid_request", message);
        let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| {
            invalid("The body must be a JSON object with `username` and `password`.")
        })?;
        let string = |name: &str| body.get(name).and_then(Value::as_str);
        let (Some(username), Some(password)) = (string("username"), string("password")) else {
            return Err(invalid("`username` and `password` must be strings."));
        };
        let partner = state.partners.iter().find(|partner| {
            partner.credentials.username == username && partner.credentials.password == password
        });
        let Some(partner) = partner else {
            return Err(ApiError::oauth(
                StatusCode::UNAUTHORIZED,
                "invalid_grant",
                "Wrong email or password.",
            ));
        };
        if bearer_disabled(partner) {
            return Err(ApiError::oauth(
                StatusCode::FORBIDDEN,
                "unauthorized_client",
                "Bearer token authentication is disabled for this partner.",
            ));
        }
        self.issued += 1;
        let mut rng = state.generator.rng(Kind::Token, self.issued);
        let odd = state.generator.has_anomaly(&mut rng);
        let token = Token {
            value: jwt(
                state.generator.seed,
                self.issued,
                username,
                clock.unix_seconds(),
                settings.lifetime,
            ),
            partner_id: partner.credentials.partner_id.clone(),
            expires: clock.after(settings.lifetime),
        };
        let response = TokenResponse {
            access_token: &token.value,
            expires_in: settings
                .send_expires_in
                .then_some(settings.lifetime.as_secs()),
            refresh_token: None,
            token_type: if odd { "bearer" } else { "Bearer" },
        };
        let response = ApiResponse::json(StatusCode::OK, &response);
        self.valid.insert(username.to_owned(), token);
        Ok(response)
    }

    /// Expires every token.
    pub(crate) fn expire_all(&mut self) {
        self.valid.clear();
    }

    /// Expires the token in these headers.
    pub(crate) fn expire_sent(&mut self, headers: &HeaderMap) {
        if let Some(sent) = bearer(headers) {
            self.valid.retain(|_, token| token.value != sent);
        }
    }

    /// The partner that the credentials in these headers belong to.
    pub(crate) fn authenticate<'a>(
        &self,
        state: &'a State,
        now: Instant,
        headers: &HeaderMap,
    ) -> Result<&'a PartnerState, ApiError> {
        if let Some(key) = headers.get("x-api-key") {
            let known =
                |partner: &&PartnerState| partner.credentials.api_key.as_bytes() == key.as_bytes();
            return state
                .partners
                .iter()
                .find(known)
                .ok_or_else(|| ApiError::unauthorized("Invalid API key"));
        }
        if !headers.contains_key(AUTHORIZATION) {
            return Err(ApiError::unauthorized(
                "Authentication credentials were not provided",
            ));
        }
        let sent = bearer(headers)
            .ok_or_else(|| ApiError::unauthorized("Invalid authorization header"))?;
        let token = self
            .valid
            .values()
            .find(|token| token.value == sent && token.expires > now)
            .ok_or_else(|| ApiError::unauthorized("Invalid or expired token"))?;
        let partner = state
            .partner(&token.partner_id)
            .ok_or_else(|| ApiError::unauthorized("Invalid or expired token"))?;
        if bearer_disabled(partner) {
            return Err(ApiError::new(
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

/// A token in the format of a JWT with an invalid signature.
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

/// The response of the token endpoint.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    refresh_token: Option<&'a str>,
    token_type: &'a str,
}
