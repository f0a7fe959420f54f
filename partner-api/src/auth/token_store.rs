//! Where processes that log in as the same user share their token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::credential::Pending;
use crate::error::BoxError;

/// A bearer token and when it ends. `Debug` does not show the token; serde does, as
/// `{"access_token": "…", "expires_at": 1790000000}` with UNIX seconds or null.
#[derive(Clone, Debug)]
pub struct Token {
    access_token: SecretString,
    expires_at: Option<SystemTime>,
}

impl Token {
    /// A token that ends at this time; `None` where that is not known.
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

    /// When it ends, by the clock of the process that fetched it; `None` if the server did not
    /// say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

/// [`Token`] as serde has it.
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
            time.ok_or_else(|| D::Error::custom("`expires_at` is later than a clock can show"))
        };
        let expires_at = plain.expires_at.map(time).transpose()?;
        Ok(Self::new(plain.access_token, expires_at))
    }
}

/// Whose token it is: a token of one server says nothing to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenKey {
    /// The base URL of the client, normalised: scheme and host in lower case, no default port, no
    /// slash at the end.
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

/// What [`TokenStore::lock`] gives; dropping it unlocks.
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

/// Where processes that log in as the same user share their token, such as a file
/// ([`FileTokenStore`](crate::FileTokenStore)) or a database.
///
/// The provider lets a user have one live token, so each login ends the token of every other
/// process. With a store, a process looks for the others' token first. It logs in only if there is
/// none, it has ended, or it is the one that the server just rejected: then it locks the store,
/// looks once more, logs in, saves the token and unlocks. So one process logs in, and the others
/// use its token.
///
/// A token belongs to a base URL and a user, the [`TokenKey`]. A store that gives the token of one
/// key to another sends it to a foreign server.
///
/// A store that fails, panics or hangs costs a `tracing` warning and a login of the process's own.
/// Loading and saving may take 5 seconds each, and less if the timeouts of the client are short.
/// Locking may take 20 seconds, or about half the deadline of the client if that is shorter; while
/// a process waits for the lock, it loads the token twice a second. No method may block its thread, or make calls with the client
/// that the store is for, which fail. Clocks that differ by more than a token lives make processes
/// log in more often than needed.
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
    /// When the store cannot be read.
    fn load(&self, key: &TokenKey) -> impl Future<Output = Result<Option<Token>, BoxError>> + Send;

    /// Keeps the token that a login gave, in place of the one before of this key.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn save(
        &self,
        key: &TokenKey,
        token: &Token,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Waits until no other process logs in with this key, and keeps others from it until the lock
    /// is dropped. It should be free again when its process is killed.
    ///
    /// `None` is no lock, which is the default: processes that find no token at the same moment
    /// then all log in, and end each other's tokens.
    ///
    /// The future may be dropped before it is ready, and must not hold the lock then.
    ///
    /// # Errors
    ///
    /// When the store cannot be locked; the process logs in without.
    fn lock(
        &self,
        key: &TokenKey,
    ) -> impl Future<Output = Result<Option<TokenStoreLock>, BoxError>> + Send {
        let _ = key;
        async { Ok(None) }
    }

    /// The server rejected this token, which the store still gave: it may be deleted, if the store
    /// has no other one by now. A login and `save` follow. The default does nothing.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn reject(
        &self,
        key: &TokenKey,
        token: &Token,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = (key, token);
        async { Ok(()) }
    }
}

/// A [`TokenStore`] of any type, for a program that chooses its store at run time. Clones share
/// the store.
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
    /// This store, without its type.
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

/// The pauses between tries to get a lock: longer and longer, and not the same for any two
/// processes.
#[derive(Default)]
pub(super) struct Pause(u32);

impl Pause {
    pub(super) async fn next(&mut self) {
        self.0 = (self.0 * 2).clamp(4, 50);
        let millis = fastrand::u64(u64::from(self.0 / 2)..=u64::from(self.0));
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
