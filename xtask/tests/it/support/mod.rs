//! Shared by the tests: folders of pages, and runs of the command on them.

pub mod changes;
pub mod copy;
pub mod docs_site;
pub mod inputs;
pub mod public;
pub mod site;
pub mod specification;
pub mod splitter;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with `docs`, an optional `overlay.yaml`, and `out` for the generated files.
pub struct Folder {
    folder: TempDir,
    overlay: bool,
}

/// The result of a run of the command.
#[derive(Debug)]
pub struct Run {
    /// Its exit code, or none if a signal ended it.
    pub code: Option<i32>,
    /// The log of the stages, with warnings, notes and the error.
    pub stderr: String,
    /// The result.
    pub stdout: String,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("docs")).unwrap();
        Self {
            folder,
            overlay: false,
        }
    }

    /// Adds a page.
    pub fn page(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.docs().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Adds a page with one fragment, on its line 4.
    pub fn fragment(self, name: &str, fragment: &Value) -> Self {
        let text = format!("# {name}\n\n{}", fence(fragment));
        self.page(name, text)
    }

    /// Sets an overlay with these actions.
    pub fn actions(self, actions: &str) -> Self {
        self.overlay(&format!(
            "overlay: 1.1.0\ninfo:\n  title: T\n  version: 1.0.0\nactions:\n{actions}"
        ))
    }

    /// Sets the overlay.
    pub fn overlay(mut self, text: &str) -> Self {
        self.overlay = true;
        fs::write(self.path().join("overlay.yaml"), text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn docs(&self) -> PathBuf {
        self.path().join("docs")
    }

    pub fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    /// Runs the command on the folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut all = vec!["codegen", "--docs", "docs", "--out", "out"];
        if self.overlay {
            all.extend(["--overlay", "overlay.yaml"]);
        }
        all.extend(arguments);
        run(self.path(), &all)
    }

    /// Runs the command, which must succeed.
    pub fn generate(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run
    }

    /// Runs the command, which must reject the pages and write nothing, and returns the error.
    #[track_caller]
    pub fn rejected(&self) -> String {
        let run = self.run(&[]);
        assert_eq!(run.code, Some(1), "expected an error: {run:#?}");
        assert!(!self.out().exists(), "nothing may be written: {run:#?}");
        run.error()
    }

    /// A generated file.
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }

    /// A generated document.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }
}

impl Run {
    /// The one error message.
    #[track_caller]
    pub fn error(&self) -> String {
        let lines = self.stderr.lines();
        let errors = lines.filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "expected one error: {}", self.stderr);
        let error = self.stderr[self.stderr.find("error").unwrap()..].to_owned();
        for noise in ["panicked", "stack backtrace", "note: run with"] {
            assert!(!error.contains(noise), "{error}");
        }
        error
    }
}

/// Runs the command in a folder.
pub fn run(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(folder)
        .args(arguments)
        .env("no_proxy", "127.0.0.1")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code(),
        stderr: text(output.stderr),
        stdout: text(output.stdout),
    }
}

/// Runs the command in a folder, and kills it after this time.
#[track_caller]
pub fn run_within(longest: Duration, folder: &Path, arguments: &[&str]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(folder)
        .args(arguments)
        .env("no_proxy", "127.0.0.1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let read = |pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || std::io::read_to_string(pipe).unwrap())
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > longest {
            child.kill().unwrap();
            panic!("`{arguments:?}` takes longer than {longest:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Run {
        code: status.code(),
        stderr: stderr.join().unwrap(),
        stdout: stdout.join().unwrap(),
    }
}

/// Asserts that a text contains all of these parts.
#[track_caller]
pub fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "expected `{part}` in: {text}");
    }
}

/// The files of a folder, by name.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// A fence as the provider writes it.
pub fn fence(fragment: &Value) -> String {
    format!("```json\n{fragment}\n```\n")
}

/// A small document.
pub fn document(paths: Value, schemas: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "servers": [{"url": "https://things.example"}],
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// A document with one operation, `GET /things`.
pub fn get_things(operation: Value) -> Value {
    document(json!({"/things": {"get": operation}}), json!({}))
}

/// An operation that returns this schema.
pub fn returning(id: &str, schema: Value) -> Value {
    json!({"operationId": id, "responses": {"200": {"description": "", "content": json_of(schema)}}})
}

/// The content of a JSON body.
pub fn json_of(schema: Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

/// A reference to a schema.
pub fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The files generated from one page.
pub fn generate(page: &Value) -> Folder {
    let folder = Folder::new().fragment("t.md", page);
    folder.generate(&[]);
    folder
}

/// The client generated from one page, without white space.
pub fn code(page: &Value) -> String {
    generate(page)
        .text("generated.rs")
        .split_whitespace()
        .collect()
}

/// The schema of a string.
pub fn string() -> Value {
    json!({"type": "string"})
}

/// The schema of an object.
pub fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}
