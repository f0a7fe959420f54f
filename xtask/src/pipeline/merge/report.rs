//! The report of conflicts: by operation, and each difference once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::conflict::Conflict;
use crate::document::pointer;
use crate::pipeline::lower::usage;

/// Conflicts with the same difference.
#[derive(Debug)]
pub struct Entry {
    /// The conflicts, in the order of their operations.
    pub conflicts: Vec<Conflict>,
    /// The operations that they are in, or that use their components.
    operations: Vec<String>,
}

/// How many operations or places of an entry are listed.
const MAX_LISTED: usize = 5;
/// How many entries are shown.
const MAX_SHOWN: usize = 50;

/// Groups conflicts by what differs, in the order of the document's operations.
#[must_use]
pub fn entries(conflicts: Vec<Conflict>, document: &Value) -> Vec<Entry> {
    let operations = Operations::of(document);
    let mut placed: Vec<_> = conflicts
        .into_iter()
        .map(|conflict| (operations.with(&conflict.pointer), conflict))
        .collect();
    let order = |(found, conflict): &(BTreeSet<usize>, Conflict)| {
        let first = found.first().copied().unwrap_or(usize::MAX);
        (first, conflict.pointer.clone())
    };
    placed.sort_by_cached_key(order);
    let mut groups: Vec<(BTreeSet<usize>, Vec<Conflict>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (found, conflict) in placed {
        let group = *known.entry(conflict.difference()).or_insert(groups.len());
        if group == groups.len() {
            groups.push((BTreeSet::new(), Vec::new()));
        }
        groups[group].0.extend(found);
        groups[group].1.push(conflict);
    }
    let entry = |(found, conflicts): (BTreeSet<usize>, Vec<Conflict>)| Entry {
        conflicts,
        operations: found.iter().map(|index| operations.name(*index)).collect(),
    };
    groups.into_iter().map(entry).collect()
}

/// The report of all entries.
#[must_use]
pub fn report(entries: &[Entry]) -> String {
    let places: usize = entries.iter().map(|entry| entry.conflicts.len()).sum();
    let mut text = format!("the pages contradict each other in {places} place(s):\n");
    for entry in entries.iter().take(MAX_SHOWN) {
        text += "\n";
        text += &entry.text();
    }
    if entries.len() > MAX_SHOWN {
        let more = entries.len() - MAX_SHOWN;
        let _ = write!(text, "\n{more} more differences are not shown.\n");
    }
    text + "\nResolve this in the overlay: add an action that gives this place the same content for both \
            pages (`remove` the part that differs, or `update` it)."
}

impl Entry {
    fn text(&self) -> String {
        let [conflict, others @ ..] = &self.conflicts[..] else {
            return String::new();
        };
        let operations = match &self.operations[..] {
            [] => String::new(),
            operations => format!("{}: ", listed(operations)),
        };
        let more = match conflict.others.len() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let Conflict {
            first,
            second,
            pointer,
            ..
        } = conflict;
        let mut text = format!("{operations}{first} and {second}{more} differ in {pointer}\n");
        text += &conflict.diff();
        if !others.is_empty() {
            let places = others.iter();
            let places: Vec<_> = places
                .map(|it| format!("{} ({}, {})", it.pointer, it.first, it.second))
                .collect();
            let _ = writeln!(text, "The same differs in {}.", listed(&places));
        }
        text
    }
}

/// The first few of these.
fn listed(all: &[String]) -> String {
    let first = all[..all.len().min(MAX_LISTED)].join(", ");
    match all.len().saturating_sub(MAX_LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The operations of a document, and which of them use each component.
struct Operations {
    /// Their pointers and names.
    all: Vec<(String, String)>,
    /// The operations by the references that lead from them.
    by_reference: BTreeMap<String, BTreeSet<usize>>,
}

impl Operations {
    fn of(document: &Value) -> Self {
        let mut all = Vec::new();
        let mut by_reference: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (index, (at, name, operation)) in usage::operations(document).enumerate() {
            for reference in usage::references(document, operation) {
                by_reference.entry(reference).or_default().insert(index);
            }
            all.push((at, name));
        }
        Self { all, by_reference }
    }

    fn name(&self, index: usize) -> String {
        self.all[index].1.clone()
    }

    /// The operations that a pointer is in, or that use its component.
    fn with(&self, at: &str) -> BTreeSet<usize> {
        let used = self.by_reference.get(&format!("#{at}"));
        let is_in = |(_, (pointer, _)): &(usize, &(String, String))| pointer::is_in(at, pointer);
        let around = self.all.iter().enumerate().filter(is_in);
        let around = around.map(|(index, _)| index);
        around.chain(used.into_iter().flatten().copied()).collect()
    }
}
