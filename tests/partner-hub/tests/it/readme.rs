//! The README's rules are valid, and its commands print the output that it shows, where curl can run
//! them.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{http, send};
use crate::webhooks::Receiver;
use partner_hub::Hub;
use serde_json::Value;
use tokio::process::Command;

const README: &str = include_str!("../../README.md");

/// A section of the README, up to the next heading of its level.
fn section(heading: &str) -> &'static str {
    let (_, rest) = README.split_once(heading).unwrap();
    rest.split("\n## ").next().unwrap()
}

async fn hub() -> Hub {
    Hub::builder().clients(1000).seed(7).start().await.unwrap()
}

#[tokio::test]
async fn each_rule_in_the_readme_is_valid() {
    let hub = hub().await;
    let rules: Vec<&str> = section("### What a client should survive\n")
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
    let receiver = Receiver::start().await;
    for heading in [
        "## With curl\n",
        "## Webhooks\n",
        "### What a client should survive\n",
    ] {
        let hub = hub().await;
        let mut token = String::new();
        let blocks = section(heading).split("```console\n$ ").skip(1);
        let blocks = blocks.map(|block| block.split("```").next().unwrap());
        for command in blocks.flat_map(|block| block.split("\n$ ")) {
            // A command is continued on lines that start with `> `.
            let command = command.replace("\n> ", " ").replace("\\ ", " ");
            let command = command.replace("http://127.0.0.1:8080/webhooks", &receiver.url);
            let (command, expected) = command.split_once('\n').unwrap();
            let command = match command.strip_prefix("sleep 2; ") {
                Some(command) => {
                    hub.advance(Duration::from_secs(2)).unwrap();
                    command
                }
                None => command,
            };
            let printed = run(command, &hub, &token).await;
            assert_eq!(stable(&printed), stable(expected), "{command}");
            if let Some((_, rest)) = printed.split_once("\"access_token\":\"") {
                token = rest.split('"').next().unwrap().to_owned();
            }
        }
    }
}

async fn run(command: &str, hub: &Hub, token: &str) -> String {
    let output = Command::new("timeout")
        .args(["30", "bash", "-c", command])
        .env("HUB", hub.url())
        .env("PARTNER", hub.partner_id())
        .env("KEY", hub.api_key())
        .env("TOKEN", token)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The output without times and tokens, which differ from run to run. JSON is compared as JSON: the
/// order of its members depends on a feature of `serde_json` that another crate can turn on.
fn stable(output: &str) -> Vec<Result<Value, String>> {
    let stable = |part: &str| match part {
        _ if part.starts_with("eyJ") => "a token".to_owned(),
        _ if part.len() == 20 && part.ends_with('Z') => "a time".to_owned(),
        _ => part.to_owned(),
    };
    let lines = output.trim_end().lines();
    lines
        .filter(|line| !line.starts_with("date: "))
        .map(|line| line.split('"').map(stable).collect::<Vec<_>>().join("\""))
        .map(|line| serde_json::from_str(&line).map_err(|_| line))
        .collect()
}

/// Whether curl supports HTTP/2, which the README's commands use.
async fn has_curl() -> bool {
    let version = Command::new("bash")
        .args(["-c", "curl --version"])
        .output()
        .await;
    version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("HTTP2"))
}
