//! Checks the addresses of servers, because credentials are sent there.

use std::net::IpAddr;

use reqwest::Url;

use crate::transport::Server;
use crate::transport::connections::Safeguards;

/// Parses the address of a server. It is an error if credentials must not be sent there.
pub(super) fn server(string: &str, allows_http: bool) -> Result<Server, &'static str> {
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
