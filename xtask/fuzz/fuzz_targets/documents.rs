//! Random documents as pages, some of them with something wrong.

#![no_main]

#[path = "../../tests/laws/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod laws;
#[path = "../../tests/plausible/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod plausible;

use libfuzzer_sys::fuzz_target;
use plausible::{Choices, document, spoil};
use xtask::pipeline::overlay::Overlay;

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices::new(bytes);
    let is_spoilt = choices.one_in(2);
    let mut fragments = Vec::new();
    for (name, mut text) in document::pages(&mut choices) {
        if is_spoilt {
            text = spoil::documents(&mut choices, &text);
        }
        fragments.extend(laws::extracting(&name, &text).unwrap_or_default());
    }
    laws::hold(&fragments, &Overlay::default());
});
