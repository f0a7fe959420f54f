//! What a mocked operation responds with, besides a body of its own.
#![allow(dead_code, reason = "a document need not have lists")]

use httpmock::{HttpMockRequest, HttpMockResponse, Then};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Responds with an error body of the API.
pub(crate) fn error(then: Then, status: u16, message: &str) -> Then {
    assert!(
        status >= 400,
        "{status} is not the status of an error; expected 400 or higher"
    );
    let meta = json!({"developer_message": message, "http_code": status, "success": false});
    then.status(status)
        .header("content-type", "application/json")
        .json_body(json!({ "meta": meta }))
}

/// Responds with the page of a list that a request asks for.
///
/// `name` is the member of the page with the items, `envelope` the member of the response with the page.
/// `positions` are the members among `limit`, `offset` and `count` that the page has.
pub(crate) fn items<T: Serialize>(
    then: Then,
    envelope: Option<&'static str>,
    name: &'static str,
    positions: &'static [&'static str],
    items: impl IntoIterator<Item = T>,
) -> Then {
    let items: Vec<Value> = items.into_iter().map(|item| json!(item)).collect();
    then.respond_with(move |request| {
        let limit = number(request, "limit");
        let offset = number(request, "offset").unwrap_or(0);
        let rest = items.get(offset..).unwrap_or_default();
        let shown = &rest[..limit.unwrap_or(rest.len()).min(rest.len())];
        let mut page = Map::new();
        page.insert(name.to_owned(), shown.into());
        page.insert("total".to_owned(), items.len().into());
        for position in positions {
            let value = match *position {
                "limit" => json!(limit),
                "offset" => json!(offset),
                _ => json!(shown.len()),
            };
            page.insert((*position).to_owned(), value);
        }
        let body = match envelope {
            Some(envelope) => json!({ envelope: page }),
            None => page.into(),
        };
        HttpMockResponse::builder()
            .status(200)
            .header("content-type", "application/json")
            .body(body.to_string())
            .build()
    })
}

/// A number in the query of a request.
fn number(request: &HttpMockRequest, name: &str) -> Option<usize> {
    let query = request.query_params();
    let (_, value) = query.iter().find(|(key, _)| key == name)?;
    value.parse().ok()
}
