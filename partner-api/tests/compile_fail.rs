//! What does not compile, and that the compiler says what to do instead.

#[test]
fn misuse_is_explained_by_the_compiler() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
