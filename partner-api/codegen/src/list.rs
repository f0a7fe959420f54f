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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::KEY;

    /// The envelope, items and item of the list that an operation with this response returns.
    fn list(response: Value) -> Option<(Option<String>, String, String)> {
        let items = json!({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}});
        let document = json!({
            "paths": {"/things": {"get": {
                "operationId": "list_things",
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Response"}}}}},
                KEY: {"idempotent": true, "paged": true},
            }}},
            "components": {"schemas": {
                "Page": {"type": "object", "properties": {"things": items, "total": {"type": "integer"}}},
                "Response": response,
                "Thing": {"type": "object", "properties": {"id": {"type": "string"}}},
            }},
        });
        let document = Document::read(&document).unwrap();
        let list = List::of(&document, &document.operations[0])?;
        let envelope = list.envelope.map(str::to_owned);
        Some((envelope, list.items.to_owned(), list.item.to_owned()))
    }

    #[test]
    fn a_list_has_a_total_and_one_array_of_objects() {
        let things = json!({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}});
        let total = json!({"type": "integer"});
        let object = |properties: Value| json!({"type": "object", "properties": properties});
        let found = |envelope: Option<&str>| {
            Some((
                envelope.map(str::to_owned),
                "things".to_owned(),
                "Thing".to_owned(),
            ))
        };
        assert_eq!(
            list(object(json!({"things": things, "total": total}))),
            found(None)
        );
        let page = json!({"$ref": "#/components/schemas/Page"});
        assert_eq!(list(object(json!({"data": page}))), found(Some("data")));
        assert_eq!(list(object(json!({"things": things}))), None);
        let two = json!({"things": things, "others": things, "total": total});
        assert_eq!(list(object(two)), None);
        assert_eq!(list(object(json!({"data": page, "more": page}))), None);
    }
}
