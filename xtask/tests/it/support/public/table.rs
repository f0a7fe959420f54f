//! The table of what the pipeline makes of each document.

use std::fmt::Write as _;
use std::time::Duration;

/// The figures of one document, or of several together.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The document, or which ones.
    pub name: String,
    /// How many operations are published.
    pub operations: usize,
    /// Those of documents that nothing stops without the flag.
    pub strict: usize,
    /// Those that reach nothing that is rejected.
    pub untouched: usize,
    /// Those that are generated with the flag.
    pub generated: usize,
    /// Those that, with the flag, reach nothing that became any JSON.
    pub typed: usize,
    /// Lines of generated Rust.
    pub lines: usize,
    /// How long the run with the flag took.
    pub time: Duration,
    /// Its peak of memory in MiB.
    pub memory: u64,
}

impl Row {
    /// Adds the figures of another document.
    pub fn add(&mut self, other: &Self) {
        self.operations += other.operations;
        self.strict += other.strict;
        self.untouched += other.untouched;
        self.generated += other.generated;
        self.typed += other.typed;
        self.lines += other.lines;
        self.time += other.time;
        self.memory = self.memory.max(other.memory);
    }
}

/// The table in Markdown, with the sum of each set and of all.
pub fn table(rows: &[(String, Row)]) -> String {
    let mut table = String::from(
        "| document | operations | strict | touch nothing rejected | generated with skip | \
         fully typed with skip | lines | seconds | MiB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut sets: Vec<&str> = rows.iter().map(|(set, _)| set.as_str()).collect();
    sets.dedup();
    let mut all = Row {
        name: "**all**".to_owned(),
        ..Row::default()
    };
    for set in &sets {
        let mut sum = Row {
            name: format!("**all of {set}**"),
            ..Row::default()
        };
        for (_, row) in rows.iter().filter(|(of, _)| of == set) {
            write_row(&mut table, row);
            sum.add(row);
        }
        if sets.len() > 1 {
            write_row(&mut table, &sum);
        }
        all.add(&sum);
    }
    write_row(&mut table, &all);
    table
}

fn write_row(table: &mut String, row: &Row) {
    let share = |part: usize| {
        let percent = 100.0 * part as f64 / row.operations.max(1) as f64;
        format!("{part} ({percent:.1} %)")
    };
    writeln!(
        table,
        "| {} | {} | {} | {} | {} | {} | {} | {:.1} | {} |",
        row.name,
        row.operations,
        share(row.strict),
        share(row.untouched),
        share(row.generated),
        share(row.typed),
        row.lines,
        row.time.as_secs_f64(),
        row.memory,
    )
    .unwrap();
}
