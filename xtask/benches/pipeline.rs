//! The time of the stages before progenitor, compared with progenitor on the same document.
//!
//! `cargo bench -p xtask --features bench`

#![allow(clippy::unwrap_used, reason = "a benchmark has no user")]

use std::time::{Duration, Instant};

use partner_api_codegen::contract::{Extension as _, SchemaExtension};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Value, json};
use xtask::pipeline::documents::documents;
use xtask::pipeline::extract::{Page, extract};
use xtask::pipeline::overlay::Overlay;
use xtask::pipeline::stage_log::StageLog;

fn main() {
    println!("operations                before progenitor  progenitor   ratio  per operation");
    let kinds: [(&str, Fragment, &[usize]); 2] = [
        ("like the provider's", fragment, &[1_000, 2_000, 5_000]),
        ("of many constructs", of_constructs, &[1_000, 2_000]),
    ];
    let runs = kinds.into_iter().flat_map(|(kind, fragment, counts)| {
        counts.iter().map(move |count| (kind, fragment, *count))
    });
    for (kind, fragment, operations) in runs {
        let pages = pages_of(100, operations, fragment);
        let (document, stages) = best(|| {
            let fragments = pages
                .iter()
                .flat_map(|page| extract(page).unwrap().fragments);
            documents(
                fragments.collect(),
                &Overlay::default(),
                false,
                &mut StageLog::silent(),
            )
            .unwrap()
            .lowered
            .document
        });
        let ((), progenitor) = best(|| {
            let spec = serde_json::from_value(plain(&document)).unwrap();
            let mut settings = GenerationSettings::new();
            settings.with_interface(InterfaceStyle::Builder);
            Generator::new(&settings).generate_tokens(&spec).unwrap();
        });
        println!(
            "{operations:>5} {kind:<19} {:>14} ms  {:>7} ms  {:>6.2}  {:>13.1?}",
            stages.as_millis(),
            progenitor.as_millis(),
            stages.as_secs_f64() / progenitor.as_secs_f64(),
            stages / u32::try_from(operations).unwrap(),
        );
    }
}

/// The fastest of three runs.
fn best<T>(mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (result, start.elapsed())
    };
    (0..2).fold(timed(), |best, _| {
        let next = timed();
        if next.1 < best.1 { next } else { best }
    })
}

/// The document without the members for the finishing pass.
fn plain(document: &Value) -> Value {
    let mut document = document.clone();
    for schema in document["components"]["schemas"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        if SchemaExtension::of(schema).is_some() {
            *schema = json!({"type": "string"});
        }
    }
    document
}

/// The document of an operation, by its page and its number in the page.
type Fragment = fn(usize, usize) -> Value;

/// Pages like the provider's: each operation with every schema it reaches.
fn pages_of(pages: usize, operations: usize, fragment: Fragment) -> Vec<Page> {
    let each = operations / pages;
    let page = |page: usize| {
        let fragments = (0..each).map(|index| {
            format!(
                "## Operation {index}\n\n```json\n{}\n```\n",
                fragment(page, index)
            )
        });
        Page {
            name: format!("page-{page:03}.md"),
            text: format!("# Page {page}\n\n{}", fragments.collect::<String>()),
        }
    };
    (0..pages).map(page).collect()
}

fn fragment(page: usize, index: usize) -> Value {
    let fields = |count: usize| -> Value {
        (0..count)
            .map(|n| (format!("field_{n}"), json!({"type": "string", "nullable": n % 2 == 0, "description": format!("Field {n}")})))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let item = format!("Item{page}x{index}");
    let error = json!({"type": "object", "properties": {"meta": {"allOf": [{"$ref": "#/components/schemas/Meta"}]}}});
    let response = |name: &str| json!({"description": "", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Benchmark", "version": "1.0.0"},
        "tags": [{"name": format!("Page {page}"), "description": "A page"}],
        "servers": [{"url": "https://api.example"}],
        "security": [{"Key": []}],
        "components": {
            "securitySchemes": {"Key": {"type": "apiKey", "name": "X-API-Key", "in": "header"}},
            "schemas": {
                "Error": error,
                "Meta": {"type": "object", "properties": fields(4), "additionalProperties": false},
                "Shared": {"type": "object", "properties": fields(20)},
                item.clone(): {"type": "object", "properties": {
                    "id": {"type": "string"},
                    "status": {"type": "string", "enum": ["created", "ready", "error"]},
                    "shared": {"anyOf": [{"$ref": "#/components/schemas/Shared"}, {"type": "object", "nullable": true}]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                }},
            },
        },
        "paths": {format!("/api/pages/{page}/operations/{index}/{{item_id}}"): {"get": {
            "operationId": format!("get_item_{page}x{index}"),
            "summary": "Retrieve an item",
            "tags": [format!("Page {page}")],
            "parameters": [
                {"in": "path", "name": "item_id", "required": true, "schema": {"type": "string"}},
                {"in": "query", "name": "limit", "schema": {"type": "integer"}},
            ],
            "responses": {"200": response(&item), "400": response("Error"), "404": response("Error")},
        }}},
    })
}

/// An operation whose parameters, body and responses have constructs that lowering expresses.
fn of_constructs(page: usize, index: usize) -> Value {
    let mut document = fragment(page, index);
    let name = |name: &str| format!("{name}{page}x{index}");
    let reference =
        |wanted: &str| json!({"$ref": format!("#/components/schemas/{}", name(wanted))});
    let tagged = |kind: Value| {
        let kind = json!({"type": "string", "enum": kind});
        json!({"type": "object", "required": ["kind"], "properties": {"kind": kind, "text": {"type": "string"}}})
    };
    let with = |required: &str| json!({"type": "object", "required": [required], "properties": {required: {"type": "string"}}});
    let item = name("Item");
    let schemas = &mut document["components"]["schemas"];
    schemas[name("Solid")] = tagged(json!(["SOLID"]));
    schemas[name("Gradient")] = tagged(json!(["LINEAR", "RADIAL"]));
    schemas[name("Paint")] = json!({"oneOf": [reference("Solid"), {"oneOf": [reference("Gradient"), {"nullable": true}]}]});
    schemas[name("Mode")] = json!({"type": "integer", "oneOf": [{"title": "AUTO", "const": 1}, {"title": "FULL", "const": 2}]});
    schemas[name("Target")] = json!({"properties": {"id": {"type": "string"}}, "oneOf": [with("user_id"), with("group_id")]});
    let properties = &mut schemas[item]["properties"];
    properties["paint"] = reference("Paint");
    properties["mode"] = reference("Mode");
    properties["owner"] =
        json!({"allOf": [reference("Target"), {"type": "object", "nullable": true}]});
    properties["value"] =
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "number"}]});
    properties["input"] = json!({"anyOf": [
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": reference("Solid")},
    ]});
    properties["operator"] = json!({"type": "string", "enum": ["=", "!=", "asc", "ASC"]});
    properties["version"] = json!({"type": "string", "enum": [4.1, 3, "3_lite"]});
    properties["constant"] = json!({"type": "string", "enum": ["constant"]});
    let paths = document["paths"].as_object_mut().unwrap();
    let operation = &mut paths.values_mut().next().unwrap()["get"];
    let strings = json!({"type": "array", "items": {"type": "string"}});
    let parameters = operation["parameters"].as_array_mut().unwrap();
    parameters.extend([
        json!({"in": "query", "name": "filter", "style": "deepObject", "schema": with("name")}),
        json!({"in": "query", "name": "ids", "style": "pipeDelimited", "explode": false, "schema": strings}),
        json!({"in": "header", "name": "X-Fields", "schema": strings}),
        json!({"in": "query", "name": "client", "schema": {"type": "string"}}),
    ]);
    let form = json!({"type": "object", "required": ["events"], "properties": {"events": strings}});
    operation["requestBody"] =
        json!({"content": {"application/x-www-form-urlencoded": {"schema": form}}});
    operation["responses"]["202"] = json!({"description": "", "content": {"application/json": {"schema": reference("Target")}}});
    document
}
