//! The settings of an emulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::api::auth::{TokenSettings, Tokens};
use crate::api::handlers::ApiSettings;
use crate::api::list::PageSize;
use crate::api::operations::{self, Operation};
use crate::clock::Clock;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::Schedule;
use crate::hub::{Hub, HubError};
use crate::seed::generator::Generator;
use crate::server::connection::serve;
use crate::server::context::Context;
use crate::server::deliver::deliver;
use crate::server::listener::Listener;
use crate::server::record::Record;
use crate::server::router::router;
use crate::store::state::State;
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
/// - a record of the latest 10,000 requests
#[derive(Clone, Debug)]
#[must_use = "call `start` to start the emulator"]
pub struct HubBuilder {
    port: u16,
    clients: u32,
    generator: Generator,
    settings: ApiSettings,
    recorded: usize,
    faults: Vec<FaultRule>,
    operations: Arc<Vec<Operation>>,
}

/// More clients than this are generated on a thread for blocking work.
const MANY_CLIENTS: u32 = 5_000;

impl HubBuilder {
    fn new() -> Self {
        Self {
            port: 0,
            clients: 50,
            generator: Generator {
                seed: 1,
                anomaly_rate: 0.05,
            },
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
            recorded: 10_000,
            faults: Vec::new(),
            operations: operations::checked_in(),
        }
    }

    /// Sets the port on 127.0.0.1; 0 for a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
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
        self.recorded = count;
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
    /// If the port is not available, or a fault is invalid.
    pub async fn start(self) -> Result<Hub, HubError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener =
            Listener::bind(address).map_err(|source| HubError::Listen { address, source })?;
        let (generator, clients) = (self.generator, self.clients);
        let state = if clients > MANY_CLIENTS {
            tokio::task::spawn_blocking(move || State::new(generator, clients))
                .await
                .map_err(|_| HubError::Stopped)?
        } else {
            State::new(generator, clients)
        };
        let context = Arc::new(Context {
            seed: generator.seed,
            settings: self.settings,
            operations: self.operations,
            clock: Clock::new(),
            listener,
            state: Mutex::new(state),
            tokens: Mutex::new(Tokens::default()),
            faults: Mutex::new(Schedule::new(generator.seed)),
            record: Mutex::new(Record::new(self.recorded)),
            sender: Sender::new(self.recorded),
        });
        for rule in self.faults {
            context.add_fault(rule).map_err(HubError::Fault)?;
        }
        let router = router(&context);
        let (serve, deliver) = (
            serve(Arc::clone(&context), router),
            deliver(Arc::clone(&context)),
        );
        let task = tokio::spawn(async {
            tokio::join!(serve, deliver);
        });
        Ok(Hub::new(context, task))
    }
}
