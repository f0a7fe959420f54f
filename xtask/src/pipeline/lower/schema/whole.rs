//! The parts of a schema as one: what `allOf` says together, and the alternatives beside it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::content::{CONTENT, types_of};
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::schema::VALIDATION;

/// The parts of a schema as one.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// The keywords of all parts but `allOf`, `oneOf` and `anyOf`.
    pub(crate) members: Map<String, Value>,
    /// The alternatives; a value is one of each group.
    pub(crate) groups: Vec<Group>,
}

/// A `oneOf` or `anyOf`.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) branches: Vec<Value>,
    pub(crate) at: String,
    pub(crate) discriminator: Option<Value>,
    /// What a value is that is none of the branches: the base of the subtypes that they are.
    pub(crate) rest: Option<Value>,
}

impl Lowering<'_> {
    /// The parts of a schema as one, or why they contradict each other.
    pub(crate) fn whole(&self, value: &Value, at: &str) -> Result<Whole, String> {
        let mut parts = Parts {
            whole: Whole::default(),
            nullable: false,
            added: BTreeSet::new(),
        };
        self.flatten(value, at, &mut parts, true, 0)?;
        let Parts {
            mut whole,
            nullable,
            ..
        } = parts;
        if nullable && let Some(names) = whole.members.get_mut("type") {
            let mut all: Vec<_> = types_of(names).into_iter().map(str::to_owned).collect();
            if !all.iter().any(|name| name == "null") {
                all.push("null".to_owned());
            }
            *names = all.into();
        }
        let members = &whole.members;
        whole
            .groups
            .retain(|group| !group.branches.iter().all(|it| adds_nothing(it, members)));
        Ok(whole)
    }

    /// The keywords of `part` and those in `members` as one, or why they contradict each other.
    pub(crate) fn with(
        &self,
        members: &Map<String, Value>,
        part: &Value,
        at: &str,
    ) -> Result<Map<String, Value>, String> {
        let both = json!({"allOf": [members, part]});
        self.whole(&both, at).map(|whole| whole.members)
    }

    /// Adds a part. `inline` means that it is not behind a reference.
    fn flatten(
        &self,
        part: &Value,
        at: &str,
        parts: &mut Parts,
        inline: bool,
        depth: usize,
    ) -> Result<(), String> {
        if depth > 32 {
            return Err(
                "this `allOf` refers to itself; define it in the overlay without the cycle"
                    .to_owned(),
            );
        }
        let Value::Object(part) = part else {
            return Ok(());
        };
        if let Some(reference) = part.get("$ref").and_then(Value::as_str)
            && !parts.added.contains(reference)
            && let Some(target) = pointer::resolve(self.document, reference)
        {
            let before = parts.whole.groups.len();
            let place = reference.trim_start_matches('#');
            self.flatten(target, place, parts, false, depth + 1)?;
            // A base may list its subtypes, of which this is one.
            let added = parts.whole.groups.split_off(before);
            let others = added.into_iter().filter(|group| {
                let mut branches = group.branches.iter();
                !branches.any(|branch| {
                    self.parts(branch)
                        .iter()
                        .any(|it| std::ptr::eq(*it, target))
                })
            });
            parts.whole.groups.extend(others);
            parts.added.insert(reference.to_owned());
        }
        let all = part.get("allOf").and_then(Value::as_array);
        for (index, inner) in all.into_iter().flatten().enumerate() {
            self.flatten(
                inner,
                &format!("{at}/allOf/{index}"),
                parts,
                inline,
                depth + 1,
            )?;
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = part.get(keyword).and_then(Value::as_array) {
                parts.whole.groups.push(Group {
                    branches: branches.clone(),
                    at: format!("{at}/{keyword}"),
                    discriminator: part.get("discriminator").cloned(),
                    rest: None,
                });
            }
        }
        let types = types_of(part.get("type").unwrap_or(&Value::Null));
        parts.nullable |= inline && types.contains(&"null");
        part.iter()
            .try_for_each(|(name, value)| add(&mut parts.whole.members, name, value))
    }
}

/// The state of collecting the parts of a schema.
struct Parts {
    whole: Whole,
    /// Whether a part says that the whole may be null.
    nullable: bool,
    /// The references whose targets were added.
    added: BTreeSet<String>,
}

/// Whether a branch only restricts what the members beside it say.
fn adds_nothing(branch: &Value, beside: &Map<String, Value>) -> bool {
    let Value::Object(branch) = branch else {
        return *branch == Value::Bool(true);
    };
    let is_same_type = branch.get("type").is_none_or(|kind| {
        beside.get("type") == Some(kind) || (*kind == "object" && beside.contains_key("properties"))
    });
    is_same_type
        && CONTENT.iter().all(|name| match (*name, branch.get(*name)) {
            (_, None) => true,
            ("additionalProperties", Some(rest)) => rest.is_boolean(),
            ("allOf" | "anyOf" | "oneOf", Some(Value::Array(branches))) => {
                branches.iter().all(|it| adds_nothing(it, beside))
            }
            _ => false,
        })
}

/// Adds one keyword of a part, or says how it contradicts what is there.
fn add(members: &mut Map<String, Value>, name: &str, value: &Value) -> Result<(), String> {
    if name == "enum" && value.as_array().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    let literal = json!([value]);
    let (name, value) = match name {
        "const" => ("enum", &literal),
        name => (name, value),
    };
    let Some(known) = members.get_mut(name) else {
        // A part that has no other properties closes itself only, not the whole.
        let closes = name == "additionalProperties" && *value == json!(false);
        if !closes && !UNUSED.contains(&name) && !VALIDATION.contains(&name) {
            members.insert(name.to_owned(), value.clone());
        }
        return Ok(());
    };
    match (name, known) {
        ("type", known) => {
            let both = intersection(known, value).ok_or_else(|| format!("the parts of this `allOf` have a `type` each, {known} and {value}, and no value is of both; set one in the overlay"))?;
            *known = both;
        }
        ("enum", Value::Array(known)) => {
            let both = |it: &Value| value.as_array().is_some_and(|values| values.contains(it));
            if !known.iter().any(both) {
                return Err("the parts of this `allOf` have an `enum` each, and no value is in both; set one in the overlay".to_owned());
            }
            known.retain(both);
        }
        ("properties", Value::Object(known)) => merge_properties(known, value),
        ("required", Value::Array(known)) => {
            known.extend(value.as_array().into_iter().flatten().cloned());
        }
        ("items" | "additionalProperties", known) if known.is_object() && value.is_object() => {
            if known != value {
                *known = json!({"allOf": [known.take(), value]});
            }
        }
        ("additionalProperties", _) if value.is_boolean() => {}
        (_, known) => *known = value.clone(),
    }
    Ok(())
}

/// The keywords that describe one part and not the whole, and those that are read elsewhere.
const UNUSED: [&str; 14] = [
    "$ref",
    "allOf",
    "anyOf",
    "deprecated",
    "description",
    "discriminator",
    "examples",
    "not",
    "oneOf",
    "title",
    "x-docs-name",
    "x-rust-name",
    "x-rust-type",
    "externalDocs",
];

/// The types that two `type` keywords both allow.
fn intersection(first: &Value, second: &Value) -> Option<Value> {
    let (first, second) = (types_of(first), types_of(second));
    let allows = |types: &[&str], name: &str| {
        types.contains(&name) || (name == "integer" && types.contains(&"number"))
    };
    let mut both: Vec<&str> = Vec::new();
    for name in first.iter().chain(&second) {
        if allows(&first, name) && allows(&second, name) && !both.contains(name) {
            both.push(name);
        }
    }
    match &both[..] {
        [] => None,
        [only] => Some((*only).into()),
        several => Some(several.into()),
    }
}

/// Adds the properties of one part; a property of several parts is an `allOf` itself.
fn merge_properties(known: &mut Map<String, Value>, added: &Value) {
    for (property, value) in added.as_object().into_iter().flatten() {
        let merged = match known.get(property) {
            Some(other) if value == other || *value == json!({}) => continue,
            Some(other) if *other != json!({}) => json!({"allOf": [other, value]}),
            _ => value.clone(),
        };
        known.insert(property.clone(), merged);
    }
}
