//! The progress of a fetch: one line that is redrawn on a terminal, or one line for each page.

use std::io::IsTerminal as _;

use crate::console;

pub(super) struct Progress {
    total: usize,
    done: usize,
    terminal: bool,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let done = 0;
        Self {
            total,
            done,
            terminal,
        }
    }

    pub(super) fn done(&mut self, name: &str, outcome: &str) {
        self.done += 1;
        if !self.terminal {
            console::log(&format!("     fetch  {name} ({outcome})"));
            return;
        }
        let width = 20;
        let filled = self.done * width / self.total.max(1);
        let (bar, rest) = ("█".repeat(filled), "░".repeat(width - filled));
        let (done, total) = (self.done, self.total);
        let end = if done == total { "\n" } else { "" };
        console::redraw(
            &format!("     fetch  {bar}{rest} {done}/{total} {name}"),
            end,
        );
    }
}
