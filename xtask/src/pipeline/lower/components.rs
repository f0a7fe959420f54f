//! Lowering the schema components, and the address of the server.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::context::Lowering;
use super::names;
use crate::document::pointer;
use crate::pipeline::server;

impl Lowering<'_> {
    /// The base URL of the client, unless a program sets another.
    pub(super) fn server(&mut self) -> Option<String> {
        let servers = &self.document["servers"];
        if server::is_relative(servers) {
            let text = format!(
                "{} has no host, so a program has to set the base URL, with this path",
                servers[0]["url"]
            );
            self.note("/servers/0/url", &text);
            return None;
        }
        let problem = |why| self.problem("/servers/0/url", why);
        server::address(servers)?.map_err(problem).ok()
    }

    /// Names and lowers every schema component.
    pub(super) fn components(&mut self) {
        let document = self.document;
        let published = document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for name in published.into_iter().flatten().map(|(name, _)| name) {
            let rust = names::type_name(name);
            let at = pointer::join("/components/schemas", name);
            self.lookalike(name, &at);
            if let Some(first) = self.places.get(&rust).cloned() {
                self.collision(&rust, &first, &at);
            }
            self.places.insert(rust.clone(), at);
            self.rust_names.insert(name.clone(), rust);
        }
        for (name, value) in published.into_iter().flatten() {
            if self.usage.is_only_multipart(name) {
                continue;
            }
            let rust = self.rust_names.get(name).cloned().unwrap_or_default();
            let at = pointer::join("/components/schemas", name);
            let lowered = self.named_schema(value, &at, &rust, self.usage.side(name));
            self.schemas.insert(rust, lowered);
        }
    }

    /// Finds the components that are nothing but references in a cycle.
    pub(super) fn cycles(&mut self) {
        let other = |name: &str| {
            let other = self.schemas.get(name)?.pointer("/allOf/0/$ref")?;
            pointer::schema_name(other.as_str()?)
        };
        let is_endless = |name: &&String| {
            let mut seen = BTreeSet::new();
            let mut others = std::iter::successors(Some(name.as_str()), |name| other(name));
            others.any(|name| !seen.insert(name))
        };
        let endless: Vec<String> = self.schemas.keys().filter(is_endless).cloned().collect();
        for name in endless {
            let at = self.places.get(&name).cloned().unwrap_or_default();
            self.unsupported(
                &at,
                "this schema is a cycle of references without a type; define it in the overlay",
            );
            self.schemas.insert(name, json!({}));
        }
    }
}
