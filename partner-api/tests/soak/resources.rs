//! Memory, open files and tasks of the process.

use std::fs;

use tokio::runtime::Handle;

use crate::tally::Tally;

/// What the process held at one time.
#[derive(Clone, Copy, Debug)]
struct Sample {
    memory_kib: u64,
    open_files: usize,
    tasks: usize,
}

/// Samples over time.
#[derive(Default)]
pub struct Resources(Vec<Sample>);

impl Resources {
    pub fn measure(&mut self, tally: &Tally) {
        let Some(sample) = Sample::take() else { return };
        println!("{:>8} {sample:?}", tally.total());
        self.0.push(sample);
    }

    /// The second half of the run holds no more than the first, apart from a margin: a peak of either may
    /// come from a fault under way.
    pub fn check(&self) {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        for (what, margin, held) in [
            (
                "memory in KiB",
                32 * 1024,
                (|it| it.memory_kib) as fn(&Sample) -> u64,
            ),
            ("open files", 200, |it| it.open_files as u64),
            ("tasks", 200, |it| it.tasks as u64),
        ] {
            let most = |samples: &[Sample]| samples.iter().map(held).max();
            if let (Some(before), Some(after)) = (most(first), most(second)) {
                assert!(
                    after <= before * 5 / 4 + margin,
                    "{what}: {before}, then {after}"
                );
            }
        }
    }
}

impl Sample {
    /// `None` where the system does not tell.
    fn take() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(Self {
            memory_kib: line.trim().strip_suffix(" kB")?.parse().ok()?,
            open_files: fs::read_dir("/proc/self/fd").ok()?.count(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        })
    }
}
