//! Names that look like others: they are taken as published, and noted.

use serde_json::{Value, json};

use crate::support::{Folder, answering, document, object, says, schema, text};

fn notes(page: &Value) -> String {
    Folder::new().fragment("t.md", page).made(&[]).stderr
}

/// A page that has a name wherever a page can have one.
fn page(name: &str) -> Value {
    let mut operation = answering(&format!("get_{name}"), schema(name));
    operation["parameters"] = json!([{"name": name, "in": "query", "schema": text()}]);
    document(
        json!({(format!("/{}", name.replace(' ', "-"))): {"get": operation}}),
        json!({name: object(json!({name: {"type": "string", "enum": ["a", name]}}))}),
    )
}

#[test]
fn a_name_with_a_letter_that_looks_like_ascii_is_noted_wherever_it_stands() {
    // The second letter is Cyrillic.
    let said = notes(&page("p\u{430}y"));
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
            "note: t.md:4: {place}: the name {name} is not what it looks like: U+0430 looks like `a`"
        );
        says(&said, &[&note]);
    }
    assert_eq!(
        said.matches("is not what it looks like").count(),
        6,
        "{said}"
    );
}

#[test]
fn a_whole_word_that_looks_like_ascii_is_noted() {
    // All Cyrillic, and all Greek.
    for name in ["\u{441}\u{43e}\u{440}\u{443}", "\u{3bf}\u{3bd}"] {
        says(&notes(&page(name)), &["is not what it looks like: U+0"]);
    }
}

#[test]
fn names_in_another_language_are_taken_as_they_are() {
    for name in [
        "größe",
        "prénom",
        "имя",
        "名前",
        "名前_id",
        "area m²",
        "αριθμός",
    ] {
        let said = notes(&page(name));
        assert!(!said.contains("looks like"), "{said}");
    }
}

#[test]
fn a_character_that_cannot_be_seen_is_noted_wherever_it_stands() {
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
            let said = notes(&page(&name));
            let why = format!("U+{:04X} cannot be seen", u32::from(c));
            assert_eq!(said.matches(&why).count(), 6, "{name:?}: {said}");
            assert!(!said.contains(c), "{said:?}");
        }
    }
}

#[test]
fn tags_and_credentials_are_names_as_well() {
    for name in ["p\u{430}y", "pa\u{200b}y"] {
        let mut page = page("pay");
        page["paths"]["/pay"]["get"]["tags"] = json!(["good", name]);
        page["tags"] = json!([{"name": name}]);
        page["components"]["securitySchemes"] = json!({name: {"type": "http", "scheme": "bearer"}});
        let said = notes(&page);
        assert_eq!(
            said.matches("is not what it looks like").count(),
            3,
            "{said}"
        );
        says(
            &said,
            &[
                ": /paths/~1pay/get/tags/1: ",
                ": /tags/0: ",
                "/components/securitySchemes/",
            ],
        );
    }
}
