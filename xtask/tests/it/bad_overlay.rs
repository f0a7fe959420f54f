//! Invalid overlays: each ends with exit code 1 and one message with the line, and nothing is written.

use serde_json::json;

use crate::support::{Folder, assert_contains, get_things, returning};

fn good() -> Folder {
    Folder::new().fragment(
        "good.md",
        &get_things(returning("list_things", json!({"type": "string"}))),
    )
}

/// The error for these actions; the first is on line 6.
#[track_caller]
fn rejected(actions: &str) -> String {
    good().actions(actions).rejected()
}

#[test]
fn a_valid_action_is_applied() {
    let folder = good().actions(
        "  - target: $.info\n    description: It has a better name.\n    update: {title: Better}\n",
    );
    folder.generate(&[]);
    assert_eq!(folder.json("openapi.json")["info"]["title"], "Better");
}

#[test]
fn an_action_that_matches_nothing_is_reported_with_its_line() {
    let message = rejected(
        "  - target: $.info\n    description: One.\n    update: {title: A}\n\
         \x20 - target: $.paths['/nowhere'].get\n    description: Two.\n    remove: true\n",
    );
    assert_contains(
        &message,
        &[
            "overlay.yaml:9",
            "$.paths['/nowhere'].get",
            "matches nothing",
        ],
    );
}

#[test]
fn an_action_without_a_reason_is_reported_with_its_line() {
    assert_contains(
        &rejected("  - target: $.info\n    update: {title: A}\n"),
        &["overlay.yaml:6", "$.info", "description"],
    );
    assert_contains(
        &rejected("  - target: $.info\n    description: ' '\n    update: {title: A}\n"),
        &["overlay.yaml:6", "$.info", "description"],
    );
}

#[test]
fn an_invalid_target_is_reported_with_its_line() {
    for target in ["'$['", "'paths.x'", "$.paths[?", "''"] {
        let message = rejected(&format!(
            "  - target: {target}\n    description: x\n    remove: true\n"
        ));
        assert_contains(&message, &["overlay.yaml:6"]);
    }
}

#[test]
fn an_unknown_action_is_reported_with_its_line() {
    assert_contains(
        &rejected("  - target: $.info\n    description: x\n    replace: {title: A}\n"),
        &["overlay.yaml:6", "$.info"],
    );
    assert_contains(
        &rejected("  - target: $.info\n    description: x\n"),
        &["overlay.yaml:6", "$.info"],
    );
}

#[test]
fn invalid_yaml_is_reported_with_the_line_of_the_error() {
    assert_contains(&rejected("  - target: [\n"), &["overlay.yaml:"]);
    assert_contains(
        &rejected("  - target: $.info\n   description: x\n"),
        &["overlay.yaml:7"],
    );
    assert_contains(
        &good().overlay("overlay: 1.1.0\n\tinfo: x\n").rejected(),
        &["overlay.yaml:1", "tab"],
    );
}

#[test]
fn a_file_that_is_not_an_overlay_is_reported() {
    for text in [
        "",
        "- a\n- b\n",
        "openapi: 3.1.0\n",
        "overlay: 2.0.0\ninfo: {title: T, version: 1}\nactions: []\n",
        "overlay: 1.1.0\nactions: []\n",
    ] {
        assert_contains(
            &good().overlay(text).rejected(),
            &["overlay.yaml", "Overlay"],
        );
    }
}

#[test]
fn a_missing_overlay_is_reported() {
    let folder = good();
    let run = folder.run(&["--overlay", "nowhere.yaml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(&run.error(), &["nowhere.yaml", "cannot be read"]);
    assert!(!folder.out().exists());
}

#[test]
fn the_line_is_right_in_any_layout_of_the_file() {
    let message = rejected(
        "  # target: $.commented\n\
         \x20 - target: $.info\n    description: |-\n      Line two\n      target: $.nothing\n    update:\n      x-a:\n        target: 1\n\
         \x20 - {target: $.info, description: One., update: {title: A}}\n\
         \x20 - \"target\": $.nowhere\n    description: Two.\n    remove: true\n",
    );
    assert_contains(
        &message,
        &["overlay.yaml:15", "$.nowhere", "matches nothing"],
    );
}

#[test]
fn an_overlay_may_be_json() {
    let text = json!({
        "overlay": "1.0.0",
        "info": {"title": "T", "version": "1"},
        "actions": [{"target": "$.info", "description": "x", "update": {"title": "A"}}],
    });
    let folder = good().overlay(&format!("{text:#}"));
    folder.generate(&[]);
    assert_eq!(folder.json("openapi.json")["info"]["title"], "A");
    let text = text.to_string().replace("$.info", "$.nowhere");
    assert_contains(
        &good().overlay(&text).rejected(),
        &["overlay.yaml:1", "$.nowhere"],
    );
}
