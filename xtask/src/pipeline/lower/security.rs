//! The credentials of a document: which of them the client sends, and notes on the others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Lowering, string_at};
use super::usage;
use crate::document::pointer::{self, inlined};

/// The header in which the client sends an API key, unless the document has only others.
pub(super) const API_KEY: &str = "x-api-key";

/// The credentials of an operation that a parameter must not set.
pub(super) struct Credentials {
    /// The header of the API key, if the operation accepts it.
    header: Option<String>,
    /// The cookies.
    pub(super) cookies: Vec<String>,
}

impl Credentials {
    pub(super) fn is_header(&self, name: &str) -> bool {
        let header = self.header.as_deref();
        header.is_some_and(|header| header.eq_ignore_ascii_case(name))
    }
}

impl Lowering<'_> {
    /// The credentials that an operation accepts; the API key if the document does not state any.
    pub(super) fn credentials(&self, operation: &Value) -> Credentials {
        let key = &self.api_key_header;
        let stated = operation.get("security").or(self.document.get("security"));
        let Some(stated) = stated else {
            return Credentials {
                header: Some(key.to_owned()),
                cookies: Vec::new(),
            };
        };
        let schemes: Vec<_> = self.schemes_of(stated).collect();
        let names = |location: &str| -> Vec<String> {
            let keys = schemes.iter().filter(|scheme| scheme["in"] == location);
            keys.map(|scheme| string_at(scheme, "/name").to_owned())
                .collect()
        };
        let headers = names("header");
        Credentials {
            header: headers
                .into_iter()
                .find(|name| name.eq_ignore_ascii_case(key)),
            cookies: names("cookie"),
        }
    }

    /// Notes each credential that the client does not send as published.
    pub(super) fn note_schemes(&mut self) {
        for (name, scheme) in accepted(self.document) {
            let header = string_at(scheme, "/name");
            let kind = [string_at(scheme, "/type"), string_at(scheme, "/in")];
            let scheme = string_at(scheme, "/scheme").to_ascii_lowercase();
            let text = match (kind, scheme.as_str()) {
                (["apiKey", "header"], _) if header.eq_ignore_ascii_case(&self.api_key_header) => continue,
                (["http", _], "bearer") => continue,
                (["apiKey", "header"], _) => format!(
                    "is an API key in the header `{header}`, which the client does not send; add it to each call with `CallOptions::header`"
                ),
                (["apiKey", "query"], _) => "is an API key in the query, which the client never sends, because URLs are logged; use another credential".to_owned(),
                (["apiKey", "cookie"], _) => "is an API key in a cookie, which the client does not send; add the header `Cookie` to each call with `CallOptions::header`".to_owned(),
                (["oauth2" | "openIdConnect", _], _) => "gives bearer tokens, which the client sends but does not fetch; give it one with `Credential::bearer`".to_owned(),
                (["mutualTLS", _], _) => "is a certificate of the client; set it with `ClientBuilder::configure_http`".to_owned(),
                _ => "is a credential that the client does not send; use another one".to_owned(),
            };
            let at = pointer::join("/components/securitySchemes", name);
            self.note(&at, &format!("`{name}` {text}"));
        }
    }

    /// The schemes of a `security` member.
    fn schemes_of<'s>(&'s self, security: &'s Value) -> impl Iterator<Item = &'s Value> {
        let alternatives = security.as_array().into_iter().flatten();
        let names = alternatives
            .filter_map(Value::as_object)
            .flat_map(|one| one.keys());
        names.filter_map(|name| {
            self.document
                .pointer("/components/securitySchemes")?
                .get(name)
        })
    }
}

/// The header of the document's API key in lower case: `x-api-key`, unless it has only others.
pub(super) fn api_key_header(document: &Value) -> String {
    let schemes = accepted(document).into_iter();
    let headers = schemes.filter(|(_, scheme)| scheme["in"] == "header");
    let headers = headers.map(|(_, scheme)| string_at(scheme, "/name").to_ascii_lowercase());
    let headers: Vec<_> = headers.filter(|name| is_key_header(name)).collect();
    match headers.first() {
        Some(first) if !headers.iter().any(|name| name == API_KEY) => first.clone(),
        _ => API_KEY.to_owned(),
    }
}

/// The schemes that some operation accepts, by name; all if the document does not state any.
fn accepted(document: &Value) -> Vec<(&str, &Value)> {
    let own = usage::operations(document).map(|(_, _, operation)| operation);
    let stated = own.chain([document]).filter_map(|of| of.get("security"));
    let stated: Vec<&Value> = stated.collect();
    let alternatives = stated.iter().filter_map(|it| it.as_array()).flatten();
    let names: BTreeSet<_> = alternatives
        .filter_map(Value::as_object)
        .flat_map(|one| one.keys())
        .collect();
    let schemes = document.pointer("/components/securitySchemes");
    let schemes = schemes.and_then(Value::as_object).into_iter().flatten();
    let schemes = schemes.filter(|(name, _)| stated.is_empty() || names.contains(name));
    schemes
        .map(|(name, scheme)| (name.as_str(), inlined(document, scheme)))
        .collect()
}

/// Whether the client can send an API key in this header.
fn is_key_header(name: &str) -> bool {
    let is_taken = [
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
    .contains(&name);
    is_token(name) && !is_taken && !name.starts_with("proxy-")
}

/// Whether HTTP allows a name of a header or cookie.
pub(super) fn is_token(name: &str) -> bool {
    let is_mark = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || is_mark(c))
}
