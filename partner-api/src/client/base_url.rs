//! Checks the base URL, because credentials are sent there.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;
use crate::transport::Server;

/// Parses the base URL. It is an error if credentials must not be sent there.
pub(super) fn base_url(
    setting: &'static str,
    string: &str,
    allows_http: bool,
) -> Result<(Url, Server), Error> {
    let reject = |reason: &str| Err(Error::configuration(setting, reason));
    let Ok(url) = Url::parse(string) else {
        return reject("is not a URL; expected a URL such as https://hub.360dialog.io");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return reject("has a user name or password in it; use `AuthExt` for credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return reject("has a query or fragment; expected scheme, host, and a path at most");
    }
    match url.scheme() {
        "https" => {}
        "http" if allows_http || is_loopback(&url) => {}
        "http" => {
            return reject("is http, which would show the credentials to the network; use https");
        }
        _ => return reject("is neither https nor http; use https"),
    }
    let server = Server {
        host: host(&url).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
    };
    Ok((url, server))
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let address = host(url).parse::<IpAddr>();
    address.map_or(host(url) == "localhost", |address| address.is_loopback())
}

/// The host; an IPv6 address has no brackets.
fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}
