//! Which conflicts an overlay resolves: those whose other value leads to the same document.
//!
//! A specification may contradict a thousand fragments, so the other values are tried together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Overlay;
use crate::pipeline::merge::Conflict;

impl Overlay {
    /// The conflicts that are not resolved; the second document is the corrected first one.
    pub(super) fn unresolved(
        &self,
        document: &Value,
        corrected: &Value,
        mut conflicts: Vec<Conflict>,
    ) -> Vec<Conflict> {
        let mut unresolved = Vec::new();
        while !conflicts.is_empty() {
            // A part may have several other values; one of each is tried at a time.
            let mut pointers = BTreeSet::new();
            let (tried, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut conflicts)
                .into_iter()
                .partition(|conflict| pointers.insert(conflict.pointer.clone()));
            self.try_together(document, corrected, tried, &mut unresolved);
            conflicts = rest;
        }
        unresolved
    }

    /// Tries the other values of several parts; if that does not show which are resolved, each half of them.
    fn try_together(
        &self,
        document: &Value,
        corrected: &Value,
        mut tried: Vec<Conflict>,
        unresolved: &mut Vec<Conflict>,
    ) {
        let mut other = document.clone();
        for conflict in &tried {
            replace(&mut other, &conflict.pointer, Some(&conflict.other));
        }
        if let Ok(mut other) = self.correct(other) {
            let is_unresolved = |conflict: &Conflict| {
                let at = &conflict.pointer;
                other.pointer(at) != corrected.pointer(at)
            };
            let found: Vec<_> = tried
                .iter()
                .filter(|it| is_unresolved(it))
                .cloned()
                .collect();
            for conflict in &found {
                let at = &conflict.pointer;
                replace(&mut other, at, corrected.pointer(at));
            }
            // Otherwise a value changes another part, too.
            if other == *corrected {
                return unresolved.extend(found);
            }
        }
        if tried.len() <= 1 {
            return unresolved.extend(tried);
        }
        let second = tried.split_off(tried.len() / 2);
        self.try_together(document, corrected, tried, unresolved);
        self.try_together(document, corrected, second, unresolved);
    }
}

fn replace(document: &mut Value, pointer: &str, value: Option<&Value>) {
    if let (Some(place), Some(value)) = (document.pointer_mut(pointer), value) {
        place.clone_from(value);
    }
}
