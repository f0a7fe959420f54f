//! What a request shows to be let in, and where it comes from.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{BoxError, Error};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// An API key or a bearer token, as it is sent. `Debug` shows which of them, and no more.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
}

impl Credential {
    /// An API key, sent as `X-API-Key`.
    ///
    /// # Errors
    ///
    /// When it is empty, or has a space, a line break or a character beyond ASCII.
    pub fn api_key(key: impl Into<SecretString>) -> Result<Self, Error> {
        Self::new("api_key", API_KEY, "", &key.into())
    }

    /// A bearer token, sent as `Authorization: Bearer …`.
    ///
    /// # Errors
    ///
    /// When it is empty, or has a space, a line break or a character beyond ASCII.
    pub fn bearer(token: impl Into<SecretString>) -> Result<Self, Error> {
        Self::new("token", AUTHORIZATION, "Bearer ", &token.into())
    }

    /// Whether this can be an API key, of the setting or variable of this name.
    pub(crate) fn checked(setting: &'static str, key: &str) -> Result<(), Error> {
        Self::new(setting, API_KEY, "", &key.into()).map(drop)
    }

    fn new(
        setting: &'static str,
        name: HeaderName,
        scheme: &str,
        secret: &SecretString,
    ) -> Result<Self, Error> {
        let secret = secret.expose_secret();
        if secret.is_empty() {
            return Err(Error::configuration(setting, "is empty"));
        }
        let value = HeaderValue::from_str(&format!("{scheme}{secret}")).ok();
        let value = value.filter(|_| secret.bytes().all(|byte| byte.is_ascii_graphic()));
        let Some(mut value) = value else {
            let reason =
                "has a space, a line break or another character that it cannot have in a header";
            return Err(Error::configuration(setting, reason));
        };
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// Takes any credential out of a request.
    pub(crate) fn remove_from(headers: &mut HeaderMap) {
        headers.remove(API_KEY);
        headers.remove(AUTHORIZATION);
    }

    /// Adds it to a request, in place of another one of its kind.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(self.name.clone(), self.value.clone());
    }

    /// What no error may show.
    pub(crate) fn secret(&self) -> &str {
        let value = self.value.to_str().unwrap_or_default();
        value.strip_prefix("Bearer ").unwrap_or(value)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: ***)", self.name)
    }
}

/// A source of credentials that change: a vault, or a file that is replaced now and then.
///
/// It is asked before each attempt, so it should keep what it fetched. A function that returns a
/// future is one, too; see [`AuthExt::with_credentials`](crate::AuthExt::with_credentials).
///
/// It must not make calls with the client that it is for: such a call fails with
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) instead of recursing. A call from a
/// task that the provider spawns is not recognised, and recurses until the deadline of the call.
///
/// ```
/// use partner_api::{Credential, CredentialsProvider};
///
/// struct Vault;
///
/// impl CredentialsProvider for Vault {
///     async fn credential(&self) -> Result<Credential, Box<dyn std::error::Error + Send + Sync>> {
///         // Ask the vault here.
///         Ok(Credential::api_key("key")?)
///     }
/// }
/// ```
pub trait CredentialsProvider: Send + Sync + 'static {
    /// The credential to send now.
    ///
    /// # Errors
    ///
    /// Whatever went wrong is in [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the
    /// call's error, and its text is part of that error's: it should not have the secret in it.
    fn credential(&self) -> impl Future<Output = Result<Credential, BoxError>> + Send;
}

impl<F, R> CredentialsProvider for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Credential, BoxError>> + Send,
{
    fn credential(&self) -> impl Future<Output = Result<Credential, BoxError>> + Send {
        self()
    }
}

pub(super) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`CredentialsProvider`] whose type is not known.
pub(crate) trait DynProvider: Send + Sync {
    fn get(&self) -> Pending<'_, Result<Credential, BoxError>>;
}

impl<P: CredentialsProvider> DynProvider for P {
    fn get(&self) -> Pending<'_, Result<Credential, BoxError>> {
        Box::pin(self.credential())
    }
}

/// A credential in use.
pub(crate) struct ActiveCredential {
    pub(crate) credential: Credential,
    /// Whether another process fetched it.
    pub(crate) is_adopted: bool,
    accepted: AtomicBool,
}

impl ActiveCredential {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            is_adopted: false,
            accepted: AtomicBool::new(false),
        }
    }

    /// The hub let a request in with it.
    pub(crate) fn accept(&self) {
        // Most calls find it so, and need not write to what other threads read.
        if !self.was_accepted() {
            self.accepted.store(true, Ordering::Relaxed);
        }
    }

    /// Forgets that it was accepted, which it may be again; whether it was.
    pub(crate) fn doubt(&self) -> bool {
        self.accepted.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}
