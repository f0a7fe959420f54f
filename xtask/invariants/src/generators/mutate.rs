//! Mutates valid pages: parts of the JSON are removed or added, the Markdown is truncated.

use serde_json::Value;

use super::Choices;
use super::schema::schema;

/// The Markdown with a mutation.
pub fn markdown(choices: &mut Choices<'_>, text: &str) -> String {
    let at = (choices.below(256) * 256 + choices.below(256)) % (text.len() + 1);
    let at = (0..=at).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let sections: Vec<_> = text.split("\n## ").collect();
    match choices.below(10) {
        0 => text[..at].to_owned(),
        1 => text[at..].to_owned(),
        2 => text.replace('\n', "\r\n"),
        3 => text.replacen(
            "```json",
            choices.pick(&["~~~json", "````json", "```", "> ```json"]),
            1,
        ),
        4 => text.replace("\n```\n", "\n"),
        5 => sections.into_iter().rev().collect::<Vec<_>>().join("\n## "),
        6 => format!("{text}\n{text}"),
        7 => format!("{}\n```json\n{}", &text[..at], &text[at..]),
        8 => text.lines().map(|line| format!("> {line}\n")).collect(),
        _ => {
            let other = choices.pick(&["\0", "\u{feff}", "\\", "\"", "{", "]", "ü", "\n"]);
            format!("{}{other}{}", &text[..at], &text[at..])
        }
    }
}

/// The document of each fence with a mutation.
pub fn documents(choices: &mut Choices<'_>, text: &str) -> String {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    for line in lines
        .iter_mut()
        .filter(|line| line.starts_with("{\"openapi\""))
    {
        if let Ok(mut document) = serde_json::from_str(line) {
            for _ in 0..choices.below(3) {
                json(choices, &mut document);
            }
            *line = document.to_string();
        }
    }
    lines.join("\n") + "\n"
}

/// Deletes, replaces or duplicates something in a value.
pub fn json(choices: &mut Choices<'_>, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let index = choices.below(members.len());
            let Some(name) = members.keys().nth(index).cloned() else {
                return;
            };
            match choices.below(16) {
                0 => drop(members.shift_remove(&name)),
                1 => drop(members.insert(name, other(choices))),
                2 => {
                    let copy = members[&name].clone();
                    members.insert(format!("{name}2"), copy);
                }
                3 => {
                    let another = choices.below(members.len());
                    let another = members.values().nth(another).cloned();
                    members.insert(name, another.unwrap_or_default());
                }
                _ => json(choices, &mut members[&name]),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = choices.below(items.len());
            match choices.below(8) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                2 => items[index] = other(choices),
                _ => json(choices, &mut items[index]),
            }
        }
        value => *value = other(choices),
    }
}

fn other(choices: &mut Choices<'_>) -> Value {
    match choices.below(8) {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => 1.into(),
        3 => "#/components/schemas/Thing".into(),
        4 => Vec::<Value>::new().into(),
        5 => "".into(),
        _ => schema(choices, 2),
    }
}
