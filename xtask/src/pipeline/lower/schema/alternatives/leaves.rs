//! The alternatives of a schema: nested ones flattened, each of one JSON type.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::content::plain_ref;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::schema::alternatives::kind::Kind;
use crate::pipeline::lower::schema::whole::{Group, Whole};
use crate::pipeline::lower::schema::{only, types};

/// A schema of more alternatives than this is no useful type.
const MAX_LEAVES: usize = 500;

/// More branches than this, counted each time that one is reached, are a schema that multiplies.
const MAX_BRANCHES: usize = 4000;

/// One alternative.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) schema: Value,
    pub(crate) at: String,
    /// The name of its component, or its title.
    pub(crate) name: Option<String>,
    /// Its JSON type; none if it allows any JSON.
    pub(crate) kind: Option<Kind>,
    /// The values of properties that select it, as a `discriminator` states.
    pub(crate) tags: BTreeMap<String, Vec<Value>>,
    /// Whether it is what a value is that is none of the others.
    pub(crate) is_rest: bool,
}

/// The alternatives of a schema, and whether it may be null.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    pub(crate) all: Vec<Leaf>,
    pub(crate) nullable: bool,
}

/// The way from a schema to one of its alternatives.
#[derive(Default)]
pub(crate) struct Walk {
    /// The references that lead there.
    references: Vec<String>,
    branches: usize,
    /// Whether only the values of constants matter, which no discriminator has a part in.
    is_untagged: bool,
}

impl Lowering<'_> {
    /// The alternatives of any schema, which may be only itself.
    pub(crate) fn leaves(&self, schema: &Value, at: &str) -> Result<Leaves, String> {
        self.branch(schema, at, &mut Walk::default())
    }

    /// The alternatives of a schema that has some.
    pub(crate) fn leaves_of(&self, whole: Whole, walk: &mut Walk) -> Result<Leaves, String> {
        let Whole { members, groups } = whole;
        let mut leaves = Leaves::default();
        for (index, group) in groups.iter().enumerate() {
            let Leaves { all, nullable } = self.group(group, walk)?;
            leaves.nullable |= nullable;
            leaves.all = match index {
                0 => all,
                _ => self.both(&leaves.all, &all)?,
            };
        }
        leaves.nullable |= types(&members).1;
        let is_content = |name: &str| members.contains_key(name);
        let is_content = MERGED.iter().any(|name| is_content(name))
            || members
                .get("additionalProperties")
                .is_some_and(Value::is_object);
        let mut all = Vec::new();
        for leaf in leaves.all {
            if !is_content && (leaf.kind.is_some() || !members.contains_key("type")) {
                all.push(leaf);
            } else if let Ok(schema) = self.with(&members, &leaf.schema, &leaf.at) {
                // Otherwise no value is of both.
                all.extend(split(&Leaf { kind: None, ..leaf }, schema));
            }
        }
        if all.is_empty() && !leaves.nullable {
            return Err("no alternative agrees with what is beside them; correct one of the two in the overlay".to_owned());
        }
        leaves.all = all;
        Ok(leaves)
    }

    /// The alternatives of a base type: its subtypes, and the base for what is none of them.
    pub(crate) fn subtypes(&self, base: &str) -> Option<Whole> {
        let subtypes = self.subtypes.of_base(base)?;
        let mut rest = pointer::resolve(self.document, base)?.as_object()?.clone();
        let discriminator = rest.shift_remove("discriminator");
        let branches = subtypes.iter().map(|it| json!({"$ref": it})).collect();
        let group = Group {
            branches,
            at: base.trim_start_matches('#').to_owned(),
            discriminator,
            rest: Some(rest.into()),
        };
        Some(Whole {
            members: Map::new(),
            groups: vec![group],
        })
    }

    /// Each alternative of the first with each of the second.
    fn both(&self, first: &[Leaf], second: &[Leaf]) -> Result<Vec<Leaf>, String> {
        let mut all = Vec::new();
        for one in first {
            let members = self.whole(&one.schema, &one.at)?.members;
            for other in second {
                if all.len() > MAX_LEAVES {
                    return Err(too_many());
                }
                let Ok(schema) = self.with(&members, &other.schema, &other.at) else {
                    continue;
                };
                let names = [&one.name, &other.name].into_iter().flatten();
                let name: Vec<_> = names.cloned().collect();
                let mut leaf = one.clone();
                leaf.kind = None;
                leaf.name = (!name.is_empty()).then(|| name.join(" "));
                leaf.tags.extend(other.tags.clone());
                all.extend(split(&leaf, schema));
            }
        }
        Ok(all)
    }

    /// The alternatives of one `oneOf` or `anyOf`.
    fn group(&self, group: &Group, walk: &mut Walk) -> Result<Leaves, String> {
        let mut leaves = Leaves::default();
        for (index, branch) in group.branches.iter().enumerate() {
            if group.branches[..index].contains(branch) {
                continue;
            }
            let mut found = self.branch(branch, &format!("{}/{index}", group.at), walk)?;
            if let Some(discriminator) = group.discriminator.as_ref().filter(|_| !walk.is_untagged)
            {
                self.tag(&mut found.all, branch, discriminator);
            }
            leaves.nullable |= found.nullable;
            for leaf in found.all {
                if !leaves.all.iter().any(|other| other.schema == leaf.schema) {
                    leaves.all.push(leaf);
                }
            }
        }
        if leaves.all.len() > MAX_LEAVES {
            return Err(too_many());
        }
        leaves.all.extend(group.rest.clone().map(|schema| Leaf {
            schema,
            at: group.at.clone(),
            name: Some("Base".to_owned()),
            kind: Some(Kind::Object),
            tags: BTreeMap::new(),
            is_rest: true,
        }));
        Ok(leaves)
    }

    /// The alternatives of one branch.
    fn branch(&self, branch: &Value, at: &str, walk: &mut Walk) -> Result<Leaves, String> {
        walk.branches += 1;
        if walk.branches > MAX_BRANCHES {
            return Err(too_many());
        }
        let is_never = *branch == json!(false)
            || branch
                .get("not")
                .is_some_and(|not| *not == json!({}) || *not == json!(true));
        if is_never {
            return Ok(Leaves::default());
        }
        let title = string_at(branch, "/title");
        let mut leaf = Leaf {
            schema: branch.clone(),
            at: at.to_owned(),
            name: (!title.is_empty()).then(|| title.to_owned()),
            kind: None,
            tags: BTreeMap::new(),
            is_rest: false,
        };
        let Some(reference) = plain_ref(branch) else {
            let whole = match self.whole(branch, at) {
                Ok(whole) => whole,
                Err(text) => {
                    let all = self.all_strings(branch).ok_or(text)?;
                    return self.branch(&all, at, walk);
                }
            };
            return self.of_whole(&leaf, whole, walk);
        };
        if walk.references.iter().any(|other| other == reference) {
            return Ok(Leaves::default());
        }
        let target = pointer::resolve(self.document, reference).unwrap_or(&Value::Null);
        let title = string_at(target, "/title");
        let name = pointer::schema_name(reference).unwrap_or(title);
        leaf.name = (!name.is_empty()).then(|| name.to_owned());
        let whole = match self.subtypes(reference) {
            Some(group) => group,
            None => self.whole(target, reference.trim_start_matches('#'))?,
        };
        walk.references.push(reference.to_owned());
        let leaves = self.of_whole(&leaf, whole, walk)?;
        walk.references.pop();
        // Alternatives that become one type are one here, too.
        match leaves.all.first().and_then(|first| first.kind) {
            Some(kind) if kind.is_scalar() && leaves.all.iter().all(|it| it.kind == Some(kind)) => {
                leaf.kind = Some(kind);
                let all = vec![leaf];
                Ok(Leaves { all, ..leaves })
            }
            _ => Ok(leaves),
        }
    }

    fn of_whole(&self, leaf: &Leaf, whole: Whole, walk: &mut Walk) -> Result<Leaves, String> {
        if !whole.groups.is_empty() {
            return self.leaves_of(whole, walk);
        }
        let (kinds, nullable) = types(&whole.members);
        let all = match &kinds[..] {
            [] if nullable => Vec::new(),
            [] => vec![leaf.clone()],
            // It stays a reference if it is one.
            [only] => vec![Leaf {
                kind: Kind::of(only),
                ..leaf.clone()
            }],
            _ => split(leaf, whole.members),
        };
        Ok(Leaves { all, nullable })
    }

    /// The constants that a schema allows, if it allows no other value than these and null.
    pub(crate) fn constants(&self, schema: &Value) -> Option<Vec<Value>> {
        let may_be_some = ["enum", "const", "allOf", "anyOf", "oneOf"];
        let mut target = schema;
        for _ in 0..32 {
            // Beside a reference there may be an `enum`.
            let Some(reference) = plain_ref(target) else {
                break;
            };
            target = pointer::resolve(self.document, reference)?;
        }
        if !may_be_some.iter().any(|name| target.get(*name).is_some()) {
            return None;
        }
        // Without the reference, which may stand for several alternatives.
        let mut walk = Walk {
            is_untagged: true,
            ..Walk::default()
        };
        let leaves = self.branch(target, "", &mut walk).ok()?;
        let mut all = Vec::new();
        for leaf in &leaves.all {
            let whole = self.whole(&leaf.schema, &leaf.at).ok()?;
            for value in whole.members.get("enum")?.as_array()? {
                match value {
                    Value::String(_) | Value::Bool(_) => all.push(value.clone()),
                    Value::Number(number) if number.is_i64() => all.push(value.clone()),
                    Value::Null => {}
                    _ => return None,
                }
            }
        }
        (!all.is_empty()).then_some(all)
    }
}

/// The keywords that become part of each alternative that they are beside.
const MERGED: [&str; 6] = [
    "const",
    "enum",
    "items",
    "patternProperties",
    "prefixItems",
    "properties",
];

/// A schema of several types as one alternative for each.
fn split(leaf: &Leaf, schema: Map<String, Value>) -> Vec<Leaf> {
    let names = types(&schema).0.into_iter();
    let kinds: Vec<_> = names
        .filter_map(|name| Some((Kind::of(name)?, name.to_owned())))
        .collect();
    if kinds.len() > 1 {
        let each = kinds.iter().map(|(kind, name)| Leaf {
            schema: only(&schema, name),
            kind: Some(*kind),
            name: None,
            ..leaf.clone()
        });
        return each.collect();
    }
    vec![Leaf {
        kind: kinds.first().map(|(kind, _)| *kind),
        schema: Value::Object(schema),
        ..leaf.clone()
    }]
}

fn too_many() -> String {
    format!(
        "it has more than {MAX_LEAVES} alternatives; replace it in the overlay by the right ones or by `{{}}`"
    )
}
