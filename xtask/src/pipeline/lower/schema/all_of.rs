//! Lowering `allOf`, `oneOf` and `anyOf`: a reference, one type of all parts, or alternatives.

use serde_json::{Value, json};

use crate::document::pointer;
use crate::pipeline::lower::content::{CONTENT, plain_ref, types_of};
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::schema::{constants, types};
use crate::pipeline::lower::shape::Shape;
use crate::pipeline::lower::usage::Side;

const MAX_DEPTH: usize = 32;
const MAX_COUNT: usize = 4000;

impl Lowering<'_> {
    /// Lowers a schema with `allOf`, `oneOf` or `anyOf`.
    pub(crate) fn combined(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
        let reference = self.annotated_reference(value, side);
        if let Some((reference, nullable)) = reference.filter(|(it, _)| !self.subtypes.has(it, at))
        {
            let mut shape = self.reference(reference, at, hint, side);
            shape.nullable |= nullable;
            return shape;
        }
        if let Some(end) = self.nest(at) {
            return end;
        }
        let shape = match self.whole(value, at) {
            Ok(whole) if whole.groups.is_empty() => {
                self.shape(&Value::Object(whole.members), at, hint, side)
            }
            Ok(whole) => self.alternatives(whole, at, hint, side),
            Err(text) => match self.all_strings(value) {
                Some(all) => {
                    self.note(at, "the parts of this `allOf` have an `enum` each, and no value is in both; it is read as an enum of all of them");
                    self.shape(&all, at, hint, side)
                }
                None => self.unsupported(at, text),
            },
        };
        self.nested.depth -= 1;
        shape
    }

    /// The enum of all values of a schema whose parts are nothing but strings.
    ///
    /// As an enum keeps unknown strings, it is not wrong even if the parts have no value in common.
    pub(crate) fn all_strings(&self, value: &Value) -> Option<Value> {
        let mut values: Vec<&Value> = Vec::new();
        let mut nullable = false;
        for part in self.parts(value) {
            let part = part.as_object()?;
            let (kinds, allows_null) = types(part);
            let has_branches = part.contains_key("oneOf") || part.contains_key("anyOf");
            if has_branches || kinds.iter().any(|kind| *kind != "string") {
                return None;
            }
            nullable |= allows_null;
            values.extend(constants(part));
        }
        let kind = match nullable {
            true => json!(["string", "null"]),
            false => json!("string"),
        };
        (!values.is_empty()).then(|| json!({"type": kind, "enum": values}))
    }

    /// Enters a schema that may have the content of others in it, unless there is no end of them.
    fn nest(&mut self, at: &str) -> Option<Shape> {
        if self.nested.depth == 0 {
            self.nested.count = 0;
        }
        self.nested.count += 1;
        if self.nested.count > MAX_COUNT {
            return Some(Shape::inline(json!({})));
        }
        if self.nested.depth == MAX_DEPTH || self.nested.count == MAX_COUNT {
            self.nested.count = MAX_COUNT;
            return Some(self.unsupported(at, "this schema contains itself; turn it into a component in the overlay, or define it without `allOf`"));
        }
        self.nested.depth += 1;
        None
    }

    /// The one reference of an `allOf` whose other parts add nothing to its type, and whether they
    /// add null.
    fn annotated_reference<'v>(&self, value: &'v Value, side: Side) -> Option<(&'v str, bool)> {
        let parts = value.get("allOf")?.as_array()?;
        let (references, others): (Vec<_>, Vec<_>) =
            parts.iter().partition(|part| plain_ref(part).is_some());
        let [reference] = references[..] else {
            return None;
        };
        let reference = plain_ref(reference)?;
        let target = pointer::resolve(self.document, reference)?;
        let mut own = value.clone();
        own.as_object_mut()?.shift_remove("allOf");
        let mut nullable = false;
        for part in others.into_iter().chain([&own]) {
            let part = part.as_object()?;
            let types = types_of(part.get("type").unwrap_or(&Value::Null));
            let kept: Vec<_> = types.iter().filter(|name| **name != "null").collect();
            let is_required = side.request && part.contains_key("required");
            let mut content = CONTENT.iter().chain(&["x-rust-type"]);
            let adds = content.any(|name| part.contains_key(*name));
            let is_of_type = match kept[..] {
                [] => true,
                [name] => self.kind(target) == Some(*name),
                _ => false,
            };
            if adds || is_required || !is_of_type {
                return None;
            }
            nullable |= types.contains(&"null");
        }
        Some((reference, nullable))
    }
}
