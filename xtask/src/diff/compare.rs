//! Comparing two documents as users of the crate see them.

use std::collections::BTreeMap;

use super::rules::{self, Change, Part, Rule};
use super::surface::{Item, NO_PAYLOAD, Surface};

/// One change that was found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) rule: &'static Rule,
    /// What changed, for the report.
    pub(super) subject: String,
    /// The old value.
    pub(super) was: Option<String>,
    /// The new value.
    pub(super) is: Option<String>,
    /// Its pointer in the new document, or in the old one if it is gone.
    pub(super) pointer: String,
    /// The pointers whose differences this finding covers.
    pub(super) covers: Vec<String>,
}

impl Finding {
    pub(super) fn new(part: Part, change: Change, subject: &str, pointer: &str) -> Self {
        Self {
            rule: rules::of(part, change),
            subject: subject.to_owned(),
            was: None,
            is: None,
            pointer: pointer.to_owned(),
            covers: vec![pointer.to_owned()],
        }
    }

    pub(super) fn from(self, was: impl Into<String>, is: impl Into<String>) -> Self {
        let (was, is) = (Some(was.into()), Some(is.into()));
        Self { was, is, ..self }
    }

    /// The finding, covering these members only.
    fn of_members(self, names: &[&str]) -> Self {
        let covers = names
            .iter()
            .map(|name| format!("{}/{name}", self.pointer))
            .collect();
        Self { covers, ..self }
    }

    /// The finding, covering other pointers as well.
    fn and(mut self, others: impl IntoIterator<Item = String>) -> Self {
        self.covers.extend(others);
        self
    }
}

/// What changed between two surfaces.
pub(super) fn compare(old: &Surface, new: &Surface) -> Vec<Finding> {
    let same_name = same_names(old, new);
    let mut found = Vec::new();
    for (key, item) in old {
        let now = new.get(key).or_else(|| Some(same_name.get(key)?.1));
        match now {
            Some(now) if is_kept(item, old, new) => found.extend(changes(item, now)),
            None if is_kept(item, old, new) => {
                let gone = Finding::new(item.part, Change::Removed, &item.label, &item.pointer);
                found.push(gone.and(around(item)));
            }
            _ => {}
        }
    }
    for (key, item) in new {
        let is_known = old.contains_key(key) || same_name.values().any(|(other, _)| *other == key);
        if !is_known && is_kept(item, old, new) {
            let change = match item.required {
                true => Change::AddedRequired,
                false if item.part == Part::Field && has_required_field(&item.owner, old) => {
                    Change::AddedWithoutDefault
                }
                false => Change::Added,
            };
            let added = Finding::new(item.part, change, &item.label, &item.pointer);
            found.push(added.and(around(item)));
        }
    }
    found
}

/// Whether the struct that an item belongs to has a required field, and so no `Default`.
fn has_required_field(owner: &Option<String>, surface: &Surface) -> bool {
    let mut fields = surface.values().filter(|item| item.part == Part::Field);
    fields.any(|field| field.owner == *owner && field.required)
}

/// The items with the same Rust name and another wire name: the new key and item by the old key.
fn same_names<'a>(
    old: &'a Surface,
    new: &'a Surface,
) -> BTreeMap<&'a String, (&'a String, &'a Item)> {
    fn known(item: &Item) -> (&Option<String>, &str) {
        (&item.owner, &item.name)
    }
    let only = |these: &'a Surface, others: &'a Surface| {
        let has_wire = |(_, item): &(&String, &Item)| !item.wire.is_empty();
        let is_only = |(key, _): &(&String, &Item)| !others.contains_key(*key);
        these.iter().filter(has_wire).filter(is_only)
    };
    let added: BTreeMap<_, _> = only(new, old)
        .map(|(key, item)| (known(item), (key, item)))
        .collect();
    only(old, new)
        .filter_map(|(key, item)| {
            let other = added.get(&known(item))?;
            (other.1.part == item.part).then_some((key, *other))
        })
        .collect()
}

/// Whether the owner of an item is in both documents and of the same kind. If not, the finding for
/// the owner is enough.
fn is_kept(item: &Item, old: &Surface, new: &Surface) -> bool {
    let Some(owner) = &item.owner else {
        return true;
    };
    match (old.get(owner), new.get(owner)) {
        (Some(was), Some(is)) => was.ty == is.ty,
        _ => false,
    }
}

/// The pointer beside an item that changes with it: whether a field is required, or variant names.
fn around(item: &Item) -> Option<String> {
    let name = match item.part {
        Part::Field => "/properties/",
        Part::Variant => "/enum/",
        _ => return None,
    };
    let (owner, key) = item.pointer.rsplit_once(name)?;
    Some(match item.part {
        Part::Field => format!("{owner}/required/{key}"),
        _ => format!("{owner}/x-enum-varnames"),
    })
}

/// The changes of one item.
fn changes(was: &Item, is: &Item) -> Vec<Finding> {
    let mut found = Vec::new();
    let finding = |change| Finding::new(is.part, change, &is.label, &is.pointer);
    if was.name != is.name {
        let renamed = finding(Change::Renamed).of_members(&["x-rust-name"]);
        let renamed = renamed.and(around(is));
        found.push(renamed.from(&*was.name, &*is.name));
    }
    if was.ty != is.ty {
        let change = match is.part == Part::Webhook && was.ty == NO_PAYLOAD {
            true => Change::Typed,
            false => Change::Retyped,
        };
        let retyped = finding(change).and(around(is));
        found.push(retyped.from(&*was.ty, &*is.ty));
    } else if was.required != is.required {
        let change = match is.required {
            true => Change::BecameRequired,
            false => Change::BecameOptional,
        };
        let changed = finding(change).of_members(&["required"]);
        found.push(changed.and(around(is)));
    }
    if was.deprecated != is.deprecated {
        let change = match is.deprecated {
            true => Change::Deprecated,
            false => Change::Undeprecated,
        };
        found.push(finding(change).of_members(&["deprecated"]));
    }
    if was.idempotent != is.idempotent {
        let word = |item: &Item| match item.idempotent {
            true => "may be retried",
            false => "is not retried",
        };
        let changed = finding(Change::Idempotency).of_members(&["x-idempotent"]);
        found.push(changed.from(word(was), word(is)));
    }
    let change = match (&was.read_only, &is.read_only) {
        (None, Some(at)) => Some((Change::BecameReadOnly, at)),
        (Some(at), None) => Some((Change::BecameWritable, at)),
        _ => None,
    };
    if let Some((change, at)) = change {
        let covers = vec![at.clone()];
        let changed = finding(change);
        found.push(Finding { covers, ..changed });
    }
    found.extend(wire_changes(was, is));
    found
}

/// The changes of one item in HTTP or JSON.
fn wire_changes(was: &Item, is: &Item) -> Vec<Finding> {
    let mut found = Vec::new();
    for (before, after, change) in [
        (&was.path, &is.path, Change::Moved),
        (&was.method, &is.method, Change::Method),
        (&was.location, &is.location, Change::Relocated),
        (&was.wire, &is.wire, Change::WireName),
    ] {
        // Header names are not case-sensitive.
        let is_same = match is.location.as_str() {
            "header" => before.eq_ignore_ascii_case(after),
            _ => before == after,
        };
        if !is_same {
            let changed = Finding::new(is.part, change, &is.label, &is.pointer)
                .and(around(is))
                .and(around(was));
            let changed = changed.and([was.pointer.clone()]);
            found.push(changed.from(&**before, &**after));
        }
    }
    found
}
