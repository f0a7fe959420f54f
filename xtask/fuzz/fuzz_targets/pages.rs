//! Any text as a page, merged with a page of the provider's.

#![no_main]

#[path = "../../tests/laws/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod laws;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use xtask::pipeline::extract::Fragment;
use xtask::pipeline::overlay::Overlay;

fuzz_target!(|text: &str| {
    static PUBLISHED: OnceLock<Vec<Fragment>> = OnceLock::new();
    let published = PUBLISHED.get_or_init(|| {
        let page = include_str!("../../../openapi/docs/partner-change-request-management.md");
        laws::extracting("published.md", page).expect("the provider's page is fine")
    });
    if let Some(mut fragments) = laws::extracting("fuzzed.md", text) {
        fragments.extend(published.iter().cloned());
        laws::hold(&fragments, &Overlay::default());
    }
});
