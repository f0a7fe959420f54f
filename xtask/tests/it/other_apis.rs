//! The pipeline on documents of other providers, split into pages like the provider's docs.
//!
//! The documents in `resources` are invented, in the style of well-known public APIs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use partner_api_codegen::contract::{Extension as _, OperationExtension};
use serde_json::{Map, Value, json};

use crate::support::copy::Copy;
use crate::support::splitter::{reach, split};
use crate::support::{Folder, fence};

/// The tests of each document; its client is generated once.
macro_rules! documents {
    ($($name:ident)*) => {$(
        mod $name {
            use super::*;

            pub fn generate() -> &'static Folder {
                static CLIENT: OnceLock<Folder> = OnceLock::new();
                CLIENT.get_or_init(|| make(stringify!($name)))
            }

            #[test]
            fn every_operation_and_component_is_kept() {
                nothing_is_lost(&source(stringify!($name)), &generate().json("openapi.json"));
            }

            #[test]
            fn the_pages_merge_to_the_whole_document() {
                pages_equal_the_whole(stringify!($name), generate());
            }

            #[test]
            fn every_operation_has_a_method() {
                methods_are_complete(&source(stringify!($name)), generate());
            }

            #[test]
            fn the_client_compiles_without_a_warning() {
                let built = Copy::with(generate()).cargo(&["build", "--lib"]);
                assert!(built.is_ok(), "{}", built.unwrap_err());
            }
        }
    )*};
}

documents!(chat git_hosting iot lists payments pet_store);

#[test]
fn the_client_sends_and_reads_as_documented() {
    let copy = Copy::with(chat::generate());
    copy.put("partner-api/tests/chat.rs", resource("chat_client.rs"));
    let passed = copy.cargo(&["test", "--test", "chat"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn a_list_is_streamed_whatever_its_members_are_named() {
    let generated = lists::generate();
    let code = generated.text("generated.rs");
    let count = code.matches("crate::ListOperation for ").count();
    assert_eq!(count, 3, "those that are no lists have no stream");
    let copy = Copy::with(generated);
    copy.put("partner-api/tests/lists.rs", resource("lists_client.rs"));
    let passed = copy.cargo(&["test", "--test", "lists"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn a_fragment_has_only_what_its_operation_reaches() {
    let pages = split(&source("pet_store"));
    let names: Vec<_> = pages.iter().map(|page| page.name.as_str()).collect();
    assert_eq!(names, ["pets.md", "orders.md", "keepers.md"]);
    let fences = pages[1].text.split("```json\n").skip(1);
    let fragments: Vec<Value> = fences
        .map(|rest| serde_json::from_str(rest.split("\n```").next().unwrap()).unwrap())
        .collect();
    assert_eq!(fragments.len(), 4);
    let components = fragments[1]["components"].as_object().unwrap();
    let kinds: Vec<_> = components.keys().collect();
    assert_eq!(kinds, ["securitySchemes", "schemas"]);
    let schemas: Vec<_> = components["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(schemas, ["Order"]);
}

#[test]
fn every_component_of_the_documents_is_used() {
    for name in [
        "chat",
        "git_hosting",
        "iot",
        "lists",
        "payments",
        "pet_store",
    ] {
        let document = source(name);
        let mut reached = BTreeSet::new();
        for part in ["paths", "webhooks"] {
            reach(&document, &document[part], &mut reached);
        }
        for (kind, all) in document["components"].as_object().unwrap() {
            for component in all.as_object().unwrap().keys() {
                let used = reached.contains(&(kind.clone(), component.clone()));
                assert!(
                    used || kind == "securitySchemes",
                    "{name}: {kind}/{component}"
                );
            }
        }
    }
}

fn resource(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn source(name: &str) -> Value {
    serde_json::from_str(&resource(&format!("{name}.json"))).unwrap()
}

/// Generates a client from a document's pages.
fn make(name: &str) -> Folder {
    let folder = split(&source(name))
        .iter()
        .fold(Folder::new(), |folder, page| {
            folder.page(&page.name, &page.text)
        });
    folder.generate(&[]);
    folder
}

/// The pages of a document merge to the same as the whole document on one page.
fn pages_equal_the_whole(name: &str, generated: &Folder) {
    let whole = Folder::new().page("whole.md", fence(&source(name)));
    whole.generate(&[]);
    for file in ["openapi.json", "progenitor.json"] {
        let (from_pages, from_whole) = (plain(generated.json(file)), plain(whole.json(file)));
        for (at, expected) in leaves(&from_whole) {
            assert_eq!(from_pages.pointer(&at), Some(&expected), "{file}: {at}");
        }
        assert_eq!(from_pages, from_whole, "{file}");
    }
}

/// The document without links to pages, in a fixed order.
fn plain(mut document: Value) -> Value {
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            operation
                .as_object_mut()
                .map(|operation| operation.remove("externalDocs"));
            if let Some(mut extension) = OperationExtension::of(operation) {
                extension.docs = None;
                *operation = extension.on(operation.take());
            }
        }
    }
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(|tag| tag["name"].to_string());
    }
    document
}

/// Every scalar, by its pointer.
fn leaves(value: &Value) -> Vec<(String, Value)> {
    let inside = |token: &str, value| {
        let token = token.replace('~', "~0").replace('/', "~1");
        leaves(value)
            .into_iter()
            .map(move |(at, leaf)| (format!("/{token}{at}"), leaf))
    };
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .flat_map(|(name, it)| inside(name, it))
            .collect(),
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(index, it)| inside(&index.to_string(), it))
                .collect()
        }
        leaf => vec![(String::new(), leaf.clone())],
    }
}

/// The operations with their method, path, id, parameters and responses, and the components' names.
fn nothing_is_lost(source: &Value, generated: &Value) {
    for root in ["paths", "webhooks"] {
        assert_eq!(
            operations(source, root),
            operations(generated, root),
            "{root}"
        );
    }
    for (kind, components) in source["components"].as_object().unwrap() {
        let names = |components: &Value| -> BTreeSet<String> {
            components.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(
            names(components),
            names(&generated["components"][kind]),
            "{kind}"
        );
    }
    for name in ["info", "servers", "security"] {
        assert_eq!(source.get(name), generated.get(name), "{name}");
    }
}

fn operations(document: &Value, root: &str) -> BTreeMap<String, Value> {
    let empty = json!({});
    let mut operations = BTreeMap::new();
    for (path, item) in document.get(root).unwrap_or(&empty).as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if ["parameters", "summary", "description"].contains(&method.as_str()) {
                continue;
            }
            let own = parameters(document, operation);
            let mut all = parameters(document, item);
            all.extend(own);
            let responses: Map<String, Value> = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(status, response)| (status.clone(), response["$ref"].clone()))
                .collect();
            let facts =
                json!({"id": operation["operationId"], "parameters": all, "responses": responses});
            operations.insert(format!("{method} {path}"), facts);
        }
    }
    operations
}

/// The location of each parameter by name; those of the operation replace those of the path.
fn parameters(document: &Value, holder: &Value) -> BTreeMap<String, Value> {
    let all = holder["parameters"].as_array().into_iter().flatten();
    all.map(|parameter| {
        let reference = parameter["$ref"].as_str();
        let parameter = reference.map_or(parameter, |it| document.pointer(&it[1..]).unwrap());
        let (name, location) = (&parameter["name"], &parameter["in"]);
        (
            format!("{name} {location}"),
            json!(parameter["required"] == true),
        )
    })
    .collect()
}

fn methods_are_complete(source: &Value, generated: &Folder) {
    let code = generated.text("generated.rs");
    let (_, client) = code.split_once("impl Client {").expect("the client");
    let (client, _) = client.split_once("\n}").expect("its end");
    let methods = client.matches("pub fn ").count();
    assert_eq!(methods, operations(source, "paths").len());
    let lowered = generated.json("progenitor.json");
    for (name, facts) in operations(&lowered, "paths") {
        let method = format!("pub fn {}(", facts["id"].as_str().unwrap());
        assert!(client.contains(&method), "{name}: {method}");
    }
}
