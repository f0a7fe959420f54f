//! A hash that is the same in every process and on every machine, so that a cursor can be stored.

use std::fmt::{self, Debug, Write as _};
use std::hash::{Hash, Hasher};

/// FNV-1a with 64 bits.
pub(super) struct StableHasher(u64);

/// The key of an item with this id.
pub(crate) fn key_of_id<I: Hash + ?Sized>(id: &I) -> u64 {
    let mut hasher = StableHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The key of an item without an id: equal for equal items.
pub(super) fn key_of_content(item: &impl Debug) -> u64 {
    let mut hasher = StableHasher::new();
    // Writing to the hasher cannot fail.
    let _ = write!(hasher, "{item:?}");
    hasher.finish()
}

impl StableHasher {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl fmt::Write for StableHasher {
    fn write_str(&mut self, string: &str) -> fmt::Result {
        self.write(string.as_bytes());
        Ok(())
    }
}
