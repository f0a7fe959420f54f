//! Checks the base URL: the credentials are sent there.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::Error;
use crate::transport::Server;

/// The base URL, if credentials may be sent there.
pub(super) fn base_url(text: &str, allows_http: bool) -> Result<(Url, Server), Error> {
    let refuse = |reason: &str| Err(Error::configuration("base_url", reason));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL; expected one such as https://hub.360dialog.io");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("has a user name or password in it; use `AuthExt` for credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or fragment; expected scheme, host, and a path at most");
    }
    match url.scheme() {
        "https" => {}
        "http" if allows_http || is_loopback(&url) => {}
        "http" => {
            return refuse("is http, which would show the credentials to the network; use https");
        }
        _ => return refuse("is neither https nor, to this machine, http"),
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

/// The host, an IPv6 address without its brackets.
fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}
