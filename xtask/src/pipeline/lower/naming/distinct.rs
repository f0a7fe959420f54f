//! Published names that are the same in Rust: one of them keeps the name, the others
//! are spelled out or numbered.
//!
//! The order of the document does not matter, so pages that come in another order rename nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::naming::names;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Operation,
    Schema,
    Parameter,
    Property,
    Value,
}

/// A published name, and the one it should have in Rust.
pub(crate) struct Wanted {
    /// The pointer of what is named.
    pub(crate) at: String,
    pub(crate) published: String,
    pub(crate) rust: String,
    /// Whether the overlay chose it.
    pub(crate) is_chosen: bool,
}

impl Lowering<'_> {
    /// The names in Rust, all different, in the order of `wanted`.
    ///
    /// Names of the overlay are kept, then those that are published as they are in Rust, then the first
    /// in the alphabet. Each of the others gets a note with its name: with its marks in words if that
    /// helps, or with a number.
    pub(crate) fn distinct(&mut self, named: Named, wanted: &[Wanted]) -> Vec<String> {
        let mut given: Vec<String> = wanted.iter().map(|it| it.rust.clone()).collect();
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by_key(|index| rank(&wanted[*index]));
        let mut holders: BTreeMap<String, usize> = BTreeMap::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut late = Vec::new();
        for index in order {
            let it = &wanted[index];
            let forms = named.forms(&it.rust);
            match forms.iter().find_map(|form| holders.get(form)) {
                None => {
                    holders.extend(forms.iter().map(|form| (form.clone(), index)));
                    taken.extend(forms);
                }
                Some(first) if it.is_chosen => self.collision(&it.rust, &wanted[*first].at, &it.at),
                Some(first) => late.push((index, *first)),
            }
        }
        for (index, first) in late {
            let (it, first) = (&wanted[index], &wanted[first]);
            let numbers = (2..).map(|number| named.numbered(&it.rust, number));
            let is_free = |name: &String| named.forms(name).iter().all(|it| !taken.contains(it));
            let mut names = std::iter::once(named.spelled(&it.published)).chain(numbers);
            let Some(name) = names.find(is_free) else {
                continue;
            };
            taken.extend(named.forms(&name));
            let text = format!(
                "{:?} is called `{name}`, because {:?} is called `{}`; {}",
                it.published,
                first.published,
                first.rust,
                named.advice(),
            );
            self.note(&it.at, &text);
            given[index] = name;
        }
        given
    }
}

impl Lowering<'_> {
    /// Notes a name that Rust or the generated client uses for something else.
    pub(crate) fn renamed(&mut self, at: &str, published: &str, rust: &str, named: Named) {
        let user = match named {
            Named::Operation => "Rust or the client uses",
            _ => "its builder uses",
        };
        let text = format!(
            "{published:?} is called `{rust}`, because {user} that name itself; {}",
            named.advice(),
        );
        self.note(at, &text);
    }
}

/// Lower-case letters come before upper-case ones: of `asc` and `ASC`, the first is the usual one.
fn rank(wanted: &Wanted) -> impl Ord + use<> {
    let Wanted {
        at,
        published,
        rust,
        is_chosen,
    } = wanted;
    let letters: Vec<_> = published.chars().map(|c| (c.is_uppercase(), c)).collect();
    let has_marks = names::spelled(published) != *published;
    (
        !is_chosen,
        published != rust,
        has_marks,
        letters,
        at.clone(),
    )
}

impl Named {
    /// The name with its marks in words.
    fn spelled(self, published: &str) -> String {
        let words = names::spelled(published);
        match self {
            Self::Operation => names::operation(&words).0,
            Self::Schema => names::short_type_name(&words),
            Self::Parameter => names::parameter(&words).0,
            Self::Property => names::snake(&words),
            Self::Value => names::pascal(&words),
        }
    }

    /// The name with a number.
    fn numbered(self, name: &str, number: usize) -> String {
        match self {
            Self::Schema | Self::Value => format!("{name}{number}"),
            Self::Operation | Self::Parameter | Self::Property => format!("{name}_{number}"),
        }
    }

    /// The names in the generated code that come from a name.
    fn forms(self, name: &str) -> BTreeSet<String> {
        match self {
            // The method, the builder and the constant.
            Self::Operation => [name.to_owned(), names::pascal(name), name.to_uppercase()].into(),
            _ => [name.to_owned()].into(),
        }
    }

    /// How a better name is chosen.
    const fn advice(self) -> &'static str {
        match self {
            Self::Operation => "for another name, give it another `operationId` in the overlay",
            Self::Value => "for another name, set `x-enum-varnames` in the overlay",
            Self::Schema | Self::Parameter | Self::Property => {
                "for another name, give it an `x-rust-name` in the overlay"
            }
        }
    }
}
