//! Any text as a page, merged with a page of the provider's.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use xtask::pipeline::extract::Fragment;
use xtask::pipeline::overlay::Overlay;

fuzz_target!(|text: &str| {
    static PUBLISHED: OnceLock<Vec<Fragment>> = OnceLock::new();
    let published = PUBLISHED.get_or_init(|| {
        let page = include_str!("../../../openapi/docs/partner-change-request-management.md");
        xtask_invariants::extracting("published.md", page).expect("the provider's page is fine")
    });
    if let Some(mut fragments) = xtask_invariants::extracting("fuzzed.md", text) {
        fragments.extend(published.iter().cloned());
        xtask_invariants::hold(&fragments, &Overlay::default());
    }
});
