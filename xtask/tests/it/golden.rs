//! The whole pipeline on one small page, compared with the checked-in files of `resources/golden`.
//!
//! Every rule of the finishing pass is visible there, so a change of the pass is a reviewable diff:
//!
//! ```sh
//! UPDATE_GOLDEN=1 cargo test -p xtask --test it golden
//! ```

use std::env;
use std::path::Path;

use crate::support::run;

#[test]
fn the_generated_files_of_a_small_page_are_as_checked_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources/golden");
    let mut arguments = vec!["codegen", "--docs", "docs", "--overlay", "overlay.yaml"];
    arguments.extend(["--out", "."]);
    if env::var_os("UPDATE_GOLDEN").is_none() {
        arguments.push("--check");
    }
    let run = run(&folder, &arguments);
    assert_eq!(run.code, Some(0), "{}{}", run.stderr, run.stdout);
}
