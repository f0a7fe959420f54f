//! A token store in memory.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret as _;

use super::token_store::{Pause, Token, TokenKey, TokenStore, TokenStoreLock};
use crate::error::BoxError;

/// A [`TokenStore`] in memory, for several clients of one process. Clones share the tokens.
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
pub struct MemoryTokenStore(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    tokens: HashMap<TokenKey, Token>,
    locked: HashSet<TokenKey>,
}

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryTokenStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
        Ok(self.memory().tokens.get(key).cloned())
    }

    async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        self.memory().tokens.insert(key.clone(), token.clone());
        Ok(())
    }

    async fn lock(&self, key: &TokenKey) -> Result<Option<TokenStoreLock>, BoxError> {
        // A queue could give the lock to a waiter whose runtime does not run.
        let mut pause = Pause::default();
        while !self.memory().locked.insert(key.clone()) {
            pause.next().await;
        }
        let (store, key) = (self.clone(), key.clone());
        Ok(Some(TokenStoreLock::new(Unlock { store, key })))
    }

    async fn reject(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        let secret = |token: &Token| token.access_token().expose_secret().to_owned();
        let mut memory = self.memory();
        if memory.tokens.get(key).map(secret) == Some(secret(token)) {
            memory.tokens.remove(key);
        }
        Ok(())
    }
}

struct Unlock {
    store: MemoryTokenStore,
    key: TokenKey,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        self.store.memory().locked.remove(&self.key);
    }
}
