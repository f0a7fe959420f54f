//! Comparing servers and credentials: where requests are sent, and who sends them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compare::Finding;
use super::rules::{Change, Part};
use super::surface::{Item, Surface};
use crate::document::pointer;
use crate::pipeline::server;

/// The pointer of the security schemes of a document.
pub(super) const SCHEMES: &str = "/components/securitySchemes";

/// The changes of servers and credentials.
pub(super) fn compare(old: (&Value, &Surface), new: (&Value, &Surface)) -> Vec<Finding> {
    let mut found = credentials(old, new);
    found.extend(schemes(old.0, new));
    found.extend(servers(old, new));
    found
}

/// The operations of a surface, by a key that both surfaces have.
fn operations(surface: &Surface) -> impl Iterator<Item = (&String, &Item)> {
    let is_operation = |(_, item): &(&String, &Item)| item.part == Part::Operation;
    surface.iter().filter(is_operation)
}

/// The changes of servers: the default base URL, and the servers of single operations.
fn servers(old: (&Value, &Surface), new: (&Value, &Surface)) -> Vec<Finding> {
    let mut found = Vec::new();
    let (was, is) = (
        first_server(&old.0["servers"]),
        first_server(&new.0["servers"]),
    );
    if was != is {
        let changed = Finding::new(Part::Server, Change::Changed, "base URL", "/servers");
        found.push(changed.from(&*was, &*is));
    }
    let mut changes: BTreeMap<(String, String), Vec<&Item>> = BTreeMap::new();
    for (key, item) in operations(new.1) {
        let before = old.1.get(key);
        let before = before.map_or_else(|| was.clone(), |before| server_of(old.0, &before.pointer));
        let after = server_of(new.0, &item.pointer);
        if before != after && (&before, &after) != (&was, &is) {
            changes.entry((before, after)).or_default().push(item);
        }
    }
    for ((was, is), items) in changes {
        let names: Vec<_> = items.iter().map(|item| item.label.as_str()).collect();
        let at = items.first().map_or("", |item| &item.pointer);
        let subject = format!("server of {}", names.join(", "));
        let mut changed = Finding::new(Part::Server, Change::Changed, &subject, at);
        let places = items.iter().flat_map(|item| {
            let path = item.pointer.rsplit_once('/').map_or("", |(path, _)| path);
            [
                format!("{}/servers", item.pointer),
                format!("{path}/servers"),
            ]
        });
        changed.covers = places.collect();
        found.push(changed.from(was, is));
    }
    found
}

/// The server of an operation: its own, that of its path, or that of the document.
fn server_of(document: &Value, operation: &str) -> String {
    match server::of_operation(document, operation) {
        None => first_server(&document["servers"]),
        Some(Ok(address)) => address,
        Some(Err(why)) => why,
    }
}

/// The base URL of the client, or the published one if that is not valid.
fn first_server(servers: &Value) -> String {
    match server::address(servers) {
        None => "none".into(),
        Some(Ok(address)) => address,
        Some(Err(_)) => servers[0].to_string(),
    }
}

/// The changes of the credentials that the operations in both documents accept.
fn credentials(old: (&Value, &Surface), new: (&Value, &Surface)) -> Vec<Finding> {
    let mut changes: BTreeMap<(String, Change), Vec<&Item>> = BTreeMap::new();
    let mut all = 0;
    for (key, item) in operations(new.1) {
        let Some(before) = old.1.get(key) else {
            continue;
        };
        all += 1;
        let was = accepted(old.0, &before.pointer);
        let is = accepted(new.0, &item.pointer);
        let mut add = |credential: &str, change| {
            let key = (credential.to_owned(), change);
            changes.entry(key).or_default().push(item);
        };
        match (was.needed, is.needed) {
            (true, false) => add("credential", Change::BecameOptional),
            (false, true) => add("credential", Change::BecameRequired),
            (false, false) => {}
            (true, true) => {
                for (these, others, change) in [
                    (&is.any, &was.any, Change::Added),
                    (&was.any, &is.any, Change::Removed),
                ] {
                    for one in these.iter().filter(|one| !others.contains(one)) {
                        add(one, change);
                    }
                }
            }
        }
    }
    let finding_of = |((credential, change), items): ((String, Change), Vec<&Item>)| {
        let names: Vec<_> = items.iter().map(|item| item.label.as_str()).collect();
        let whose = match names.len() == all {
            true => "every operation".to_owned(),
            false => names.join(", "),
        };
        let of = match change {
            Change::Added | Change::Removed => "for",
            _ => "of",
        };
        let at = items.first().map_or("/security", |item| &item.pointer);
        let subject = format!("{credential} {of} {whose}");
        let mut finding = Finding::new(Part::Credential, change, &subject, at);
        finding.covers = items
            .iter()
            .map(|item| format!("{}/security", item.pointer))
            .collect();
        finding.covers.push("/security".into());
        finding
    };
    changes.into_iter().map(finding_of).collect()
}

/// The credentials that an operation accepts.
struct Accepted {
    /// The alternatives.
    any: Vec<String>,
    /// Whether one of them is required.
    needed: bool,
}

fn accepted(document: &Value, operation: &str) -> Accepted {
    let own = document.pointer(&format!("{operation}/security"));
    let security = own.unwrap_or(&document["security"]).as_array();
    let together = |one: &Value| {
        let names = one.as_object().into_iter().flatten();
        let names: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("`{}`", names.join("` with `")))
    };
    let all: Vec<_> = security.into_iter().flatten().map(together).collect();
    Accepted {
        needed: !all.is_empty() && all.iter().all(Option::is_some),
        any: all.into_iter().flatten().collect(),
    }
}

/// The changes of how each credential is sent, and where it is obtained.
fn schemes(old: &Value, new: (&Value, &Surface)) -> Vec<Finding> {
    let now = all_schemes(new.0);
    let mut found = Vec::new();
    for (name, was) in all_schemes(old) {
        let is_accepted = || {
            operations(new.1).any(|(_, item)| {
                let accepted = accepted(new.0, &item.pointer).any;
                accepted.iter().any(|one| one.contains(&code(&name)))
            })
        };
        let after = match now.get(&name) {
            Some(is) => sent(is),
            // If no operation accepts it any more, that is reported.
            None if is_accepted() => "nothing".to_owned(),
            None => continue,
        };
        let before = sent(&was);
        if before != after {
            let at = pointer::join(SCHEMES, &name);
            let finding = Finding::new(Part::Credential, Change::Changed, &code(&name), &at);
            found.push(finding.from(before, after));
        }
    }
    for (name, is) in now {
        if old.pointer(&pointer::join(SCHEMES, &name)).is_none() {
            let at = pointer::join(SCHEMES, &name);
            let added = Finding::new(Part::Scheme, Change::Added, &code(&name), &at);
            found.push(added.from("nothing", sent(&is)));
        }
    }
    found
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// The credentials of a document, by name.
pub(super) fn all_schemes(document: &Value) -> Map<String, Value> {
    let schemes = document.pointer(SCHEMES).and_then(Value::as_object);
    schemes.cloned().unwrap_or_default()
}

/// How a credential is sent, and where it is obtained; header names are not case-sensitive.
pub(super) fn sent(scheme: &Value) -> String {
    let is_header = scheme["in"] == "header";
    let text = |name: &str| {
        let text = scheme[name].as_str()?;
        Some(match name == "scheme" || (is_header && name == "name") {
            true => text.to_ascii_lowercase(),
            false => text.to_owned(),
        })
    };
    let words = ["type", "scheme", "in", "name", "openIdConnectUrl"];
    let mut words: Vec<_> = words.iter().filter_map(|name| text(name)).collect();
    for (flow, members) in scheme["flows"].as_object().into_iter().flatten() {
        words.push(flow.clone());
        let urls = ["authorizationUrl", "tokenUrl", "refreshUrl"];
        let urls = urls.iter().filter_map(|name| members[*name].as_str());
        words.extend(urls.map(str::to_owned));
    }
    words.join(" ")
}
