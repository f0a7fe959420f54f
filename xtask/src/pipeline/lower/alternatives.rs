//! Lowering `oneOf` and `anyOf`: alternatives that can be told apart become an open enum, others are
//! an error.

use std::collections::BTreeSet;

use partner_api_codegen::contract::{
    Alternative, Extension as _, MemberTest, SchemaExtension, Test,
};
use serde_json::{Value, json};

use super::all_of::{Group, Whole};
use super::content::plain_ref;
use super::context::{Lowering, string_at};
use super::distinguish::{Facts, overlap, telling};
use super::leaves::{Kind, Leaf, Leaves, Walk};
use super::names;
use super::shape::Shape;
use super::usage::Side;
use crate::document::pointer;

/// An alternative before its schema is lowered.
struct Pending {
    name: String,
    schema: Value,
    at: String,
    when: Test,
}

impl Lowering<'_> {
    /// Lowers a schema with alternatives; null is not one of them.
    pub(super) fn alternatives(&mut self, whole: Whole, at: &str, hint: &str, side: Side) -> Shape {
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
    pub(super) fn types_as_alternatives(
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
            members.is_some_and(|it| super::schema::types(it) == (Vec::new(), true))
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

    /// Alternatives that are all strings: known values or any other, which is an open enum.
    fn strings(&self, leaves: &[Leaf], at: &str) -> Pending {
        let values = |leaf: &Leaf| -> Vec<Value> {
            let parts = self.leaves(&leaf.schema, &leaf.at).unwrap_or_default().all;
            let parts = parts
                .iter()
                .filter_map(|part| self.whole(&part.schema, &part.at).ok());
            let listed = parts.filter_map(|mut whole| whole.members.shift_remove("enum"));
            let all = listed
                .filter_map(|values| values.as_array().cloned())
                .flatten();
            all.filter(Value::is_string).collect()
        };
        let listed: Vec<_> = leaves.iter().map(values).collect();
        let of_enum: Vec<_> = (0..leaves.len())
            .filter(|it| !listed[*it].is_empty())
            .collect();
        let is_time =
            |leaf: &Leaf| string_at(self.resolved(&leaf.schema), "/format") == "date-time";
        let name = "String".to_owned();
        let when = Test::String;
        let alone = match &of_enum[..] {
            [only] => Some(*only),
            [] if leaves.iter().all(is_time) || leaves.len() == 1 => Some(0),
            _ => None,
        };
        if let Some(leaf) = alone.and_then(|index| leaves.get(index)) {
            return Pending {
                name,
                schema: leaf.schema.clone(),
                at: leaf.at.clone(),
                when,
            };
        }
        let mut values: Vec<Value> = Vec::new();
        let mut lines = Vec::new();
        for index in of_enum {
            let published = self.resolved(&leaves[index].schema);
            for value in &listed[index] {
                if !values.contains(value) {
                    let text = string_at(published, "/description");
                    lines.extend(value.as_str().map(|value| format!("- **{value}**: {text}")));
                    values.push(value.clone());
                }
            }
        }
        let mut schema = json!({"type": "string"});
        if !values.is_empty() {
            schema["enum"] = values.into();
            schema["description"] = lines.join("\n").into();
        }
        let at = at.to_owned();
        Pending {
            name,
            schema,
            at,
            when,
        }
    }

    /// Alternatives that are all integers: an open enum if each of their values has a name.
    fn integers(&self, leaves: &[Leaf], kinds: &BTreeSet<Kind>, at: &str) -> Pending {
        let name = match kinds.contains(&Kind::Number) {
            true => "Integer",
            false => "Number",
        };
        let (name, when) = (name.to_owned(), Test::Integer);
        if let [only] = leaves {
            return Pending {
                name,
                schema: only.schema.clone(),
                at: only.at.clone(),
                when,
            };
        }
        let value = |leaf: &Leaf| match &self.constants(&leaf.schema)?[..] {
            [value] => Some((value.clone(), leaf.name.clone()?)),
            _ => None,
        };
        let all: Option<Vec<_>> = leaves.iter().map(value).collect();
        let schema = match all {
            Some(all) => {
                let (values, names): (Vec<_>, Vec<_>) = all.into_iter().unzip();
                json!({"type": "integer", "enum": values, "x-enum-varnames": names})
            }
            None => json!({"type": "integer"}),
        };
        let at = at.to_owned();
        Pending {
            name,
            schema,
            at,
            when,
        }
    }

    /// Alternatives that are all arrays: told apart by their items, or one array of all of them.
    fn arrays(&self, leaves: &[Leaf], at: &str) -> Vec<Pending> {
        let items: Vec<Value> = leaves.iter().map(|leaf| self.items(leaf)).collect();
        let kinds: Vec<_> = items.iter().map(|items| self.kinds(items).0).collect();
        let apart = |one: &BTreeSet<Kind>, other: &BTreeSet<Kind>| {
            let mut pairs = one
                .iter()
                .flat_map(|one| other.iter().map(move |it| (one, it)));
            !one.is_empty() && !other.is_empty() && pairs.all(|(one, other)| !one.overlaps(*other))
        };
        let mut each = kinds.iter().enumerate();
        let are_apart =
            each.all(|(index, one)| kinds[..index].iter().all(|other| apart(one, other)));
        if !are_apart {
            let schema = json!({"type": "array", "items": {"anyOf": items}});
            return vec![Pending {
                name: "Array".to_owned(),
                schema,
                at: at.to_owned(),
                when: Test::Array(Vec::new()),
            }];
        }
        let each = leaves.iter().zip(&items).zip(&kinds);
        each.map(|((leaf, items), kinds)| {
            let component = plain_ref(items).and_then(pointer::schema_name);
            let of = match (component, kinds.first()) {
                _ if leaves.len() == 1 => String::new(),
                (Some(name), _) => name.to_owned(),
                (None, Some(kind)) => format!("{kind:?}"),
                (None, None) => String::new(),
            };
            Pending {
                name: format!("{}Array", names::pascal(&of).trim_start_matches('X')),
                schema: leaf.schema.clone(),
                at: leaf.at.clone(),
                when: match leaves.len() {
                    1 => Test::Array(Vec::new()),
                    _ => Test::Array(kinds.iter().map(|kind| kind.test()).collect()),
                },
            }
        })
        .collect()
    }

    /// The Rust name of an alternative that has the name of a component, or another.
    fn rust_name(&self, name: &str) -> String {
        let component = self.rust_names.get(name).cloned();
        component.unwrap_or_else(|| names::type_name(name))
    }

    fn items(&self, leaf: &Leaf) -> Value {
        let whole = self.whole(&leaf.schema, &leaf.at).ok();
        let items = whole.and_then(|mut whole| whole.members.shift_remove("items"));
        items.unwrap_or_else(|| json!({}))
    }

    /// Alternatives that are all objects, each with the test that tells it apart.
    fn objects(
        &mut self,
        mut leaves: Vec<Leaf>,
        at: &str,
        side: Side,
    ) -> Result<Vec<Pending>, String> {
        let order = loop {
            let mut facts: Vec<_> = leaves.iter().map(|leaf| self.facts(leaf)).collect();
            let overlap = match self.distinguish(&mut facts) {
                Ok(order) => break order,
                Err(overlap) => overlap,
            };
            let pair = self.included(&facts, &overlap.open);
            let pair = match pair {
                Some((wide, narrow)) => {
                    self.note_included(&leaves[wide], &leaves[narrow], at);
                    Some((wide, narrow))
                }
                None => match self.distinguish_loosely(&mut facts, &overlap) {
                    Some(order) => break order,
                    None => self.merge(&mut leaves, &facts, &overlap.open, at)?,
                },
            };
            let Some((wide, narrow)) = pair else {
                return Err(overlapping(&leaves, &facts, &overlap.open));
            };
            let both = facts[wide].required.intersection(&facts[narrow].required);
            let both: Vec<Value> = both.map(|name| name.as_str().into()).collect();
            if side.request && both.len() < facts[wide].required.len() {
                let mut members = self.whole(&leaves[wide].schema, &leaves[wide].at)?.members;
                members.insert("required".into(), both.into());
                leaves[wide].schema = members.into();
            }
            leaves.remove(narrow);
        };
        let is_alone = leaves.len() == 1;
        let pending = order.into_iter().map(|(index, members)| {
            let leaf = &leaves[index];
            let fixed = members.iter().find_map(|member| match &member.is {
                MemberTest::OneOf(values) => match &values[..] {
                    [Value::String(value)] => Some(value.clone()),
                    [value] => Some(format!("{} {value}", member.name)),
                    _ => None,
                },
                _ => None,
            });
            let name = leaf.name.clone().or(fixed);
            let required = members
                .iter()
                .filter(|it| !matches!(it.is, MemberTest::None(_)));
            let required: Vec<_> = required.map(|member| &*member.name).collect();
            let name = name.unwrap_or_else(|| required.join(" "));
            Pending {
                name: match name.is_empty() || (is_alone && leaf.name.is_none()) {
                    true => "Object".to_owned(),
                    false => self.rust_name(&name),
                },
                schema: leaf.schema.clone(),
                at: leaf.at.clone(),
                when: match is_alone {
                    true => Test::Object(Vec::new()),
                    false => Test::Object(members),
                },
            }
        });
        Ok(pending.collect())
    }

    fn note_included(&mut self, wide: &Leaf, narrow: &Leaf, at: &str) {
        let (narrow, wide) = (label(narrow), label(wide));
        let text = format!("{narrow} is read as {wide}, which has all its properties");
        self.note(at, &text);
    }

    /// Gives an alternative the types that its properties have in another one, which has no others.
    fn merge(
        &mut self,
        leaves: &mut [Leaf],
        facts: &[Facts],
        open: &[usize],
        at: &str,
    ) -> Result<Option<(usize, usize)>, String> {
        let has_all = |(wide, narrow): &(usize, usize)| {
            let (wide, narrow) = (&facts[*wide].properties, &facts[*narrow].properties);
            !narrow.is_empty() && narrow.keys().all(|name| wide.contains_key(name))
        };
        let pairs = open
            .iter()
            .flat_map(|one| open.iter().map(move |other| (*one, *other)));
        let pair = pairs.filter(|(wide, narrow)| wide != narrow).find(has_all);
        let Some((wide, narrow)) = pair else {
            return Ok(None);
        };
        let (first, second) = (label(&leaves[wide]), label(&leaves[narrow]));
        let text = format!(
            "{second} is read as {first}, which has all its properties, with the types of both"
        );
        self.note(at, &text);
        let mut members = self.whole(&leaves[wide].schema, &leaves[wide].at)?.members;
        if let Some(Value::Object(properties)) = members.get_mut("properties") {
            for (name, other) in &facts[narrow].properties {
                let Some(own) = properties.get_mut(name).filter(|own| *own != other) else {
                    continue;
                };
                *own = json!({"anyOf": [own.take(), other]});
            }
        }
        leaves[wide].schema = members.into();
        Ok(Some((wide, narrow)))
    }

    /// Two alternatives of which the first can hold all that the second can.
    fn included(&self, facts: &[Facts], open: &[usize]) -> Option<(usize, usize)> {
        // More than these are rarely a mistake of one.
        let open = open.get(..32).unwrap_or(open);
        let pairs = open
            .iter()
            .flat_map(|one| open.iter().map(move |other| (*one, *other)));
        pairs
            .filter(|(wide, narrow)| wide != narrow && overlap(&facts[*wide], &facts[*narrow]))
            .find(|(wide, narrow)| self.includes(&facts[*wide], &facts[*narrow], 2))
    }
}

/// The alternative of several that are read alike.
fn first(name: &str, group: Vec<Leaf>, when: Test) -> Pending {
    let kind = match when {
        Test::Boolean => "boolean",
        _ => "number",
    };
    let schema = json!({ "type": kind });
    let [leaf] = &group[..] else {
        let at = group.first().map_or(String::new(), |leaf| leaf.at.clone());
        return Pending {
            name: name.to_owned(),
            schema,
            at,
            when,
        };
    };
    Pending {
        name: name.to_owned(),
        schema: leaf.schema.clone(),
        at: leaf.at.clone(),
        when,
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

/// How a message names an alternative.
fn label(leaf: &Leaf) -> String {
    match &leaf.name {
        Some(name) => format!("`{name}`"),
        None => {
            let mut tokens = leaf.at.rsplitn(3, '/');
            let (last, before) = (tokens.next(), tokens.next());
            format!(
                "`{}/{}`",
                before.unwrap_or_default(),
                last.unwrap_or_default()
            )
        }
    }
}

/// Why no value can be told to be of one alternative, and what to do.
fn overlapping(leaves: &[Leaf], facts: &[Facts], open: &[usize]) -> String {
    let pairs = open
        .iter()
        .flat_map(|one| open.iter().map(move |other| (*one, *other)));
    let mut pairs = pairs.filter(|(one, other)| one < other);
    let pair = pairs.find(|(one, other)| overlap(&facts[*one], &facts[*other]));
    let (one, other) = pair.unwrap_or((open[0], open[1]));
    let require = |own: usize, other: usize| {
        let name = telling(&facts[own], &facts[other])?;
        Some(format!("require `{name}` in {}, ", label(&leaves[own])))
    };
    let require = require(one, other).or_else(|| require(other, one));
    format!(
        "the alternatives {} and {} overlap: no required property and no fixed value tells them apart, so \
         a value could be read as the wrong one; in the overlay, {}give each a `const` property or all a \
         `discriminator`, or replace them by the right one or by `{{}}`",
        label(&leaves[one]),
        label(&leaves[other]),
        require.unwrap_or_default(),
    )
}
