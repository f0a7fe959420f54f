//! The report: Markdown for a pull request, or JSON for tools.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::bump::{self, Level};
use super::compare::Finding;
use super::rules::Verdict;
use crate::inert::code_span;
use crate::origin::Origin;

/// What changed for users of the crate, and what follows from it.
#[derive(Debug)]
pub struct Report {
    changes: Vec<Entry>,
    version: &'static str,
}

/// One change.
#[derive(Debug, Serialize)]
struct Entry {
    verdict: Verdict,
    /// The rule that says so.
    rule: &'static str,
    reason: &'static str,
    subject: String,
    was: Option<String>,
    is: Option<String>,
    /// Where in the document it is.
    pointer: String,
    /// Where in the docs.
    page: Option<String>,
    line: Option<usize>,
    url: Option<String>,
    /// Why a person accepted it, where one must.
    accepted: Option<String>,
}

impl Report {
    /// A report of these findings, for a crate that has this version.
    pub(super) fn new<'a>(
        found: Vec<Finding>,
        origin: impl Fn(&str) -> Option<&'a Origin>,
        accepts: impl Fn(&str) -> Option<&'a str>,
        version: &'static str,
    ) -> Self {
        let entry = |found: Finding| {
            let origin = origin(&found.pointer);
            let mut entry = Entry {
                verdict: found.rule.verdict,
                rule: found.rule.id,
                reason: found.rule.reason,
                subject: found.subject,
                was: found.was,
                is: found.is,
                pointer: found.pointer,
                page: origin.map(|origin| origin.page.clone()),
                line: origin.map(|origin| origin.line),
                url: origin.and_then(Origin::link),
                accepted: None,
            };
            if entry.verdict == Verdict::Security {
                entry.accepted = accepts(&entry.statement()).map(str::to_owned);
            }
            entry
        };
        let mut changes: Vec<_> = found.into_iter().map(entry).collect();
        changes.sort_by(|a, b| {
            b.verdict
                .cmp(&a.verdict)
                .then_with(|| a.subject.cmp(&b.subject))
        });
        Self { changes, version }
    }

    /// What the changes mean together, if there are any.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.changes.iter().map(|change| change.verdict).max()
    }

    /// The changes of security that no person accepted.
    #[must_use]
    pub fn unaccepted(&self) -> Vec<String> {
        let is_open =
            |change: &&Entry| change.verdict == Verdict::Security && change.accepted.is_none();
        let open = self.changes.iter().filter(is_open);
        open.map(Entry::statement).collect()
    }

    /// One line that says it all.
    #[must_use]
    pub fn summary(&self) -> String {
        let (next, level) = bump::next(self.version, self.verdict());
        let count = |verdict| {
            self.changes
                .iter()
                .filter(|change| change.verdict == verdict)
                .count()
        };
        let security = match count(Verdict::Security) {
            0 => String::new(),
            changes => format!("{changes} security, "),
        };
        let counts = format!(
            "{security}{} breaking, {} additive, {} in words only",
            count(Verdict::Breaks),
            count(Verdict::Addition),
            count(Verdict::Prose)
        );
        match level {
            Level::None => "nothing changed for users of the crate".into(),
            Level::Patch => format!("{counts}: a patch, {} → {next}", self.version),
            Level::Minor => format!("{counts}: a minor version, {} → {next}", self.version),
            Level::Major => format!("{counts}: a major version, {} → {next}", self.version),
        }
    }

    /// The report for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = "## What changed for users of the crate\n\n".to_owned();
        let mut summary = self.summary();
        if let Some(first) = summary.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let _ = writeln!(text, "{summary}.");
        for (verdict, title) in [
            (Verdict::Security, "Security"),
            (Verdict::Breaks, "Breaks"),
            (Verdict::Addition, "Additions"),
            (Verdict::Prose, "In words only"),
        ] {
            let changes: Vec<_> = self
                .changes
                .iter()
                .filter(|change| change.verdict == verdict)
                .collect();
            if changes.is_empty() {
                continue;
            }
            let _ = write!(
                text,
                "\n### {title}\n\n| What | Change | What it means | Docs |\n|---|---|---|---|\n"
            );
            for change in &changes {
                let (what, how) = change.words();
                let (reason, place) = (cell(change.reason), change.place());
                let _ = writeln!(text, "| {what} | {how} | {reason} | {place} |");
            }
            if verdict == Verdict::Security {
                text.push('\n');
            }
            for change in changes
                .iter()
                .filter(|change| change.verdict == Verdict::Security)
            {
                let statement = code_span(&change.statement());
                let _ = match &change.accepted {
                    Some(reason) => writeln!(text, "- Accepted: {statement}. {}", cell(reason)),
                    None => writeln!(text, "- Not accepted: {statement}"),
                };
            }
        }
        text
    }

    /// The report for tools.
    #[must_use]
    pub fn json(&self) -> String {
        let (next, level) = bump::next(self.version, self.verdict());
        let report = json!({
            "verdict": self.verdict(),
            "version": {"now": self.version, "next": next, "bump": level},
            "changes": self.changes,
        });
        format!("{report:#}\n")
    }
}

impl Entry {
    /// The change in one line, as the overlay states it to accept it.
    fn statement(&self) -> String {
        let Self {
            rule,
            subject,
            was,
            is,
            ..
        } = self;
        let change = match (was, is) {
            (Some(was), Some(is)) => format!("{rule} {subject}: {was} → {is}"),
            _ => format!("{rule} {subject}"),
        };
        let escaped = |c: char| match c.is_control() {
            true => c.escape_default().to_string(),
            false => c.to_string(),
        };
        change.chars().map(escaped).collect()
    }

    /// What changed, and how.
    fn words(&self) -> (String, String) {
        let (what, part) = self.subject.split_once(": ").unwrap_or((&self.subject, ""));
        let what = if what.contains(['`', ' ']) {
            cell(what)
        } else {
            code(what)
        };
        // The rule's name is the part and what happened to it.
        let name = self.rule.replace('-', " ");
        let how = match (&self.was, &self.is) {
            (Some(was), Some(is)) => format!("{name}: {} → {}", code(was), code(is)),
            _ => name,
        };
        match part {
            "" => (what, how),
            part => (format!("{what}, {}", code(part)), how),
        }
    }

    fn place(&self) -> String {
        match (&self.page, &self.line, &self.url) {
            (Some(page), Some(line), Some(url)) => format!("[{page}:{line}]({url})"),
            (Some(page), Some(line), None) => format!("{page}:{line}"),
            _ => "–".into(),
        }
    }
}

/// A text as it stands in a document or in Rust.
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "`` " } else { "`" };
    let end: String = fence.chars().rev().collect();
    format!("{fence}{}{end}", cell(text))
}

/// A text that fits in a cell of a table: one line, not long.
fn cell(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
