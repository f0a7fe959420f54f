//! Lowering parameters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::document::pointer::inlined;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::doc;
use crate::pipeline::lower::naming::distinct::{Named, Wanted};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::security::{Credentials, is_token};

/// The lowered parameters of an operation.
pub(crate) struct Parameters {
    /// The path with their Rust names.
    pub(crate) path: String,
    pub(crate) lowered: Vec<Value>,
    /// Their names in HTTP, where they differ from those in Rust.
    pub(crate) wire: BTreeMap<String, String>,
    /// Those that are cookies.
    pub(crate) cookies: Vec<String>,
}

impl Lowering<'_> {
    /// Lowers the parameters of an operation; `None` if one cannot be sent.
    pub(crate) fn parameters(
        &mut self,
        operation: &Value,
        path: &str,
        at: &str,
        id: &str,
    ) -> Option<Parameters> {
        let credentials = self.credentials(operation);
        let mut all = Parameters {
            path: path.to_owned(),
            lowered: Vec::new(),
            wire: BTreeMap::new(),
            cookies: Vec::new(),
        };
        let before = self.problems.len();
        let mut accepted = self.published(operation, path, at);
        accepted.retain(|(place, parameter)| self.is_sent(parameter, &credentials, place));
        let names = self.parameter_names(&accepted);
        for ((place, parameter), rust) in accepted.iter().zip(names) {
            let (wire, location) = (string_at(parameter, "/name"), string_at(parameter, "/in"));
            self.lookalike(wire, place);
            let hint = format!("{}{}", names::pascal(id), names::pascal(&rust));
            if location == "path" && !self.place_in_path(&mut all.path, parameter, &rust, place) {
                continue;
            }
            let Some(schema) = self.parameter_schema(parameter, place, &hint, &rust) else {
                continue;
            };
            all.lowered
                .push(self.lowered_parameter(parameter, &rust, schema));
            if location == "cookie" {
                all.cookies.push(rust.clone());
            }
            if rust != wire {
                all.wire.insert(rust, wire.to_owned());
            }
        }
        (self.problems.len() == before).then_some(all)
    }

    /// The published parameters with their pointers, and those of the path that are not described.
    fn published(&mut self, operation: &Value, path: &str, at: &str) -> Vec<(String, Value)> {
        let mut all: Vec<(String, Value)> = Vec::new();
        let document = self.document;
        let list = |of: &'_ Value, at: &str| -> Vec<(String, Value)> {
            let listed = of.get("parameters").and_then(Value::as_array);
            let listed = listed.into_iter().flatten().enumerate();
            let inlined = |(index, it)| {
                (
                    format!("{at}/parameters/{index}"),
                    inlined(document, it).clone(),
                )
            };
            listed.map(inlined).collect()
        };
        let mut listed = list(operation, at);
        // Those of a path that is a reference; the merge moves all others to the operations.
        let (shared_at, _) = at.rsplit_once('/').unwrap_or_default();
        let shared = document
            .pointer(shared_at)
            .map(|item| inlined(document, item));
        for (place, parameter) in shared.map(|item| list(item, shared_at)).unwrap_or_default() {
            let is_it = |(_, own): &(String, Value)| {
                own["name"] == parameter["name"] && own["in"] == parameter["in"]
            };
            if !listed.iter().any(is_it) {
                listed.push((place, parameter));
            }
        }
        for (place, parameter) in listed {
            let wire = string_at(&parameter, "/name");
            if parameter["in"] == "path" && !path.contains(&format!("{{{wire}}}")) {
                let text = format!("`{wire}` is left out: the path {path} has no `{{{wire}}}`");
                self.note(&place, &text);
                continue;
            }
            all.push((place, parameter));
        }
        let names = path.split('{').skip(1);
        for (name, _) in names.filter_map(|rest| rest.split_once('}')) {
            let is_it = |(_, parameter): &(String, Value)| {
                parameter["in"] == "path" && parameter["name"] == name
            };
            if !name.is_empty() && !all.iter().any(is_it) {
                self.note(
                    at,
                    &format!("the path's `{{{name}}}` is not described; it becomes a string"),
                );
                let parameter = json!({"name": name, "in": "path", "required": true});
                all.push((at.to_owned(), parameter));
            }
        }
        all
    }

    /// Puts a parameter into the path under its Rust name; returns false if that is not possible.
    fn place_in_path(
        &mut self,
        path: &mut String,
        parameter: &Value,
        rust: &str,
        place: &str,
    ) -> bool {
        let wire = string_at(parameter, "/name");
        let prefix = match string_at(parameter, "/style") {
            "" | "simple" => String::new(),
            "label" => ".".to_owned(),
            "matrix" if is_token(wire) => format!(";{wire}="),
            style => {
                let text = format!(
                    "`{wire}` has the style `{style}`; expected `simple`, `label` or `matrix`; correct it in the overlay"
                );
                self.problem(place, text);
                return false;
            }
        };
        let marked = format!("{{{wire}}}");
        *path = path.replace(&marked, &format!("{prefix}{{{rust}}}"));
        true
    }

    /// Whether a parameter becomes a method of the builder.
    fn is_sent(&mut self, parameter: &Value, credentials: &Credentials, at: &str) -> bool {
        let (wire, location) = (string_at(parameter, "/name"), string_at(parameter, "/in"));
        match location {
            "query" | "path" => true,
            "cookie" if credentials.cookies.iter().any(|name| name == wire) => {
                self.note(at, &format!("the cookie `{wire}` has a credential, which this client does not send; the builder has no method for it"));
                false
            }
            "header" | "cookie" => {
                let reason =
                    client_header_reason(wire, credentials).filter(|_| location == "header");
                if let Some(why) = reason {
                    let text = format!(
                        "the header `{wire}` {why}, so the client sets it and the builder has no method for it"
                    );
                    self.note(at, &text);
                    return false;
                }
                if !is_token(wire) {
                    let text = format!(
                        "{wire:?} is not a valid {location} name; expected letters, digits and `-`; correct it in the overlay"
                    );
                    self.problem(at, text);
                }
                is_token(wire)
            }
            other => {
                self.problem(at, format!("`{wire}` is a {other} parameter; expected path, query, header or cookie; remove it in the overlay"));
                false
            }
        }
    }

    /// The Rust names of parameters, which are not among the builder's own.
    fn parameter_names(&mut self, parameters: &[(String, Value)]) -> Vec<String> {
        let mut wanted = Vec::new();
        for (at, parameter) in parameters {
            let published = string_at(parameter, "/name");
            let chosen = parameter.get("x-rust-name").and_then(Value::as_str);
            let (rust, is_changed) = names::parameter(chosen.unwrap_or(published));
            match chosen {
                Some(name) if is_changed => self.problem(at, format!("the builder uses the name `{name}` itself; choose another `x-rust-name` in the overlay")),
                None if is_changed => self.renamed(at, published, &rust, Named::Parameter),
                _ => {}
            }
            wanted.push(Wanted {
                at: at.clone(),
                published: published.to_owned(),
                rust,
                is_chosen: chosen.is_some(),
            });
        }
        let locations: Vec<_> = parameters
            .iter()
            .map(|(_, it)| string_at(it, "/in"))
            .collect();
        self.name_by_location(&mut wanted, &locations);
        self.distinct(Named::Parameter, &wanted)
    }

    /// Names a parameter after its location, if one in another location has the name: the one that is
    /// published under it, or else the first.
    fn name_by_location(&mut self, wanted: &mut [Wanted], locations: &[&str]) {
        let has_name = |it: &Wanted| it.is_chosen || it.published == it.rust;
        let owners: Vec<usize> = wanted
            .iter()
            .map(|it| {
                let mut same = (0..wanted.len()).filter(|other| wanted[*other].rust == it.rust);
                let first = same.clone().next().unwrap_or_default();
                same.find(|other| has_name(&wanted[*other]))
                    .unwrap_or(first)
            })
            .collect();
        for (index, owner) in owners.into_iter().enumerate() {
            let (location, other) = (locations[index], locations[owner]);
            let Wanted {
                published,
                rust,
                at,
                is_chosen,
            } = &mut wanted[index];
            if location != other && !*is_chosen {
                let located = format!("{rust}_{location}");
                let text = format!(
                    "the {location} parameter `{published}` is called `{located}`, because there is a {other} parameter of that name"
                );
                self.note(at, &text);
                *rust = located;
            }
        }
    }

    /// A parameter with its lowered schema.
    fn lowered_parameter(&self, parameter: &Value, rust: &str, schema: Value) -> Value {
        let location = string_at(parameter, "/in");
        let mut lowered = json!({
            "name": rust,
            // progenitor knows no cookies; the finishing pass sends them as such.
            "in": if location == "cookie" { "header" } else { location },
            "required": location == "path" || parameter.get("required") == Some(&json!(true)),
            "schema": schema,
        });
        let published = parameter.get("schema").unwrap_or(&Value::Null);
        let description = doc::with_default(
            string_at(parameter, "/description"),
            self.resolved(published),
        );
        if !description.is_empty() {
            lowered["description"] = description.into();
        }
        if let (Some(constant), Some(lowered)) = (self.constant(published), lowered.as_object_mut())
        {
            constant.describe(lowered, false);
        }
        lowered
    }
}

/// Why the client sets a header, and not the caller. A call that set one of these could break the
/// request, or send other credentials; `RequestOptions` of the crate rejects the same headers.
fn client_header_reason(name: &str, credentials: &Credentials) -> Option<&'static str> {
    if credentials.is_header(name) {
        return Some("has a credential");
    }
    match name.to_ascii_lowercase().as_str() {
        "authorization" => Some("has a credential"),
        "accept" => Some("states what the client can read"),
        "content-encoding" | "content-length" | "content-type" | "expect" | "trailer"
        | "transfer-encoding" => Some("describes the body"),
        "host" => Some("names the server"),
        "accept-encoding" | "connection" | "http2-settings" | "keep-alive" | "te" | "upgrade" => {
            Some("belongs to the connection")
        }
        name if name.starts_with("proxy-") => Some("belongs to the connection"),
        _ => None,
    }
}
