//! Names that look like others: they are kept as published, with a note.

use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, object, returning, schema, string};

fn notes(page: &Value) -> String {
    Folder::new().fragment("t.md", page).generate(&[]).stderr
}

/// A page that has the name in every place that can have one.
fn page(name: &str) -> Value {
    let mut operation = returning(&format!("get_{name}"), schema(name));
    operation["parameters"] = json!([{"name": name, "in": "query", "schema": string()}]);
    document(
        json!({(format!("/{}", name.replace(' ', "-"))): {"get": operation}}),
        json!({name: object(json!({name: {"type": "string", "enum": ["a", name]}}))}),
    )
}

#[test]
fn a_letter_that_looks_like_ascii_is_noted_in_every_name() {
    // The second letter is Cyrillic.
    let printed = notes(&page("p\u{430}y"));
    let path = "/paths/~1p\u{430}y/get";
    let of_schema = "/components/schemas/p\u{430}y";
    for (place, name) in [
        (path.to_owned(), "\"/p\u{430}y\""),
        (format!("{path}/operationId"), "\"get_p\u{430}y\""),
        (format!("{path}/parameters/0"), "\"p\u{430}y\""),
        (of_schema.to_owned(), "\"p\u{430}y\""),
        (format!("{of_schema}/properties/p\u{430}y"), "\"p\u{430}y\""),
        (
            format!("{of_schema}/properties/p\u{430}y/enum"),
            "\"p\u{430}y\"",
        ),
    ] {
        let note = format!(
            "note: t.md:4: {place}: the name {name} looks like another: U+0430 looks like `a`"
        );
        assert_contains(&printed, &[&note]);
    }
    assert_eq!(
        printed.matches("looks like another").count(),
        6,
        "{printed}"
    );
}

#[test]
fn a_whole_word_that_looks_like_ascii_is_noted() {
    // All Cyrillic, and all Greek.
    for name in ["\u{441}\u{43e}\u{440}\u{443}", "\u{3bf}\u{3bd}"] {
        assert_contains(&notes(&page(name)), &["looks like another: U+0"]);
    }
}

#[test]
fn names_in_another_language_are_kept() {
    for name in [
        "größe",
        "prénom",
        "имя",
        "名前",
        "名前_id",
        "area m²",
        "αριθμός",
    ] {
        let printed = notes(&page(name));
        assert!(!printed.contains("looks like"), "{printed}");
    }
}

#[test]
fn an_invisible_character_is_noted_in_every_name() {
    for c in [
        '\u{ad}',
        '\u{34f}',
        '\u{115f}',
        '\u{180b}',
        '\u{200b}',
        '\u{200d}',
        '\u{202e}',
        '\u{2060}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{ffa0}',
        '\u{e0041}',
        '\u{e0101}',
    ] {
        for name in [format!("pa{c}y"), format!("pay{c}")] {
            let printed = notes(&page(&name));
            let why = format!("U+{:04X} is invisible", u32::from(c));
            assert_eq!(printed.matches(&why).count(), 6, "{name:?}: {printed}");
            assert!(!printed.contains(c), "{printed:?}");
        }
    }
}

#[test]
fn names_of_tags_and_credentials_are_checked() {
    for name in ["p\u{430}y", "pa\u{200b}y"] {
        let mut page = page("pay");
        page["paths"]["/pay"]["get"]["tags"] = json!(["good", name]);
        page["tags"] = json!([{"name": name}]);
        page["components"]["securitySchemes"] = json!({name: {"type": "http", "scheme": "bearer"}});
        let printed = notes(&page);
        assert_eq!(
            printed.matches("looks like another").count(),
            3,
            "{printed}"
        );
        assert_contains(
            &printed,
            &[
                ": /paths/~1pay/get/tags/1: ",
                ": /tags/0: ",
                "/components/securitySchemes/",
            ],
        );
    }
}
