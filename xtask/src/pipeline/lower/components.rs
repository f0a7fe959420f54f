//! Lowering the schema components, and the address of the server.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::context::Lowering;
use crate::document::pointer;
use crate::pipeline::lower::naming::distinct::{Named, Wanted};
use crate::pipeline::lower::naming::names;
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
        // A constant is used where it is, without a type.
        let is_type = |(_, schema): &(&String, &Value)| self.constant(schema).is_none();
        let types: Vec<_> = published.into_iter().flatten().filter(is_type).collect();
        let wanted = types.iter().map(|(name, schema)| {
            let is_chosen = schema.get("x-docs-name").is_some();
            Wanted {
                at: pointer::join("/components/schemas", name),
                published: (*name).clone(),
                rust: match is_chosen {
                    true => names::type_name(name),
                    false => names::short_type_name(name),
                },
                is_chosen,
            }
        });
        let wanted: Vec<_> = wanted.collect();
        let rust_names = self.distinct(Named::Schema, &wanted);
        for (Wanted { at, published, .. }, rust) in wanted.into_iter().zip(rust_names) {
            self.lookalike(&published, &at);
            self.places.insert(rust.clone(), at);
            self.rust_names.insert(published, rust);
        }
        for (name, value) in types {
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

    /// Removes the types of inner schemas that nothing uses, such as those of error bodies that differ
    /// and so became any JSON.
    pub(super) fn remove_unused(&mut self, roots: &[&Value]) {
        let mut used: BTreeSet<String> = self.rust_names.values().cloned().collect();
        let mut open: Vec<&Value> = roots.to_vec();
        open.extend(used.iter().filter_map(|name| self.schemas.get(name)));
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => open.extend(members.values()),
                Value::Array(items) => open.extend(items),
                // A reference, or the name in an extension.
                Value::String(text) => {
                    let name = pointer::schema_name(text).unwrap_or(text);
                    if let Some(schema) = self.schemas.get(name)
                        && used.insert(name.to_owned())
                    {
                        open.push(schema);
                    }
                }
                _ => {}
            }
        }
        self.schemas.retain(|name, _| used.contains(name));
    }
}
