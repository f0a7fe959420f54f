//! What a request looks like on the wire, for every way in which OpenAPI can describe one: one client,
//! which `wire_forms_client.rs` calls against a server.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::copy::Copy;
use crate::support::{Folder, assert_contains, json_of, object, schema, string};

/// An operation without a response body, and with these members.
fn operation(id: &str, members: Value) -> Value {
    let mut operation = json!({"operationId": id, "responses": {"204": {"description": "None"}}});
    let members = members.as_object().unwrap().clone();
    operation.as_object_mut().unwrap().extend(members);
    operation
}

fn with(id: &str, parameters: Value) -> Value {
    operation(id, json!({ "parameters": parameters }))
}

fn sending(id: &str, content: Value) -> Value {
    let body = json!({"required": true, "content": content});
    operation(id, json!({ "requestBody": body }))
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn bodies() -> Value {
    let binary = json!({"schema": {"type": "string", "format": "binary"}});
    let form = object(json!({
        "tags": list(string()),
        "ids": list(json!({"type": "integer"})),
        "card": object(json!({"number": string(), "exp": list(json!({"type": "integer"}))})),
        "meta": object(json!({"a": string()})),
        "lines": list(object(json!({"id": string()}))),
        "live": {"type": "boolean"},
        "price": {"type": "number"},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"type": "string", "enum": ["small", "large"]},
        "note": {"type": ["string", "null"]},
    }));
    let encoding = json!({
        "ids": {"style": "form", "explode": false},
        "card": {"style": "deepObject", "explode": true},
        "lines": {"style": "deepObject", "explode": true},
    });
    let patches = list(object(json!({"op": string()})));
    let mut patch = sending(
        "patchIt",
        json!({"application/json-patch+json": {"schema": patches}}),
    );
    patch["responses"] = json!({"200": {"description": "", "content": {"application/vnd.thing+json": {"schema": schema("Thing")}}}});
    let json_body = json_of(schema("Thing"));
    json!({
        "/patch": {"patch": patch},
        "/charset": {"put": sending("charset", json!({
            "application/xml": {"schema": schema("Thing")},
            "application/json; charset=utf-8": {"schema": schema("Thing")},
        }))},
        "/image": {"put": sending("putImage", json!({"image/jpeg": binary}))},
        "/any": {"post": sending("putAny", json!({"*/*": binary}))},
        "/csv": {"post": sending("putCsv", json!({"text/csv": {"schema": string()}}))},
        "/form": {"post": sending("form", json!({"application/x-www-form-urlencoded": {"schema": form, "encoding": encoding}}))},
        "/parts": {"post": sending("parts", json!({"multipart/form-data": {"schema": {"type": "string", "format": "binary"}}}))},
        "/bodies": {
            "get": sending("getWithBody", json_body.clone()),
            "delete": sending("deleteWithBody", json_body),
        },
    })
}

fn parameters() -> Value {
    let query = |name: &str, style: &str, explode: bool, schema: Value| json!({"name": name, "in": "query", "style": style, "explode": explode, "schema": schema});
    let header =
        |name: &str, schema: Value| json!({"name": name, "in": "header", "schema": schema});
    let path = |name: &str, style: &str, schema: Value| json!({"name": name, "in": "path", "required": true, "style": style, "schema": schema});
    let filter = object(json!({
        "a": string(),
        "in": list(string()),
        "b": object(json!({"c": {"type": "number"}})),
    }));
    let range = object(json!({"from": {"type": "integer"}, "to": {"type": "integer"}}));
    json!({
        "/deep": {"get": with("deep", json!([
            query("filter", "deepObject", true, filter),
            query("expand", "deepObject", true, list(string())),
        ]))},
        "/delimited": {"get": with("delimited", json!([
            query("pipes", "pipeDelimited", false, list(string())),
            query("spaces", "spaceDelimited", false, list(string())),
            query("commas", "form", false, list(json!({"type": "number"}))),
            query("each", "pipeDelimited", true, list(string())),
            query("range", "form", false, range.clone()),
            query("members", "form", true, object(json!({"tags": list(string()), "size": {"type": "integer"}}))),
            query("lines", "form", true, list(object(json!({"id": string()})))),
            {"name": "csv", "in": "query", "content": {"text/csv": {"schema": string()}}},
            {"name": "after", "in": "query", "schema": schema("Snowflake")},
        ]))},
        "/many/{ids}/{point}{kind}": {"get": with("inPath", json!([
            path("ids", "simple", list(string())),
            path("point", "label", string()),
            path("kind", "matrix", string()),
        ]))},
        "/headers": {"get": with("headers", json!([
            header("X-Fields", list(string())),
            header("X-Range", range),
            header("X-Open", json!({"type": "object"})),
            {"name": "X-Arg", "in": "header", "content": {"application/json": {"schema": object(json!({"path": string()}))}}},
        ]))},
        "/cookies": {"get": with("cookies", json!([
            {"name": "session", "in": "cookie", "required": true, "schema": string()},
            {"name": "theme", "in": "cookie", "schema": {"type": "integer"}},
            {"name": "sid", "in": "cookie", "schema": string()},
        ]))},
        "/apps/{app-id}": {"get": with("getApp", json!([
            path("gone", "simple", string()),
            {"name": "page", "in": "query", "schema": string()},
            {"name": "Page", "in": "header", "schema": string()},
        ]))},
        "/apps/{app-id}#key": {"get": with("getAppKey", json!([path("app-id", "simple", string())]))},
        "/fixed?beta=true#more": {"get": with("fixedWithMore", json!([]))},
        "/fixed?beta=true": {"get": with("fixed", json!([{"name": "q", "in": "query", "schema": string()}]))},
    })
}

fn others() -> Value {
    let at = |url: &str| json!([{"url": url}]);
    let response = |schema: Value| json!({"description": "", "content": json_of(schema)});
    let by_status = json!({
        "200": response(schema("Thing")),
        "202": response(object(json!({"job": string()}))),
        "204": {"description": "None"},
        "206": {"description": "A part", "content": {"image/png": {}}},
        "2XX": response(list(string())),
    });
    json!({
        "/options": {"options": operation("options_of", json!({"responses": {"200": response(schema("Thing"))}}))},
        "/head": {"head": operation("head_of", json!({"responses": {"200": response(schema("Thing"))}}))},
        "/download": {"get": operation("download", json!({"responses": {"200": {"description": "", "content": {
            "*/*": {"schema": {"type": "string", "format": "binary"}},
        }}}}))},
        "/status": {"get": operation("byStatus", json!({ "responses": by_status }))},
        "/new": {"get": operation("onOtherPath", json!({"servers": at("https://api.example.com/v2")}))},
        "/upload": {
            "servers": at("/v1/upload"),
            "post": operation("onLongerPath", json!({})),
        },
        "/public": {"get": operation("public", json!({
            "security": [{"oauth": []}],
            "parameters": [{"name": "X-Key", "in": "header", "schema": string()}],
        }))},
        "/keyed": {"get": with("keyed", json!([{"name": "x-key", "in": "header", "schema": string()}]))},
    })
}

/// A page with all of them.
fn page() -> Value {
    let mut paths = bodies();
    for more in [parameters(), others()] {
        let more = more.as_object().unwrap().clone();
        paths.as_object_mut().unwrap().extend(more);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Wire forms", "version": "1"},
        "servers": [
            {"url": "{scheme}://{host}/v1", "variables": {
                "scheme": {"default": "https", "enum": ["https", "http"]},
                "host": {"default": "api.example.com"},
            }},
            {"url": "https://other.example.com"},
        ],
        "security": [{"key": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
                "oauth": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {
                "Thing": object(json!({"id": string()})),
                "Snowflake": string(),
            },
        },
    })
}

#[test]
fn every_request_has_the_published_form() {
    let folder = Folder::new().fragment("t.md", &page());
    let run = folder.generate(&[]);
    for note in [
        "`cookie` is an API key in a cookie",
        "the cookie `sid` has a credential",
        "the header `x-key` has a credential",
        "`{app-id}` is not described",
        "`gone` is left out",
        "the fragment `#key` of the path is not sent",
        "`page_header`",
        "each item of this array is sent as JSON",
        "the body may be */*",
        "text/csv",
        "this object has no members",
        "`meta`: objects in a form are sent as JSON",
    ] {
        assert_contains(&run.stderr, &[note]);
    }
    assert_contains(
        &folder.text("generated.rs"),
        &["const BASE_URL: &str = \"https://api.example.com/v1\""],
    );
    let copy = Copy::with(&folder);
    let resources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources");
    let program = fs::read_to_string(resources.join("wire_forms_client.rs")).unwrap();
    copy.put("partner-api/tests/wire_forms.rs", program);
    let passed = copy.cargo(&["test", "--test", "wire_forms"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}
