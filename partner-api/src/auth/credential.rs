//! The credential of a request, and providers of credentials.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{BoxError, Error};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// An API key or a bearer token. `Debug` prints only which of them it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
}

impl Credential {
    /// An API key, sent as `X-API-Key`, or in the header that the documentation of the API states.
    ///
    /// # Errors
    ///
    /// If it is empty, or has a space, a control character or a character outside ASCII.
    pub fn api_key(key: impl Into<SecretString>) -> Result<Self, Error> {
        Self::new("api_key", API_KEY, "", &key.into())
    }

    /// A bearer token, sent as `Authorization: Bearer …`.
    ///
    /// # Errors
    ///
    /// If it is empty, or has a space, a control character or a character outside ASCII.
    pub fn bearer(token: impl Into<SecretString>) -> Result<Self, Error> {
        Self::new("token", AUTHORIZATION, "Bearer ", &token.into())
    }

    /// Checks an API key. The error names this setting or variable.
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
                "has a character that is not valid in a header, such as a space or a line break";
            return Err(Error::configuration(setting, reason));
        };
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// Removes the credential from a request that it was added to.
    pub(crate) fn remove_from(&self, headers: &mut HeaderMap, api_key_header: &HeaderName) {
        headers.remove(self.header(api_key_header));
    }

    /// Adds the credential to a request. It replaces one of the same kind. An API key is sent in this
    /// header.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, api_key_header: &HeaderName) {
        headers.insert(self.header(api_key_header), self.value.clone());
    }

    fn header<'a>(&'a self, api_key_header: &'a HeaderName) -> &'a HeaderName {
        match self.name == API_KEY {
            true => api_key_header,
            false => &self.name,
        }
    }

    /// The secret, which no error may show.
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

/// A provider of credentials that change, such as a vault or a file that is replaced from time to
/// time.
///
/// It is called before each attempt, so it should cache its credential. A function that returns a
/// future is a provider, too; see
/// [`AuthExt::with_credentials`](crate::AuthExt::with_credentials).
///
/// A provider must not use its own client: such a call fails with
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials), because it would recurse. A call from a
/// task that the provider spawns is not detected, and recurses until its timeout.
///
/// ```
/// use partner_api::{Credential, CredentialsProvider};
///
/// struct Vault;
///
/// impl CredentialsProvider for Vault {
///     async fn credential(&self) -> Result<Credential, Box<dyn std::error::Error + Send + Sync>> {
///         // Get the key from the vault here.
///         Ok(Credential::api_key("key")?)
///     }
/// }
/// ```
pub trait CredentialsProvider: Send + Sync + 'static {
    /// The credential to send now.
    ///
    /// # Errors
    ///
    /// The call fails with [`ErrorKind::Credentials`](crate::ErrorKind::Credentials), which contains and
    /// prints this error: it must not contain the secret.
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

/// A [`CredentialsProvider`] as a trait object.
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
    /// Whether another process fetched the token.
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

    /// Records that the server accepted it.
    pub(crate) fn accept(&self) {
        // Read first: most calls need not write to memory that other threads read.
        if !self.was_accepted() {
            self.accepted.store(true, Ordering::Relaxed);
        }
    }

    /// Clears the record that it was accepted. Returns whether it was.
    pub(crate) fn doubt(&self) -> bool {
        self.accepted.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}
