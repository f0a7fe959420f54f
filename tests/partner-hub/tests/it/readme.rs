//! The README's rules are valid, and its commands print the output that it shows, where curl can run
//! them.

use std::process::Stdio;

use crate::support::{http, send};
use partner_hub::Hub;
use serde_json::Value;
use tokio::process::Command;

/// The section of the README with the rules and commands.
fn section() -> &'static str {
    let (_, rest) = include_str!("../../README.md")
        .split_once("### What a client should survive\n")
        .unwrap();
    rest.split("\n## ").next().unwrap()
}

async fn hub() -> Hub {
    Hub::builder().clients(1000).seed(7).start().await.unwrap()
}

#[tokio::test]
async fn each_rule_in_the_readme_is_valid() {
    let hub = hub().await;
    let rules: Vec<&str> = section()
        .lines()
        .filter_map(|line| line.strip_prefix("| `{"))
        .map(|line| line.split("` |").next().unwrap())
        .collect();
    assert!(rules.len() >= 12, "{rules:?}");
    for rule in rules {
        let rule = format!("{{{rule}");
        let set = http()
            .post(format!("{}/__hub/faults", hub.url()))
            .body(rule.clone());
        let set = send(set).await;
        assert_eq!(set.status, 201, "{rule}: {}", set.text);
        let sent: Value = serde_json::from_str(&rule).unwrap();
        for (name, value) in sent.as_object().unwrap() {
            if name != "fault" {
                assert_eq!(&set.body[name], value, "{rule}");
            }
        }
        for (name, value) in sent["fault"].as_object().unwrap() {
            assert_eq!(&set.body["fault"][name], value, "{rule}");
        }
    }
}

#[tokio::test]
async fn each_command_in_the_readme_prints_the_shown_output() {
    if !has_curl().await {
        eprintln!("skipped: no curl with HTTP/2");
        return;
    }
    let hub = hub().await;
    let (_, console) = section().split_once("```console\n").unwrap();
    let (console, _) = console.split_once("```").unwrap();
    let mut commands = console.split("$ curl ").skip(1).peekable();
    assert!(commands.peek().is_some());
    for command in commands {
        let (command, expected) = command.split_once('\n').unwrap();
        let run = Command::new("bash")
            .args(["-c", &format!("curl {command}")])
            .env("HUB", hub.url())
            .env("PARTNER", hub.partner_id())
            .env("KEY", hub.api_key())
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let mut printed = String::from_utf8(run.stdout).unwrap();
        if !printed.ends_with('\n') {
            printed.push('\n');
        }
        let errors = String::from_utf8_lossy(&run.stderr);
        assert_eq!(printed, expected, "curl {command}\n{errors}");
    }
}

/// Whether curl supports HTTP/2, which the README's commands use.
async fn has_curl() -> bool {
    let version = Command::new("bash")
        .args(["-c", "curl --version"])
        .output()
        .await;
    version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("HTTP2"))
}
