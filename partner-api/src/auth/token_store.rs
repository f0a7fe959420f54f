//! Token stores, in which processes of the same user share a token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::credential::Pending;
use crate::error::BoxError;

/// A bearer token and its expiry. `Debug` does not show the token. serde does, as
/// `{"access_token": "…", "expires_at": 1790000000}` with UNIX seconds or null.
#[derive(Clone, Debug)]
pub struct Token {
    access_token: SecretString,
    expires_at: Option<SystemTime>,
}

impl Token {
    /// A token that expires at this time; `None` if that is not known.
    pub fn new(
        access_token: impl Into<SecretString>,
        expires_at: impl Into<Option<SystemTime>>,
    ) -> Self {
        Self {
            access_token: access_token.into(),
            expires_at: expires_at.into(),
        }
    }

    /// The token itself.
    #[must_use]
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// When it expires, by the clock of the process that fetched it; `None` if that is not known.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

/// The serialised form of a [`Token`].
#[derive(Serialize, Deserialize)]
struct Plain<S> {
    access_token: S,
    #[serde(default)]
    expires_at: Option<u64>,
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let since = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let plain = Plain {
            access_token: self.access_token.expose_secret(),
            expires_at: self.expires_at.map(|at| since(at).as_secs()),
        };
        plain.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let plain = Plain::<SecretString>::deserialize(deserializer)?;
        let time = |seconds| {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
            time.ok_or_else(|| {
                D::Error::custom("`expires_at` is later than the system's clock supports")
            })
        };
        let expires_at = plain.expires_at.map(time).transpose()?;
        Ok(Self::new(plain.access_token, expires_at))
    }
}

/// The server and the user that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenKey {
    /// The base URL of the client, normalised: scheme and host in lower case, no default port, no
    /// trailing slash.
    pub base_url: String,
    /// The user that logs in.
    pub username: String,
}

impl TokenKey {
    /// The key of this user at this base URL.
    #[must_use]
    pub fn new(base_url: &Url, username: impl Into<String>) -> Self {
        Self {
            base_url: base_url.as_str().trim_end_matches('/').to_owned(),
            username: username.into(),
        }
    }
}

/// The lock of [`TokenStore::lock`]. Dropping it releases the lock.
pub struct TokenStoreLock {
    _guard: Box<dyn Send>,
}

impl TokenStoreLock {
    /// A lock that is held until `guard` is dropped.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self {
            _guard: Box::new(guard),
        }
    }
}

impl fmt::Debug for TokenStoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenStoreLock").finish_non_exhaustive()
    }
}

/// A store in which processes that log in as the same user share their token, such as a file
/// ([`FileTokenStore`](crate::FileTokenStore)) or a database.
///
/// A user has only one valid token, so each login invalidates the token of every other process. With a
/// store, a process loads the shared token first. It logs in only if there is none, it has expired,
/// or the server just rejected it: then it locks the store, loads the token again, logs in, saves the
/// token and releases the lock. So one process logs in, and the others use its token.
///
/// A token belongs to a base URL and a user, the [`TokenKey`]. A store must never return the token of
/// another key, because the client would send it to another server.
///
/// If a store fails, panics or hangs, the process logs in by itself and logs a warning.
/// Loading and saving may take 5 seconds each, or less if the timeouts of the client are short.
/// Locking may take 20 seconds, or about half the timeout of the client if that is shorter. While a
/// process waits for the lock, it loads the token twice a second. No method may block its thread or
/// use the client of the store: such calls fail. If the clocks of processes differ by more than the
/// lifetime of a token, they log in more often than necessary.
///
/// ```
/// use partner_api::{Token, TokenKey, TokenStore};
///
/// type BoxError = Box<dyn std::error::Error + Send + Sync>;
///
/// /// A database that all processes can reach.
/// struct Database;
/// # impl Database {
/// #     async fn get(&self, _: &str) -> Result<Option<String>, BoxError> { Ok(None) }
/// #     async fn set(&self, _: &str, _: String) -> Result<(), BoxError> { Ok(()) }
/// # }
///
/// fn name(key: &TokenKey) -> String {
///     format!("{} {}", key.base_url, key.username)
/// }
///
/// impl TokenStore for Database {
///     async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
///         let json = self.get(&name(key)).await?;
///         Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
///     }
///
///     async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
///         self.set(&name(key), serde_json::to_string(token)?).await
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// The latest token of this key, if there is one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn load(&self, key: &TokenKey) -> impl Future<Output = Result<Option<Token>, BoxError>> + Send;

    /// Saves the token of a login. It replaces the token of this key.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn save(
        &self,
        key: &TokenKey,
        token: &Token,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Locks the store for a login with this key, and waits until no other process holds the lock. The
    /// lock is released when the returned value is dropped, and should be released when its process is
    /// killed.
    ///
    /// The default returns `None`, for a store without locks. Processes that find no token at the same
    /// moment then all log in, and invalidate each other's tokens.
    ///
    /// The future may be dropped before it is ready, and must not keep the lock then.
    ///
    /// # Errors
    ///
    /// If the store cannot be locked. The process logs in without a lock.
    fn lock(
        &self,
        key: &TokenKey,
    ) -> impl Future<Output = Result<Option<TokenStoreLock>, BoxError>> + Send {
        let _ = key;
        async { Ok(None) }
    }

    /// Reports that the server rejected this token of the store. The store may delete it, unless it has
    /// another token by now. A login and `save` follow. The default does nothing.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn reject(
        &self,
        key: &TokenKey,
        token: &Token,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = (key, token);
        async { Ok(()) }
    }
}

/// A [`TokenStore`] of any type, for a program that chooses its store at run time. Clones share the
/// store.
///
/// ```
/// use partner_api::{DynTokenStore, FileTokenStore, MemoryTokenStore};
/// # let file: Option<std::path::PathBuf> = None;
///
/// let store = match file {
///     Some(path) => DynTokenStore::new(FileTokenStore::new(path)),
///     None => DynTokenStore::new(MemoryTokenStore::new()),
/// };
/// ```
#[derive(Clone)]
pub struct DynTokenStore(Arc<dyn Erased>);

impl DynTokenStore {
    /// Wraps a store.
    pub fn new(store: impl TokenStore) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for DynTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynTokenStore").finish_non_exhaustive()
    }
}

impl TokenStore for DynTokenStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
        self.0.load(key).await
    }

    async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        self.0.save(key, token).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Option<TokenStoreLock>, BoxError> {
        self.0.lock(key).await
    }

    async fn reject(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        self.0.reject(key, token).await
    }
}

/// [`TokenStore`] with boxed futures.
trait Erased: Send + Sync {
    fn load<'a>(&'a self, key: &'a TokenKey) -> Pending<'a, Result<Option<Token>, BoxError>>;

    fn save<'a>(&'a self, key: &'a TokenKey, token: &'a Token)
    -> Pending<'a, Result<(), BoxError>>;

    fn lock<'a>(
        &'a self,
        key: &'a TokenKey,
    ) -> Pending<'a, Result<Option<TokenStoreLock>, BoxError>>;

    fn reject<'a>(
        &'a self,
        key: &'a TokenKey,
        token: &'a Token,
    ) -> Pending<'a, Result<(), BoxError>>;
}

impl<S: TokenStore> Erased for S {
    fn load<'a>(&'a self, key: &'a TokenKey) -> Pending<'a, Result<Option<Token>, BoxError>> {
        Box::pin(TokenStore::load(self, key))
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        token: &'a Token,
    ) -> Pending<'a, Result<(), BoxError>> {
        Box::pin(TokenStore::save(self, key, token))
    }

    fn lock<'a>(
        &'a self,
        key: &'a TokenKey,
    ) -> Pending<'a, Result<Option<TokenStoreLock>, BoxError>> {
        Box::pin(TokenStore::lock(self, key))
    }

    fn reject<'a>(
        &'a self,
        key: &'a TokenKey,
        token: &'a Token,
    ) -> Pending<'a, Result<(), BoxError>> {
        Box::pin(TokenStore::reject(self, key, token))
    }
}

/// The backoff between attempts to get a lock, with jitter.
#[derive(Default)]
pub(super) struct Pause(u32);

impl Pause {
    pub(super) async fn next(&mut self) {
        self.0 = (self.0 * 2).clamp(4, 50);
        let millis = fastrand::u64(u64::from(self.0 / 2)..=u64::from(self.0));
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
