//! The OpenAPI document of the admin paths.

use http::StatusCode;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::admin::endpoint::Endpoint;

/// The document of these endpoints.
pub(crate) fn document(endpoints: &[Endpoint]) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12();
    let mut generator = settings
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(format!("/__hub/{}", endpoint.path));
        let operation = operation(endpoint, &mut generator);
        path.or_insert_with(|| json!({}))[endpoint.method.as_str().to_lowercase()] = operation;
    }
    let mut document = Map::new();
    document.insert("openapi".to_owned(), "3.1.0".into());
    let info = json!({"title": "Admin paths of partner-hub", "version": env!("CARGO_PKG_VERSION")});
    document.insert("info".to_owned(), info);
    document.insert("paths".to_owned(), paths.into());
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Error".to_owned(), error());
    document.insert("components".to_owned(), json!({ "schemas": schemas }));
    document
}

fn operation(endpoint: &Endpoint, generator: &mut schemars::SchemaGenerator) -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut parameters: Vec<Value> = endpoint
        .parameters()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}}))
        .collect();
    if let Some(query) = endpoint.query {
        let query = query(generator).to_value();
        let members = query["properties"].as_object().into_iter().flatten();
        parameters.extend(
            members.map(|(name, schema)| json!({"name": name, "in": "query", "schema": schema})),
        );
    }
    let response = (endpoint.response)(generator).to_value();
    let failure = json!({"description": "Nothing was changed", "content": content(json!({"$ref": "#/components/schemas/Error"}))});
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": {
            endpoint.status.as_str(): {"description": "Success", "content": content(response)},
            "4XX": failure,
        },
    });
    if endpoint.id == "health" {
        operation["responses"][StatusCode::SERVICE_UNAVAILABLE.as_str()] = failure;
    }
    if let Some(body) = endpoint.body {
        let body = body(generator).to_value();
        operation["requestBody"] = json!({"required": true, "content": content(body)});
    }
    operation
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["meta"],
        "properties": {
            "meta": {
                "type": "object",
                "required": ["developer_message", "http_code", "success"],
                "properties": {
                    "developer_message": {"type": "string"},
                    "http_code": {"type": "integer"},
                    "success": {"const": false},
                },
            },
        },
    })
}
