//! Random operations.

use serde_json::{Map, Value, json};

use super::Choices;
use super::schema::{description, object, reference, schema};

const METHODS: [&str; 6] = ["get", "post", "patch", "put", "delete", "head"];

/// The paths of one fragment.
pub fn paths(choices: &mut Choices<'_>) -> Value {
    let mut paths = Map::new();
    for _ in 0..=choices.below(3) {
        let noun = choices.pick(&["things", "a-b", "clients", "type", "größen"]);
        let method = choices.pick(&METHODS);
        let mut path = format!("/{noun}");
        let mut parameters = Vec::new();
        for name in ["client_id", "Thing.ID"] {
            if choices.one_in(3) {
                path += &format!("/{{{name}}}");
                let schema = json!({"type": choices.pick(&["string", "integer"])});
                let parameter =
                    json!({"name": name, "in": "path", "required": true, "schema": schema});
                parameters.push(parameter);
            }
        }
        parameters.extend(queries(choices));
        let mut operation = json!({"parameters": parameters, "responses": responses(choices)});
        if choices.one_in(4) {
            operation["operationId"] = format!("{method}_{noun}").into();
        }
        if choices.one_in(3) {
            operation["description"] = description(choices).into();
        }
        if choices.one_in(3) || ["post", "patch"].contains(&method) {
            let required = choices.one_in(2);
            operation["requestBody"] = json!({"required": required, "content": content(choices)});
        }
        paths.insert(path, json!({method: operation}));
    }
    paths.into()
}

fn queries(choices: &mut Choices<'_>) -> Vec<Value> {
    let names = [
        "limit", "offset", "sort", "filters", "q[]", "type", "X-Trace",
    ];
    let mut parameters: Vec<Value> = Vec::new();
    for name in names {
        if !choices.one_in(4) {
            continue;
        }
        let schema = match name {
            "limit" | "offset" | "X-Trace" => json!({"type": "integer"}),
            "filters" => object(choices, 1),
            _ => schema(choices, 1),
        };
        let location = if name == "X-Trace" { "header" } else { "query" };
        parameters.push(match choices.below(32) {
            18..=27 => styled(choices, name),
            28..=30 => {
                let kind = choices.pick(&["application/json", "text/csv"]);
                json!({"name": name, "in": location, "content": {kind: {"schema": schema}}})
            }
            _ => json!({"name": name, "in": location, "schema": schema}),
        });
    }
    parameters
}

/// A parameter that states how it is written.
fn styled(choices: &mut Choices<'_>, name: &str) -> Value {
    let (location, styles): (_, &[&str]) = match choices.below(8) {
        0 | 1 => ("header", &["simple"]),
        2 if name == "type" => ("cookie", &["form"]),
        _ => (
            "query",
            &["form", "deepObject", "spaceDelimited", "pipeDelimited"],
        ),
    };
    let schema = match choices.below(3) {
        0 => object(choices, 1),
        1 => json!({"type": "array", "items": schema(choices, 1)}),
        _ => schema(choices, 2),
    };
    let name = if location == "header" {
        "X-Trace"
    } else {
        name
    };
    json!({
        "name": name,
        "in": location,
        "style": choices.pick(styles),
        "explode": choices.one_in(2),
        "schema": schema,
    })
}

fn responses(choices: &mut Choices<'_>) -> Value {
    let mut responses = Map::new();
    for status in ["200", "201", "204", "2XX", "404", "422", "5XX", "default"] {
        let response = match choices.below(8) {
            0 | 1 => json!({"description": "", "content": content(choices)}),
            2 => json!({"description": "It is done."}),
            _ => continue,
        };
        responses.insert(status.into(), response);
    }
    responses.into()
}

fn content(choices: &mut Choices<'_>) -> Value {
    let kind = match choices.below(18) {
        10 => "application/merge-patch+json",
        11 => choices.pick(&["image/png", "*/*", "text/csv", "application/xml"]),
        12 | 16 | 17 => "application/x-www-form-urlencoded",
        13 => "text/plain; charset=utf-8",
        14 => "application/octet-stream",
        15 => "multipart/form-data",
        _ => "application/json",
    };
    let schema = match choices.below(4) {
        0 | 1 => reference(choices),
        2 => {
            let items = json!({"type": "array", "items": object(choices, 1)});
            let total = json!({"type": "integer"});
            json!({"type": "object", "properties": {"total": total, "things": items}})
        }
        _ => schema(choices, 3),
    };
    let style = choices.pick(&["form", "deepObject", "pipeDelimited"]);
    let encoding = json!({"style": style, "explode": choices.one_in(2)});
    json!({kind: {"schema": schema, "encoding": {"things": encoding}}})
}
