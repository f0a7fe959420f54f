//! The log of the pipeline on standard error: a line for each stage.

use std::time::Instant;

use crate::console;

/// Logs what each stage did and how long it took.
#[derive(Debug)]
pub struct StageLog {
    since: Instant,
    enabled: bool,
}

impl StageLog {
    /// Starts the clock of the first stage.
    #[must_use]
    pub fn start() -> Self {
        Self {
            since: Instant::now(),
            enabled: true,
        }
    }

    /// A log that prints nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            enabled: false,
            ..Self::start()
        }
    }

    pub(crate) fn done(&mut self, name: &str, what: &str) {
        if self.enabled {
            console::log(&format!(
                "{name:>10}  {what} ({:.0?})",
                self.since.elapsed()
            ));
        }
        self.since = Instant::now();
    }
}
