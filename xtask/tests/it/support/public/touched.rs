//! Which operations a message about a part of the document concerns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::run::Message;
use crate::support::splitter::{METHODS, reach};

/// The operations of a document with the components that each reaches.
pub struct Reached(BTreeMap<String, BTreeSet<(String, String)>>);

impl Reached {
    /// Those of the document that the pipeline generated, into which its messages point.
    pub fn of(document: &Value) -> Self {
        let mut reached = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
                let mut components = BTreeSet::new();
                reach(document, &item[*method], &mut components);
                reach(document, &item["parameters"], &mut components);
                let token = path.replace('~', "~0").replace('/', "~1");
                reached.insert(format!("/paths/{token}/{method}"), components);
            }
        }
        Self(reached)
    }

    /// The pointers of the operations that one of the messages concerns.
    pub fn touched<'a>(&self, messages: impl IntoIterator<Item = &'a Message>) -> BTreeSet<&str> {
        let mut touched = BTreeSet::new();
        for message in messages {
            let component = component(&message.pointer);
            for (operation, components) in &self.0 {
                let inside = message
                    .pointer
                    .strip_prefix(operation.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                // A parameter of the path item is one of each operation.
                let beside = operation.rsplit_once('/').is_some_and(|(item, _)| {
                    message.pointer.starts_with(&format!("{item}/parameters"))
                });
                let reaches = component.as_ref().is_some_and(|it| components.contains(it));
                if inside || beside || reaches {
                    touched.insert(operation.as_str());
                }
            }
        }
        touched
    }
}

/// The component that a pointer points to or into.
fn component(pointer: &str) -> Option<(String, String)> {
    let mut tokens = pointer.strip_prefix("/components/")?.split('/');
    let kind = tokens.next()?;
    let name = tokens.next()?.replace("~1", "/").replace("~0", "~");
    Some((kind.to_owned(), name))
}
