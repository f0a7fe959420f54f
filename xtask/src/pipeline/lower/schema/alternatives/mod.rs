//! Lowering `oneOf` and `anyOf`: alternatives that can be distinguished become an open enum, others are
//! an error.

mod discriminator;
mod distinguish;
mod kind;
pub(crate) mod leaves;
mod objects;
mod pending;
mod plain;

use std::collections::BTreeSet;

use partner_api_codegen::contract::{Alternative, Extension as _, SchemaExtension, Test};
use serde_json::{Value, json};

use crate::pipeline::lower::content::plain_ref;
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::schema::alternatives::kind::Kind;
use crate::pipeline::lower::schema::alternatives::leaves::{Leaf, Leaves, Walk};
use crate::pipeline::lower::schema::alternatives::pending::Pending;
use crate::pipeline::lower::schema::alternatives::plain::first;
use crate::pipeline::lower::schema::whole::{Group, Whole};
use crate::pipeline::lower::shape::Shape;
use crate::pipeline::lower::usage::Side;

impl Lowering<'_> {
    /// Lowers a schema with alternatives; null is not one of them.
    pub(crate) fn alternatives(&mut self, whole: Whole, at: &str, hint: &str, side: Side) -> Shape {
        for group in &whole.groups {
            self.note_lost_targets(group);
        }
        if let Some((reference, place)) = self.only_reference(&whole) {
            let mut shape = self.reference(&reference, &place, hint, side);
            shape.nullable = true;
            return shape;
        }
        let place = whole
            .groups
            .first()
            .map_or(at, |group| &group.at)
            .to_owned();
        let Leaves { all, nullable } = match self.leaves_of(whole, &mut Walk::default()) {
            Ok(leaves) => leaves,
            Err(text) => return self.unsupported(&place, text),
        };
        let mut shape = match &all[..] {
            [] => Shape::inline(json!({})),
            [only] => self.shape(&only.schema, &only.at, hint, side),
            several if several.iter().any(|leaf| leaf.kind.is_none()) => {
                self.note(
                    &place,
                    "one of these alternatives is any JSON, and so are all together",
                );
                Shape::inline(json!({}))
            }
            _ => self.union(all, &place, hint, side),
        };
        shape.nullable |= nullable;
        shape
    }

    /// Lowers a schema of several types, each with its part of the schema.
    pub(crate) fn types_as_alternatives(
        &mut self,
        branches: Vec<Value>,
        at: &str,
        hint: &str,
        side: Side,
    ) -> Shape {
        let group = Group {
            branches,
            at: at.to_owned(),
            discriminator: None,
            rest: None,
        };
        let whole = Whole {
            groups: vec![group],
            ..Whole::default()
        };
        self.alternatives(whole, at, hint, side)
    }

    /// The one reference of alternatives that are that or null, and its place.
    fn only_reference(&self, whole: &Whole) -> Option<(String, String)> {
        let [group] = &whole.groups[..] else {
            return None;
        };
        if group.rest.is_some() || whole.members.contains_key("properties") {
            return None;
        }
        let is_null = |branch: &Value| {
            let members = branch.as_object();
            members
                .is_some_and(|it| crate::pipeline::lower::schema::types(it) == (Vec::new(), true))
        };
        let (nulls, others): (Vec<_>, Vec<_>) = group
            .branches
            .iter()
            .enumerate()
            .partition(|(_, branch)| is_null(branch));
        match others[..] {
            [(index, only)] if !nulls.is_empty() => {
                Some((plain_ref(only)?.to_owned(), format!("{}/{index}", group.at)))
            }
            _ => None,
        }
    }

    /// Lowers several alternatives that are no other JSON.
    fn union(&mut self, leaves: Vec<Leaf>, at: &str, hint: &str, side: Side) -> Shape {
        let mut groups: Vec<(Kind, Vec<Leaf>)> = Vec::new();
        for leaf in leaves {
            let Some(kind) = leaf.kind else { continue };
            match groups.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, group)) => group.push(leaf),
                None => groups.push((kind, vec![leaf])),
            }
        }
        let kinds: BTreeSet<_> = groups.iter().map(|(kind, _)| *kind).collect();
        let place = |wanted| groups.iter().position(|(kind, _)| *kind == wanted);
        if let (Some(integer), Some(number)) = (place(Kind::Integer), place(Kind::Number))
            && number < integer
        {
            // An integer would pass as a number.
            groups.swap(integer, number);
        }
        let mut pending = Vec::new();
        for (kind, group) in groups {
            match kind {
                Kind::Object => match self.objects(group, at, side) {
                    Ok(objects) => pending.extend(objects),
                    Err(text) => return self.unsupported(at, text),
                },
                Kind::Array => pending.extend(self.arrays(&group, at)),
                Kind::String => pending.push(self.strings(&group, at)),
                Kind::Integer => pending.push(self.integers(&group, &kinds, at)),
                Kind::Number => pending.push(first("Number", group, Test::Number)),
                Kind::Boolean => pending.push(first("Bool", group, Test::Boolean)),
            }
        }
        if let [only] = &pending[..] {
            return self.shape(&only.schema, &only.at, hint, side);
        }
        let mut alternatives: Vec<Alternative> = Vec::new();
        for Pending {
            name,
            schema,
            at,
            when,
        } in pending
        {
            let name = free_name(&name, &alternatives);
            let lowered = self.schema(&schema, &at, &format!("{hint}{name}"), side);
            let reference = lowered
                .get("$ref")
                .or_else(|| lowered.pointer("/allOf/0/$ref"));
            let mut schema = match reference {
                Some(reference) => json!({"$ref": reference}),
                None => lowered,
            };
            if let Some(members) = schema.as_object_mut() {
                // Null is not one of the alternatives.
                members.shift_remove("nullable");
            }
            alternatives.push(Alternative { name, schema, when });
        }
        let is_object = |it: &Alternative| matches!(it.when, Test::Object(_));
        let schema = match alternatives.iter().all(is_object) {
            true => json!({"type": "object"}),
            false => json!({}),
        };
        Shape::named(SchemaExtension::Union(alternatives).on(schema))
    }
}

/// A name that no other alternative has.
fn free_name(wanted: &str, others: &[Alternative]) -> String {
    let wanted = match wanted {
        // The variant for unknown values has that name.
        "Unknown" => "UnknownType",
        name => name,
    };
    let mut name = wanted.to_owned();
    let mut number = 2;
    while others.iter().any(|other| other.name == name) {
        name = format!("{wanted}{number}");
        number += 1;
    }
    name
}
