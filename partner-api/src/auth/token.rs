//! Tokens, and where processes share them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use secrecy::{ExposeSecret as _, SecretString};

use super::credential::Pending;
use crate::error::BoxError;

/// A bearer token and when it ends. `Debug` does not show the token.
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

    /// When it ends, by the clock of the process that fetched it; `None` if the hub did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    pub(super) fn is(&self, secret: &str) -> bool {
        self.access_token.expose_secret() == secret
    }
}

/// Where processes that log in as the same user share their token, such as a database or a cache.
///
/// The provider lets a user have one live token, so each login ends the token of every other
/// process. With a store, a process looks for the others' token first and logs in only if there is
/// none, it has ended, or it is the one that the hub just refused.
///
/// A store that fails is told as a `tracing` warning, and the client logs in by itself. Clocks
/// that differ by more than a token lives make processes log in more often than needed.
///
/// ```
/// use std::path::PathBuf;
/// use std::time::{Duration, SystemTime};
/// use partner_api::{Token, TokenStore};
/// use partner_api::secrecy::ExposeSecret;
///
/// /// A file that all processes of this machine can read.
/// struct File(PathBuf);
///
/// impl TokenStore for File {
///     async fn load(&self, _: &str) -> Result<Option<Token>, Box<dyn std::error::Error + Send + Sync>> {
///         let Ok(text) = std::fs::read_to_string(&self.0) else { return Ok(None) };
///         let Some((token, seconds)) = text.split_once(' ') else { return Ok(None) };
///         let expires_at = seconds.parse().ok().map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
///         Ok(Some(Token::new(token, expires_at)))
///     }
///
///     async fn save(&self, _: &str, token: &Token) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///         let since = token.expires_at().map(|at| at.duration_since(SystemTime::UNIX_EPOCH)).transpose()?;
///         let seconds = since.map(|since| since.as_secs().to_string()).unwrap_or_default();
///         std::fs::write(&self.0, format!("{} {seconds}", token.access_token().expose_secret()))?;
///         Ok(())
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// The latest token of this user, if there is one.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn load(&self, username: &str) -> impl Future<Output = Result<Option<Token>, BoxError>> + Send;

    /// Keeps the token that a login of this user gave, in place of the one before.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn save(
        &self,
        username: &str,
        token: &Token,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// A [`TokenStore`] in memory, for several clients of one process. Clones share what they keep.
///
/// ```
/// use partner_api::MemoryTokenStore;
/// use partner_api::prelude::*;
///
/// let store = MemoryTokenStore::new();
/// let one = Client::with_login("owner@shop.example", "secret").token_store(store.clone()).build()?;
/// let other = Client::with_login("owner@shop.example", "secret").token_store(store).build()?;
/// # Ok::<(), partner_api::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryTokenStore(Arc<Mutex<HashMap<String, Token>>>);

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl TokenStore for MemoryTokenStore {
    async fn load(&self, username: &str) -> Result<Option<Token>, BoxError> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(tokens.get(username).cloned())
    }

    async fn save(&self, username: &str, token: &Token) -> Result<(), BoxError> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(username.to_owned(), token.clone());
        Ok(())
    }
}

/// A [`TokenStore`] whose type is not known.
pub(crate) trait DynTokenStore: Send + Sync {
    fn load<'a>(&'a self, username: &'a str) -> Pending<'a, Result<Option<Token>, BoxError>>;

    fn save<'a>(&'a self, username: &'a str, token: &'a Token)
    -> Pending<'a, Result<(), BoxError>>;
}

impl<S: TokenStore> DynTokenStore for S {
    fn load<'a>(&'a self, username: &'a str) -> Pending<'a, Result<Option<Token>, BoxError>> {
        Box::pin(TokenStore::load(self, username))
    }

    fn save<'a>(
        &'a self,
        username: &'a str,
        token: &'a Token,
    ) -> Pending<'a, Result<(), BoxError>> {
        Box::pin(TokenStore::save(self, username, token))
    }
}
