//! Random documents that lowering accepts are generated and compile.

use std::fs;

use xtask::pipeline::overlay::Overlay;
use xtask_invariants::generators::document;

use crate::support::inputs::each;
use crate::support::{Folder, copy::Copy};

/// How many of the clients are compiled; each takes seconds.
const COMPILED: usize = 2;

#[test]
fn lowered_documents_generate_and_compile() {
    let mut accepted = 0;
    each(0..150, |choices| {
        let fragments = xtask_invariants::reading(&document::pages(choices)).unwrap();
        let Some(lowered) = xtask_invariants::correcting(&fragments, &Overlay::default()) else {
            return;
        };
        let code = partner_api_codegen::generate(&lowered.document).unwrap_or_else(|rejections| {
            let messages = rejections
                .iter()
                .map(|part| format!("{}: {}", part.name, part.message));
            let messages: Vec<_> = messages.collect();
            panic!("{}\n{:#}", messages.join("\n"), lowered.document)
        });
        accepted += 1;
        if accepted <= COMPILED {
            let generated = Folder::new();
            fs::create_dir(generated.out()).unwrap();
            let document = lowered.document.to_string();
            fs::write(generated.out().join("progenitor.json"), document).unwrap();
            fs::write(generated.out().join("generated.rs"), code).unwrap();
            let checked = Copy::with(&generated).cargo(&["check", "--lib"]);
            assert!(checked.is_ok(), "{}", checked.unwrap_err());
        }
    });
    let alone = std::env::var_os("INPUT").is_some();
    assert!(
        accepted > 50 || alone,
        "{accepted} of 150 are too few to show anything"
    );
}
