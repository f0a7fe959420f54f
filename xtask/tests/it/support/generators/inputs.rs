//! Random inputs for a test.

use std::ops::Range;

use super::Choices;

/// Has a law tried on random inputs; `INPUT=7` tries number 7 instead.
pub fn each(numbers: Range<u64>, mut law: impl FnMut(&mut Choices<'_>)) {
    let only = std::env::var("INPUT").ok();
    let only = only.and_then(|number| number.parse().ok());
    for number in only.map_or(numbers, |number| number..number + 1) {
        let _told = Input(number);
        let mut random = fastrand::Rng::with_seed(number);
        let bytes: Vec<u8> = (0..random.usize(..2000)).map(|_| random.u8(..)).collect();
        law(&mut Choices::new(&bytes));
    }
}

/// Tells which input a failed test was about.
struct Input(u64);

impl Drop for Input {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("try it alone: INPUT={}", self.0);
        }
    }
}
