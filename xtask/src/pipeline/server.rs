//! The servers, to which requests and their credentials are sent.
//!
//! Lowering and the diff both take them from here, so that the URL a reviewer accepts is the one that is
//! called.

use reqwest::Url;
use serde_json::Value;

use crate::document::pointer::inlined;

/// The URL of the first server of a list, if there is one, with the defaults of its variables.
///
/// It is normalised: the case of the host, a default port and trailing slashes make no difference.
///
/// # Errors
/// When no client can be built for the URL; the message has the URL and the reason.
pub(crate) fn address(servers: &Value) -> Option<Result<String, String>> {
    Some(of_server(servers.get(0)?, None))
}

/// Whether the first server of a list is a path without a host: where the document was published is not
/// known.
pub(crate) fn is_relative(servers: &Value) -> bool {
    let url = servers[0]["url"].as_str().unwrap_or_default();
    url.starts_with('/') && !url.starts_with("//")
}

/// The URL of an operation that has servers of its own, or whose path has: that of the base URL's server,
/// if one of them is, or else the first. Variables without a default stay in it, in braces.
pub(crate) fn of_operation(document: &Value, operation: &str) -> Option<Result<String, String>> {
    let (path, method) = operation.rsplit_once('/')?;
    let item = inlined(document, document.pointer(path)?);
    let own = item.get(method).into_iter().chain([item]);
    let mut own = own.filter_map(|of| of.get("servers")?.as_array());
    let own = own.find(|servers| !servers.is_empty())?;
    let base = address(&document["servers"]).and_then(Result::ok);
    let base = base.as_deref();
    let of_server = |server| match of_server(server, base) {
        Err(why) => template(server, base).ok_or(why),
        address => address,
    };
    let all: Vec<_> = own.iter().map(of_server).collect();
    let is_base = |it: &&Result<String, String>| it.as_deref().ok() == base;
    let is_same = |it: &&Result<String, String>| {
        it.as_deref()
            .is_ok_and(|it| base.is_some_and(|base| origin(it) == origin(base)))
    };
    let found = all
        .iter()
        .find(is_base)
        .or_else(|| all.iter().find(is_same));
    found.or(all.first()).cloned()
}

/// The first variable of an address, if it has one without a default.
pub(crate) fn variable(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once('{')?;
    rest.split_once('}').map(|(name, _)| name)
}

/// The scheme, host and port of an address.
pub(crate) fn origin(address: &str) -> &str {
    address.strip_suffix(path(address)).unwrap_or(address)
}

/// The path of an address, without a slash at its end.
pub(crate) fn path(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let start = address[host..]
        .find('/')
        .map_or(address.len(), |at| host + at);
    &address[start..]
}

fn of_server(server: &Value, base: Option<&str>) -> Result<String, String> {
    parsed(&resolved(server, base)).map_err(|why| {
        format!(
            "the server {:?} {why}; expected a URL such as https://api.example/v1; \
             correct it in the overlay",
            server["url"].as_str().unwrap_or_default()
        )
    })
}

/// The URL of a server with variables that have no default; `None` if it has none, or if it is no URL
/// whatever their values are.
fn template(server: &Value, base: Option<&str>) -> Option<String> {
    let resolved = resolved(server, base);
    if !resolved.is_ascii() {
        return None;
    }
    let mut filled = String::new();
    let mut rest = &*resolved;
    while let Some((before, inner)) = rest.split_once('{') {
        let (name, after) = inner.split_once('}')?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if name.is_empty() || !name.chars().all(is_plain) {
            return None;
        }
        // Valid as a part of a host, as a port, and in a path. A variable may be the whole origin.
        let value = match filled.is_empty() && before.is_empty() {
            true if after.starts_with("://") => "https",
            true => "https://a.example",
            false => "1",
        };
        filled.extend([before, value]);
        rest = after;
    }
    let is_template = !filled.is_empty();
    filled.push_str(rest);
    let is_url = is_template && parsed(&filled).is_ok();
    is_url.then(|| resolved.trim_end_matches('/').to_owned())
}

/// The published URL with the defaults of its variables, and with the origin of the base URL if it is
/// only a path.
fn resolved(server: &Value, base: Option<&str>) -> String {
    let published = server["url"].as_str().unwrap_or_default();
    let mut resolved = with_defaults(published, &server["variables"]);
    if let Some(base) = base.filter(|_| resolved.starts_with('/') && !resolved.starts_with("//")) {
        resolved.insert_str(0, origin(base));
    }
    resolved
}

/// Replaces the `{variables}` of a URL by their defaults, which are not expanded themselves.
fn with_defaults(url: &str, variables: &Value) -> String {
    let mut resolved = String::new();
    let mut rest = url;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, inner)| Some((before, inner.split_once('}')?)))
    {
        resolved.push_str(before);
        match variables[name]["default"].as_str() {
            Some(default) => resolved.push_str(default),
            None => resolved.extend(["{", name, "}"]),
        }
        rest = after;
    }
    resolved + rest
}

/// Checks a URL as `ClientBuilder::build` does, and normalises it.
fn parsed(text: &str) -> Result<String, &'static str> {
    if text.contains(['{', '}']) {
        return Err("has a variable without a default");
    }
    if text.contains('\\') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("has a character that is not allowed in a URL");
    }
    let Ok(url) = Url::parse(text) else {
        return Err("is not an absolute URL");
    };
    if !["http", "https"].contains(&url.scheme()) {
        return Err("is neither https nor http");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or fragment");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{address, of_operation};
    use serde_json::json;

    #[test]
    fn a_variable_without_a_default_stays_in_the_server_of_an_operation() {
        let of = |url: &str| {
            let operation =
                json!({"servers": [{"url": url, "variables": {"a": {"default": "b"}}}]});
            let paths = json!({"/x": {"get": operation}});
            let servers = json!([{"url": "https://api.example/v1"}]);
            let document = json!({"servers": servers, "paths": paths});
            of_operation(&document, "/paths/~1x/get")
        };
        for (url, expected) in [
            (
                "https://{region}.api.example/",
                "https://{region}.api.example",
            ),
            ("{scheme}://{host}:{port}/v1", "{scheme}://{host}:{port}/v1"),
            ("{origin}/{a}", "{origin}/b"),
            ("/{version}", "https://api.example/{version}"),
        ] {
            let found = of(url);
            assert_eq!(found, Some(Ok(expected.to_owned())), "{url}");
        }
        for url in [
            "https://{x}@evil.example",
            "https://{x}:{y}@evil.example",
            "https://{x y}.example",
            "https://{{x}}.example",
            "https://{x.example",
            "https://{x}.example}",
            "https://{x}.example/?k={y}",
            "https://{x}.example\\@evil.example",
            "https://{x}.\u{202e}example",
            "ftp://{x}",
            "{x",
        ] {
            let found = of(url);
            assert!(matches!(found, Some(Err(_))), "{url}: {found:?}");
        }
    }

    #[test]
    fn a_default_is_not_expanded_itself() {
        let variables = json!({"a": {"default": "{b}"}, "b": {"default": "b.example"}});
        let servers = json!([{"url": "https://{a}/", "variables": variables}]);
        assert!(address(&servers).is_some_and(|address| address.is_err()));
        let servers = json!([{"url": "https://{b}:443/v1/", "variables": variables}]);
        assert_eq!(
            address(&servers),
            Some(Ok("https://b.example/v1".to_owned()))
        );
    }
}
