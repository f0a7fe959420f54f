//! The connections of a client: a pool for each tokio runtime.
//!
//! A connection needs the tasks and sockets of the runtime that opened it. While that runtime does not
//! run, such as one of a single thread outside `block_on`, a caller on another runtime would wait for
//! the connection forever. So no connection is used by two runtimes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::retry;
use tokio::runtime::{Handle, Id};

use super::tls::Tls;
use crate::error::Error;

/// Changes the builder of each `reqwest::Client`.
pub(crate) type Configure =
    Box<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Connections that one runtime uses. A pool is identified by its address.
pub(crate) type Pool = Arc<reqwest::Client>;

/// The most pools of a client. With more runtimes, the least recently used one has to connect again.
/// Even a server with a runtime for each core has fewer.
const MAX_POOLS: usize = 256;

/// Where the connections of a client come from.
pub(crate) enum Connections {
    Own {
        settings: Box<HttpSettings>,
        configure: Configure,
        /// The most recently used pool is first. The pool of `build` has no runtime until it is used.
        pools: Mutex<Vec<(Option<Id>, Safeguards, Pool)>>,
    },
    /// A `reqwest::Client` of the program, which all runtimes share.
    Custom(Pool),
}

impl Connections {
    /// Pools of the client's own, and the `reqwest::Client` of the first one, which has these
    /// safeguards.
    pub(crate) fn own(
        settings: HttpSettings,
        configure: Configure,
        safeguards: Safeguards,
    ) -> Result<(Self, reqwest::Client), Error> {
        let http = settings.client(&configure, safeguards).map_err(|error| {
            let error = error.without_url();
            Error::configuration("http_client", format!("cannot be set up: {error}"))
        })?;
        let first = (None, safeguards, Pool::new(http.clone()));
        let connections = Self::Own {
            settings: Box::new(settings),
            configure,
            pools: Mutex::new(vec![first]),
        };
        Ok((connections, http))
    }

    /// The connections for a call on the current runtime to a server that needs these safeguards.
    pub(crate) fn pool(&self, safeguards: Safeguards) -> reqwest::Result<Pool> {
        let (settings, configure, pools) = match self {
            Self::Custom(pool) => return Ok(Arc::clone(pool)),
            Self::Own {
                settings,
                configure,
                pools,
            } => (settings, configure, pools),
        };
        let runtime = Handle::try_current().ok().map(|runtime| runtime.id());
        let mut pools = pools.lock().unwrap_or_else(PoisonError::into_inner);
        let found = pools
            .iter()
            .position(|(of, has, _)| (of.is_none() || *of == runtime) && *has == safeguards);
        match found {
            Some(index) => pools[..=index].rotate_right(1),
            None => {
                let pool = Pool::new(settings.client(configure, safeguards)?);
                pools.truncate(MAX_POOLS - 1);
                pools.insert(0, (runtime, safeguards, pool));
            }
        }
        let (of, _, pool) = &mut pools[0];
        *of = runtime;
        Ok(Arc::clone(pool))
    }

    /// Records that an attempt timed out, so that the next one does not use the same connection.
    ///
    /// An HTTP/1 connection is closed already, because nothing else can be sent over it. An HTTP/2
    /// connection accepts further requests, so the next call gets a new pool; calls in flight keep
    /// the old one.
    pub(crate) fn timed_out(&self, pool: &Pool) {
        if cfg!(feature = "http2")
            && let Self::Own { pools, .. } = self
        {
            let mut pools = pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools.retain(|(.., other)| !Arc::ptr_eq(other, pool));
        }
    }
}

/// What keeps credentials on the way to a server from other machines. Servers with the same safeguards
/// share a pool.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Safeguards {
    pub(crate) https_only: bool,
    /// For a server on this machine: a proxy on another one could read the credentials.
    pub(crate) no_proxy: bool,
}

/// The settings of a `reqwest::Client` that sends credentials only to the servers of the program.
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) tls: Tls,
}

impl HttpSettings {
    pub(crate) fn builder(&self, safeguards: Safeguards) -> reqwest::ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("partner-api/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .https_only(safeguards.https_only);
        if safeguards.no_proxy {
            builder = builder.no_proxy();
        }
        sent_once(with_http_version(self.tls.add_to(builder)))
    }

    fn client(
        &self,
        configure: &Configure,
        safeguards: Safeguards,
    ) -> reqwest::Result<reqwest::Client> {
        sent_once(configure(self.builder(safeguards))).build()
    }
}

/// Turns off redirects and the retries of reqwest.
fn sent_once(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.redirect(Policy::none()).retry(retry::never())
}

/// Sets up HTTP/2 with pings, which detect a dead connection before a call times out.
#[cfg(feature = "http2")]
fn with_http_version(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .http2_keep_alive_while_idle(true)
}

/// Sets up HTTP/1.1, even if another crate turns on HTTP/2 in reqwest.
#[cfg(not(feature = "http2"))]
fn with_http_version(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.http1_only()
}
