//! How far a fetch is: one line that changes on a terminal, a line for each page elsewhere.

use std::io::IsTerminal as _;

use crate::console;

pub(super) struct Progress {
    all: usize,
    done: usize,
    terminal: bool,
}

impl Progress {
    pub(super) fn of(all: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let done = 0;
        Self {
            all,
            done,
            terminal,
        }
    }

    pub(super) fn done(&mut self, name: &str, how: &str) {
        self.done += 1;
        if !self.terminal {
            console::log(&format!("     fetch  {name} ({how})"));
            return;
        }
        let width = 20;
        let filled = self.done * width / self.all.max(1);
        let (bar, rest) = ("█".repeat(filled), "░".repeat(width - filled));
        let (done, all) = (self.done, self.all);
        let end = if done == all { "\n" } else { "" };
        console::redraw(&format!("     fetch  {bar}{rest} {done}/{all} {name}"), end);
    }
}
