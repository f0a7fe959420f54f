//! The program prints what one needs and stops when it is told to.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_printed_line_works_and_an_interrupt_stops_it() {
    let fault = r#"{"operation": "get_partner", "fault": {"kind": "status", "status": 503}}"#;
    let mut child = Running(start(&["--seed", "7", "--fault", fault]));
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let line = lines
        .find(|line| line.as_ref().unwrap().starts_with("curl "))
        .unwrap()
        .unwrap();
    let quoted: Vec<&str> = line.split('\'').collect();
    let (name, key) = quoted[1].split_once(": ").unwrap();
    let answer = common::send(common::http().get(quoted[3]).header(name, key)).await;
    assert_eq!((answer.status, &answer.body["total"]), (200, &1000.into()));
    let partner = quoted[3].split("/clients").next().unwrap();
    assert_eq!(
        common::send(common::http().get(partner).header(name, key))
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

#[test]
fn a_wrong_argument_is_told() {
    for (arguments, told) in [
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
        let mut text = String::new();
        let mut stderr = child.0.stderr.take().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn the_hub_serves_on_when_nobody_reads_what_it_prints() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-hub"));
    let port_argument = port.to_string();
    command.args(["--port", &port_argument]).stdout(writer);
    // To write a backtrace takes longer than this test waits.
    command.env("RUST_BACKTRACE", "0");
    let mut child = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert_eq!(child.0.try_wait().unwrap(), None);
    }
    // Had it ended at what it cannot print, it would have by now.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(child.0.try_wait().unwrap(), None);
    }
}
