//! Lowering integers: plain ones, and enums of integers that have names.

use partner_api_codegen::contract::{Extension as _, IntegerValue, SchemaExtension};
use serde_json::{Map, Value, json};

use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::shape::Shape;

impl Lowering<'_> {
    /// Lowers an integer: plain, or an enum that keeps unknown values if all its values have names.
    pub(crate) fn integer(&self, source: &Map<String, Value>) -> Shape {
        match named_values(source) {
            Some(values) => {
                let schema = json!({"type": "integer", "format": "int64"});
                Shape::named(SchemaExtension::IntegerEnum(values).on(schema))
            }
            None => number(source, "integer"),
        }
    }
}

/// A plain number with its format, if it is one that Rust has.
pub(crate) fn number(source: &Map<String, Value>, kind: &str) -> Shape {
    let formats = ["int32", "int64", "uint32", "uint64", "float", "double"];
    let format = source.get("format").and_then(Value::as_str);
    let mut schema = json!({ "type": kind });
    if let Some(format) = format.filter(|format| formats.contains(format)) {
        schema["format"] = format.into();
    }
    Shape::inline(schema)
}

/// The values of an enum with their names.
fn named_values(source: &Map<String, Value>) -> Option<Vec<IntegerValue>> {
    let values = source.get("enum")?.as_array()?;
    let published = source.get("x-enum-varnames")?.as_array()?;
    let mut all: Vec<IntegerValue> = Vec::new();
    let values = values.iter().filter(|value| !value.is_null());
    for (index, value) in values.enumerate() {
        let value = value.as_i64()?;
        if all.iter().any(|other| other.value == value) {
            continue;
        }
        let mut name = names::pascal(published.get(index)?.as_str()?);
        if name == "Unknown" || all.iter().any(|other| other.name == name) {
            name = names::pascal(&format!("{name} {value}"));
        }
        all.push(IntegerValue { name, value });
    }
    (!all.is_empty()).then_some(all)
}
