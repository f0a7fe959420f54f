//! One run of the command on the pages of a document, with what it cost.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Document;
use crate::support::Folder;
use crate::support::splitter::{split, split_with};

/// No document takes longer, unless something does not end.
const LONGEST: Duration = Duration::from_secs(600);

/// All pages of a document together, in bytes, with one fence for each operation.
const LARGEST: usize = 32 << 20;

/// What a run printed and what it cost.
pub struct Outcome {
    /// Whether files were generated.
    pub success: bool,
    /// The lines of standard error, each without its label and indentation.
    pub messages: Vec<Message>,
    /// How long it took.
    pub time: Duration,
    /// The most memory that it had at a time, in MiB, where the system reports it.
    pub memory: u64,
}

/// One message about the document.
pub struct Message {
    /// What it says: that something cannot be expressed, and what became of it.
    pub kind: Kind,
    /// The pointer into the generated OpenAPI document, or an empty string.
    pub pointer: String,
    /// The message after the pointer.
    pub text: String,
    /// The message with its place.
    pub whole: String,
}

/// What became of the place that a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It stopped the run.
    Error,
    /// Its operation is left out.
    LeftOut,
    /// It became any JSON.
    AnyJson,
    /// It is simpler than published.
    Note,
}

/// The folder with the pages of a document.
pub fn pages(document: &Document) -> Folder {
    let mut pages = split(&document.json);
    if pages.iter().map(|page| page.text.len()).sum::<usize>() > LARGEST {
        pages = split_with(&document.json, usize::MAX);
    }
    pages.iter().fold(Folder::new(), |folder, page| {
        folder.page(&page.name, &page.text)
    })
}

/// Runs the command on a folder of pages.
pub fn run(folder: &Folder, arguments: &[&str]) -> Outcome {
    let log = folder.path().join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(folder.path())
        .args(["codegen", "--docs", "docs", "--out", "out"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let mut memory = 0;
    let success = loop {
        memory = memory.max(peak(&child));
        if let Some(status) = child.try_wait().unwrap() {
            break status.success();
        }
        if start.elapsed() > LONGEST {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Outcome {
        success,
        messages: messages(&fs::read_to_string(log).unwrap()),
        time: start.elapsed(),
        memory,
    }
}

/// The most memory that a process had so far, in MiB.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) / 1024
}

/// The messages of a log: its notes, and the lines of its error.
fn messages(log: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut in_error = false;
    for line in log.lines() {
        let labels = [
            ("note: left out: ", Kind::LeftOut),
            ("note: any JSON: ", Kind::AnyJson),
            ("note: ", Kind::Note),
            ("warning: ", Kind::Note),
            ("error: ", Kind::Error),
        ];
        let labelled = labels
            .iter()
            .find_map(|(label, kind)| Some((line.strip_prefix(label)?, *kind)));
        let (text, kind) = match labelled {
            Some(it) => it,
            None if in_error && line.starts_with("  ") => (line.trim_start(), Kind::Error),
            None => continue,
        };
        in_error = kind == Kind::Error;
        messages.push(message(kind, text));
    }
    messages
}

/// Splits a message at the pointer in it: `page.md:4: GET /a: /paths/~1a/get: what is wrong`.
fn message(kind: Kind, whole: &str) -> Message {
    let is_pointer = |part: &str| part.starts_with("/paths/") || part.starts_with("/components/");
    let mut start = 0;
    let parts = whole.split(": ").map(|part| {
        let at = start;
        start += part.len() + 2;
        (at, part)
    });
    // The path of the operation may look like a pointer; then the pointer follows it.
    let pointer = parts.take(4).filter(|(_, part)| is_pointer(part)).last();
    let (pointer, text) = match pointer {
        Some((at, pointer)) => (pointer, &whole[(at + pointer.len() + 2).min(whole.len())..]),
        None => ("", whole),
    };
    Message {
        kind,
        pointer: pointer.to_owned(),
        text: text.to_owned(),
        whole: whole.to_owned(),
    }
}
