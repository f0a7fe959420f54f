//! Any text as an overlay, applied to the provider's pages.

#![no_main]

use std::path::Path;
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
    if let Ok(overlay) = Overlay::parse(text, Path::new("overlay.yaml")) {
        xtask_invariants::correcting(published, &overlay);
    }
});
