//! The shape of a list operation: `limit` and `offset`, and a response with a `total` and exactly one
//! array of objects, in an envelope or not.

use serde_json::Value;

use crate::document::{Document, Operation, Property, reference};

/// The shape of the response of a list operation.
#[derive(Debug)]
pub struct List<'a> {
    /// The member that holds the page, if the response is an envelope.
    pub envelope: Option<&'a str>,
    /// The component of the response.
    pub response: &'a str,
    /// The component of the page.
    pub page: &'a str,
    /// The member that holds the items.
    pub items: &'a str,
    /// The component of each item.
    pub item: &'a str,
}

impl<'a> List<'a> {
    /// The list that an operation returns, if it has that shape.
    #[must_use]
    pub fn of(document: &Document<'a>, operation: &Operation<'a>) -> Option<Self> {
        if !operation.extension.paged {
            return None;
        }
        let responses = operation.value["responses"].as_object()?;
        let success = responses
            .iter()
            .find(|(status, _)| status.starts_with('2'))?;
        let response = reference(&success.1["content"]["application/json"]["schema"])?;
        let list = |envelope, page, (items, item)| Self {
            envelope,
            response,
            page,
            items,
            item,
        };
        if let Some(found) = items(document, response) {
            return Some(list(None, response, found));
        }
        let properties = &document.schemas.get(response)?.properties;
        let mut within = properties.iter().filter_map(|property| {
            let page = reference(property.value)?;
            Some(list(Some(property.name), page, items(document, page)?))
        });
        within.next().filter(|_| within.next().is_none())
    }
}

/// The member of a page that holds its items, and the component of these.
fn items<'a>(document: &Document<'a>, page: &str) -> Option<(&'a str, &'a str)> {
    let page = document.schemas.get(page)?;
    page.property("total")
        .filter(|total| is_number(total.value))?;
    let mut arrays = page
        .properties
        .iter()
        .filter_map(|property: &Property<'a>| {
            let item = reference(&property.value["items"])
                .filter(|_| property.value["type"] == "array")?;
            let is_object = document.schemas.get(item)?.value["type"] == "object";
            is_object.then_some((property.name, item))
        });
    arrays.next().filter(|_| arrays.next().is_none())
}

fn is_number(schema: &Value) -> bool {
    schema["type"] == "integer" || schema["type"] == "number"
}
