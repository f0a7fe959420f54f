//! `cargo xtask diff`: what changes of the docs mean to users of the crate.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::pipeline::documents::documents;
use xtask::pipeline::extract::{extract, read_pages};
use xtask::pipeline::overlay::Overlay;
use xtask::pipeline::stage_log::StageLog;

use crate::support::changes::{CHANGES, Change, changed};
use crate::support::{Folder, Run, assert_contains, get_things, returning, run};

/// The document that is checked in.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("openapi/partner-api.json")
}

/// A folder with changed pages and the document generated from them.
fn folder(changes: &[&Change]) -> Folder {
    let folder = changed(changes);
    let overlay = Overlay::read(&folder.path().join("overlay.yaml")).unwrap();
    let pages = read_pages(&folder.docs()).unwrap();
    let fragments = pages
        .iter()
        .flat_map(|page| extract(page).unwrap().fragments);
    let generated = documents(
        fragments.collect(),
        &overlay,
        false,
        &mut StageLog::silent(),
    )
    .unwrap();
    put(&folder, "new.json", &generated.openapi);
    folder
}

fn put(folder: &Folder, name: &str, document: &Value) {
    fs::write(folder.path().join(name), document.to_string()).unwrap();
}

/// Compares the document of a folder with the one that is checked in.
fn diff(folder: &Folder, arguments: &[&str]) -> Run {
    let base = shipped();
    let mut all = vec![
        "diff",
        base.to_str().unwrap(),
        "--new",
        "new.json",
        "--docs",
        "docs",
    ];
    all.extend(["--overlay", "overlay.yaml"]);
    all.extend(arguments);
    run(folder.path(), &all)
}

fn report(folder: &Folder) -> Value {
    let run = diff(folder, &["--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

/// The rule and subject of each change in a report.
fn findings(report: &Value) -> Vec<(&str, &str)> {
    let changes = report["changes"].as_array().unwrap().iter();
    let mut findings: Vec<_> = changes
        .map(|one| {
            (
                one["rule"].as_str().unwrap(),
                one["subject"].as_str().unwrap(),
            )
        })
        .collect();
    findings.sort_unstable();
    findings
}

#[test]
fn every_change_gets_the_verdict_of_a_careful_maintainer() {
    for change in CHANGES {
        let report = report(&folder(&[change]));
        let expected = match change.verdict {
            "" => Value::Null,
            verdict => json!(verdict),
        };
        assert_eq!(
            report["verdict"],
            expected,
            "{}: {:?}",
            change.name,
            findings(&report)
        );
        let mut expected = change.findings.to_vec();
        expected.sort_unstable();
        assert_eq!(findings(&report), expected, "{}", change.name);
        let next = match change.verdict {
            "" => "0.1.0",
            "breaking" | "security" => "0.2.0",
            _ => "0.1.1",
        };
        assert_eq!(
            report["version"],
            json!({"now": "0.1.0", "next": next, "bump": bump(next)}),
            "{}",
            change.name
        );
    }
}

fn bump(next: &str) -> &str {
    match next {
        "0.1.0" => "none",
        "0.2.0" => "minor",
        _ => "patch",
    }
}

#[test]
fn the_non_breaking_changes_together_are_not_breaking() {
    let harmless: Vec<_> = CHANGES
        .iter()
        .filter(|change| !["breaking", "security"].contains(&change.verdict))
        // These changes concern the credentials of the same operations.
        .filter(|change| change.name != "no operation that needs a credential")
        .collect();
    let report = report(&folder(&harmless));
    assert_eq!(report["verdict"], "additive");
    let mut all: Vec<_> = harmless
        .iter()
        .flat_map(|change| change.findings)
        .copied()
        .collect();
    all.sort_unstable();
    assert_eq!(findings(&report), all);
}

#[test]
fn a_change_is_reported_with_its_place_on_the_page() {
    let change = CHANGES
        .iter()
        .find(|change| change.name == "a new field in an update that need not be set")
        .unwrap();
    let report = report(&folder(&[change]));
    let one = &report["changes"][0];
    assert_eq!(
        (&one["page"], &one["line"]),
        (&json!("client-management.md"), &json!(20))
    );
    let url = "https://docs.360dialog.com/partner/partner-api/api-reference/client-management#update-a-client";
    assert_eq!(one["url"], url);
}

#[test]
fn the_report_is_markdown_for_a_pull_request() {
    let named = |name: &str| CHANGES.iter().find(|change| change.name == name).unwrap();
    let folder = folder(&[
        named("another type of a field"),
        named("a new value of an enum"),
        named("another description of a field"),
    ]);
    let run = diff(&folder, &[]);
    assert_contains(
        &run.stdout,
        &[
            "## What changed for users of the crate\n\n1 breaking, 1 additive, 1 docs-only: a minor version, 0.1.0 → 0.2.0.\n",
            "\n### Breaking\n\n| What | Change | Effect | Docs |\n|---|---|---|---|\n| `ClientAccount.max_channels` | field retyped: `Option<i64>` → `Option<String>` | the field has another type | [`client-management.md:12`](https://",
            "\n### Additive\n",
            "\n| `ChannelStatus::Paused` | variant added | ",
            "\n### Docs only\n",
            "\n| `ClientAccount.name`, `description` | docs changed: `Client name` → `Its name` | ",
        ],
    );
}

#[test]
fn the_exit_code_is_the_verdict() {
    for (verdict, code) in [
        ("", 0),
        ("docs-only", 0),
        ("additive", 1),
        ("breaking", 2),
        ("security", 4),
    ] {
        let change = CHANGES
            .iter()
            .find(|change| change.verdict == verdict)
            .unwrap();
        let folder = folder(&[change]);
        assert_eq!(
            diff(&folder, &["--exit-code"]).code,
            Some(code),
            "{verdict}"
        );
        assert_eq!(diff(&folder, &[]).code, Some(0), "{verdict}");
    }
}

#[test]
fn a_document_is_compared_with_that_of_a_revision() {
    let workspace = shipped();
    let workspace = workspace.parent().unwrap().parent().unwrap();
    let run = run(workspace, &["diff", "HEAD", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(report["changes"].is_array());
}

#[test]
fn documents_that_cannot_be_compared_are_errors() {
    let folder = folder(&[]);
    let base = shipped();
    let base = base.to_str().unwrap();
    fs::write(folder.path().join("no.json"), "{\"openapi\":").unwrap();
    put(
        &folder,
        "old.json",
        &json!({"openapi": "3.0.3", "paths": {}}),
    );
    put(&folder, "empty.json", &json!({"openapi": "3.1.0"}));
    for (arguments, why) in [
        (
            ["no-such-revision", "--new", base],
            "no-such-revision:openapi/partner-api.json: cannot be read: there is no such file, and git has no such revision: fatal",
        ),
        (
            [base, "--new", "missing.json"],
            "missing.json: cannot be read: No such file",
        ),
        (
            [base, "--new", "no.json"],
            "no.json: not an OpenAPI 3.1 document: EOF while parsing",
        ),
        (
            ["old.json", "--new", base],
            "old.json: not an OpenAPI 3.1 document: its `openapi` member is not 3.1",
        ),
        (
            ["empty.json", "--new", base],
            "empty.json: not an OpenAPI 3.1 document: it has no `paths`",
        ),
    ] {
        let rejected =
            |more: &[&str]| run(folder.path(), &[&["diff"], &arguments[..], more].concat());
        assert_contains(&rejected(&[]).error(), &[why]);
        assert_eq!(rejected(&[]).code, Some(1));
        assert_eq!(rejected(&["--exit-code"]).code, Some(3));
        assert_eq!(rejected(&[]).stdout, "");
    }
}

#[test]
fn an_operation_without_rust_is_noted() {
    let folder = folder(&[]);
    let mut document: Value =
        serde_json::from_str(&fs::read_to_string(shipped()).unwrap()).unwrap();
    document["paths"]["/upload"]["post"] = json!({
        "operationId": "upload",
        "requestBody": {"content": {"multipart/mixed": {"schema": {}}}},
        "responses": {},
    });
    put(&folder, "new.json", &document);
    let run = diff(&folder, &[]);
    assert_contains(
        &run.stderr,
        &["note: in the new document, left out: POST /upload: "],
    );
}

#[test]
fn without_pages_the_changes_have_no_place() {
    let folder = folder(&[&CHANGES[2]]);
    fs::remove_dir_all(folder.docs()).unwrap();
    let run = diff(&folder, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_contains(
        &run.stderr,
        &["note: the report has no pages and lines: docs: cannot be read"],
    );
    assert_contains(&run.stdout, &["| only the documentation changed | – |"]);
}

/// Compares two small documents.
fn between(old: &Value, new: &Value) -> Value {
    let folder = Folder::new();
    put(&folder, "old.json", old);
    put(&folder, "new.json", new);
    let run = run(
        folder.path(),
        &[
            "diff", "old.json", "--new", "new.json", "--docs", "docs", "--format", "json",
        ],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

fn with_parameter(location: &str, name: &str) -> Value {
    let mut operation = returning("list_things", json!({"type": "string"}));
    operation["parameters"] = json!([{"name": name, "in": location, "schema": {"type": "string"}}]);
    get_things(operation)
}

#[test]
fn the_case_of_a_header_name_is_not_a_change() {
    let report = between(
        &with_parameter("header", "X-Trace"),
        &with_parameter("header", "x-trace"),
    );
    assert_eq!(
        findings(&report),
        [("docs-changed", "list_things(x_trace): name")]
    );
}

#[test]
fn a_relocated_parameter_is_the_same_parameter() {
    let report = between(
        &with_parameter("query", "trace"),
        &with_parameter("header", "Trace"),
    );
    assert_eq!(
        findings(&report),
        [("parameter-relocated", "list_things(trace)")]
    );
    let place = &report["changes"][0];
    assert_eq!(
        (&place["was"], &place["is"]),
        (&json!("query"), &json!("header"))
    );
    assert_eq!(report["verdict"], "additive");
}

#[test]
fn a_variable_of_the_server_cannot_hide_another_host() {
    let old = with_parameter("query", "a");
    let with = |url: &str, name: &str, default: &str| {
        let mut new = old.clone();
        new["servers"] = json!([{"url": url, "variables": {name: {"default": default}}}]);
        new
    };
    // The base URL has the defaults of the variables, so it is the same.
    let same = between(&old, &with("https://{h}", "h", "things.example"));
    assert_eq!(same["verdict"], "docs-only");
    let other = between(&old, &with("https://{h}", "h", "evil.example"));
    assert_eq!(other["verdict"], "security");

    for (url, name) in [
        ("https://{x}.evil.example/{y}", "x}.evil.example/{y"),
        ("https://{{h}}.evil.example", "{h}"),
    ] {
        let folder = Folder::new();
        put(&folder, "old.json", &old);
        put(&folder, "new.json", &with(url, name, "things.example"));
        let arguments = ["diff", "old.json", "--new", "new.json", "--docs", "docs"];
        let run = run(folder.path(), &arguments);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert_contains(&run.error(), &["/servers", "in the overlay"]);
    }
}

#[test]
fn a_field_that_is_sent_is_read_only_if_its_type_is() {
    let document = |field: Value, inner: Value| {
        let mut operation = returning("get_things", json!({"$ref": "#/components/schemas/Thing"}));
        operation["requestBody"] = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Update"}}}});
        let mut document = get_things(operation);
        document["components"]["schemas"] = json!({
            "Inner": inner,
            "Thing": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Inner"}}},
            "Update": {"type": "object", "properties": {"inner": field}},
        });
        document
    };
    let refers = json!({"$ref": "#/components/schemas/Inner"});
    let plain = json!({"type": "object", "properties": {"x": {"type": "string"}}});
    let mut read_only = plain.clone();
    read_only["readOnly"] = true.into();
    let old = document(refers.clone(), plain.clone());
    for new in [
        document(refers.clone(), read_only.clone()),
        document(json!({"allOf": [refers, {"readOnly": true}]}), plain),
    ] {
        let report = between(&old, &new);
        let findings = findings(&report);
        let expected = ("field-became-read-only", "Update.inner");
        assert!(findings.contains(&expected), "{findings:?}");
        assert!(
            findings.iter().all(|(rule, _)| *rule != "presence-changed"),
            "{findings:?}"
        );
        assert_eq!(report["verdict"], "breaking");
    }
}

#[test]
fn the_server_of_a_new_operation_is_reported() {
    let old = with_parameter("query", "a");
    let mut new = old.clone();
    new["paths"]["/other"]["get"] = returning("get_other", json!({"type": "string"}));
    assert_eq!(
        findings(&between(&old, &new)),
        [("operation-added", "get_other")]
    );
    new["paths"]["/other"]["get"]["servers"] = json!([{"url": "https://things.example/v2"}]);
    let report = between(&old, &new);
    assert_eq!(
        findings(&report),
        [
            ("operation-added", "get_other"),
            ("server-changed", "server of get_other")
        ],
    );
    assert_eq!(report["verdict"], "security");
}

#[test]
fn a_change_of_another_server_of_an_operation_is_security() {
    let with = |url: &str, variables: Value| {
        let mut document = with_parameter("query", "a");
        let item = document["paths"]
            .as_object_mut()
            .unwrap()
            .values_mut()
            .next();
        item.unwrap()["servers"] = json!([{"url": url, "variables": variables}]);
        document
    };
    let old = with("https://{region}.files.example", json!({}));
    for (new, is) in [
        (
            with("https://{region}.evil.example", json!({})),
            "https://{region}.evil.example",
        ),
        (
            with(
                "https://{region}.files.example",
                json!({"region": {"default": "eu"}}),
            ),
            "https://eu.files.example",
        ),
        (with_parameter("query", "a"), "https://things.example"),
    ] {
        let report = between(&old, &new);
        let change = &report["changes"][0];
        assert_eq!(report["verdict"], "security");
        assert_eq!(change["rule"], "server-changed");
        assert_eq!(change["was"], "https://{region}.files.example");
        assert_eq!(change["is"], is);
    }
}

#[test]
fn the_url_of_a_token_is_security() {
    let with_token = |url: &str| {
        let mut document = with_parameter("query", "a");
        let flows = json!({"clientCredentials": {"tokenUrl": url, "scopes": {}}});
        document["components"]["securitySchemes"]["OAuth"] =
            json!({"type": "oauth2", "flows": flows});
        document["security"] = json!([{"OAuth": []}]);
        document
    };
    let report = between(
        &with_token("https://a.example"),
        &with_token("https://b.example"),
    );
    assert_eq!(findings(&report), [("credential-changed", "`OAuth`")]);
    assert_eq!(report["verdict"], "security");
}

#[test]
fn security_comes_first_with_how_to_accept_it() {
    let named = |name: &str| CHANGES.iter().find(|change| change.name == name).unwrap();
    let folder = folder(&[named("another type of a field"), named("another server")]);
    let report = diff(&folder, &[]).stdout;
    let change = "server-changed base URL: https://hub.360dialog.io → https://hub.example";
    assert_contains(
        &report,
        &[
            "1 security, 1 breaking, 0 additive, 0 docs-only: a minor version",
            "\n### Security\n",
            &format!("\n- Not accepted: `{change}`\n"),
        ],
    );
    assert!(
        report.find("### Security") < report.find("### Breaking"),
        "{report}"
    );

    let accepted = |reason: &str| {
        let overlay = fs::read_to_string(folder.path().join("overlay.yaml")).unwrap();
        let accepted =
            format!("x-accepted-security:\n  - change: '{change}'\n    reason: {reason}\n");
        fs::write(folder.path().join("accepting.yaml"), overlay + &accepted).unwrap();
        run(
            folder.path(),
            &[
                "diff",
                shipped().to_str().unwrap(),
                "--new",
                "new.json",
                "--docs",
                "docs",
                "--overlay",
                "accepting.yaml",
            ],
        )
    };
    assert_contains(
        &accepted("Announced by mail.").stdout,
        &[&format!("\n- Accepted: `{change}`. Announced by mail.\n")],
    );
    // Without a reason it is not accepted.
    let without = accepted("''");
    assert_contains(&without.stdout, &["\n- Not accepted: "]);
    assert_contains(
        &without.stderr,
        &["accepting.yaml", "x-accepted-security", "`reason`"],
    );
}

#[test]
fn a_field_added_to_a_struct_without_default_is_breaking() {
    let updating = |required: Value, properties: Value| {
        let schema = json!({"type": "object", "required": required, "properties": properties});
        let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        let operation = json!({"operationId": "update", "requestBody": body, "responses": {}});
        json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "paths": {"/thing": {"put": operation}},
        })
    };
    let name = json!({"name": {"type": "string"}});
    let both = json!({"name": {"type": "string"}, "note": {"type": "string"}});
    for (required, rule) in [
        (json!([]), "field-added"),
        (json!(["name"]), "field-added-without-default"),
    ] {
        let old = updating(required.clone(), name.clone());
        let report = between(&old, &updating(required, both.clone()));
        assert_eq!(findings(&report), [(rule, "UpdateBody.note")]);
    }
}
