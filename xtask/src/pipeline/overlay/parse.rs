//! Reading an overlay from YAML or JSON, with the line of each action for messages.

use std::path::Path;

use enumset::EnumSet;
use roas_overlay::v1_1;
use roas_overlay::validation::Validate;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{Accepted, Action, Error, Overlay};

/// The actions with their lines.
#[derive(serde::Deserialize)]
struct Placed {
    #[serde(default)]
    actions: Vec<Spanned<Value>>,
    #[serde(default, rename = "x-accepted-security")]
    accepted: Vec<Spanned<Value>>,
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Overlay, Error> {
    let path = path.display().to_string();
    let not_yaml = |error: serde_saphyr::Error| {
        let line = error.location().map(|at| format!(":{}", at.line()));
        malformed(path.clone() + &line.unwrap_or_default(), error)
    };
    let mut document: Value = serde_saphyr::from_str(text).map_err(not_yaml)?;
    let placed: Placed = serde_saphyr::from_str(text).map_err(not_yaml)?;
    // Every 1.0 document is a valid 1.1 document.
    if let Some(version) = document.get_mut("overlay")
        && version
            .as_str()
            .is_some_and(|version| version.starts_with("1.0."))
    {
        *version = "1.1.0".into();
    }
    if placed.actions.is_empty() {
        validated(document.clone()).map_err(|reason| malformed(path.clone(), reason))?;
    }
    let actions = placed.actions.into_iter().enumerate();
    let actions = actions.map(|(index, value)| action(&document, &path, index, value));
    let accepted = placed.accepted.into_iter().enumerate();
    let accepted = accepted.map(|(index, value)| accepted_change(&path, index, value));
    Ok(Overlay {
        actions: actions.collect::<Result<_, _>>()?,
        accepted: accepted.collect::<Result<_, _>>()?,
    })
}

/// An action as an overlay of its own, with its line.
fn action(
    document: &Value,
    path: &str,
    index: usize,
    value: Spanned<Value>,
) -> Result<Action, Error> {
    let line = value.referenced.line();
    let action = value.value;
    let text = |name: &str| action.get(name).and_then(Value::as_str);
    let target = text("target").unwrap_or("nothing");
    let place = format!("{path}:{line}: action {} on {target}", index + 1);
    if text("description").is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Error::NoReason { place });
    }
    let mut alone = document.clone();
    alone["actions"] = vec![action].into();
    match validated(alone) {
        Ok(overlay) => Ok(Action { overlay, place }),
        Err(reason) => Err(malformed(place, reason)),
    }
}

/// An accepted security change.
fn accepted_change(path: &str, index: usize, value: Spanned<Value>) -> Result<Accepted, Error> {
    let line = value.referenced.line();
    let place = format!("{path}:{line}: x-accepted-security {}", index + 1);
    match serde_json::from_value::<Accepted>(value.value) {
        Ok(accepted) if !accepted.reason.trim().is_empty() => Ok(accepted),
        Ok(_) => Err(malformed(
            place,
            "the accepted change has no reason; give it a `reason`",
        )),
        Err(error) => Err(malformed(
            place,
            format!("{error}; expected `change` and `reason`"),
        )),
    }
}

fn validated(document: Value) -> Result<v1_1::Overlay, String> {
    let overlay: v1_1::Overlay =
        serde_json::from_value(document).map_err(|error| error.to_string())?;
    let valid = overlay.validate(EnumSet::empty());
    valid.map_err(|error| error.to_string().trim_end().to_owned())?;
    Ok(overlay)
}

fn malformed(place: String, reason: impl ToString) -> Error {
    let reason = reason.to_string();
    Error::Malformed { place, reason }
}
