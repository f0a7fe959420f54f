//! Requests: parameters, media types, servers and credentials.

use partner_api_codegen::contract::Server;

use super::*;

const PATCH: &str = "/paths/~1things~1{thing_id}/patch";

/// Lowers an operation with these members, in a document with these.
fn lowered(members: Value, of_document: Value) -> Result<Lowered, String> {
    lowered_with(members, of_document, false)
}

fn lowered_with(members: Value, of_document: Value, skip: bool) -> Result<Lowered, String> {
    let mut operation =
        json!({"operationId": "updateThing", "parameters": [path_parameter()], "responses": {}});
    let mut document = document(json!({}), Value::Null);
    for (to, from) in [(&mut operation, members), (&mut document, of_document)] {
        if let (Value::Object(to), Value::Object(from)) = (to, from) {
            to.extend(from);
        }
    }
    for item in document["paths"].as_object_mut().into_iter().flatten() {
        if item.1["patch"].is_null() {
            item.1["patch"] = operation.clone();
        }
    }
    lower(&document, &SourceMap::default(), skip).map_err(|error| error.to_string())
}

fn extension(lowered: &Lowered) -> OperationExtension {
    let paths = lowered.document["paths"].as_object();
    let item = paths.and_then(|paths| paths.values().next());
    let extension = item.and_then(|item| OperationExtension::of(&item["patch"]));
    extension.unwrap_or_default()
}

fn notes(lowered: &Lowered) -> Vec<String> {
    lowered.notes.iter().map(ToString::to_string).collect()
}

fn path(lowered: &Lowered) -> &str {
    let paths = lowered.document["paths"].as_object();
    paths
        .and_then(|paths| paths.keys().next())
        .map_or("", |path| path)
}

#[test]
fn parameters_that_cannot_be_written_are_rejected_with_operation_and_pointer() {
    let nested = json!({"type": "object", "properties": {"a": {"type": "array"}}});
    let list = json!({"type": "array", "items": {"type": "object", "properties": {"a": {}}}});
    for (parameter, reason) in [
        (
            json!({"in": "query", "name": "thing-id", "schema": {}}),
            None,
        ),
        (
            json!({"in": "query", "name": "e", "explode": false, "schema": nested}),
            Some("the member `a` of this object is an object or array"),
        ),
        (
            json!({"in": "header", "name": "e", "schema": list}),
            Some("an item of this array is an object or array"),
        ),
        (
            json!({"in": "query", "name": "e", "style": "pipeDelimited", "explode": false, "schema": {"type": "object"}}),
            Some("the style `pipeDelimited`, which cannot be written"),
        ),
        (
            json!({"in": "cookie", "name": "c", "schema": {"type": "array"}}),
            Some("`c` is an array in a cookie"),
        ),
        (
            json!({"in": "cookie", "name": "a b", "schema": {}}),
            Some("\"a b\" is not a valid cookie name"),
        ),
        (
            json!({"in": "querystring", "name": "q", "content": {"application/json": {}}}),
            Some("`q` is a querystring parameter"),
        ),
    ] {
        let members = json!({"parameters": [path_parameter(), parameter]});
        let found = lowered(members, json!({}));
        let Some(reason) = reason else {
            let found = found.expect("it has a name of its own");
            let note = format!(
                "{PATCH}/parameters/1: the query parameter `thing-id` is called `thing_id_query`"
            );
            assert!(
                notes(&found).iter().any(|it| it.starts_with(&note)),
                "{:?}",
                found.notes
            );
            continue;
        };
        let error = found.expect_err("rejected");
        assert!(error.contains(reason), "{error}");
        let place = format!("PATCH /things/{{thing_id}}: {PATCH}/parameters/1");
        assert!(error.starts_with(&place), "{error}");
    }
}

#[test]
fn members_that_change_nothing_are_noted() {
    let parameters = json!([
        path_parameter(),
        {"in": "query", "name": "a", "allowReserved": true, "schema": {"type": "string"}},
        {"in": "query", "name": "b", "allowEmptyValue": true, "schema": {"type": "integer"}},
    ]);
    let lowered = lowered(json!({ "parameters": parameters }), json!({})).expect("lowered");
    assert!(
        notes(&lowered)[0].contains("although `allowReserved`"),
        "{:?}",
        lowered.notes
    );
    assert!(
        notes(&lowered)[1].contains("although `allowEmptyValue`"),
        "{:?}",
        lowered.notes
    );
}

#[test]
fn a_body_is_json_if_there_is_a_choice_and_otherwise_what_is_published() {
    let of = |kinds: &[&str], schema: Value| {
        let content = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), json!({ "schema": schema })));
        let content: serde_json::Map<_, _> = content.collect();
        lowered(json!({"requestBody": {"content": content}}), json!({}))
    };
    let sent = |kinds: &[&str], schema: Value| {
        let lowered = of(kinds, schema).expect("lowered");
        let content = patch(&lowered.document)["requestBody"]["content"].clone();
        let known = content.as_object().and_then(|it| it.keys().next().cloned());
        (
            known.unwrap_or_default(),
            extension(&lowered).body.and_then(|it| it.content_type),
        )
    };
    let json = "application/json".to_owned();
    let bytes = "application/octet-stream".to_owned();
    let text = json!({"type": "string"});
    let object = json!({"type": "object"});
    let stated = |kind: &str| Some(kind.to_owned());
    for (kinds, schema, expected) in [
        (&["application/json"][..], &text, (&json, None)),
        (
            &["text/plain", "application/xml", "application/json"],
            &text,
            (&json, None),
        ),
        (
            &["application/merge-patch+json"],
            &object,
            (&json, stated("application/merge-patch+json")),
        ),
        (
            &["application/merge-patch+json", "application/json"],
            &object,
            (&json, None),
        ),
        (&["*/*"], &object, (&json, None)),
        (&["*/*"], &text, (&bytes, None)),
        (&["image/*"], &text, (&bytes, None)),
        (
            &["application/xml"],
            &object,
            (&bytes, stated("application/xml")),
        ),
        (&["application/octet-stream"], &text, (&bytes, None)),
    ] {
        let (known, content_type) = sent(kinds, schema.clone());
        assert_eq!((&known, content_type), expected, "{kinds:?}");
    }
    for kind in ["multipart/mixed", "nothing", "a/b\r\nc: d"] {
        let error = of(&[kind], text.clone()).expect_err("rejected");
        assert!(
            error.contains(&format!("a request body of {kind} cannot be sent")),
            "{error}"
        );
    }
}

#[test]
fn a_form_that_cannot_be_written_is_rejected() {
    let form = |schema: Value, encoding: Value| {
        let media = json!({"schema": schema, "encoding": encoding});
        let content = json!({"application/x-www-form-urlencoded": media});
        lowered(json!({"requestBody": {"content": content}}), json!({}))
    };
    let card = json!({"type": "object", "properties": {"card": {"type": "object"}}});
    let error = form(
        card.clone(),
        json!({"card": {"style": "form", "explode": true}}),
    );
    let error = error.expect_err("the name of the object is lost");
    assert!(
        error.contains("/requestBody: `card` is an object with the style `form`"),
        "{error}"
    );
    let error = form(json!({"type": "array"}), json!({})).expect_err("no object");
    assert!(error.contains("a form is an object"), "{error}");
    let deep = form(card, json!({"card": {"style": "deepObject"}})).expect("lowered");
    let body = extension(&deep).body.unwrap_or_default();
    assert_eq!(body.form["card"], Encoding::Deep);
}

#[test]
fn an_operation_is_sent_to_another_server_only_if_the_program_names_it() {
    let servers = |urls: &[&str]| {
        let servers: Vec<_> = urls.iter().map(|url| json!({ "url": url })).collect();
        json!({ "servers": servers })
    };
    let of = |own: &[&str]| lowered(servers(own), servers(&["https://api.example/v1"]));
    let route = |lowered: &Lowered| (path(lowered).to_owned(), extension(lowered).server);
    let things = |prefix: &str| format!("{prefix}/things/{{thing_id}}");
    let replaces = |end: &str| Some(Server::Replaces(end.to_owned()));
    let other = |address: &str| Some(Server::Other(address.to_owned()));
    for (own, expected) in [
        (&["https://api.example:443/v1/"][..], (things(""), None)),
        (
            &["https://eu.example", "https://api.example/v1"],
            (things(""), None),
        ),
        (&["https://api.example/v1/beta"], (things("/beta"), None)),
        (
            &["https://api.example/v10"],
            (things("/v10"), replaces("/v1")),
        ),
        (&["/v2"], (things("/v2"), replaces("/v1"))),
        (&["https://api.example"], (things(""), replaces("/v1"))),
    ] {
        assert_eq!(route(&of(own).expect("lowered")), expected, "{own:?}");
    }
    for own in [
        "https://upload.example/v1",
        "http://api.example/v1",
        "https://api.example:8443/v1",
    ] {
        let elsewhere = of(&[own]).expect("lowered");
        assert_eq!(route(&elsewhere), (things(""), other(own)));
        let note = format!("published for another server, {own}; its calls fail until");
        assert!(
            notes(&elsewhere)[0].contains(&note),
            "{:?}",
            elsewhere.notes
        );
    }
    let open = of(&["https://{region}.api.example/v1"]).expect("lowered");
    let address = "https://{region}.api.example/v1";
    assert_eq!(route(&open), (things(""), other(address)));
    let note = format!("{address}, whose `{{region}}` has no default; its calls fail");
    assert!(notes(&open)[0].contains(&note), "{:?}", open.notes);
    let invalid = of(&["https://a:b@upload.example"]).expect_err("rejected");
    assert!(invalid.contains("contains a user name"), "{invalid}");
    let alone = lowered(servers(&["https://api.example/v2"]), json!({})).expect("lowered");
    assert_eq!(route(&alone), (things("/v2"), None));
    assert!(
        notes(&alone)[0].contains("the base URL that a program sets"),
        "{:?}",
        alone.notes
    );
    // Where the base URL leads is not known, so it may be another server.
    let own = servers(&["https://upload.example/v1"]);
    let unknown = lowered(own, servers(&["/api/v3"])).expect("lowered");
    assert_eq!(
        route(&unknown),
        (things(""), other("https://upload.example/v1"))
    );
    let relative = lowered(json!({}), servers(&["/api/v3"])).expect("lowered");
    assert_eq!(relative.document["x-codegen"]["server"], Value::Null);
    assert!(
        notes(&relative)[0].contains("has no host"),
        "{:?}",
        relative.notes
    );
}

#[test]
fn a_path_that_would_not_be_sent_as_published_is_rejected() {
    let of = |path: &str| {
        let paths = json!({"paths": {path: {}}});
        lowered(json!({"parameters": []}), paths)
    };
    let sent = of("/a?beta=true").expect("lowered");
    assert_eq!(path(&sent), "/a?beta=true");
    for (path, reason) in [
        ("/a?b={b}", "expected a fixed one"),
        ("/a?b=1?c=2", "expected a fixed one"),
        ("/a?b=\"", "is not allowed in a path"),
    ] {
        let error = of(path).expect_err("rejected");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn only_a_credential_that_the_client_sends_is_no_parameter() {
    let schemes = json!({
        "key": {"type": "apiKey", "in": "header", "name": "Api_Key"},
        "app": {"type": "apiKey", "in": "header", "name": "App-Key"},
        "query": {"type": "apiKey", "in": "query", "name": "key"},
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "Bearer"},
        "unused": {"type": "openIdConnect"},
    });
    let parameters = |name: &str| json!([path_parameter(), {"in": "header", "name": name, "schema": {"type": "string"}}]);
    let of = |name: &str, security: Value| {
        let members = json!({"parameters": parameters(name), "security": security});
        let all = json!([{"key": [], "app": []}, {"query": []}, {"basic": []}, {"bearer": []}]);
        let components = json!({"securitySchemes": schemes, "schemas": {}});
        let document = json!({"components": components, "security": all});
        lowered(members, document).expect("lowered")
    };
    let has = |lowered: &Lowered| patch(&lowered.document)["parameters"][1].is_object();
    assert!(!has(&of("api_key", json!([{"key": []}]))));
    assert!(
        has(&of("api_key", json!([{"bearer": []}]))),
        "another scheme is used"
    );
    assert!(
        has(&of("app-key", json!([{"app": []}]))),
        "the client does not send it"
    );
    assert!(!has(&of("Authorization", json!([]))));
    let lowered = of("api_key", json!([]));
    assert_eq!(lowered.document["x-codegen"]["api_key_header"], "api_key");
    for (name, text) in [
        (
            "app",
            "in the header `App-Key`, which the client does not send",
        ),
        ("query", "which the client never sends"),
        ("basic", "is a credential that the client does not send"),
    ] {
        let note = format!("/components/securitySchemes/{name}: `{name}` ");
        let notes = notes(&lowered);
        assert!(
            notes
                .iter()
                .any(|it| it.starts_with(&note) && it.contains(text)),
            "{notes:?}"
        );
    }
    assert!(
        !lowered
            .notes
            .iter()
            .map(ToString::to_string)
            .any(|note| note.contains("`unused`") || note.contains("`bearer`"))
    );
}

#[test]
fn the_parameters_of_a_path_that_is_a_reference_are_sent() {
    let item = json!({
        "parameters": [path_parameter(), {"in": "query", "name": "q", "schema": {"type": "string"}}],
        "patch": {"operationId": "updateThing", "responses": {}},
    });
    let mut document = document(json!({}), json!({}));
    document["components"]["pathItems"] = json!({ "Thing": item });
    document["paths"]["/things/{thing_id}"] = json!({"$ref": "#/components/pathItems/Thing"});
    let lowered = lower(&document, &SourceMap::default(), false).expect("lowered");
    let parameters = patch(&lowered.document)["parameters"].clone();
    let names: Vec<_> = parameters
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["thing_id", "q"]);
    assert!(lowered.notes.is_empty(), "{:?}", lowered.notes);
}

#[test]
fn methods_that_only_openapi_3_2_has_are_rejected() {
    let paths = |name: &str| json!({"paths": {"/a": {name: {"operationId": "x"}}}});
    for name in ["query", "additionalOperations"] {
        let error = lowered(json!({"parameters": []}), paths(name)).expect_err("rejected");
        assert!(
            error.starts_with(&format!("/paths/~1a/{name}: ")),
            "{error}"
        );
        let skipped = lowered_with(json!({"parameters": []}), paths(name), true);
        let skipped = skipped.expect("the rest is lowered");
        assert!(
            notes(&skipped)[0].starts_with("left out: "),
            "{:?}",
            skipped.notes
        );
        assert_eq!(skipped.operations.len(), 1);
    }
}

#[test]
fn a_request_accepts_every_media_type_of_its_responses() {
    let accept = |responses: &[&[&str]]| {
        let responses = responses.iter().enumerate().map(|(index, kinds)| {
            let content = kinds.iter().map(|kind| ((*kind).to_owned(), json!({})));
            let content: serde_json::Map<_, _> = content.collect();
            ((200 + index).to_string(), json!({ "content": content }))
        });
        let responses: serde_json::Map<_, _> = responses.collect();
        extension(&lowered(json!({ "responses": responses }), json!({})).expect("lowered")).accept
    };
    let stated = |accept: &str| Some(accept.to_owned());
    assert_eq!(accept(&[&["application/xml", "application/json"]]), None);
    assert_eq!(accept(&[&["*/*"]]), None);
    assert_eq!(accept(&[&["image/png"]]), None);
    assert_eq!(
        accept(&[&["application/hal+json"]]),
        stated("application/hal+json")
    );
    assert_eq!(
        accept(&[&["application/json"], &["image/png"]]),
        stated("application/json, image/png")
    );
}

#[test]
fn a_fragment_of_a_path_is_not_sent() {
    let all = |paths: &[&str]| {
        let operation = |path: &&str| {
            let id = json!({"operationId": format!("call {path}"), "responses": {}});
            ((*path).to_owned(), json!({"patch": id}))
        };
        let paths: Value = paths
            .iter()
            .map(operation)
            .collect::<serde_json::Map<_, _>>()
            .into();
        let lowered = lowered(json!({}), json!({ "paths": paths })).expect("lowered");
        let paths = lowered.document["paths"].as_object();
        let paths = paths.into_iter().flatten();
        let paths: Vec<_> = paths.map(|(path, _)| path.clone()).collect();
        (paths, notes(&lowered))
    };
    let (paths, notes) = all(&["/a#Action={b}"]);
    assert_eq!(paths, ["/a"]);
    assert!(
        notes[0].contains("the fragment `#Action={b}` of the path is not sent"),
        "{notes:?}"
    );

    // Operations of one address are distinguished by their names.
    let (paths, _) = all(&["/a", "/a#rename", "/b"]);
    assert_eq!(paths, ["/a", "/a#call_a_rename", "/b"]);
}

#[test]
fn a_binary_response_is_bytes() {
    let of = |kind: &str, schema: Value| {
        let content = json!({kind: {"schema": schema}});
        let responses = json!({"responses": {"200": {"content": content}}});
        let lowered = lowered(
            responses,
            json!({"components": {"schemas": {"File": {"type": "string", "format": "binary"}}}}),
        );
        let patch = patch(&lowered.expect("lowered").document);
        let content = patch["responses"]["200"]["content"].as_object().cloned();
        let is_stated = patch["x-codegen"]["accept"].is_string();
        (
            content.into_iter().flatten().map(|(kind, _)| kind).next(),
            is_stated,
        )
    };
    let bytes = (Some("application/octet-stream".to_owned()), false);
    let json = (Some("application/json".to_owned()), false);
    let binary = json!({"type": "string", "format": "binary"});
    for kind in ["*/*", "application/*", "application/json", "image/png"] {
        assert_eq!(of(kind, binary.clone()), bytes, "{kind}");
    }
    assert_eq!(
        of("*/*", json!({"$ref": "#/components/schemas/File"})),
        bytes
    );
    let media = json!({"type": "string", "contentMediaType": "image/png"});
    assert_eq!(of("*/*", media.clone()), bytes);
    assert_eq!(of("*/*", json!({})), bytes);
    assert_eq!(of("application/json", json!({})), json);
    // JSON may have a string with another format in it.
    assert_eq!(of("application/json", media), json);
    assert_eq!(of("*/*", json!({"type": "string"})), json);
}
