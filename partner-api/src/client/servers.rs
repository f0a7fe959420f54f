//! Checks the addresses of servers, because credentials are sent there.

use std::collections::HashMap;
use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;
use crate::generated::operations::ALL as OPERATIONS;
use crate::transport::Server;
use crate::transport::connections::Safeguards;

/// The servers of a client.
pub(super) struct Servers {
    /// The server of the base URL.
    pub(super) base: Server,
    /// Those of the operations that are published for another one.
    pub(super) of_operations: HashMap<&'static str, Server>,
}

impl Servers {
    /// Parses the addresses. It is an error if credentials must not be sent to one of them, or if an
    /// operation is not published for another server. `setting` is where the base URL comes from.
    pub(super) fn new(
        setting: &'static str,
        base_url: &str,
        operation_base_urls: &HashMap<&'static str, String>,
        allows_http: bool,
    ) -> Result<Self, Error> {
        let base = server(base_url, allows_http);
        let base = base.map_err(|why| Error::configuration(setting, why))?;
        let of_operations = operation_base_urls.iter().map(|(id, url)| {
            let reject = |why: String| Error::configuration("operation_base_url", why);
            let mut known = OPERATIONS.iter();
            if !known.any(|known| known.id == *id && known.server.is_some()) {
                return Err(reject(format!(
                    "names an operation that does not exist, or that is sent to the base URL: {id}"
                )));
            }
            let server = server(url, allows_http);
            let server = server.map_err(|why| reject(format!("of `{id}` {why}")))?;
            Ok((*id, server))
        });
        Ok(Self {
            base,
            of_operations: of_operations.collect::<Result<_, _>>()?,
        })
    }

    /// The safeguards of a client for all servers: no proxy may read the credentials for any of them.
    pub(super) fn safeguards(&self) -> Safeguards {
        let others = self.of_operations.values();
        others.fold(self.base.safeguards, |all, server| Safeguards {
            https_only: all.https_only && server.safeguards.https_only,
            no_proxy: all.no_proxy || server.safeguards.no_proxy,
        })
    }

    /// The setting that has an `https` address, if one has.
    pub(super) fn needs_tls(&self) -> Option<&'static str> {
        let is_https = |server: &Server| server.safeguards.https_only;
        match is_https(&self.base) {
            true => Some("base_url"),
            false => self
                .of_operations
                .values()
                .any(is_https)
                .then_some("operation_base_url"),
        }
    }
}

/// Parses the address of a server. It is an error if credentials must not be sent there.
fn server(string: &str, allows_http: bool) -> Result<Server, &'static str> {
    let Ok(url) = Url::parse(string) else {
        return Err("is not a URL; expected a URL such as https://hub.360dialog.io");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password in it; use `AuthExt` for credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or fragment; expected scheme, host, and a path at most");
    }
    if string.contains(['{', '}']) {
        return Err("has a variable in braces; replace it by its value");
    }
    match url.scheme() {
        "https" => {}
        "http" if allows_http || is_loopback(&url) => {}
        "http" => {
            return Err("is http, which would show the credentials to the network; use https");
        }
        _ => return Err("is neither https nor http; use https"),
    }
    Ok(Server {
        host: host(&url).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
        safeguards: Safeguards {
            https_only: url.scheme() == "https",
            no_proxy: is_loopback(&url),
        },
        url,
    })
}

fn is_loopback(url: &Url) -> bool {
    let address = host(url).parse::<IpAddr>();
    address.map_or(host(url) == "localhost", |address| address.is_loopback())
}

/// The host; an IPv6 address has no brackets.
fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}
