//! The program prints what one needs and stops when it is told to.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

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
    ] {
        let output = start(arguments).wait_with_output().unwrap();
        assert!(!output.status.success());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(told), "{text}");
    }
}
