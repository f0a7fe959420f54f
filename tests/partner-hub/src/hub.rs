//! A running emulator.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use partner_api::types::{Channel, ClientAccount, Partner, PartnerChangeRequest};
use tokio::task::JoinHandle;

use crate::api::change_requests;
use crate::faults::rule::FaultRule;
use crate::lock::lock;
use crate::seed::extra::Extra;
use crate::seed::partner::PartnerCredentials;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::store::rows::ClientRow;

/// Why the emulator cannot start or cannot set a fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The port is in use or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address to listen on.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A fault is invalid or names an operation that does not exist.
    #[error("invalid fault: {0}")]
    Fault(String),
    /// The runtime was shut down during the start.
    #[error("the runtime was shut down")]
    Stopped,
}

/// An emulator of the Partner API. It stops when it is dropped.
#[derive(Debug)]
#[must_use = "the emulator stops when it is dropped"]
pub struct Hub {
    context: Arc<Context>,
    task: JoinHandle<()>,
    url: String,
    partners: Vec<PartnerCredentials>,
}

impl Hub {
    pub(crate) fn new(context: Arc<Context>, task: JoinHandle<()>) -> Self {
        let url = format!("http://{}", context.listener.address());
        let partners = context.with_state(|state| {
            let partners = state.partners.iter();
            partners
                .map(|partner| partner.credentials.clone())
                .collect()
        });
        Self {
            context,
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

    /// The port that the emulator listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.context.listener.address().port()
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

    /// The credentials of each partner.
    #[must_use]
    pub fn partners(&self) -> &[PartnerCredentials] {
        &self.partners
    }

    /// The latest requests, in the order they were received, without those to `/__hub/`.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.context.record).requests()
    }

    /// The number of requests to an operation, such as `list_clients` or `token`.
    #[must_use]
    pub fn count(&self, operation: &str) -> u64 {
        lock(&self.context.record).count(operation)
    }

    /// The number of requests to each operation.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.context.record).counts()
    }

    /// Clears the record and the counts.
    pub fn clear_requests(&self) {
        lock(&self.context.record).clear();
    }

    /// Sets a fault.
    ///
    /// # Errors
    ///
    /// If the operation does not exist, or a number is out of range.
    pub fn fault(&self, rule: impl Into<FaultRule>) -> Result<(), HubError> {
        self.context.add_fault(rule.into()).map_err(HubError::Fault)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.context.faults).clear();
    }

    /// Closes the port, so that new connections are refused, and all open connections.
    pub fn refuse_connections(&self) {
        self.context.listener.close(None);
    }

    /// Opens the port again.
    ///
    /// # Errors
    ///
    /// If another program uses the port now.
    pub fn accept_connections(&self) -> Result<(), HubError> {
        let address = self.context.listener.address();
        self.context
            .listener
            .open()
            .map_err(|source| HubError::Listen { address, source })
    }

    /// Expires every token.
    pub fn expire_tokens(&self) {
        lock(&self.context.tokens).expire_all();
    }

    /// Advances the emulator's clock, by which tokens expire and migrations complete.
    pub fn advance(&self, by: Duration) {
        self.context.clock.advance(by);
    }

    /// The current state of a partner.
    #[must_use]
    pub fn partner(&self, partner_id: impl AsRef<str>) -> Option<Partner> {
        let partner_id = partner_id.as_ref();
        self.context
            .with_state(|state| Some(state.partner(partner_id)?.partner.clone()))
    }

    /// Changes a partner, for example to disable its bearer tokens. Returns `false` if the partner
    /// does not exist.
    pub fn change_partner(
        &self,
        partner_id: impl AsRef<str>,
        change: impl FnOnce(&mut Partner),
    ) -> bool {
        let partner_id = partner_id.as_ref();
        self.context.with_state(|state| {
            let partner = state.partner_mut(partner_id);
            partner
                .map(|partner| change(&mut partner.partner))
                .is_some()
        })
    }

    /// The number of clients of a partner.
    #[must_use]
    pub fn client_count(&self, partner_id: impl AsRef<str>) -> usize {
        let partner_id = partner_id.as_ref();
        self.context.with_state(|state| {
            state
                .partner(partner_id)
                .map_or(0, |partner| partner.clients.len())
        })
    }

    /// The current state of a client of any partner.
    #[must_use]
    pub fn client(&self, client_id: impl AsRef<str>) -> Option<ClientAccount> {
        let client_id = client_id.as_ref();
        self.context.with_state(|state| {
            let owner = state.owner(client_id)?;
            Some(owner.clients.get(client_id)?.row().into_owned().account)
        })
    }

    /// The ids of a partner's clients, in the order of insertion.
    #[must_use]
    pub fn client_ids(&self, partner_id: impl AsRef<str>) -> Vec<String> {
        let partner_id = partner_id.as_ref();
        let clients = self
            .context
            .with_state(|state| Some(state.partner(partner_id)?.clients.snapshot()));
        let clients = clients.iter().flat_map(|clients| clients.iter(0));
        clients.map(|client| client.id.to_string()).collect()
    }

    /// Adds a client to the first partner and returns its id, which is generated if it has none.
    pub fn insert_client(&self, mut account: ClientAccount) -> String {
        self.context.with_state(|state| {
            let number = state.next_inserted();
            let id = account
                .id
                .get_or_insert_with(|| state.generator.client_id(number))
                .clone();
            if let Some(partner) = state.partners.first_mut() {
                partner.clients.insert(ClientRow {
                    account,
                    extra: Extra::new(),
                    number: None,
                });
            }
            id.into()
        })
    }

    /// Removes a client of any partner. Returns `false` if the client does not exist.
    pub fn remove_client(&self, client_id: impl AsRef<str>) -> bool {
        let client_id = client_id.as_ref();
        self.context.with_state(|state| {
            let owner = state.owner(client_id);
            owner
                .and_then(|owner| owner.clients.remove(client_id))
                .is_some()
        })
    }

    /// The channels of a client.
    #[must_use]
    pub fn channels(&self, client_id: impl AsRef<str>) -> Vec<Channel> {
        let client_id = client_id.as_ref();
        self.context.with_state(|state| {
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
    pub fn change_requests(&self, partner_id: impl AsRef<str>) -> Vec<PartnerChangeRequest> {
        let partner_id = partner_id.as_ref();
        let requests = self
            .context
            .with_state(|state| Some(state.partner(partner_id)?.change_requests.snapshot()));
        let requests = requests.iter().flat_map(|requests| requests.iter(0));
        requests.map(|it| it.row().request.clone()).collect()
    }

    /// Adds a change request to the partner `target_partner_id` and returns its id, or `None` if the
    /// partner does not exist. It is approved if the partner's settings ask for automatic approval.
    pub fn insert_change_request(&self, request: PartnerChangeRequest) -> Option<String> {
        let context = &self.context;
        let migration_time = context.settings.migration_time;
        context.with_state(|state| {
            change_requests::insert(state, &context.clock, migration_time, request)
        })
    }

    /// Sets the status of a change request to `failed`. Returns `false` if the partner has no such
    /// request.
    pub fn fail_change_request(&self, partner_id: impl AsRef<str>, id: impl AsRef<str>) -> bool {
        let (partner_id, id) = (partner_id.as_ref(), id.as_ref());
        let context = &self.context;
        context.with_state(|state| {
            change_requests::set_status(state, &context.clock, partner_id, id, "failed").is_some()
        })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // The port is free when this returns; connections end when the runtime next runs.
        self.context.listener.close(None);
        self.task.abort();
    }
}
