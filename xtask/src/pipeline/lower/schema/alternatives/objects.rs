//! The alternatives that are objects: distinguished, read as another one, or rejected.

use partner_api_codegen::contract::{Member, MemberTest, Test};
use serde_json::{Value, json};

use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::alternatives::distinguish::{
    Facts, Order, distinguishing, overlap,
};
use crate::pipeline::lower::schema::alternatives::leaves::Leaf;
use crate::pipeline::lower::schema::alternatives::pending::Pending;
use crate::pipeline::lower::usage::Side;

impl Lowering<'_> {
    /// Alternatives that are all objects, each with the test that distinguishes it.
    pub(crate) fn objects(
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
                    Some(loose) => {
                        self.note_loose(&leaves, &loose, at);
                        break overlap.order.into_iter().chain(loose).collect();
                    }
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
        let pending = order.into_iter();
        let pending = pending.map(|(index, members)| match is_alone {
            true => self.named_object(&leaves[index], Vec::new()),
            false => self.named_object(&leaves[index], members),
        });
        Ok(pending.collect())
    }

    /// An alternative with its name: that of its component, its fixed value or what it must have.
    fn named_object(&self, leaf: &Leaf, members: Vec<Member>) -> Pending {
        let fixed = members.iter().find_map(|member| match &member.is {
            MemberTest::OneOf(values) => match &values[..] {
                [Value::String(value)] => Some(value.clone()),
                [value] => Some(format!("{} {value}", member.name)),
                _ => None,
            },
            _ => None,
        });
        let required = || {
            let is_required = |it: &&Member| !matches!(it.is, MemberTest::None(_));
            let names = members.iter().filter(is_required).map(|it| &*it.name);
            names.collect::<Vec<_>>().join(" ")
        };
        let name = leaf.name.clone().or(fixed).unwrap_or_else(required);
        Pending {
            name: match name.is_empty() {
                true => "Object".to_owned(),
                false => self.rust_name(&name),
            },
            schema: leaf.schema.clone(),
            at: leaf.at.clone(),
            when: Test::Object(members),
        }
    }

    fn note_included(&mut self, wide: &Leaf, narrow: &Leaf, at: &str) {
        let (narrow, wide) = (label(narrow), label(wide));
        let text = format!("{narrow} is read as {wide}, which has all its properties");
        self.note(at, &text);
    }

    /// Notes which objects are read as which alternative, and which as none.
    fn note_loose(&mut self, leaves: &[Leaf], loose: &Order, at: &str) {
        let each = loose.iter().map(|(index, members)| {
            let own = match members.first().map(|member| &member.is) {
                Some(MemberTest::Any(own)) => own,
                _ => members.get(..1).unwrap_or_default(),
            };
            let own = own.iter().map(|it| match it.is {
                MemberTest::Type(_) => format!("`{}` of its type", it.name),
                _ => format!("`{}`", it.name),
            });
            let names: Vec<_> = own.collect();
            let names = match names.len() {
                0..=4 => names.join(" or "),
                count => format!("{} or {} others", names[..3].join(", "), count - 3),
            };
            format!("{names} is {}", label(&leaves[*index]))
        });
        let each: Vec<_> = each.collect();
        let text = format!(
            "no required property distinguishes these alternatives, so their own properties do: an object with {}; \
             one with those of none or of several stays JSON",
            each.join(", with ")
        );
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

    /// The Rust name of an alternative that has the name of a component, or another.
    fn rust_name(&self, name: &str) -> String {
        let component = self.rust_names.get(name).cloned();
        component.unwrap_or_else(|| names::type_name(name))
    }
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

/// Why no test distinguishes two alternatives, and what to do.
fn overlapping(leaves: &[Leaf], facts: &[Facts], open: &[usize]) -> String {
    let pairs = open
        .iter()
        .flat_map(|one| open.iter().map(move |other| (*one, *other)));
    let mut pairs = pairs.filter(|(one, other)| one < other);
    let pair = pairs.find(|(one, other)| overlap(&facts[*one], &facts[*other]));
    let (one, other) = pair.unwrap_or((open[0], open[1]));
    let require = |own: usize, other: usize| {
        let name = distinguishing(&facts[own], &facts[other])?;
        Some(format!("require `{name}` in {}, ", label(&leaves[own])))
    };
    let require = require(one, other).or_else(|| require(other, one));
    format!(
        "the alternatives {} and {} overlap: no required property and no fixed value distinguishes them, so \
         a value could be read as the wrong one; in the overlay, {}give each a `const` property or all a \
         `discriminator`, or replace them by the right one or by `{{}}`",
        label(&leaves[one]),
        label(&leaves[other]),
        require.unwrap_or_default(),
    )
}
