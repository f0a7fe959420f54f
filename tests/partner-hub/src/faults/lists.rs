//! Faults of lists, applied to a correct page.

use serde_json::{Map, Value};

use crate::api::response::ApiResponse;
use crate::faults::fault::{Fault, ItemRange};

/// Applies faults, in this order, to a response, and returns whether it has a list. Positions include
/// the items that an earlier fault has hidden.
pub(crate) fn apply(faults: &[Fault], response: &mut ApiResponse) -> bool {
    if faults.is_empty() {
        return false;
    }
    let (mut head, name, items) = match serde_json::from_slice(&response.body) {
        Ok(Value::Array(items)) => (Map::new(), None, items),
        Ok(Value::Object(mut head)) => match take_items(&mut head) {
            Some((name, items)) => (head, Some(name), items),
            // An error has no list.
            None => return false,
        },
        _ => return false,
    };
    let number = |head: &Map<String, Value>, name| head.get(name).and_then(Value::as_u64);
    let offset = number(&head, "offset").unwrap_or_default();
    let mut items: Vec<(u64, Value)> = (0..).zip(items).collect();
    for fault in faults {
        match fault {
            Fault::HideItems(range) => items.retain(|(at, _)| !range.contains(offset, *at)),
            Fault::NullItems(range) => {
                let null = items
                    .iter_mut()
                    .filter(|(at, _)| range.contains(offset, *at));
                null.for_each(|(_, item)| *item = Value::Null);
            }
            Fault::ShortPage { max, announced } => {
                items.truncate(*max as usize);
                if let (true, Some(limit)) = (*announced, number(&head, "limit")) {
                    head.insert("limit".to_owned(), limit.min((*max).into()).into());
                }
            }
            Fault::WrongTotal { by } => {
                if let Some(total) = number(&head, "total") {
                    let total = total.saturating_add_signed((*by).into());
                    head.insert("total".to_owned(), total.into());
                }
            }
            _ => {}
        }
    }
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    let body = match name {
        None => Value::Array(items),
        Some(name) => {
            head.insert("count".to_owned(), items.len().into());
            head.insert(name, items.into());
            head.into()
        }
    };
    response.body = body.to_string().into();
    true
}

/// Removes the array of items; returns the name of its member and the items.
fn take_items(head: &mut Map<String, Value>) -> Option<(String, Vec<Value>)> {
    let found = head
        .iter()
        .find(|(name, value)| *name != "sort" && value.is_array());
    let name = found?.0.clone();
    match head.remove(&name)? {
        Value::Array(items) => Some((name, items)),
        _ => None,
    }
}

impl ItemRange {
    /// Whether the range contains this position of the page that begins at the offset.
    fn contains(self, offset: u64, in_page: u64) -> bool {
        let position = if self.per_page {
            in_page
        } else {
            offset.saturating_add(in_page)
        };
        (self.from..self.to).contains(&position)
    }
}
