//! What a call needs beside its arguments: where it goes to, and who it comes from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::compare::Finding;
use super::rules::{Change, Part};
use super::surface::{Item, Surface};
use crate::pointer;

/// What changed in credentials and servers.
pub(super) fn compare(old: (&Value, &Surface), new: (&Value, &Surface)) -> Vec<Finding> {
    let mut found = credentials(old, new);
    found.extend(schemes(old.0, new.0));
    let server = |document: &Value| {
        let url = document.pointer("/servers/0/url").and_then(Value::as_str);
        url.unwrap_or("none").to_owned()
    };
    let (was, is) = (server(old.0), server(new.0));
    if was != is {
        let changed = Finding::new(Part::Server, Change::Changed, "base URL", "/servers");
        found.push(changed.from(was, is));
    }
    found
}

/// Which credentials the operations in both documents accept.
fn credentials(old: (&Value, &Surface), new: (&Value, &Surface)) -> Vec<Finding> {
    let mut changes: BTreeMap<(String, bool), Vec<&Item>> = BTreeMap::new();
    let is_operation = |item: &&Item| item.part == Part::Operation;
    let operations = new.1.iter().filter(|(_, item)| is_operation(item));
    let mut all = 0;
    for (key, item) in operations {
        let Some(before) = old.1.get(key) else {
            continue;
        };
        all += 1;
        let was = accepted(old.0, &before.pointer);
        let is = accepted(new.0, &item.pointer);
        let added = is
            .iter()
            .filter(|one| !was.contains(one))
            .map(|one| (one, true));
        let removed = was
            .iter()
            .filter(|one| !is.contains(one))
            .map(|one| (one, false));
        for (credential, added) in added.chain(removed) {
            changes
                .entry((credential.clone(), added))
                .or_default()
                .push(item);
        }
    }
    let told = |((credential, added), items): ((String, bool), Vec<&Item>)| {
        let names: Vec<_> = items.iter().map(|item| item.label.as_str()).collect();
        let whose = match names.len() == all {
            true => "every operation".to_owned(),
            false => names.join(", "),
        };
        let change = if added {
            Change::Added
        } else {
            Change::Removed
        };
        let at = items.first().map_or("/security", |item| &item.pointer);
        let mut finding = Finding::new(
            Part::Credential,
            change,
            &format!("{credential} for {whose}"),
            at,
        );
        finding.says = items
            .iter()
            .map(|item| format!("{}/security", item.pointer))
            .collect();
        finding.says.push("/security".into());
        finding
    };
    changes.into_iter().map(told).collect()
}

/// The credentials that an operation accepts, each of which is enough.
fn accepted(document: &Value, operation: &str) -> Vec<String> {
    let own = document.pointer(&format!("{operation}/security"));
    let security = own.unwrap_or(&document["security"]).as_array();
    let together = |one: &Value| {
        let names: Vec<_> = one
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        match names[..] {
            [] => "no credential".to_owned(),
            _ => format!("`{}`", names.join("` with `")),
        }
    };
    match security {
        Some(all) if !all.is_empty() => all.iter().map(together).collect(),
        _ => vec!["no credential".to_owned()],
    }
}

/// How each credential is sent.
fn schemes(old: &Value, new: &Value) -> Vec<Finding> {
    let at = "/components/securitySchemes";
    let all = |document: &Value| {
        document
            .pointer(at)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let sent = |scheme: &Value| {
        let text = |name: &str| scheme[name].as_str().map(|text| text.to_owned() + " ");
        let words: Vec<_> = ["type", "scheme", "in", "name"]
            .iter()
            .filter_map(|name| text(name))
            .collect();
        words.concat().trim_end().to_owned()
    };
    let now = all(new);
    let mut found = Vec::new();
    for (name, was) in all(old) {
        let Some(is) = now.get(&name) else {
            continue;
        };
        let (before, after) = (sent(&was), sent(is));
        if before != after {
            let finding = Finding::new(
                Part::Credential,
                Change::Changed,
                &format!("`{name}`"),
                &pointer::join(at, &name),
            );
            found.push(finding.from(before, after));
        }
    }
    found
}
