//! The program: its output, its arguments, and its end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support;
use serde_json::json;

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-hub"));
    command
        .args(["--port", "0", "--clients", "1000"])
        .args(arguments);
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

    let killed = Command::new("kill")
        .args(["-INT", &child.0.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(child.0.wait().unwrap().success());
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
    let killed = Command::new("kill")
        .args(["-INT", &child.0.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
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
    ] {
        let mut child = Running(start(arguments));
        let mut end = None;
        for _ in 0..500 {
            end = child.0.try_wait().unwrap();
            if end.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(end.is_some(), "{arguments:?} was accepted");
        assert!(!end.unwrap().success());
        let mut errors = String::new();
        let mut stderr = child.0.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert!(errors.contains(message), "{errors}");
    }
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
