//! What is rejected most often, whatever the names in it.

use std::collections::BTreeMap;

use super::run::{Kind, Message};

/// How often each message occurs, with one that is an example.
#[derive(Default)]
pub struct Rejections(BTreeMap<(Kind, String), Counted>);

struct Counted {
    count: usize,
    documents: Vec<String>,
    example: String,
}

impl Rejections {
    /// Counts the messages of a document.
    pub fn add(&mut self, document: &str, messages: &[Message]) {
        for message in messages {
            let key = (message.kind, without_names(&message.text));
            let counted = self.0.entry(key).or_insert_with(|| Counted {
                count: 0,
                documents: Vec::new(),
                example: format!("{document}: {}", message.whole),
            });
            counted.count += 1;
            if !counted.documents.iter().any(|it| it == document) {
                counted.documents.push(document.to_owned());
            }
        }
    }

    /// A list of those of a kind, the most frequent first.
    pub fn list(&self, kind: Kind) -> String {
        let mut all: Vec<_> = self.0.iter().filter(|((of, _), _)| *of == kind).collect();
        all.sort_by_key(|(_, counted)| std::cmp::Reverse(counted.count));
        let lines = all.iter().map(|((_, text), counted)| {
            let (count, documents) = (counted.count, counted.documents.len());
            let example: String = counted.example.chars().take(400).collect();
            format!("{count:>5} in {documents} documents: {text}\n      {example}\n")
        });
        lines.collect()
    }
}

/// A message without what differs from place to place: names, strings and numbers.
fn without_names(text: &str) -> String {
    let mut general = String::new();
    let mut quote = None;
    // The place of another message.
    let text = match (text.find(" with "), text.find(": both ")) {
        (Some(from), Some(to)) if from < to => {
            format!("{} with PLACE{}", &text[..from], &text[to..])
        }
        _ => text.to_owned(),
    };
    for c in text.chars().take(400) {
        match quote {
            Some(end) if c == end => {
                quote = None;
                general.push('…');
            }
            Some(_) => {}
            None if c == '`' || c == '"' => quote = Some(c),
            None if c.is_ascii_digit() => {
                if !general.ends_with('0') {
                    general.push('0');
                }
            }
            None => general.push(c),
        }
    }
    while general.contains("…, …") {
        general = general.replace("…, …", "…");
    }
    general
}
