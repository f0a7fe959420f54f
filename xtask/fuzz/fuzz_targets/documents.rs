//! Random documents as pages, some of them mutated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xtask::pipeline::overlay::Overlay;
use xtask_invariants::generators::{Choices, document, mutate};

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices::new(bytes);
    let is_mutated = choices.one_in(2);
    let mut fragments = Vec::new();
    for (name, mut text) in document::pages(&mut choices) {
        if is_mutated {
            text = mutate::documents(&mut choices, &text);
        }
        fragments.extend(xtask_invariants::extracting(&name, &text).unwrap_or_default());
    }
    xtask_invariants::hold(&fragments, &Overlay::default());
});
