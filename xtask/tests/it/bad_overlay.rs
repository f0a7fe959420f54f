//! Overlays that cannot be used: each ends with exit code 1 and one message that names the line,
//! and nothing is written.

use serde_json::json;

use crate::support::{Folder, answering, get_things, says};

fn good() -> Folder {
    Folder::new().fragment(
        "good.md",
        &get_things(answering("list_things", json!({"type": "string"}))),
    )
}

/// The message about these actions; the first stands in line 6.
#[track_caller]
fn refused(actions: &str) -> String {
    good().actions(actions).refused()
}

#[test]
fn an_action_that_is_right_is_applied() {
    let folder = good().actions(
        "  - target: $.info\n    description: It has a better name.\n    update: {title: Better}\n",
    );
    folder.made(&[]);
    assert_eq!(folder.json("openapi.json")["info"]["title"], "Better");
}

#[test]
fn an_action_that_matches_nothing_names_its_line() {
    let message = refused(
        "  - target: $.info\n    description: One.\n    update: {title: A}\n\
         \x20 - target: $.paths['/nowhere'].get\n    description: Two.\n    remove: true\n",
    );
    says(
        &message,
        &[
            "overlay.yaml:9",
            "$.paths['/nowhere'].get",
            "matches nothing",
        ],
    );
}

#[test]
fn an_action_without_a_reason_names_its_line() {
    says(
        &refused("  - target: $.info\n    update: {title: A}\n"),
        &["overlay.yaml:6", "$.info", "description"],
    );
    says(
        &refused("  - target: $.info\n    description: ' '\n    update: {title: A}\n"),
        &["overlay.yaml:6", "$.info", "description"],
    );
}

#[test]
fn a_target_that_is_no_json_path_names_its_line() {
    for target in ["'$['", "'paths.x'", "$.paths[?", "''"] {
        let message = refused(&format!(
            "  - target: {target}\n    description: x\n    remove: true\n"
        ));
        says(&message, &["overlay.yaml:6"]);
    }
}

#[test]
fn an_action_that_is_not_known_names_its_line() {
    says(
        &refused("  - target: $.info\n    description: x\n    replace: {title: A}\n"),
        &["overlay.yaml:6", "$.info"],
    );
    says(
        &refused("  - target: $.info\n    description: x\n"),
        &["overlay.yaml:6", "$.info"],
    );
}

#[test]
fn what_is_no_yaml_names_the_line_where_it_breaks_off() {
    says(&refused("  - target: [\n"), &["overlay.yaml:"]);
    says(
        &refused("  - target: $.info\n   description: x\n"),
        &["overlay.yaml:7"],
    );
    says(
        &good().overlay("overlay: 1.1.0\n\tinfo: x\n").refused(),
        &["overlay.yaml:1", "tab"],
    );
}

#[test]
fn what_is_no_overlay_is_named() {
    for text in [
        "",
        "- a\n- b\n",
        "openapi: 3.1.0\n",
        "overlay: 2.0.0\ninfo: {title: T, version: 1}\nactions: []\n",
        "overlay: 1.1.0\nactions: []\n",
    ] {
        says(
            &good().overlay(text).refused(),
            &["overlay.yaml", "Overlay"],
        );
    }
}

#[test]
fn an_overlay_that_is_not_there_is_named() {
    let folder = good();
    let run = folder.run(&["--overlay", "nowhere.yaml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    says(&run.error(), &["nowhere.yaml", "cannot be read"]);
    assert!(!folder.out().exists());
}

#[test]
fn the_line_is_right_whatever_else_stands_in_the_file() {
    let message = refused(
        "  # target: $.commented\n\
         \x20 - target: $.info\n    description: |-\n      It says\n      target: $.nothing\n    update:\n      x-a:\n        target: 1\n\
         \x20 - {target: $.info, description: One., update: {title: A}}\n\
         \x20 - \"target\": $.nowhere\n    description: Two.\n    remove: true\n",
    );
    says(
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
    folder.made(&[]);
    assert_eq!(folder.json("openapi.json")["info"]["title"], "A");
    let text = text.to_string().replace("$.info", "$.nowhere");
    says(
        &good().overlay(&text).refused(),
        &["overlay.yaml:1", "$.nowhere"],
    );
}
