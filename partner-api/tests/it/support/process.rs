//! Tests in a process of their own: they change what all tests of a process share, such as its
//! environment. Each is marked `#[ignore]`, and another test runs this program again for it.

use std::process::Command;

/// This program, to run one ignored test of a module, given as `module_path!()`.
pub fn ignored_test(module: &str, name: &str) -> Command {
    let mut command = ignored_tests(&format!("{module}::{name}"));
    command.arg("--exact");
    command
}

/// This program, to run all ignored tests of a module, given as `module_path!()`.
pub fn ignored_tests(module: &str) -> Command {
    let program = std::env::current_exe().expect("the path of this program");
    // The names of tests are without the crate's.
    let (_, path) = module.split_once("::").expect("a module of this program");
    let mut command = Command::new(program);
    command.args([path, "--ignored", "--nocapture"]);
    command
}
