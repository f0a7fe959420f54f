//! Splits an OpenAPI document into Markdown pages like the provider's docs site: one page for each
//! tag, one fence for each operation, and in each fence a small complete document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The methods of a path item.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// One Markdown page.
pub struct Page {
    /// Its file.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The pages of a document, one for each tag and one for the webhooks.
pub fn split(document: &Value) -> Vec<Page> {
    split_with(document, 1)
}

/// The pages of a document, with at most so many operations in a fence.
///
/// Where every operation reaches most components, a fence for each repeats the document as often.
pub fn split_with(document: &Value, operations: usize) -> Vec<Page> {
    let mut names = BTreeSet::new();
    let mut pages: Vec<_> = by_tag(document)
        .into_iter()
        .map(|(tag, all)| {
            let sections = all.chunks(operations).map(|part| of(document, part));
            page(document, &tag, &sections.collect::<Vec<_>>())
        })
        .collect();
    if let Some(webhooks) = document.get("webhooks") {
        let mut fragment = fragment(document, &[], webhooks);
        fragment.insert("webhooks".into(), webhooks.clone());
        let section = section("The webhooks", None, fragment);
        pages.push(page(document, "Webhooks", &[section]));
    }
    for page in &mut pages {
        // `A-b` and `a/b` are two tags.
        while !names.insert(page.name.clone()) {
            page.name.insert_str(0, "more-");
        }
    }
    pages
}

/// A path, a method of it, and its item with that method only.
type Operation<'a> = (&'a String, &'static str, Value);

/// The operations of each tag, in the order of the document.
fn by_tag(document: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let mut tags: Vec<(String, Vec<_>)> = Vec::new();
    for (path, item) in members(document, "paths") {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let mut item = item.as_object().unwrap().clone();
            item.retain(|name, _| name == method || !METHODS.contains(&name.as_str()));
            let own = tags_of(operation);
            for tag in if own.is_empty() { &["Other"][..] } else { &own } {
                let operation = (path, method, Value::from(item.clone()));
                match tags.iter_mut().find(|(name, _)| name == tag) {
                    Some((_, all)) => all.push(operation),
                    None => tags.push(((*tag).to_owned(), vec![operation])),
                }
            }
        }
    }
    tags
}

fn tags_of(operation: &Value) -> Vec<&str> {
    let tags = operation["tags"].as_array().into_iter().flatten();
    tags.filter_map(Value::as_str).collect()
}

/// The section with these operations in its fence.
fn of(document: &Value, operations: &[Operation<'_>]) -> String {
    let mut paths = json!({});
    let mut tags = Vec::new();
    for (path, method, item) in operations {
        match paths.get_mut(path) {
            Some(item_of_others) => item_of_others[method] = item[method].clone(),
            None => paths[path] = item.clone(),
        }
        tags.extend(tags_of(&item[method]));
    }
    let (path, method, item) = &operations[0];
    let first = &item[method];
    let name = first["summary"].as_str().unwrap_or(path);
    let mut fragment = fragment(document, &tags, &json!({ "paths": paths }));
    fragment.insert("paths".into(), paths);
    section(name, first["description"].as_str(), fragment)
}

/// The document of a fence: the head of the document, and the components that `part` reaches.
fn fragment(document: &Value, tags: &[&str], part: &Value) -> Map<String, Value> {
    let mut fragment = Map::new();
    for name in ["openapi", "info", "jsonSchemaDialect"] {
        if let Some(value) = document.get(name) {
            fragment.insert(name.into(), value.clone());
        }
    }
    let tags: Vec<_> = document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|tag| tags.contains(&tag["name"].as_str().unwrap()))
        .collect();
    fragment.insert("tags".into(), json!(tags));
    for name in ["servers", "security"] {
        if let Some(value) = document.get(name) {
            fragment.insert(name.into(), value.clone());
        }
    }
    let mut reached = BTreeSet::new();
    reach(document, part, &mut reached);
    let mut components = Map::new();
    for (kind, all) in members(document, "components") {
        let used: Map<_, _> = all
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| {
                kind == "securitySchemes" || reached.contains(&(kind.clone(), (*name).clone()))
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !used.is_empty() {
            components.insert(kind.clone(), used.into());
        }
    }
    fragment.insert("components".into(), components.into());
    fragment
}

/// The components that a value refers to, and those that they refer to, by kind and name.
pub fn reach(document: &Value, value: &Value, reached: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                follow(document, reference, reached);
            }
            for (_, target) in object
                .get("discriminator")
                .into_iter()
                .flat_map(|it| members(it, "mapping"))
            {
                follow(document, target.as_str().unwrap(), reached);
            }
            object
                .values()
                .for_each(|value| reach(document, value, reached));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| reach(document, value, reached)),
        _ => {}
    }
}

/// The component that a reference, or a name in a `mapping`, points to or into.
fn follow(document: &Value, reference: &str, reached: &mut BTreeSet<(String, String)>) {
    let component = match reference.strip_prefix("#/components/") {
        Some(pointer) => pointer.split_once('/'),
        None => Some(("schemas", reference)),
    };
    let Some((kind, rest)) = component else {
        return;
    };
    let name = rest.split('/').next().unwrap();
    if let Some(component) = document["components"][kind].get(name)
        && reached.insert((kind.to_owned(), name.to_owned()))
    {
        reach(document, component, reached);
    }
}

fn section(name: &str, description: Option<&str>, fragment: Map<String, Value>) -> String {
    let quoted: Vec<_> = description
        .into_iter()
        .flat_map(str::lines)
        .map(|line| format!("> {line}"))
        .collect();
    let quoted = quoted.join("\n");
    format!(
        "## {name}\n\n{quoted}\n\n```json\n{}\n```\n\n",
        Value::Object(fragment)
    )
}

fn page(document: &Value, tag: &str, sections: &[String]) -> Page {
    let name: String = tag
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let about = document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|other| other["name"] == tag)
        .and_then(|tag| tag["description"].as_str())
        .unwrap_or_default();
    let text = format!(
        "> For the complete documentation index, see [llms.txt](https://docs.example/llms.txt). \
         Markdown versions of documentation pages are available by appending `.md` to page URLs; \
         this page is available as [Markdown](https://docs.example/api/{name}.md).\n\n\
         # {tag}\n\n{about}\n\n{}\n---\n\n# Agent Instructions\n\n\
         ```\nGET https://docs.example/api/{name}.md?ask=<question>\n```\n",
        sections.concat(),
    );
    Page {
        name: format!("{name}.md"),
        text,
    }
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}
