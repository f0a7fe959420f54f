//! Random inputs for a test.

use std::ops::Range;

use xtask_invariants::generators::Choices;

/// Runs a test on random inputs; `INPUT=7` runs it on number 7 only.
pub fn each(numbers: Range<u64>, mut test: impl FnMut(&mut Choices<'_>)) {
    let only = std::env::var("INPUT").ok();
    let only = only.and_then(|number| number.parse().ok());
    for number in only.map_or(numbers, |number| number..number + 1) {
        let _reported = Input(number);
        let mut random = fastrand::Rng::with_seed(number);
        let bytes: Vec<u8> = (0..random.usize(..2000)).map(|_| random.u8(..)).collect();
        test(&mut Choices::new(&bytes));
    }
}

/// Prints the number of the input if the test fails.
struct Input(u64);

impl Drop for Input {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("try it alone: INPUT={}", self.0);
        }
    }
}
