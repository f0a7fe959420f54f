//! The third stage: the maintainer's corrections and names, from an OpenAPI Overlay document.

mod conflicts;
mod parse;

use std::fs;
use std::path::{Path, PathBuf};

use enumset::EnumSet;
use roas_overlay::apply::{Apply, ApplyOptions};
use roas_overlay::v1_1;
use serde_json::Value;

use crate::document::source_map::SourceMap;
use crate::pipeline::merge::Merged;
use crate::pipeline::merge::report::{Entry, entries, report};

/// An OpenAPI Overlay 1.0 or 1.1 document in which every action has a reason.
#[derive(Debug, Default)]
pub struct Overlay {
    actions: Vec<Action>,
    accepted: Vec<Accepted>,
}

/// A security change that a person accepted: an item of `x-accepted-security`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    /// The change, as in the report of `cargo xtask diff`.
    change: String,
    /// Why it is right, and who confirmed it.
    reason: String,
}

#[derive(Debug)]
struct Action {
    /// An overlay with only this action.
    overlay: v1_1::Overlay,
    /// Where it is in the file, for messages.
    place: String,
}

/// Why the overlay cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// The file is not a valid Overlay document.
    #[error("{place}: not an OpenAPI Overlay 1.0 or 1.1 document: {reason}")]
    Malformed {
        /// The file, and the line or action.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An action has no `description`.
    #[error("{place}: the action has no reason; give it a `description`")]
    NoReason {
        /// The action.
        place: String,
    },
    /// An action cannot be applied to the document.
    #[error("{place}: {reason}")]
    NotApplicable {
        /// The action.
        place: String,
        /// Why not.
        reason: String,
    },
    /// The pages contradict each other, and no action resolves that.
    #[error("{}", report(.0))]
    UnresolvedConflicts(Vec<Entry>),
}

impl Overlay {
    /// Reads an overlay in YAML or JSON.
    ///
    /// # Errors
    /// When the file cannot be read, is not a valid Overlay document, or has an action without a
    /// `description`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Reads the text of an overlay; the path is for messages.
    ///
    /// # Errors
    /// When it is not a valid Overlay document, or has an action without a `description`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        parse::parse(text, path)
    }

    /// Why a person accepted a security change, if one did.
    #[must_use]
    pub fn accepts(&self, change: &str) -> Option<&str> {
        let accepted = self.accepted.iter().find(|item| item.change == change)?;
        Some(&accepted.reason)
    }

    /// How many actions it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether it has no action.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Corrects a merged document and resolves its conflicts.
    ///
    /// A conflict is resolved when both of its values lead to the same corrected document.
    ///
    /// # Errors
    /// When an action matches nothing or cannot be applied, or a conflict is not resolved.
    pub fn apply(&self, merged: Merged) -> Result<(Value, SourceMap), Error> {
        let Merged {
            document,
            sources,
            conflicts,
        } = merged;
        let corrected = self.correct(document.clone())?;
        let unresolved = self.unresolved(&document, &corrected, conflicts);
        if unresolved.is_empty() {
            Ok((corrected, sources))
        } else {
            Err(Error::UnresolvedConflicts(entries(unresolved, &document)))
        }
    }

    fn correct(&self, mut document: Value) -> Result<Value, Error> {
        for Action { overlay, place } in &self.actions {
            let not_applicable = |reason: String| Error::NotApplicable {
                place: place.clone(),
                reason,
            };
            overlay
                .apply(&mut document, EnumSet::only(ApplyOptions::ErrorOnZeroMatch))
                .map_err(|error| match error.kind {
                    roas_overlay::apply::ApplyErrorKind::ZeroMatch => not_applicable(
                        "matches nothing in the document, so the docs may have changed; correct the target or \
                         remove the action"
                            .to_owned(),
                    ),
                    kind => not_applicable(kind.to_string()),
                })?;
            if !document.is_object() {
                return Err(not_applicable(
                    "does not leave an OpenAPI document; expected an action on a part of it"
                        .to_owned(),
                ));
            }
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source_map::Origin;
    use crate::pipeline::extract::Fragment;
    use crate::pipeline::merge::merge;
    use serde_json::json;

    fn overlay(actions: &str) -> Result<Overlay, Error> {
        let head = "overlay: 1.0.0\ninfo: {title: T, version: 1.0.0}\nactions:\n";
        Overlay::parse(&format!("{head}{actions}"), Path::new("overlay.yaml"))
    }

    fn merged() -> Merged {
        let fragment = |page: &str, kind: &str| Fragment {
            origin: Origin {
                page: page.into(),
                line: 3,
                heading: None,
                url: None,
            },
            document: json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"type": kind}}}}),
        };
        merge(vec![
            fragment("a.md", "string"),
            fragment("b.md", "integer"),
        ])
    }

    #[test]
    fn an_unresolved_conflict_is_an_error_with_a_diff() {
        let error = Overlay::default()
            .apply(merged())
            .expect_err("no action resolves it")
            .to_string();
        assert!(
            error.contains("a.md:3 and b.md:3 differ in /components/schemas/A"),
            "{error}"
        );
        assert!(error.contains("-  \"type\": \"string\""), "{error}");
    }

    #[test]
    fn an_action_resolves_a_conflict() {
        let overlay = overlay(
            "  - target: $.components.schemas.A\n    description: b.md is right.\n    update: {type: integer}\n",
        )
        .expect("a good overlay");
        let (document, _) = overlay.apply(merged()).expect("resolved");
        assert_eq!(document["components"]["schemas"]["A"]["type"], "integer");
    }

    #[test]
    fn an_action_that_matches_nothing_is_an_error_with_its_line() {
        let overlay = overlay("  - target: $.nowhere\n    description: x\n    remove: true\n")
            .expect("well-formed");
        let error = overlay
            .apply(merge(vec![]))
            .expect_err("no match")
            .to_string();
        assert!(
            error.starts_with("overlay.yaml:4: action 1 on $.nowhere: matches nothing"),
            "{error}"
        );
    }

    #[test]
    fn an_action_without_a_reason_is_an_error() {
        let error = overlay("  - target: $.info\n    update: {title: X}\n")
            .expect_err("no reason")
            .to_string();
        assert!(error.contains("give it a `description`"), "{error}");
    }

    #[test]
    fn an_action_that_does_not_leave_a_document_is_an_error() {
        let overlay = overlay("  - target: $\n    description: x\n    update: [1]\n");
        let error = overlay
            .expect("well-formed")
            .apply(merge(vec![]))
            .expect_err("no document")
            .to_string();
        assert!(
            error.contains("action 1 on $: does not leave an OpenAPI document"),
            "{error}"
        );
    }

    #[test]
    fn a_malformed_overlay_is_an_error() {
        for actions in [
            "  - [",
            "  - target: $.a\n    description: x\n",
            "  - target: '$['\n    description: x\n    remove: true\n",
        ] {
            let error = overlay(actions).expect_err("malformed").to_string();
            assert!(error.contains("not an OpenAPI Overlay"), "{error}");
        }
    }
}
