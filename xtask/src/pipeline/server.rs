//! The address that calls are sent to, and the credentials with them.
//!
//! Everything that asks for it asks here, so that the address that a reviewer accepts is the one
//! that is called.

use reqwest::Url;
use serde_json::Value;

/// The address of the first server of a list, if there is one: its variables have their defaults.
///
/// It is written in one way only: the case of the host, a port that goes without saying and
/// slashes at the end are no difference.
///
/// # Errors
/// When no client could be built for the address; the message says why, with the address.
pub(crate) fn address(servers: &Value) -> Option<Result<String, String>> {
    let server = servers.get(0)?;
    let published = server["url"].as_str().unwrap_or_default();
    let resolved = with_defaults(published, &server["variables"]);
    let address = parsed(&resolved).map_err(|why| {
        format!(
            "the server {published:?} {why}; expected an address such as https://api.example/v1; \
             correct it in the overlay"
        )
    });
    Some(address)
}

/// An address whose `{variables}` are replaced by their defaults, each once and from left to right:
/// what a default has in it is no variable.
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

/// What `ClientBuilder::build` accepts.
fn parsed(text: &str) -> Result<String, &'static str> {
    if text.contains(['{', '}']) {
        return Err("has a variable without a default");
    }
    if text.contains('\\') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("has a character that no address has");
    }
    let Ok(url) = Url::parse(text) else {
        return Err("is not a whole URL");
    };
    if !["http", "https"].contains(&url.scheme()) {
        return Err("is neither https nor http");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or fragment");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::address;
    use serde_json::json;

    #[test]
    fn a_default_is_put_in_once() {
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
