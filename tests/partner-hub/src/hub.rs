//! A running emulator.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use partner_api::types::{Channel, ClientAccount, Partner, PartnerChangeRequest};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::api::response::ApiError;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::ActiveFault;
use crate::lock::lock;
use crate::seed::extra::{Extra, object};
use crate::seed::partner::PartnerCredentials;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::store::outbox::Event;
use crate::webhooks::record::Delivery;

/// Why the emulator cannot do something.
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
    /// An event cannot be sent, or the secret is invalid.
    #[error("cannot send webhooks: {0}")]
    Webhook(String),
    /// A fault is invalid or names an operation that does not exist.
    #[error("invalid fault: {0}")]
    Fault(String),
    /// A setting or the data is invalid, or a command cannot be done.
    #[error("{0}")]
    Invalid(String),
    /// The runtime was shut down during the start.
    #[error("the runtime was shut down")]
    Stopped,
}

/// An emulator of the Partner API. It stops when it is dropped.
#[must_use = "the emulator stops when it is dropped"]
pub struct Hub {
    context: Arc<Context>,
    tasks: Vec<JoinHandle<()>>,
    url: String,
    admin_url: String,
    partners: Vec<PartnerCredentials>,
}

impl Hub {
    pub(crate) fn new(context: Arc<Context>, tasks: Vec<JoinHandle<()>>) -> Self {
        let admin = context.admin_listener.as_ref().unwrap_or(&context.listener);
        Self {
            url: url(context.listener.address()),
            admin_url: format!("{}/__hub", url(admin.address())),
            partners: context.credentials(),
            context,
            tasks,
        }
    }

    /// The base URL, such as `http://127.0.0.1:8360`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the admin paths, such as `http://127.0.0.1:8360/__hub`.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
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

    /// The credentials of each partner when the emulator started.
    #[must_use]
    pub fn partners(&self) -> &[PartnerCredentials] {
        &self.partners
    }

    /// The latest requests, in the order they were received, without those to `/__hub/`.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let requests = lock(&self.context.record).requests();
        requests.into_iter().map(Arc::unwrap_or_clone).collect()
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

    /// Sets a fault and returns its id.
    ///
    /// # Errors
    ///
    /// If the operation does not exist, a number is out of range, or 1,000 faults are set.
    pub fn fault(&self, rule: impl Into<FaultRule>) -> Result<u64, HubError> {
        let fault = self.context.add_fault(rule.into());
        fault.map(|fault| fault.id).map_err(HubError::Fault)
    }

    /// The faults that are set, and how often each was injected.
    #[must_use]
    pub fn faults(&self) -> Vec<ActiveFault> {
        lock(&self.context.faults).active().to_vec()
    }

    /// Removes a fault and returns how often it was injected, or `None` if it is not set.
    pub fn remove_fault(&self, id: u64) -> Option<ActiveFault> {
        self.context.remove_fault(id)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.context.clear_faults();
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

    /// Signs webhooks with this secret from now on. Without a secret, none are sent. A partner gets its
    /// events at its `webhook_url`, which must begin with `http://`.
    ///
    /// # Errors
    ///
    /// If the secret is empty or has white space at its beginning or end.
    pub fn set_webhook_secret(&self, secret: impl AsRef<str>) -> Result<(), HubError> {
        let sender = &self.context.sender;
        sender
            .set_secret(secret.as_ref())
            .map_err(HubError::Webhook)
    }

    /// Sends an event to a partner, with this body, whatever it is. An event of the API is an object with
    /// `id`, `event` and `data`.
    ///
    /// # Errors
    ///
    /// If there is no secret or no such partner, or if more than 64 MiB of events wait.
    pub fn send_webhook(
        &self,
        partner_id: impl Into<String>,
        body: impl Into<Bytes>,
    ) -> Result<(), HubError> {
        let (partner_id, body) = (partner_id.into(), body.into());
        if self.partner(&partner_id).is_none() {
            return Err(HubError::Webhook(format!(
                "there is no partner `{partner_id}`"
            )));
        }
        let event = Event { partner_id, body };
        self.context.send(event).map_err(HubError::Webhook)
    }

    /// The latest deliveries of webhooks, in the order they were attempted.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.context.sender.record).deliveries()
    }

    /// Clears the record of deliveries.
    pub fn clear_deliveries(&self) {
        lock(&self.context.sender.record).clear();
    }

    /// Expires every token.
    pub fn expire_tokens(&self) {
        self.context.expire_tokens();
    }

    /// Advances the emulator's clock, by which tokens expire and migrations complete.
    ///
    /// # Errors
    ///
    /// If the clock would be advanced by more than 100 years in all.
    pub fn advance(&self, by: Duration) -> Result<(), HubError> {
        self.context.advance(by).map_err(invalid)
    }

    /// Returns to the beginning: the initial data, faults and time, no tokens, an empty record and an
    /// open port.
    ///
    /// # Errors
    ///
    /// If another program uses the port now.
    pub fn reset(&self) -> Result<(), HubError> {
        self.context.reset().map_err(invalid)
    }

    /// Keeps a copy of the data, the tokens and the time by this name, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// If there are 16 other snapshots.
    pub fn take_snapshot(&self, name: impl AsRef<str>) -> Result<(), HubError> {
        self.context.take_snapshot(name.as_ref()).map_err(invalid)
    }

    /// Returns to a snapshot, which is kept.
    ///
    /// # Errors
    ///
    /// If there is no such snapshot.
    pub fn restore_snapshot(&self, name: impl AsRef<str>) -> Result<(), HubError> {
        self.context
            .restore_snapshot(name.as_ref())
            .map_err(invalid)
    }

    /// All data as JSON, for [`HubBuilder::data`](crate::HubBuilder::data).
    #[must_use]
    pub fn data(&self) -> Value {
        serde_json::to_value(self.context.export()).unwrap_or_default()
    }

    /// The current state of a partner.
    #[must_use]
    pub fn partner(&self, partner_id: impl AsRef<str>) -> Option<Partner> {
        let partner_id = partner_id.as_ref();
        let partner = self
            .context
            .read_partner(partner_id, |it| it.partner.clone());
        partner.ok()
    }

    /// Changes a partner, for example to disable its bearer tokens. Returns `false` if the partner
    /// does not exist or its id was changed.
    pub fn change_partner(
        &self,
        partner_id: impl AsRef<str>,
        change: impl FnOnce(&mut Partner),
    ) -> bool {
        self.context
            .change_partner(partner_id.as_ref(), |partner, extra| {
                let before = object(&*partner, &Extra::new());
                change(partner);
                let after = object(&*partner, &Extra::new());
                extra.retain(|name, _| before.get(name) == after.get(name));
                Ok(())
            })
            .is_ok()
    }

    /// The number of clients of a partner.
    #[must_use]
    pub fn client_count(&self, partner_id: impl AsRef<str>) -> usize {
        let partner_id = partner_id.as_ref();
        let count = self.context.read_partner(partner_id, |it| it.clients.len());
        count.unwrap_or_default()
    }

    /// The current state of a client of any partner.
    #[must_use]
    pub fn client(&self, client_id: impl AsRef<str>) -> Option<ClientAccount> {
        let client_id = client_id.as_ref();
        let client = self
            .context
            .read_client(client_id, |row| row.account.clone());
        client.ok()
    }

    /// The ids of a partner's clients, in the order of insertion.
    #[must_use]
    pub fn client_ids(&self, partner_id: impl AsRef<str>) -> Vec<String> {
        let clients = self
            .context
            .read_partner(partner_id.as_ref(), |partner| partner.clients.snapshot());
        let clients = clients.iter().flat_map(|clients| clients.iter(0));
        clients.map(|client| client.id.to_string()).collect()
    }

    /// Adds a client to the first partner and returns its id, which is generated if it has none.
    pub fn insert_client(&self, account: ClientAccount) -> String {
        let first = self.context.credentials().into_iter().next();
        let partner_id = first.map(|partner| partner.partner_id).unwrap_or_default();
        let id = self
            .context
            .insert_client(&partner_id, account, Extra::new());
        id.unwrap_or_default()
    }

    /// Removes a client of any partner. Returns `false` if the client does not exist.
    pub fn remove_client(&self, client_id: impl AsRef<str>) -> bool {
        self.context.remove_client(client_id.as_ref()).is_ok()
    }

    /// The channels of a client.
    #[must_use]
    pub fn channels(&self, client_id: impl AsRef<str>) -> Vec<Channel> {
        let read = |channel: &Channel, _: &Extra| channel.clone();
        let channels = self.context.read_channels(client_id.as_ref(), read);
        channels.unwrap_or_default()
    }

    /// The requests to move a client to a partner.
    #[must_use]
    pub fn change_requests(&self, partner_id: impl AsRef<str>) -> Vec<PartnerChangeRequest> {
        let requests = self.context.read_partner(partner_id.as_ref(), |partner| {
            partner.change_requests.snapshot()
        });
        let requests = requests.iter().flat_map(|requests| requests.iter(0));
        requests.map(|it| it.row().request.clone()).collect()
    }

    /// Adds a change request to the partner `target_partner_id` and returns its id, or `None` if the
    /// partner does not exist. It is approved if the partner's settings ask for automatic approval.
    pub fn insert_change_request(&self, request: PartnerChangeRequest) -> Option<String> {
        let id = self.context.insert_change_request(request, Extra::new());
        id.ok()
    }

    /// Sets the status of a change request to `failed`. Returns `false` if the partner has no such
    /// request.
    pub fn fail_change_request(&self, partner_id: impl AsRef<str>, id: impl AsRef<str>) -> bool {
        let failed = self
            .context
            .fail_change_request(partner_id.as_ref(), id.as_ref());
        failed.is_ok()
    }
}

fn invalid(error: ApiError) -> HubError {
    HubError::Invalid(error.message().to_owned())
}

/// A URL that a client on the same machine can use.
fn url(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://[{}]:{port}", Ipv6Addr::LOCALHOST),
        _ => format!("http://{address}"),
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Hub");
        debug.field("url", &self.url).finish_non_exhaustive()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // The port is free when this returns; connections end when the runtime next runs.
        let admin = self.context.admin_listener.iter();
        for listener in admin.chain([&self.context.listener]) {
            listener.close(None);
        }
        for task in &self.tasks {
            task.abort();
        }
    }
}
