//! Any text as a specification in YAML, and as a page with GitBook's blocks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xtask::pipeline::overlay::Overlay;

fuzz_target!(|text: &str| {
    xtask_invariants::linking(text);
    if let Some(fragments) = xtask_invariants::specification(text) {
        xtask_invariants::hold(&fragments, &Overlay::default());
    }
});
