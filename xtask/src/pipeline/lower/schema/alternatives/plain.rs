//! The alternatives of one JSON type that are no objects: strings, numbers, booleans and arrays.

use std::collections::BTreeSet;

use partner_api_codegen::contract::Test;
use serde_json::{Value, json};

use crate::document::pointer;
use crate::pipeline::lower::content::plain_ref;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::alternatives::kind::Kind;
use crate::pipeline::lower::schema::alternatives::leaves::Leaf;
use crate::pipeline::lower::schema::alternatives::pending::Pending;

impl Lowering<'_> {
    /// Alternatives that are all strings: known values or any other, which is an open enum.
    pub(crate) fn strings(&self, leaves: &[Leaf], at: &str) -> Pending {
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
        let alone = match &of_enum[..] {
            [only] => Some(*only),
            [] if leaves.iter().all(is_time) || leaves.len() == 1 => Some(0),
            _ => None,
        };
        let (schema, at) = match alone.and_then(|index| leaves.get(index)) {
            Some(leaf) => (leaf.schema.clone(), &*leaf.at),
            None => (self.string_of(leaves, &listed), at),
        };
        Pending {
            name: "String".to_owned(),
            schema,
            at: at.to_owned(),
            when: Test::String,
        }
    }

    /// The string that several alternatives are together.
    fn string_of(&self, leaves: &[Leaf], listed: &[Vec<Value>]) -> Value {
        let mut values: Vec<Value> = Vec::new();
        let mut lines = Vec::new();
        for (leaf, listed) in leaves.iter().zip(listed) {
            let doc = string_at(self.resolved(&leaf.schema), "/description");
            for value in listed {
                if !values.contains(value) {
                    lines.extend(value.as_str().map(|value| format!("- **{value}**: {doc}")));
                    values.push(value.clone());
                }
            }
        }
        let mut schema = json!({"type": "string"});
        if !values.is_empty() {
            schema["enum"] = values.into();
            schema["description"] = lines.join("\n").into();
        }
        schema
    }

    /// Alternatives that are all integers: an open enum if each of their values has a name.
    pub(crate) fn integers(&self, leaves: &[Leaf], kinds: &BTreeSet<Kind>, at: &str) -> Pending {
        let name = match kinds.contains(&Kind::Number) {
            true => "Integer",
            false => "Number",
        };
        let (schema, at) = match leaves {
            [only] => (only.schema.clone(), &*only.at),
            _ => (self.integer_of(leaves), at),
        };
        Pending {
            name: name.to_owned(),
            schema,
            at: at.to_owned(),
            when: Test::Integer,
        }
    }

    /// The integer that several alternatives are together.
    fn integer_of(&self, leaves: &[Leaf]) -> Value {
        let value = |leaf: &Leaf| match &self.constants(&leaf.schema)?[..] {
            [value] => Some((value.clone(), leaf.name.clone()?)),
            _ => None,
        };
        let all: Option<(Vec<_>, Vec<_>)> = leaves.iter().map(value).collect();
        match all {
            Some((values, names)) => {
                json!({"type": "integer", "enum": values, "x-enum-varnames": names})
            }
            None => json!({"type": "integer"}),
        }
    }

    /// Alternatives that are all arrays: distinguished by their items, or one array of all of them.
    pub(crate) fn arrays(&self, leaves: &[Leaf], at: &str) -> Vec<Pending> {
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

    fn items(&self, leaf: &Leaf) -> Value {
        let whole = self.whole(&leaf.schema, &leaf.at).ok();
        let items = whole.and_then(|mut whole| whole.members.shift_remove("items"));
        items.unwrap_or_else(|| json!({}))
    }
}

/// The alternative of several that are read alike.
pub(crate) fn first(name: &str, group: Vec<Leaf>, when: Test) -> Pending {
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
