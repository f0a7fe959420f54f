//! Mistakes that do not compile, and what the compiler says about each.
//!
//! After a change of a message, here or in a new version of Rust, read the difference, and accept it with
//! `TRYBUILD=overwrite cargo test -p partner-api --test ui`.

/// With the feature `codegen`, the build script would compile progenitor for these files.
#[cfg(not(feature = "codegen"))]
#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
