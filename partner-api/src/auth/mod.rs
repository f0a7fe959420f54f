//! Credentials: an API key, a login, or a provider of the program.

mod credential;
mod file_token_store;
mod login;
mod memory_token_store;
mod reentry;
mod shared_tokens;
mod token_cache;
mod token_state;
mod token_store;

use std::sync::Arc;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

pub use credential::{Credential, CredentialsProvider};
pub use file_token_store::FileTokenStore;
pub use memory_token_store::MemoryTokenStore;
pub use token_store::{DynTokenStore, Token, TokenKey, TokenStore, TokenStoreLock};

use self::token_cache::TokenCache;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

pub(crate) use self::credential::{ActiveCredential, DynProvider};
pub(crate) use self::login::{Granted, LoginTransport};
pub(crate) use self::reentry::carried;
pub(crate) use self::token_cache::RefreshBlock;

/// The source of credentials, before it is checked.
pub(crate) enum Source {
    ApiKey(SecretString),
    Login {
        username: String,
        password: SecretString,
        store: Option<DynTokenStore>,
    },
    Provider(Box<dyn DynProvider>),
}

/// The source of credentials.
pub(crate) enum Auth {
    ApiKey(Arc<ActiveCredential>),
    Fetched(Fetched),
}

/// Credentials that have to be fetched.
pub(crate) enum Fetched {
    Login(Arc<TokenCache>),
    Provider(Box<dyn DynProvider>),
}

impl Auth {
    pub(crate) fn new(source: Source, base_url: &Url) -> Result<Self, Error> {
        Ok(match source {
            Source::ApiKey(key) => {
                Self::ApiKey(Arc::new(ActiveCredential::new(Credential::api_key(key)?)))
            }
            Source::Provider(provider) => Self::Fetched(Fetched::Provider(provider)),
            Source::Login {
                username,
                password,
                store,
            } => {
                if username.is_empty() {
                    return Err(Error::configuration("username", "is empty"));
                }
                if password.expose_secret().is_empty() {
                    return Err(Error::configuration("password", "is empty"));
                }
                let key = TokenKey::new(base_url, username);
                let cache = TokenCache::new(key, password, store);
                Self::Fetched(Fetched::Login(Arc::new(cache)))
            }
        })
    }

    /// Reports that the server rejected this credential (401). Returns whether there may be another
    /// one.
    pub(crate) fn reject(&self, credential: &Arc<ActiveCredential>) -> bool {
        match self {
            Self::ApiKey(_) => false,
            Self::Fetched(Fetched::Provider(_)) => true,
            Self::Fetched(Fetched::Login(cache)) => cache.reject(credential),
        }
    }

    /// Whether this credential may still be sent: false if its token has expired, was rejected or was
    /// replaced. A call checks this after each wait.
    pub(crate) fn is_current(&self, credential: &Arc<ActiveCredential>) -> bool {
        match self {
            Self::Fetched(Fetched::Login(cache)) => cache.is_current(credential),
            _ => true,
        }
    }

    /// The password, which no error may show.
    pub(crate) fn password(&self) -> Option<&SecretString> {
        match self {
            Self::Fetched(Fetched::Login(cache)) => Some(cache.password()),
            _ => None,
        }
    }
}

impl Fetched {
    /// The credential to send now, with a refresh block for a call that is not idempotent. `rejected` is
    /// the credential of the last attempt, if the server rejected it.
    pub(crate) async fn credential<'a, T: LoginTransport>(
        &'a self,
        transport: &'a T,
        operation: &'static Operation,
        idempotent: bool,
        rejected: Option<&Arc<ActiveCredential>>,
    ) -> Result<(Arc<ActiveCredential>, Option<RefreshBlock<'a, T>>), Error> {
        match self {
            Self::Login(cache) => {
                cache
                    .credential(transport, operation, idempotent, rejected)
                    .await
            }
            Self::Provider(provider) => {
                reentry::check(transport, operation, "credentials provider")?;
                match reentry::within(transport, provider.get()).await {
                    Ok(credential) => Ok((Arc::new(ActiveCredential::new(credential)), None)),
                    Err(error) => Err(Error::for_operation(
                        operation,
                        ErrorKind::Credentials(error),
                    )),
                }
            }
        }
    }
}
