//! Names of parameters in HTTP.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use serde_json::json;

#[test]
fn parameters_may_have_the_http_names_of_each_other() {
    let parameter = |name: &str, place: &str| json!({"name": name, "in": place, "required": true, "schema": {"type": "string"}});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {"/things": {"get": {
            "operationId": "list_things",
            "parameters": [parameter("first", "query"), parameter("second", "query"), parameter("third", "header"), parameter("fourth", "header")],
            "responses": {"200": {"description": "Success"}},
            "x-codegen": {"idempotent": true, "wire": {
                "first": "second", "second": "first", "third": "fourth", "fourth": "third",
            }},
        }}},
        "components": {"schemas": {}},
    });
    let code = partner_api_codegen::generate(&document).unwrap();
    let code: String = code.split_whitespace().collect();
    for sent in [
        "QueryParam::new(\"second\",&first)",
        "QueryParam::new(\"first\",&second)",
        "append(\"fourth\",third.to_string()",
        "append(\"third\",fourth.to_string()",
        "query::pairs(\"second\",&value)",
        "query::pairs(\"first\",&value)",
    ] {
        assert!(code.contains(sent), "{sent}: {code}");
    }
}
