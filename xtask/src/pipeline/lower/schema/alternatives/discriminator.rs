//! What a `discriminator` states of the alternatives: the values that select each of them.

use serde_json::Value;

use crate::document::pointer;
use crate::pipeline::lower::content::plain_ref;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::schema::alternatives::leaves::Leaf;
use crate::pipeline::lower::schema::whole::Group;

impl Lowering<'_> {
    /// Notes the values of the discriminating property that select the alternatives of a branch.
    pub(super) fn tag(&self, leaves: &mut [Leaf], branch: &Value, discriminator: &Value) {
        let tag = string_at(discriminator, "/propertyName");
        if tag.is_empty() {
            return;
        }
        let mapped = |schema: &Value| {
            let reference = plain_ref(schema);
            let is_target = |target: &Value| {
                let target = target.as_str();
                let is_named = reference.is_some_and(|reference| {
                    target == Some(reference) || target == pointer::schema_name(reference)
                });
                // A pointer may lead to the branch itself.
                let found = || pointer::resolve(self.document, target?);
                is_named || found() == Some(schema)
            };
            let mapping = discriminator.get("mapping")?.as_object()?.iter();
            let values = mapping.filter(|(_, target)| is_target(target));
            let values: Vec<_> = values
                .map(|(value, _)| Value::from(value.as_str()))
                .collect();
            (!values.is_empty()).then_some(values)
        };
        let is_alone = leaves.len() == 1;
        for leaf in leaves {
            let own = mapped(&leaf.schema).or_else(|| mapped(branch).filter(|_| is_alone));
            if own.is_none() && leaf.tags.contains_key(tag) {
                continue;
            }
            let fixed = || self.constants(self.fixed_property(&leaf.schema, tag)?);
            let name = || {
                let reference = plain_ref(&leaf.schema).or_else(|| plain_ref(branch))?;
                Some(vec![pointer::schema_name(reference)?.into()])
            };
            let values = own.or_else(fixed).or_else(|| mapped(branch)).or_else(name);
            if let Some(values) = values {
                leaf.tags.insert(tag.to_owned(), values);
            }
        }
    }

    /// Notes the values of a discriminator whose targets do not exist.
    pub(crate) fn note_lost_targets(&mut self, group: &Group) {
        let mapping = group
            .discriminator
            .as_ref()
            .and_then(|it| it.get("mapping"));
        for (value, target) in mapping.and_then(Value::as_object).into_iter().flatten() {
            let target = target.as_str().unwrap_or_default();
            let named = format!("#{}", pointer::join("/components/schemas", target));
            let mut all = [target, &named].into_iter();
            if all.all(|it| pointer::resolve(self.document, it).is_none()) {
                let text = format!(
                    "the target `{target}` of its `mapping` does not exist, so the value `{value}` selects nothing"
                );
                self.note(&group.at, &text);
            }
        }
    }

    /// A property of a schema or of one of its `allOf` parts: the one that says most of its values.
    fn fixed_property<'s>(&'s self, schema: &'s Value, name: &str) -> Option<&'s Value> {
        let parts = self.parts(schema).into_iter();
        let all = parts.filter_map(|part| part.get("properties")?.get(name));
        all.min_by_key(|property| self.constants(property).map_or(usize::MAX, |all| all.len()))
    }
}
