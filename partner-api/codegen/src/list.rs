//! The shape of a list that can be read whole: `limit` and `offset`, and an answer with a `total` and
//! exactly one array of objects, in an envelope or not.

use serde_json::{Map, Value};

/// The shape of an answer.
pub struct List<'a> {
    /// The member that holds the page, where the answer is an envelope.
    pub envelope: Option<&'a str>,
    /// The component of the answer.
    pub answer: &'a str,
    /// The component of the page.
    pub page: &'a str,
    /// The member that holds the rows, and their component.
    pub rows: &'a str,
    /// The component of each row.
    pub row: &'a str,
}

impl<'a> List<'a> {
    /// The list that an operation gives, if it has that shape.
    pub fn of(document: &'a Value, operation: &'a Value) -> Option<Self> {
        operation["x-codegen"].get("page")?;
        let responses = operation["responses"].as_object()?;
        let success = responses
            .iter()
            .find(|(status, _)| status.starts_with('2'))?;
        let answer = reference(&success.1["content"]["application/json"]["schema"])?;
        if let Some((rows, row)) = page(document, answer) {
            let (envelope, page) = (None, answer);
            return Some(Self {
                envelope,
                answer,
                page,
                rows,
                row,
            });
        }
        let mut within = properties(document, answer)?
            .iter()
            .filter_map(|(name, schema)| {
                let inner = reference(schema)?;
                let (rows, row) = page(document, inner)?;
                let (envelope, page) = (Some(name.as_str()), inner);
                Some(Self {
                    envelope,
                    answer,
                    page,
                    rows,
                    row,
                })
            });
        within.next().filter(|_| within.next().is_none())
    }
}

/// The member of a page that holds its rows, and the component of these.
fn page<'a>(document: &'a Value, component: &str) -> Option<(&'a str, &'a str)> {
    let properties = properties(document, component)?;
    properties.get("total").filter(|total| is_number(total))?;
    let mut arrays = properties.iter().filter_map(|(name, schema)| {
        let row = reference(&schema["items"]).filter(|_| schema["type"] == "array")?;
        let is_object = document["components"]["schemas"][row]["type"] == "object";
        is_object.then_some((name.as_str(), row))
    });
    arrays.next().filter(|_| arrays.next().is_none())
}

/// The members of a component.
pub fn properties<'a>(document: &'a Value, component: &str) -> Option<&'a Map<String, Value>> {
    document["components"]["schemas"][component]["properties"].as_object()
}

/// The component that a schema refers to, with or without words of its own.
pub fn reference(schema: &Value) -> Option<&str> {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.pointer("/allOf/0/$ref"));
    reference?.as_str()?.rsplit('/').next()
}

/// Whether a schema is a whole number or another one.
pub fn is_number(schema: &Value) -> bool {
    schema["type"] == "integer" || schema["type"] == "number"
}
