//! The settings of an emulator.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use serde::Deserialize as _;
use serde_json::Value;

use crate::admin;
use crate::api::auth::{TokenSettings, Tokens};
use crate::api::list::PageSize;
use crate::api::operations::{self, Operation};
use crate::api::request::ApiSettings;
use crate::clock::Clock;
use crate::data::{Data, Origin};
use crate::faults::rule::FaultRule;
use crate::faults::schedule::Schedule;
use crate::hub::{Hub, HubError};
use crate::seed::generator::Generator;
use crate::seed::partner::CredentialOverrides;
use crate::server::connection::serve;
use crate::server::context::Context;
use crate::server::deliver::deliver;
use crate::server::listener::Listener;
use crate::server::record::{Record, RecordLimits};
use crate::server::router::router;
use crate::webhooks::sender::Sender;

impl Hub {
    /// Returns a builder with the default settings.
    pub fn builder() -> HubBuilder {
        HubBuilder::new()
    }
}

/// Configures and starts a [`Hub`]; created by [`Hub::builder`].
///
/// # Defaults
///
/// - a free port of 127.0.0.1
/// - 50 clients, generated from the seed 1, 5 % of them with an anomaly
/// - pages of 20 rows, and 100 at most
/// - tokens that are valid for 86,400 seconds
/// - migrations that take 2 seconds
/// - a record of the latest 10,000 requests in 64 MiB
#[derive(Clone, Debug)]
#[must_use = "call `start` to start the emulator"]
pub struct HubBuilder {
    host: IpAddr,
    port: u16,
    admin_port: Option<u16>,
    now: Option<SystemTime>,
    clients: u32,
    generator: Generator,
    credentials: CredentialOverrides,
    data: Option<Value>,
    settings: ApiSettings,
    recorded: RecordLimits,
    faults: Vec<FaultRule>,
    operations: Arc<Vec<Operation>>,
}

/// More clients than this are generated on a thread for blocking work.
const MANY_CLIENTS: u32 = 5_000;

impl HubBuilder {
    fn new() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            admin_port: None,
            now: None,
            clients: 50,
            generator: Generator {
                seed: 1,
                anomaly_rate: 0.05,
            },
            credentials: CredentialOverrides::default(),
            data: None,
            settings: ApiSettings {
                page_size: PageSize {
                    default: 20,
                    max: 100,
                },
                migration_time: Duration::from_secs(2),
                tokens: TokenSettings {
                    lifetime: Duration::from_secs(86_400),
                    send_expires_in: true,
                },
            },
            recorded: RecordLimits {
                requests: 10_000,
                bytes: 64 * 1024 * 1024,
            },
            faults: Vec::new(),
            operations: operations::checked_in(),
        }
    }

    /// Sets the address to listen on, such as `0.0.0.0` in a container. The admin paths need no
    /// credentials there either.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Sets the port; 0 for a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves the admin paths on a port of their own, 0 for a free one, and no longer on that of the
    /// API.
    pub fn admin_port(mut self, port: u16) -> Self {
        self.admin_port = Some(port);
        self
    }

    /// Sets the time at the start. The clock stands still then, and only [`Hub::advance`] advances it.
    pub fn now(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets the id of the first partner.
    pub fn partner_id(mut self, id: impl Into<String>) -> Self {
        self.credentials.partner_id = Some(id.into());
        self
    }

    /// Sets the API key of the first partner.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credentials.api_key = Some(key.into());
        self
    }

    /// Sets the user of the first partner.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.credentials.username = Some(username.into());
        self
    }

    /// Sets the password of that user.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.credentials.password = Some(password.into());
        self
    }

    /// Starts with this data, such as that of [`Hub::data`], in place of generated data.
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Sets the number of clients of the first partner. Each other partner has 12 clients and one for
    /// every 20 of the first.
    pub fn clients(mut self, clients: u32) -> Self {
        self.clients = clients;
        self
    }

    /// Sets the seed of all data, credentials and random choices.
    pub fn seed(mut self, seed: u64) -> Self {
        self.generator.seed = seed;
        self
    }

    /// Sets the share of values with an anomaly of the real API, from 0 to 1: undocumented nulls,
    /// unknown values of enums, timestamps without a zone, extra fields.
    pub fn anomaly_rate(mut self, rate: f64) -> Self {
        self.generator.anomaly_rate = rate;
        self
    }

    /// Sets the number of rows of a page if a request has no `limit`, and the cap of `limit`.
    pub fn page_size(mut self, default: u32, max: u32) -> Self {
        let (default, max) = (default.max(1), max.max(1));
        self.settings.page_size = PageSize { default, max };
        self
    }

    /// Sets how long a token is valid.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.tokens.lifetime = lifetime;
        self
    }

    /// Omits `expires_in` from the response of the token endpoint.
    pub fn without_expires_in(mut self) -> Self {
        self.settings.tokens.send_expires_in = false;
        self
    }

    /// Sets the time from the approval of a change request to its completion.
    pub fn migration_time(mut self, time: Duration) -> Self {
        self.settings.migration_time = time;
        self
    }

    /// Sets how many of the latest requests, and of the latest deliveries of webhooks, are recorded. All
    /// requests are counted.
    pub fn recorded_requests(mut self, count: usize) -> Self {
        self.recorded.requests = count;
        self
    }

    /// Sets how much memory the record uses, approximately. The oldest requests are dropped first.
    pub fn recorded_bytes(mut self, bytes: usize) -> Self {
        self.recorded.bytes = bytes;
        self
    }

    /// Adds a fault that is set from the start; see [`Hub::fault`].
    pub fn fault(mut self, rule: impl Into<FaultRule>) -> Self {
        self.faults.push(rule.into());
        self
    }

    /// Serves the operations of another OpenAPI document than the checked-in one. Operations that the
    /// emulator does not implement return the status 501.
    pub fn document(mut self, document: &Value) -> Self {
        self.operations = operations::from_document(document);
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the port is not available, or a fault, the data or a credential is invalid.
    pub async fn start(self) -> Result<Hub, HubError> {
        let bind = |port| {
            let address = SocketAddr::from((self.host, port));
            let listener = Listener::bind(address).map(Arc::new);
            listener.map_err(|source| HubError::Listen { address, source })
        };
        let listener = bind(self.port)?;
        let admin_listener = self.admin_port.map(bind).transpose()?;
        let data = self.data.map(Data::deserialize).transpose();
        let data = data.map_err(|error| HubError::Invalid(format!("invalid data: {error}")))?;
        let large = data.is_some() || self.clients > MANY_CLIENTS;
        let origin = Origin {
            generator: self.generator,
            clients: self.clients,
            credentials: self.credentials,
            data: data.map(Arc::new),
        };
        let (clock, settings) = (
            Clock::new(self.now).map_err(HubError::Invalid)?,
            self.settings,
        );
        let create = move || {
            let state = origin.create(settings, &clock);
            (state, origin, clock)
        };
        let (state, origin, clock) = if large {
            let created = tokio::task::spawn_blocking(create).await;
            created.map_err(|_| HubError::Stopped)?
        } else {
            create()
        };
        let seed = self.generator.seed;
        let context = Arc::new(Context {
            settings,
            operations: self.operations,
            clock,
            listener,
            admin_listener,
            origin,
            initial_faults: self.faults,
            state: Mutex::new(state.map_err(HubError::Invalid)?),
            tokens: Mutex::new(Tokens::default()),
            faults: Mutex::new(Schedule::new(seed)),
            record: Mutex::new(Record::new(seed, self.recorded)),
            sender: Sender::new(self.recorded.requests),
            snapshots: Mutex::default(),
        });
        for rule in &context.initial_faults {
            context.add_fault(rule.clone()).map_err(HubError::Fault)?;
        }
        let api = router(&context);
        let spawn =
            |listener: &Arc<Listener>, router| tokio::spawn(serve(Arc::clone(listener), router));
        let mut tasks = match &context.admin_listener {
            None => vec![spawn(
                &context.listener,
                admin::server::routes(&context, api),
            )],
            Some(admin_listener) => {
                let admin = admin::server::routes(&context, Router::new());
                vec![spawn(&context.listener, api), spawn(admin_listener, admin)]
            }
        };
        tasks.push(tokio::spawn(deliver(Arc::clone(&context))));
        Ok(Hub::new(context, tasks))
    }
}
