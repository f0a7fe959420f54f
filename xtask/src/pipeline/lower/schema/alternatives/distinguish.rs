//! What distinguishes objects of several types: fixed values of a property, a property that only one
//! of them has and requires, or the JSON type of one that they require.

use std::collections::{BTreeMap, BTreeSet};

use partner_api_codegen::contract::{Member, MemberTest};
use serde_json::{Map, Value};

use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::schema::alternatives::kind::Kind;
use crate::pipeline::lower::schema::alternatives::leaves::Leaf;

/// Alternatives in the order in which they are tested, each with what it must have.
pub(crate) type Order = Vec<(usize, Vec<Member>)>;

/// Alternatives of which some are not distinguished.
#[derive(Debug)]
pub(crate) struct Overlap {
    /// Those that are.
    pub(crate) order: Order,
    /// Those that no test distinguishes from each other.
    pub(crate) open: Vec<usize>,
}

/// What is known of the objects of one alternative.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) properties: Map<String, Value>,
    pub(crate) required: BTreeSet<String>,
    /// The values of properties that have no other.
    constants: BTreeMap<String, Vec<Value>>,
    /// The types of properties, none of them for any JSON, and whether null is one.
    kinds: BTreeMap<String, (BTreeSet<Kind>, bool)>,
    is_rest: bool,
}

impl Lowering<'_> {
    pub(crate) fn facts(&self, leaf: &Leaf) -> Facts {
        let mut members = match self.whole(&leaf.schema, &leaf.at) {
            Ok(whole) => whole.members,
            Err(_) => Map::new(),
        };
        let required = members.shift_remove("required").unwrap_or_default();
        let required = required.as_array().into_iter().flatten();
        let required = required.filter_map(Value::as_str).map(str::to_owned);
        let mut required: BTreeSet<String> = required.collect();
        let properties = match members.shift_remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let mut constants: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        if !leaf.is_rest {
            for (name, property) in &properties {
                let found = self.constants(property);
                constants.extend(found.map(|values| (name.clone(), values)));
            }
            required.extend(leaf.tags.keys().cloned());
            constants.extend(leaf.tags.clone());
        }
        Facts {
            properties,
            required,
            constants,
            kinds: BTreeMap::new(),
            is_rest: leaf.is_rest,
        }
    }

    /// The tests that distinguish alternatives, if there are some for each.
    pub(crate) fn distinguish(&self, facts: &mut [Facts]) -> Result<Order, Overlap> {
        // Fixed values of a property suffice most of the time.
        if let Ok(order) = order(facts)
            && order
                .iter()
                .all(|(index, members)| facts[*index].is_rest || !members.is_empty())
        {
            return Ok(order);
        }
        let required = facts.iter().flat_map(|facts| facts.required.iter());
        let required: BTreeSet<String> = required.cloned().collect();
        for facts in facts.iter_mut().filter(|facts| !facts.is_rest) {
            for name in &required {
                let kinds = match facts.properties.get(name) {
                    Some(property) => self.kinds(property),
                    None if facts.required.contains(name) => (BTreeSet::new(), false),
                    None => continue,
                };
                facts.kinds.insert(name.clone(), kinds);
            }
        }
        order(facts)
    }

    /// An alternative's own properties are those that no other has with that type: an object with own
    /// properties of exactly one alternative is of that one, and any other stays JSON.
    pub(crate) fn distinguish_loosely(
        &self,
        facts: &mut [Facts],
        overlap: &Overlap,
    ) -> Option<Order> {
        let open = &overlap.open;
        let is_object =
            |index: &usize| !facts[*index].is_rest && !facts[*index].properties.is_empty();
        // What have one property each are parts of one object rather than alternatives.
        let is_distinctive = open.iter().any(|index| facts[*index].properties.len() > 1);
        if !is_distinctive || !open.iter().all(is_object) {
            return None;
        }
        for index in open {
            let facts = &mut facts[*index];
            for (name, property) in &facts.properties {
                facts.kinds.insert(name.clone(), self.kinds(property));
            }
        }
        let own = |index: usize| -> Vec<Member> {
            let (own, others) = (&facts[index], open.iter().filter(|other| **other != index));
            let others: Vec<_> = others.map(|other| &facts[*other]).collect();
            let names = own.properties.keys();
            let tests = names.filter_map(|name| own_property(name, own, &others));
            tests.collect()
        };
        let all: Vec<Vec<Member>> = open.iter().map(|index| own(*index)).collect();
        let mut order = Order::new();
        for (place, index) in open.iter().enumerate() {
            let others = all.iter().enumerate().filter(|(other, _)| *other != place);
            let others: Vec<Member> = others.flat_map(|(_, members)| members.clone()).collect();
            let member = |is: fn(Vec<Member>) -> MemberTest, members: &[Member]| {
                let name = members.first()?.name.clone();
                let is = is(members.to_vec());
                Some(Member { name, is })
            };
            let any = match &all[place][..] {
                [only] => only.clone(),
                several => member(MemberTest::Any, several)?,
            };
            let none = member(MemberTest::None, &others)?;
            order.push((*index, vec![any, none]));
        }
        Some(order)
    }

    /// The types of a schema, none of them for any JSON, and whether null is one.
    pub(crate) fn kinds(&self, schema: &Value) -> (BTreeSet<Kind>, bool) {
        let Ok(leaves) = self.leaves(schema, "") else {
            return Default::default();
        };
        let kinds: Option<_> = leaves.all.iter().map(|leaf| leaf.kind).collect();
        (kinds.unwrap_or_default(), leaves.nullable)
    }

    /// Whether an object of the second type can be read as one of the first without a loss.
    pub(crate) fn includes(&self, wide: &Facts, narrow: &Facts, depth: usize) -> bool {
        if wide.properties.is_empty() {
            return true;
        }
        let mut properties = narrow.properties.iter();
        !narrow.properties.is_empty()
            && properties.all(|(name, property)| {
                let same = wide.properties.get(name);
                same.is_some_and(|wide| self.covers(wide, property, depth))
            })
    }

    /// Whether a value of the second schema can be read as one of the first without a loss.
    fn covers(&self, wide: &Value, narrow: &Value, depth: usize) -> bool {
        if self.resolved(wide) == self.resolved(narrow) {
            return true;
        }
        let (Ok(wide), Ok(narrow)) = (self.leaves(wide, ""), self.leaves(narrow, "")) else {
            return false;
        };
        let is_any = wide.all.iter().any(|leaf| leaf.kind.is_none());
        let covers = |wide: &Leaf, narrow: &Leaf| match (wide.kind, narrow.kind) {
            (Some(Kind::Number), Some(Kind::Integer)) => true,
            (Some(Kind::Array), Some(Kind::Array)) if depth > 0 => {
                let items = |leaf: &Leaf| {
                    let whole = self.whole(&leaf.schema, &leaf.at).ok();
                    whole.and_then(|mut whole| whole.members.shift_remove("items"))
                };
                match (items(wide), items(narrow)) {
                    (None, _) => true,
                    (Some(wide), Some(narrow)) => self.covers(&wide, &narrow, depth - 1),
                    (Some(_), None) => false,
                }
            }
            (Some(Kind::Object), Some(Kind::Object)) if depth > 0 => {
                self.includes(&self.facts(wide), &self.facts(narrow), depth - 1)
            }
            (Some(Kind::Array | Kind::Object), _) => false,
            (wide, narrow) => wide == narrow,
        };
        is_any
            || narrow
                .all
                .iter()
                .all(|narrow| wide.all.iter().any(|wide| covers(wide, narrow)))
    }
}

/// The alternatives with their tests, or those that no test distinguishes.
fn order(facts: &[Facts]) -> Result<Order, Overlap> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in facts.iter().flat_map(|facts| facts.constants.keys()) {
        *counts.entry(name).or_default() += 1;
    }
    let mut order = Order::new();
    let mut open: Vec<usize> = (0..facts.len()).collect();
    // A map may have any property, so it is tested last.
    open.sort_by_key(|index| (facts[*index].is_rest, facts[*index].properties.is_empty()));
    while !open.is_empty() {
        let found = open.iter().enumerate().find_map(|(place, index)| {
            let except = |all: &mut dyn Iterator<Item = usize>| -> Vec<&Facts> {
                all.filter(|it| it != index).map(|it| &facts[it]).collect()
            };
            let own = &facts[*index];
            // A test that no other passes rejects more of what nobody knows.
            let all = except(&mut (0..facts.len()));
            let members = tests(own, &all, &counts).or_else(|| {
                let others = except(&mut open.iter().copied());
                match others.is_empty() {
                    true => Some(own_test(own, &counts)),
                    false => tests(own, &others, &counts),
                }
            });
            Some((place, members?))
        });
        let Some((place, members)) = found else {
            return Err(Overlap { order, open });
        };
        order.push((open.remove(place), members));
    }
    Ok(order)
}

/// The test that a property passes in one alternative, and in none of the others.
fn own_property(name: &str, own: &Facts, others: &[&Facts]) -> Option<Member> {
    let name = name.to_owned();
    let has = |other: &&&Facts| other.properties.contains_key(&name);
    let kinds = |facts: &Facts| facts.kinds.get(&name).map(|(kinds, _)| kinds.clone());
    let is = match others.iter().any(|other| has(&other)) {
        false => MemberTest::Present,
        true => {
            let own = kinds(own).filter(|kinds| !kinds.is_empty())?;
            let is_other = |other: &&Facts| {
                let Some(other) = kinds(other) else {
                    return true;
                };
                let mut pairs = own
                    .iter()
                    .flat_map(|one| other.iter().map(move |it| (one, it)));
                !other.is_empty() && pairs.all(|(one, other)| !one.overlaps(*other))
            };
            if !others.iter().all(is_other) {
                return None;
            }
            MemberTest::Type(own.iter().map(|kind| kind.test()).collect())
        }
    };
    Some(Member { name, is })
}

/// Whether no test distinguishes one of two alternatives from the other.
pub(crate) fn overlap(one: &Facts, other: &Facts) -> bool {
    let counts = BTreeMap::new();
    tests(one, &[other], &counts).is_none() && tests(other, &[one], &counts).is_none()
}

/// The tests that an object of one type always passes, and one of the others never.
fn tests(own: &Facts, others: &[&Facts], counts: &BTreeMap<&str, usize>) -> Option<Vec<Member>> {
    let candidates = candidates(own, counts);
    let mut open: Vec<&Facts> = others.to_vec();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let rejected = |member: &Member| open.iter().filter(|it| rejects(member, own, it)).count();
        let mut best: Option<(usize, &Member)> = None;
        for member in &candidates {
            let count = rejected(member);
            if count > best.map_or(0, |(count, _)| count) {
                best = Some((count, member));
            }
        }
        let (_, member) = best?;
        open.retain(|other| !rejects(member, own, other));
        chosen.push(member.clone());
    }
    Some(chosen)
}

/// What an object of one type must have if nothing distinguishes it from others.
fn own_test(own: &Facts, counts: &BTreeMap<&str, usize>) -> Vec<Member> {
    let is_sure = |member: &Member| own.required.contains(&member.name);
    candidates(own, counts)
        .into_iter()
        .find(is_sure)
        .into_iter()
        .collect()
}

/// The tests that objects of one type pass, the best ones first.
fn candidates(own: &Facts, counts: &BTreeMap<&str, usize>) -> Vec<Member> {
    let mut fixed: Vec<_> = own.constants.iter().collect();
    let place = |name: &str| own.properties.keys().position(|other| other == name);
    fixed.sort_by_key(|(name, _)| {
        let count = counts.get(name.as_str()).copied().unwrap_or_default();
        (std::cmp::Reverse(count), place(name))
    });
    let fixed = fixed.into_iter().map(|(name, values)| Member {
        name: name.clone(),
        is: MemberTest::OneOf(values.clone()),
    });
    let always = || {
        let kinds = own.kinds.iter().filter(|(_, (_, nullable))| !nullable);
        kinds.filter(|(name, _)| own.required.contains(*name))
    };
    let present = always().map(|(name, _)| Member {
        name: name.clone(),
        is: MemberTest::Present,
    });
    let typed = always().filter(|(_, (kinds, _))| !kinds.is_empty());
    let typed = typed.map(|(name, (kinds, _))| Member {
        name: name.clone(),
        is: MemberTest::Type(kinds.iter().map(|kind| kind.test()).collect()),
    });
    fixed.chain(present).chain(typed).collect()
}

/// Whether no object of another type passes a test that those of its own type pass.
fn rejects(member: &Member, own: &Facts, other: &Facts) -> bool {
    if other.is_rest {
        return true;
    }
    let name = &member.name;
    let is_missing = !other.properties.contains_key(name) && !other.constants.contains_key(name);
    let has_other_type = || match (own.kinds.get(name), other.kinds.get(name)) {
        (Some((own, _)), Some((other, _))) if !own.is_empty() && !other.is_empty() => own
            .iter()
            .all(|one| other.iter().all(|it| !one.overlaps(*it))),
        _ => false,
    };
    match (&member.is, other.constants.get(name)) {
        (MemberTest::OneOf(values), Some(others)) => !values.iter().any(|it| others.contains(it)),
        (MemberTest::OneOf(_), None) => {
            own.required.contains(name) && (is_missing || has_other_type())
        }
        (MemberTest::Present, _) => is_missing,
        (MemberTest::Type(_), _) => is_missing || has_other_type(),
        (MemberTest::Any(_) | MemberTest::None(_), _) => false,
    }
}

/// A property that only the first of two has, and that may be missing from it.
pub(crate) fn distinguishing<'f>(own: &'f Facts, other: &Facts) -> Option<&'f str> {
    let mut names = own.properties.keys().map(String::as_str);
    names.find(|name| !other.properties.contains_key(*name))
}
