//! The third stage: the maintainer's corrections and names, from an OpenAPI Overlay document.

use std::fs;
use std::path::{Path, PathBuf};

use enumset::EnumSet;
use roas_overlay::apply::{Apply, ApplyOptions};
use roas_overlay::v1_1;
use roas_overlay::validation::Validate;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::document::source_map::SourceMap;
use crate::pipeline::merge::{Conflict, Merged};

/// An OpenAPI Overlay 1.0 or 1.1 document whose every action says why it is there.
#[derive(Debug, Default)]
pub struct Overlay {
    actions: Vec<Action>,
    accepted: Vec<Accepted>,
}

/// A change of security that a person accepted: an item of `x-accepted-security`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    /// The change, as the report of `cargo xtask diff` states it.
    change: String,
    /// Why it is right, and who says so.
    reason: String,
}

/// The actions with their lines.
#[derive(serde::Deserialize)]
struct Placed {
    #[serde(default)]
    actions: Vec<Spanned<Value>>,
    #[serde(default, rename = "x-accepted-security")]
    accepted: Vec<Spanned<Value>>,
}

#[derive(Debug)]
struct Action {
    /// The action alone, as an overlay of its own.
    overlay: v1_1::Overlay,
    /// Where in the file it stands, for messages.
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
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no Overlay document.
    #[error("{place}: not an OpenAPI Overlay 1.0 or 1.1 document: {reason}")]
    Malformed {
        /// The file, and the line or action.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An action has no `description`.
    #[error("{place}: the action does not say why it is there; give it a `description`")]
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
    /// The pages contradict each other and no action decides.
    #[error("{}", contradictions(.0))]
    UnresolvedConflicts(Vec<Conflict>),
}

impl Overlay {
    /// Reads an overlay in YAML or JSON.
    ///
    /// # Errors
    /// When the file cannot be read, is no valid Overlay document, or has an action without a
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
    /// When it is no valid Overlay document, or has an action without a `description`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let malformed = |place: String, reason: String| Error::Malformed { place, reason };
        let whole_file = || path.display().to_string();
        let not_yaml = |error: serde_saphyr::Error| {
            let line = error
                .location()
                .map(|location| format!(":{}", location.line()));
            malformed(whole_file() + &line.unwrap_or_default(), error.to_string())
        };
        let mut value: Value = serde_saphyr::from_str(text).map_err(not_yaml)?;
        let placed: Placed = serde_saphyr::from_str(text).map_err(not_yaml)?;
        // 1.1 adds to 1.0 and takes nothing away, so one model reads both.
        if let Some(version) = value.get_mut("overlay")
            && version
                .as_str()
                .is_some_and(|version| version.starts_with("1.0."))
        {
            *version = "1.1.0".into();
        }
        let read = |value: Value| -> Result<v1_1::Overlay, String> {
            let overlay: v1_1::Overlay =
                serde_json::from_value(value).map_err(|error| error.to_string())?;
            let valid = overlay.validate(EnumSet::empty());
            valid.map_err(|error| error.to_string().trim_end().to_owned())?;
            Ok(overlay)
        };
        let mut actions = Vec::with_capacity(placed.actions.len());
        for (index, action) in placed.actions.into_iter().enumerate() {
            let line = action.referenced.line();
            let action = action.value;
            let target = action
                .get("target")
                .and_then(Value::as_str)
                .unwrap_or("nothing");
            let place = format!(
                "{}:{line}: action {} on {target}",
                path.display(),
                index + 1
            );
            let reason = action.get("description").and_then(Value::as_str);
            if reason.is_none_or(|reason| reason.trim().is_empty()) {
                return Err(Error::NoReason { place });
            }
            let mut alone = value.clone();
            alone["actions"] = vec![action].into();
            let overlay = read(alone).map_err(|reason| malformed(place.clone(), reason))?;
            actions.push(Action { overlay, place });
        }
        if actions.is_empty() {
            read(value).map_err(|reason| malformed(whole_file(), reason))?;
        }
        let mut accepted = Vec::with_capacity(placed.accepted.len());
        for (index, item) in placed.accepted.into_iter().enumerate() {
            let line = item.referenced.line();
            let place = format!(
                "{}:{line}: x-accepted-security {}",
                path.display(),
                index + 1
            );
            let item = serde_json::from_value::<Accepted>(item.value);
            let item = item.map_err(|error| {
                malformed(
                    place.clone(),
                    format!("{error}; expected `change` and `reason`"),
                )
            })?;
            if item.reason.trim().is_empty() {
                let reason = "it does not say why the change is right; give it a `reason`";
                return Err(malformed(place, reason.to_owned()));
            }
            accepted.push(item);
        }
        Ok(Self { actions, accepted })
    }

    /// Why a person accepted a change of security, if one did.
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

    /// Corrects a merged document and decides its conflicts.
    ///
    /// A conflict is decided when the corrected document is the same whichever side is taken.
    ///
    /// # Errors
    /// When an action matches nothing or cannot be applied, or a conflict stays undecided.
    pub fn apply(&self, merged: Merged) -> Result<(Value, SourceMap), Error> {
        let Merged {
            document,
            sources,
            conflicts,
        } = merged;
        let corrected = self.correct(document.clone())?;
        let mut undecided = Vec::new();
        for conflict in conflicts {
            let mut other = document.clone();
            if let Some(value) = other.pointer_mut(&conflict.pointer) {
                *value = conflict.other.clone();
            }
            if self.correct(other).ok().as_ref() != Some(&corrected) {
                undecided.push(conflict);
            }
        }
        if undecided.is_empty() {
            Ok((corrected, sources))
        } else {
            Err(Error::UnresolvedConflicts(undecided))
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
                        "matches nothing in the document; the docs changed, so correct the target or \
                         remove the action"
                            .to_owned(),
                    ),
                    kind => not_applicable(kind.to_string()),
                })?;
            if !document.is_object() {
                return Err(not_applicable(
                    "leaves no OpenAPI document; expected an action on a part of it".to_owned(),
                ));
            }
        }
        Ok(document)
    }
}

fn contradictions(conflicts: &[Conflict]) -> String {
    let mut text = format!(
        "the pages contradict each other in {} place(s):\n",
        conflicts.len()
    );
    for conflict in conflicts {
        text += &format!(
            "\n{} and {} differ in {}\n{}",
            conflict.first,
            conflict.second,
            conflict.pointer,
            conflict.diff()
        );
    }
    text + "\nSay in the overlay which is right: an action that gives this place the same content \
            whichever page is read (`remove` the part that differs, or `update` it)."
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
    fn an_undecided_contradiction_is_an_error_with_a_diff() {
        let error = Overlay::default()
            .apply(merged())
            .expect_err("nothing decides")
            .to_string();
        assert!(
            error.contains("a.md:3 and b.md:3 differ in /components/schemas/A"),
            "{error}"
        );
        assert!(error.contains("-  \"type\": \"string\""), "{error}");
    }

    #[test]
    fn an_action_decides_a_contradiction() {
        let overlay = overlay(
            "  - target: $.components.schemas.A\n    description: b.md is right.\n    update: {type: integer}\n",
        )
        .expect("a good overlay");
        let (document, _) = overlay.apply(merged()).expect("decided");
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
    fn an_action_that_leaves_no_document_is_an_error() {
        let overlay = overlay("  - target: $\n    description: x\n    update: [1]\n");
        let error = overlay
            .expect("well-formed")
            .apply(merge(vec![]))
            .expect_err("no document")
            .to_string();
        assert!(
            error.contains("action 1 on $: leaves no OpenAPI document"),
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
