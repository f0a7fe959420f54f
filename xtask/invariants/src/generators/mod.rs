//! Generates pages as a provider could publish them, and mutates them, from random bytes.
//!
//! Each choice takes one byte, and is the simplest one when no byte is left, which suits the fuzzer as
//! well.

pub mod document;
pub mod mutate;
pub mod operation;
pub mod schema;

/// The choices that random bytes make.
pub struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    /// A number below `count`; 0 when the bytes are used up.
    pub fn below(&mut self, count: usize) -> usize {
        let byte = self.0.next().copied().unwrap_or_default();
        usize::from(byte) % count
    }

    /// Rarely true, and false when the bytes are used up.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
