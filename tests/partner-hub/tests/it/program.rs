//! The program: its output, its arguments, and its end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::support;
use serde_json::{Value, json};

fn start(arguments: &[&str]) -> Child {
    start_plain(&[&["--clients", "1000"], arguments].concat())
}

fn start_plain(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-hub"));
    command.args(["--port", "0"]).args(arguments);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A child process that is killed when the test ends or panics.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_printed_command_works_and_an_interrupt_stops_the_program() {
    let fault = r#"{"operation": "get_partner", "fault": {"kind": "status", "status": 503}}"#;
    let mut child = Running(start(&["--seed", "7", "--fault", fault]));
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let line = lines
        .find(|line| line.as_ref().unwrap().starts_with("curl "))
        .unwrap()
        .unwrap();
    let quoted: Vec<&str> = line.split('\'').collect();
    let (name, key) = quoted[1].split_once(": ").unwrap();
    let response = support::send(support::http().get(quoted[3]).header(name, key)).await;
    assert_eq!(
        (response.status, &response.body["total"]),
        (200, &1000.into())
    );
    let partner = quoted[3].split("/clients").next().unwrap();
    assert_eq!(
        support::send(support::http().get(partner).header(name, key))
            .await
            .status,
        503
    );

    interrupt(&child);
    assert!(child.0.wait().unwrap().success());
}

/// A program that prints JSON, and what it prints.
fn start_json(arguments: &[&str]) -> (Running, Value) {
    let mut child = Running(start_plain(&[&["--json"], arguments].concat()));
    let mut line = String::new();
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let printed = serde_json::from_str(&line).unwrap();
    (child, printed)
}

#[tokio::test]
async fn a_program_can_start_it_from_a_line_of_json_and_stop_it_with_sigterm() {
    let (mut child, printed) = start_json(&[
        "--host=0.0.0.0",
        "--admin-port=0",
        "--partner-id=acmePA",
        "--api-key=key",
        "--username=ann@acme.example",
        "--password=secret",
        "--now=2026-03-01T10:30:00+01:00",
    ]);
    let member = |name: &str| printed[name].as_str().unwrap();
    assert_eq!(
        [
            member("partner_id"),
            member("api_key"),
            member("username"),
            member("password")
        ],
        ["acmePA", "key", "ann@acme.example", "secret"]
    );
    let url = format!("{}/api/v2/partners/acmePA", member("url"));
    let read = support::http().get(url).header("x-api-key", "key");
    assert_eq!(support::send(read).await.body["id"], "acmePA");
    let advance = support::http().post(format!("{}/advance", member("admin_url")));
    let advanced = support::send(advance.json(&json!({"seconds": 1}))).await;
    assert_eq!(advanced.body["now"], "2026-03-01T09:30:01Z");

    let killed = Command::new("kill")
        .args(["-TERM", &child.0.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(child.0.wait().unwrap().success());
}

#[tokio::test]
async fn it_starts_with_exported_data() {
    let (first, printed) = start_json(&["--seed=9", "--clients=3"]);
    let url = format!("{}/data", printed["admin_url"].as_str().unwrap());
    let exported = support::send(support::http().get(&url)).await.text;
    drop(first);
    let file = std::env::temp_dir().join(format!("partner-hub-data-{}.json", std::process::id()));
    std::fs::write(&file, &exported).unwrap();
    let (_second, printed) = start_json(&["--data", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    let url = format!("{}/data", printed["admin_url"].as_str().unwrap());
    assert_eq!(
        support::send(support::http().get(&url)).await.text,
        exported
    );
}

#[tokio::test]
async fn an_interrupt_stops_the_program_during_a_delivery() {
    let receiver = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut child = Running(start(&[]));
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut value = |name: &str| {
        let mut lines = lines.by_ref().map(Result::unwrap);
        let value = lines.find_map(|line| line.strip_prefix(name).map(str::to_owned));
        value.unwrap().trim().to_owned()
    };
    let (url, partner, key) = (value("URL"), value("Partner"), value("API key"));
    let http = support::http();
    let address = format!("http://{}/", receiver.local_addr().unwrap());
    let patch = http.patch(format!("{url}/api/v2/partners/{partner}"));
    let patch = patch.header("x-api-key", key);
    let admin = |path: &str| http.post(format!("{url}/__hub/{path}"));
    for request in [
        patch.json(&json!({"webhook_url": address})),
        admin("webhook_secret").json(&json!({"secret": "whsec-4711"})),
        admin("webhooks").body("{}"),
    ] {
        assert!(support::send(request).await.status < 300);
    }
    // It gets no response.
    let _connection = receiver.accept().unwrap();
    interrupt(&child);
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn the_readme_shows_the_output_of_the_program() {
    let (_, readme) = include_str!("../../README.md")
        .split_once("--clients 1000 --seed 7\n")
        .unwrap();
    let (readme, _) = readme.split_once("```").unwrap();
    let mut child = Running(start(&["--seed", "7"]));
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(9).map(Result::unwrap).collect();
    let url = lines[0].strip_prefix("URL       ").unwrap();
    let printed = lines.join("\n").replace(url, "http://127.0.0.1:8360");
    assert_eq!(printed, readme.trim_end());
}

#[test]
fn an_invalid_argument_is_reported() {
    for (arguments, message) in [
        (&["--fault", "{}"][..], "missing field `fault`"),
        (
            &[
                "--fault",
                r#"{"operation": "nothing", "fault": {"kind": "garbage_json"}}"#,
            ],
            "no operation `nothing`",
        ),
        (&["--migration=-1"], "--migration"),
        (&["--anomaly-rate", "nan"], "--anomaly-rate"),
        (&["--anomaly-rate", "1.5"], "from 0 to 1"),
        (&["--page", "0"], "--page"),
        (&["--page-max", "0"], "--page-max"),
        (&["--now", "tomorrow"], "2026-03-01T09:30:00Z"),
        (&["--host", "here"], "--host"),
        (&["--api-key", "two words"], "printable ASCII"),
        (&["--data", "/nowhere.json"], "--data"),
        (&["--data", "Cargo.toml"], "--data"),
    ] {
        let mut child = Running(start(arguments));
        let end = end(&mut child);
        assert!(end.is_some(), "{arguments:?} was accepted");
        assert!(!end.unwrap().success());
        let mut errors = String::new();
        let mut stderr = child.0.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert!(errors.contains(message), "{errors}");
    }
}

#[tokio::test]
async fn a_large_response_does_not_delay_the_end() {
    let fault = r#"{"fault": {"kind": "gzip_bomb", "mib": 1024}}"#;
    let mut child = Running(start(&["--fault", fault]));
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let url = line.strip_prefix("URL       ").unwrap().to_owned();
    let request = tokio::spawn(support::http().get(format!("{url}/api/v2/token")).send());
    let record = format!("{url}/__hub/requests?fault=gzip_bomb");
    while support::send(support::http().get(&record)).await.body["requests"] == json!([]) {}
    interrupt(&child);
    assert!(end(&mut child).unwrap().success());
    request.abort();
}

fn interrupt(child: &Running) {
    let mut kill = Command::new("kill");
    let killed = kill.args(["-INT", &child.0.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

/// How the program ends, if it does soon.
fn end(child: &mut Running) -> Option<ExitStatus> {
    for _ in 0..500 {
        if let Some(end) = child.0.try_wait().unwrap() {
            return Some(end);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

#[test]
fn the_program_runs_on_when_its_output_is_closed() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-hub"));
    let port_argument = port.to_string();
    command.args(["--port", &port_argument]).stdout(writer);
    // A backtrace would take longer to write than this test waits.
    command.env("RUST_BACKTRACE", "0");
    let mut child = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert_eq!(child.0.try_wait().unwrap(), None);
    }
    // A failed write would have ended the program by now.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(child.0.try_wait().unwrap(), None);
    }
}
