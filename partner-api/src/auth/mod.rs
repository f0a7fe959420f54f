//! Credentials: an API key, a login, or a source of one's own.

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

/// Where credentials come from, not yet checked.
pub(crate) enum Source {
    ApiKey(SecretString),
    Login {
        username: String,
        password: SecretString,
        store: Option<DynTokenStore>,
    },
    Provider(Box<dyn DynProvider>),
}

/// Where credentials come from.
pub(crate) enum Auth {
    ApiKey(Arc<ActiveCredential>),
    Fetched(Fetched),
}

/// What has to be waited for.
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

    /// The server rejected this credential (401); whether there may be another one.
    pub(crate) fn reject(&self, credential: &Arc<ActiveCredential>) -> bool {
        match self {
            Self::ApiKey(_) => false,
            Self::Fetched(Fetched::Provider(_)) => true,
            Self::Fetched(Fetched::Login(cache)) => cache.reject(credential),
        }
    }

    /// Whether this credential may still be sent: false when its token has ended, was rejected or
    /// was replaced. A call asks after each wait that came after it got the credential.
    pub(crate) fn is_current(&self, credential: &Arc<ActiveCredential>) -> bool {
        match self {
            Self::Fetched(Fetched::Login(cache)) => cache.is_current(credential),
            _ => true,
        }
    }

    /// What no error may show, beside the credential that was sent.
    pub(crate) fn password(&self) -> Option<&SecretString> {
        match self {
            Self::Fetched(Fetched::Login(cache)) => Some(cache.password()),
            _ => None,
        }
    }
}

impl Fetched {
    /// The credential to send now, and what keeps it alive for a call that may not be sent twice;
    /// `rejected` is the one of its last attempt, if that was rejected.
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
