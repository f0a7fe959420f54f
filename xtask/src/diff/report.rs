//! The report: Markdown for a pull request, or JSON for tools. Strings from pages are data in both.

use std::fmt::Write as _;

use partner_api_codegen::code_span;
use serde::Serialize;
use serde_json::json;

use super::compare::Finding;
use super::markdown::{self, code};
use super::rules::Verdict;
use super::semver::{self, Level};
use crate::console::one_line;
use crate::document::source_map::Origin;

/// What changed for users of the crate, and the next version.
#[derive(Debug)]
pub struct Report {
    changes: Vec<Entry>,
    version: &'static str,
}

/// One change.
#[derive(Debug, Serialize)]
struct Entry {
    verdict: Verdict,
    /// The ID of the rule.
    rule: &'static str,
    reason: &'static str,
    subject: String,
    was: Option<String>,
    is: Option<String>,
    /// Its pointer in the document.
    pointer: String,
    /// Its place in the docs.
    page: Option<String>,
    line: Option<usize>,
    url: Option<String>,
    /// Why a person accepted it, for a security change.
    accepted: Option<String>,
}

impl Report {
    /// A report of these findings for a crate of this version. A page states its own URL, so
    /// `published` decides whether that is a URL of the docs site.
    pub(super) fn new<'a>(
        found: Vec<Finding>,
        origin: impl Fn(&str) -> Option<&'a Origin>,
        published: impl Fn(&str) -> bool,
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
                url: origin.and_then(Origin::link).filter(|url| published(url)),
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

    /// The most severe verdict, if there are changes.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.changes.iter().map(|change| change.verdict).max()
    }

    /// The security changes that no person accepted.
    #[must_use]
    pub fn unaccepted(&self) -> Vec<String> {
        let is_open =
            |change: &&Entry| change.verdict == Verdict::Security && change.accepted.is_none();
        let open = self.changes.iter().filter(is_open);
        open.map(Entry::statement).collect()
    }

    /// The report in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let (next, level) = semver::next(self.version, self.verdict());
        let counts = self.counts();
        match level {
            Level::None => "nothing changed for users of the crate".into(),
            Level::Patch => format!("{counts}: a patch, {} → {next}", self.version),
            Level::Minor => format!("{counts}: a minor version, {} → {next}", self.version),
            Level::Major => format!("{counts}: a major version, {} → {next}", self.version),
        }
    }

    /// The number of changes of each kind.
    pub(crate) fn counts(&self) -> String {
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
        format!(
            "{security}{} breaking, {} additive, {} docs-only",
            count(Verdict::Breaking),
            count(Verdict::Additive),
            count(Verdict::DocsOnly)
        )
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
            (Verdict::Breaking, "Breaking"),
            (Verdict::Additive, "Additive"),
            (Verdict::DocsOnly, "Docs only"),
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
                "\n### {title}\n\n| What | Change | Effect | Docs |\n|---|---|---|---|\n"
            );
            for change in &changes {
                let (what, how) = change.cells();
                let (reason, place) = (change.reason, change.place());
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
                    Some(reason) => writeln!(text, "- Accepted: {statement}. {}", one_line(reason)),
                    None => writeln!(text, "- Not accepted: {statement}"),
                };
            }
        }
        text
    }

    /// The report for tools.
    #[must_use]
    pub fn json(&self) -> String {
        let (next, level) = semver::next(self.version, self.verdict());
        let report = json!({
            "verdict": self.verdict(),
            "version": {"now": self.version, "next": next, "bump": level},
            "changes": self.changes,
        });
        format!("{report:#}\n")
    }
}

impl Entry {
    /// The change in one line, as the overlay names it to accept it.
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

    /// The cells of the table: what changed, and how.
    fn cells(&self) -> (String, String) {
        let (what, part) = self.subject.split_once(": ").unwrap_or((&self.subject, ""));
        let what = code(what);
        // The ID of a rule is the part and its change.
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
        match (&self.page, self.line) {
            (Some(page), Some(line)) => markdown::place(page, line, self.url.as_deref()),
            _ => "–".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::rules::{self, Change, Part};
    use super::*;

    /// What GitHub interprets outside of code spans, and what could end a code span.
    const PARTS: &[&str] = &[
        "`",
        "``",
        "```",
        "|",
        "\\",
        "\\|",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\u{1b}",
        "\u{2028}",
        "\0",
        "@octocat",
        "closes #1",
        "GH-1",
        "a/b#1",
        "https://evil.example",
        "www.evil.example",
        "<img src=x>",
        "<!-- ",
        "</td>",
        "[a](https://evil.example)",
        "![a](https://evil.example)",
        "[a]: https://evil.example",
        "<https://evil.example>",
        "*",
        "_",
        "~~",
        "$x$",
        "&lt;",
        ": ",
        "# ",
        "---",
        "x",
        "Schön",
    ];

    fn string(random: &mut fastrand::Rng) -> String {
        (0..random.usize(0..8))
            .filter_map(|_| random.choice(PARTS).copied())
            .collect()
    }

    /// How the report shows a string of a page, without the backslashes before pipes.
    fn shown(text: &str) -> String {
        let words: Vec<_> = text.split_whitespace().collect();
        let line = crate::console::one_line(&words.join(" "));
        let mut shown: String = line.chars().take(120).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        shown.replace(['\\', '|'], "")
    }

    #[test]
    fn strings_from_pages_are_code_spans_in_the_report() {
        let mut random = fastrand::Rng::with_seed(32);
        for _ in 0..5_000 {
            let [subject, was, is, page, url] = [(); 5].map(|()| string(&mut random));
            let finding = Finding::new(Part::Field, Change::Retyped, &subject, "/x");
            let origin = Origin {
                page: page.clone(),
                line: 7,
                heading: Some(string(&mut random)),
                url: Some(format!("https://docs.example/{url}")),
            };
            let published = |url: &str| url.starts_with("https://docs.example/");
            let rule = rules::of(Part::Field, Change::Retyped);
            let found = vec![finding.from(&*was, &*is)];
            let report =
                Report::new(found, |_| Some(&origin), published, |_| None, "0.1.0").markdown();
            let mut cells = 0;
            let mut row = false;
            let mut codes = Vec::new();
            let mut plain = String::new();
            for event in Parser::new_ext(&report, Options::all()) {
                match event {
                    Event::Start(Tag::TableRow) => row = true,
                    Event::End(TagEnd::TableRow) => row = false,
                    Event::Start(Tag::TableCell) if row => cells += 1,
                    Event::Code(code) => codes.push(code.replace(['\\', '|'], "")),
                    Event::Text(text) if row => plain += &text,
                    Event::Start(Tag::Link { dest_url, .. }) => {
                        assert!(published(&dest_url), "{report}");
                    }
                    Event::Start(Tag::Image { .. }) | Event::Html(_) | Event::InlineHtml(_) => {
                        panic!("{event:?} in {report}");
                    }
                    _ => {}
                }
            }
            let (what, part) = subject.split_once(": ").unwrap_or((&subject, ""));
            let mut expected: Vec<_> = [what, part, &was, &is].map(shown).into();
            expected.push(shown(&format!("{page}:7")));
            expected.retain(|text| !text.is_empty());
            codes.retain(|text| !text.is_empty());
            assert_eq!((cells, &codes), (4, &expected), "{report}");
            // Nothing from the page is outside of code spans.
            let comma = if part.is_empty() { "" } else { ", " };
            let ours = format!("{comma}field retyped:  → {}", rule.reason);
            assert_eq!(plain.replace("(empty)", ""), ours, "{report}");
        }
    }

    #[test]
    fn only_urls_of_the_docs_site_are_linked() {
        for (url, links) in [
            ("https://docs.example/a/page", true),
            ("https://evil.example/", false),
            ("https://docs.example/a b", false),
            ("https://docs.example/a|b", false),
            ("https://docs.example/a](https://evil.example/", false),
        ] {
            let origin = Origin {
                page: "page.md".into(),
                line: 7,
                heading: None,
                url: Some(url.into()),
            };
            let found = vec![Finding::new(Part::Field, Change::Added, "A.b", "/x")];
            let published = |url: &str| url.starts_with("https://docs.example/");
            let report =
                Report::new(found, |_| Some(&origin), published, |_| None, "0.1.0").markdown();
            let place = match links {
                true => format!("| [`page.md:7`]({url}) |"),
                false => "| `page.md:7` |".into(),
            };
            assert!(report.contains(&place), "{report}");
        }
    }
}
