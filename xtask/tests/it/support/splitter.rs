//! Splits an OpenAPI document into Markdown pages like the provider's docs site: one page for each
//! tag, one fence for each operation, and in each fence a small complete document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const METHODS: [&str; 8] = [
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
    let mut pages: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |tag: &str, section: String| match pages.iter_mut().find(|(name, _)| name == tag)
    {
        Some((_, sections)) => sections.push(section),
        None => pages.push((tag.to_owned(), vec![section])),
    };
    for (path, item) in members(document, "paths") {
        for (method, operation) in METHODS
            .iter()
            .filter_map(|method| Some((method, item.get(method)?)))
        {
            let tags: Vec<_> = operation["tags"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let mut item = item.as_object().unwrap().clone();
            item.retain(|name, _| name == method || !METHODS.contains(&name.as_str()));
            let mut fragment = fragment(document, &tags, &json!({ "paths": { path: item } }));
            fragment.insert("paths".into(), json!({ path: item }));
            let name = operation["summary"].as_str().unwrap_or(path);
            let section = section(name, operation["description"].as_str(), fragment);
            for tag in if tags.is_empty() {
                &["Other"][..]
            } else {
                &tags
            } {
                add(tag, section.clone());
            }
        }
    }
    if let Some(webhooks) = document.get("webhooks") {
        let mut fragment = fragment(document, &[], webhooks);
        fragment.insert("webhooks".into(), webhooks.clone());
        add("Webhooks", section("The webhooks", None, fragment));
    }
    pages
        .into_iter()
        .map(|(tag, sections)| page(document, &tag, &sections))
        .collect()
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
