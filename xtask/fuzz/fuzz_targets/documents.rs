//! Random documents as pages, some of them mutated.

#![no_main]

#[path = "../../tests/it/support/invariants.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod invariants;
#[path = "../../tests/it/support/generators/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod generators;

use libfuzzer_sys::fuzz_target;
use generators::{Choices, document, mutate};
use xtask::pipeline::overlay::Overlay;

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices::new(bytes);
    let is_mutated = choices.one_in(2);
    let mut fragments = Vec::new();
    for (name, mut text) in document::pages(&mut choices) {
        if is_mutated {
            text = mutate::documents(&mut choices, &text);
        }
        fragments.extend(invariants::extracting(&name, &text).unwrap_or_default());
    }
    invariants::hold(&fragments, &Overlay::default());
});
