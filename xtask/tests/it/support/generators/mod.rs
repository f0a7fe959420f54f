//! Pages that a provider could have published, and pages that went wrong, from random bytes.
//!
//! Each choice takes one byte and becomes the simplest when there are none left, so that the fuzzer
//! can work with it, too.

pub mod document;
#[cfg(test)]
pub mod inputs;
pub mod mutate;
pub mod operation;
pub mod schema;

/// What the random bytes decide.
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

    /// Seldom true, and never when the bytes are used up.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
