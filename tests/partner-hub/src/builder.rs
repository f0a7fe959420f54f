//! Setting up a hub.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{MethodFilter, on};
use http::Request;
use serde_json::Value;

use crate::auth::{TokenSettings, Tokens};
use crate::clock::Clock;
use crate::data::Data;
use crate::exchange::{Target, exchange};
use crate::list::PageSize;
use crate::listener::Listener;
use crate::operations::{self, Operation};
use crate::record::Record;
use crate::rule::FaultRule;
use crate::shared::Shared;
use crate::state::State;
use crate::strike::Faults;
use crate::{Hub, HubError, admin, wire};

/// Sets up a [`Hub`]; from [`Hub::builder`].
///
/// # Defaults
///
/// - a free port of 127.0.0.1
/// - 50 clients, made from the seed 1, of which 5 in 100 are odd
/// - pages of 20 rows, and of 100 at most
/// - tokens that live for 86,400 seconds
/// - migrations that take 2 seconds
/// - a record of the latest 10,000 requests
#[derive(Clone, Debug)]
#[must_use = "call `start` to start the hub"]
pub struct HubBuilder {
    port: u16,
    clients: u32,
    data: Data,
    page_size: PageSize,
    token_settings: TokenSettings,
    migration: Duration,
    recorded: usize,
    faults: Vec<FaultRule>,
    operations: Arc<Vec<Operation>>,
}

/// More clients than this are made beside the runtime's threads.
const MANY: u32 = 5_000;

impl HubBuilder {
    pub(crate) fn new() -> Self {
        Self {
            port: 0,
            clients: 50,
            data: Data {
                seed: 1,
                odd_share: 0.05,
            },
            page_size: PageSize {
                default: 20,
                most: 100,
            },
            token_settings: TokenSettings {
                lifetime: Duration::from_secs(86_400),
                announced: true,
            },
            migration: Duration::from_secs(2),
            recorded: 10_000,
            faults: Vec::new(),
            operations: operations::checked_in(),
        }
    }

    /// Listens on this port of 127.0.0.1; 0 is a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Makes so many clients for the first partner. The others have 12 and a twentieth of that.
    pub fn clients(mut self, clients: u32) -> Self {
        self.clients = clients;
        self
    }

    /// Makes the data, the keys and what is left to chance from this number.
    pub fn seed(mut self, seed: u64) -> Self {
        self.data.seed = seed;
        self
    }

    /// Makes this share of things odd, from 0 to 1, as the real service does: nulls where the
    /// documentation has none, unknown values of enums, timestamps without a zone, extra fields.
    pub fn odd_share(mut self, share: f64) -> Self {
        self.data.odd_share = share;
        self
    }

    /// Gives pages of so many rows where no limit is asked for, and at most so many where one is.
    pub fn page_size(mut self, default: u32, most: u32) -> Self {
        let (default, most) = (default.max(1), most.max(1));
        self.page_size = PageSize { default, most };
        self
    }

    /// Ends tokens after this long.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_settings.lifetime = lifetime;
        self
    }

    /// Leaves `expires_in` out of the token endpoint's answer.
    pub fn without_expires_in(mut self) -> Self {
        self.token_settings.announced = false;
        self
    }

    /// Completes an approved change request after this long.
    pub fn migration_time(mut self, time: Duration) -> Self {
        self.migration = time;
        self
    }

    /// Keeps so many of the latest requests. They are counted all the same.
    pub fn recorded_requests(mut self, count: usize) -> Self {
        self.recorded = count;
        self
    }

    /// Sets a fault from the start; see [`Hub::fault`].
    pub fn fault(mut self, rule: impl Into<FaultRule>) -> Self {
        self.faults.push(rule.into());
        self
    }

    /// Serves the operations of another OpenAPI document than the checked-in one. Those that the
    /// hub does not implement answer with 501.
    pub fn document(mut self, document: &Value) -> Self {
        self.operations = operations::of(document);
        self
    }

    /// Starts the hub on the runtime this is called on.
    ///
    /// # Errors
    ///
    /// When the port is taken, or a fault is not one.
    pub async fn start(self) -> Result<Hub, HubError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener =
            Listener::bind(address).map_err(|source| HubError::Listen { address, source })?;
        let (data, clients) = (self.data, self.clients);
        let state = if clients > MANY {
            let made = tokio::task::spawn_blocking(move || State::new(data, clients)).await;
            made.map_err(|_| HubError::Stopped)?
        } else {
            State::new(data, clients)
        };
        let shared = Arc::new(Shared {
            seed: data.seed,
            page_size: self.page_size,
            migration: self.migration,
            token_settings: self.token_settings,
            operations: self.operations,
            clock: Clock::new(),
            listener,
            state: Mutex::new(state),
            tokens: Mutex::new(Tokens::default()),
            faults: Mutex::new(Faults::new(data.seed)),
            record: Mutex::new(Record::new(self.recorded)),
        });
        for rule in self.faults {
            shared.add_fault(rule).map_err(HubError::Fault)?;
        }
        let router = router(&shared);
        let task = tokio::spawn(wire::serve(Arc::clone(&shared), router));
        Ok(Hub::new(shared, task))
    }
}

fn router(hub: &Arc<Shared>) -> Router {
    let handler = |target: Target| {
        let hub = Arc::clone(hub);
        async move |request: Request<Body>| exchange(hub, target, request).await
    };
    let mut router = Router::new();
    for operation in hub.operations.iter() {
        if let Ok(method) = MethodFilter::try_from(operation.method.clone()) {
            let target = Target::Operation(operation.clone());
            router = router.route(&operation.path, on(method, handler(target)));
        }
    }
    admin::routes(hub, router)
        .fallback(handler(Target::UnknownPath))
        .method_not_allowed_fallback(handler(Target::UnknownMethod))
}
