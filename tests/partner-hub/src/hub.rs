//! A hub that runs.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use partner_api::types::{Channel, ClientAccount, Partner, PartnerChangeRequest};
use tokio::task::JoinHandle;

use crate::data::PartnerAccess;
use crate::record::RecordedRequest;
use crate::rows::{ClientRow, Extra};
use crate::rule::FaultRule;
use crate::shared::Shared;
use crate::{HubBuilder, change_requests, lock};

/// Why a hub could not do what it was told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where it should listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A fault is not one, or is for an operation that does not exist.
    #[error("this fault cannot be set: {0}")]
    Fault(String),
    /// The runtime was shut down meanwhile.
    #[error("the runtime was shut down")]
    Stopped,
}

/// An emulated Partner API. It stops when it is dropped.
#[derive(Debug)]
#[must_use = "the hub stops when it is dropped"]
pub struct Hub {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    url: String,
    partners: Vec<PartnerAccess>,
}

impl Hub {
    /// Sets up a hub.
    pub fn builder() -> HubBuilder {
        HubBuilder::new()
    }

    pub(crate) fn new(shared: Arc<Shared>, task: JoinHandle<()>) -> Self {
        let url = format!("http://{}", shared.listener.address());
        let partners = shared.with_state(|state| {
            let access = state.partners.iter().map(|partner| partner.access.clone());
            access.collect()
        });
        Self {
            shared,
            task,
            url,
            partners,
        }
    }

    /// The base URL, such as `http://127.0.0.1:8360`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.shared.listener.address().port()
    }

    /// The id of the first partner.
    #[must_use]
    pub fn partner_id(&self) -> &str {
        self.partners
            .first()
            .map_or("", |partner| &partner.partner_id)
    }

    /// The API key of the first partner.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.partners.first().map_or("", |partner| &partner.api_key)
    }

    /// The user of the first partner.
    #[must_use]
    pub fn username(&self) -> &str {
        self.partners
            .first()
            .map_or("", |partner| &partner.username)
    }

    /// The password of that user.
    #[must_use]
    pub fn password(&self) -> &str {
        self.partners
            .first()
            .map_or("", |partner| &partner.password)
    }

    /// What each partner can log in with.
    #[must_use]
    pub fn partners(&self) -> &[PartnerAccess] {
        &self.partners
    }

    /// The latest requests, in the order they came. Those to `/__hub/` are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared.record).requests()
    }

    /// How many requests an operation had, such as `list_clients` or `token`.
    #[must_use]
    pub fn count(&self, operation: &str) -> u64 {
        lock(&self.shared.record).count(operation)
    }

    /// How many requests each operation had.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.shared.record).counts()
    }

    /// Forgets the requests there were.
    pub fn clear_requests(&self) {
        lock(&self.shared.record).clear();
    }

    /// Sets a fault.
    ///
    /// # Errors
    ///
    /// When it is for an operation that does not exist, or a number in it makes no sense.
    pub fn fault(&self, rule: impl Into<FaultRule>) -> Result<(), HubError> {
        self.shared.add_fault(rule.into()).map_err(HubError::Fault)
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Closes the port, so that connections are refused, and breaks those there are.
    pub fn refuse_connections(&self) {
        self.shared.listener.close(None);
    }

    /// Listens again.
    ///
    /// # Errors
    ///
    /// When something else took the port meanwhile.
    pub fn accept_connections(&self) -> Result<(), HubError> {
        let address = self.shared.listener.address();
        self.shared
            .listener
            .open()
            .map_err(|source| HubError::Listen { address, source })
    }

    /// Ends every token.
    pub fn expire_tokens(&self) {
        lock(&self.shared.tokens).expire_all();
    }

    /// Moves the hub's clock, by which tokens expire and migrations complete.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// The partner as it is now.
    #[must_use]
    pub fn partner(&self, partner_id: &str) -> Option<Partner> {
        self.shared
            .with_state(|state| Some(state.partner(partner_id)?.partner.clone()))
    }

    /// Changes a partner, such as to switch off its bearer tokens. `false` where there is none of
    /// that id.
    pub fn change_partner(&self, partner_id: &str, change: impl FnOnce(&mut Partner)) -> bool {
        self.shared.with_state(|state| {
            let partner = state.partner_mut(partner_id);
            partner
                .map(|partner| change(&mut partner.partner))
                .is_some()
        })
    }

    /// How many clients a partner has.
    #[must_use]
    pub fn client_count(&self, partner_id: &str) -> usize {
        self.shared.with_state(|state| {
            state
                .partner(partner_id)
                .map_or(0, |partner| partner.clients.len())
        })
    }

    /// A client as it is now, whichever partner it is of.
    #[must_use]
    pub fn client(&self, client_id: &str) -> Option<ClientAccount> {
        self.shared.with_state(|state| {
            let owner = state.owner(client_id)?;
            Some(owner.clients.get(client_id)?.account.clone())
        })
    }

    /// The ids of a partner's clients, in the order they came.
    #[must_use]
    pub fn client_ids(&self, partner_id: &str) -> Vec<String> {
        self.shared.with_state(|state| {
            let ids = state
                .partner(partner_id)
                .map(|partner| partner.clients.ids().map(str::to_owned).collect());
            ids.unwrap_or_default()
        })
    }

    /// Adds a client to the first partner and returns its id, which is made if it has none.
    pub fn insert_client(&self, mut account: ClientAccount) -> String {
        self.shared.with_state(|state| {
            let number = state.next_number();
            let id = account
                .id
                .get_or_insert_with(|| state.data.new_id(number, "CL"))
                .clone();
            if let Some(partner) = state.partners.first_mut() {
                partner
                    .clients
                    .insert(ClientRow::new(account, Extra::new(), None));
            }
            id.into()
        })
    }

    /// Removes a client of any partner. `false` where there is none of that id.
    pub fn remove_client(&self, client_id: &str) -> bool {
        self.shared.with_state(|state| {
            let owner = state.owner(client_id);
            owner
                .and_then(|owner| owner.clients.remove(client_id))
                .is_some()
        })
    }

    /// The channels of a client.
    #[must_use]
    pub fn channels(&self, client_id: &str) -> Vec<Channel> {
        self.shared.with_state(|state| {
            let channels = state.channels(client_id);
            channels
                .into_iter()
                .flatten()
                .map(|(channel, _)| channel.clone())
                .collect()
        })
    }

    /// The requests to move a client to a partner.
    #[must_use]
    pub fn change_requests(&self, partner_id: &str) -> Vec<PartnerChangeRequest> {
        self.shared.with_state(|state| {
            let Some(partner) = state.partner(partner_id) else {
                return Vec::new();
            };
            let requests = &partner.change_requests;
            let rows = requests.ids().filter_map(|id| requests.get(id));
            rows.map(|row| row.request.clone()).collect()
        })
    }

    /// Adds a change request to its `target_partner_id` and returns its id; `None` where there is
    /// no such partner. It is approved at once where the partner approves automatically.
    pub fn insert_change_request(&self, request: PartnerChangeRequest) -> Option<String> {
        let shared = &self.shared;
        shared.with_state(|state| {
            change_requests::insert(state, &shared.clock, shared.migration, request)
        })
    }

    /// Makes a change request fail. `false` where the partner has none of that id.
    pub fn fail_change_request(&self, partner_id: &str, id: &str) -> bool {
        let shared = &self.shared;
        shared.with_state(|state| {
            change_requests::set_status(state, &shared.clock, partner_id, id, "failed").is_some()
        })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // The port is free when this returns; the connections end when the runtime next runs.
        self.shared.listener.close(None);
        self.task.abort();
    }
}
