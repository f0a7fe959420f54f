//! Random pages: several small documents that share their components.

use std::path::Path;

use serde_json::{Map, Value, json};
use xtask::pipeline::overlay::Overlay;

use super::Choices;
use super::operation::paths;
use super::schema::{COMPONENTS, description, schema};

/// An overlay that gives some schema another name, or none.
pub fn overlay(choices: &mut Choices<'_>) -> Overlay {
    if !choices.one_in(4) {
        return Overlay::default();
    }
    let overlay = json!({
        "overlay": "1.1.0",
        "info": {"title": "T", "version": "1"},
        "actions": [{
            "target": format!("$.components.schemas['{}']", choices.pick(&COMPONENTS)),
            "description": "x",
            "update": {"x-rust-name": "Renamed"},
        }],
    });
    Overlay::parse(&overlay.to_string(), Path::new("overlay.json")).unwrap()
}

/// One to three pages, each a name and its text.
pub fn pages(choices: &mut Choices<'_>) -> Vec<(String, String)> {
    let mut schemas: Map<String, Value> = COMPONENTS
        .iter()
        .map(|name| ((*name).to_owned(), schema(choices, 3)))
        .collect();
    if choices.one_in(4) {
        let name = choices.pick(&COMPONENTS);
        schemas[name]["x-vendor"] = "Kept".into();
    }
    let mut pages = Vec::new();
    for page in 0..=choices.below(3) {
        let mut text = String::from("# A page\n\n");
        for _ in 0..=choices.below(2) {
            let mut document = json!({
                "openapi": choices.pick(&["3.1.0", "3.0.3"]),
                "info": {"title": "Things", "version": "1.0.0"},
                "tags": [{"name": choices.pick(&["Things", "Clients"])}],
                "servers": [{"url": "https://things.example"}],
                "security": [{"Key": []}],
                "paths": paths(choices),
                "components": {
                    "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
                    "schemas": schemas,
                },
            });
            if choices.one_in(16) {
                document["security"] = json!([]);
            }
            if choices.one_in(32) {
                let name = choices.pick(&COMPONENTS);
                document["components"]["schemas"][name] = schema(choices, 1);
            }
            text += &format!(
                "## A section\n\n{}\n\n",
                description(choices).replace("```", "")
            );
            text += &format!("```json\n{document}\n```\n\n");
        }
        pages.push((format!("page-{page}.md"), text));
    }
    pages
}
