//! A token store with faults, and clients that share it.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{Token, TokenKey, TokenStore, TokenStoreLock};
use partner_hub::Hub;

use crate::support::logins::{get, login};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A store as a program may implement it, with faults to switch on.
#[derive(Clone, Default)]
pub struct Store(pub Arc<Inner>);

#[derive(Default)]
pub struct Inner {
    pub kept: Mutex<Option<(TokenKey, Token)>>,
    pub loads: AtomicUsize,
    pub saves: AtomicUsize,
    pub rejected: Mutex<Vec<String>>,
    pub fault: Mutex<StoreFault>,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum StoreFault {
    #[default]
    None,
    Fails,
    FailsToSave,
    Hangs,
    Panics,
    HangsToLock,
    FailsToLock,
}

impl Store {
    /// A store with this token for the user.
    pub fn with(hub: &Hub, token: Token) -> Self {
        let store = Self::default();
        *store.0.kept.lock().unwrap() = Some((key(hub), token));
        store
    }

    pub fn kept(&self) -> Option<Token> {
        self.0.kept.lock().unwrap().clone().map(|(_, token)| token)
    }

    pub fn access_token(&self) -> Option<String> {
        let token = self.kept()?;
        Some(token.access_token().expose_secret().to_owned())
    }

    pub fn counts(&self) -> (usize, usize) {
        let Inner { loads, saves, .. } = &*self.0;
        (loads.load(Ordering::SeqCst), saves.load(Ordering::SeqCst))
    }

    pub fn with_fault(self, fault: StoreFault) -> Self {
        *self.0.fault.lock().unwrap() = fault;
        self
    }

    pub async fn fault(&self, saving: bool) -> Result<(), BoxError> {
        let fault = *self.0.fault.lock().unwrap();
        match fault {
            StoreFault::Fails => Err("the database is down".into()),
            StoreFault::FailsToSave if saving => Err("the database is read-only".into()),
            StoreFault::Hangs => pending().await,
            StoreFault::Panics => panic!("a bug of the program's"),
            _ => Ok(()),
        }
    }
}

impl TokenStore for Store {
    async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        self.fault(false).await?;
        let kept = self.0.kept.lock().unwrap().clone();
        Ok(kept.filter(|(of, _)| of == key).map(|(_, token)| token))
    }

    async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        self.0.saves.fetch_add(1, Ordering::SeqCst);
        self.fault(true).await?;
        *self.0.kept.lock().unwrap() = Some((key.clone(), token.clone()));
        Ok(())
    }

    async fn lock(&self, _: &TokenKey) -> Result<Option<TokenStoreLock>, BoxError> {
        let fault = *self.0.fault.lock().unwrap();
        match fault {
            StoreFault::HangsToLock => pending().await,
            StoreFault::FailsToLock => Err("there are no locks".into()),
            _ => Ok(None),
        }
    }

    async fn reject(&self, _: &TokenKey, token: &Token) -> Result<(), BoxError> {
        let token = token.access_token().expose_secret().to_owned();
        self.0.rejected.lock().unwrap().push(token);
        Ok(())
    }
}

/// The key under which clients of this server store their token.
pub fn key(hub: &Hub) -> TokenKey {
    TokenKey::new(&hub.url().parse().unwrap(), hub.username())
}

pub fn sharing(hub: &Hub, store: impl TokenStore) -> Client {
    login(hub).token_store(store).build().unwrap()
}

/// A token that the server accepts, as another process got it.
pub async fn live_token(hub: &Hub) -> String {
    let store = Store::default();
    get(&sharing(hub, store.clone()), hub).await.unwrap();
    store.access_token().unwrap()
}
