//! The programs in `examples`.

use std::process::Command;

/// An example, which `cargo test` builds with the tests.
///
/// `cargo test --test it` does not build it: run `cargo build -p partner-api --examples` first.
pub fn example(name: &str) -> Command {
    let program = std::env::current_exe().expect("the path of this program");
    let folder = program.ancestors().nth(2).expect("the folder of the build");
    let example = folder.join("examples").join(name);
    let example = example.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        example.exists(),
        "run `cargo build -p partner-api --examples` first: there is no {}",
        example.display()
    );
    Command::new(example)
}
