//! Rust names for published names.

use heck::{ToPascalCase, ToSnakeCase};
use unicode_ident::{is_xid_continue, is_xid_start};

/// The name of a component's type.
pub(crate) fn type_name(name: &str) -> String {
    let name = pascal(name);
    // The generated code uses these names for the types of `std`.
    if ["String", "Some", "None", "Ok", "Err"].contains(&&*name) {
        name + "Type"
    } else {
        name
    }
}

/// The name of a type or enum variant.
pub(crate) fn pascal(name: &str) -> String {
    let name = identifier(&separated(name).to_pascal_case(), 'X');
    // progenitor converts the name again, and would read `AB` of `a.b` as one word.
    identifier(&name.to_pascal_case(), 'X')
}

/// The name of a method, field or parameter.
pub(crate) fn snake(name: &str) -> String {
    identifier(&separated(name).to_snake_case(), 'x')
}

fn separated(name: &str) -> String {
    match name {
        // The case conversion would turn both into `1`.
        "+1" => "plus 1".to_owned(),
        "-1" => "minus 1".to_owned(),
        _ => name
            .replace('\'', "")
            .replace(|c: char| !is_xid_continue(c), " "),
    }
}

fn identifier(name: &str, prefix: char) -> String {
    match name.chars().next() {
        None => prefix.to_string(),
        Some(first) if !is_xid_start(first) => format!("{prefix}{name}"),
        Some(_) if KEYWORDS.contains(&name) => format!("{name}_"),
        Some(_) => name.to_owned(),
    }
}

const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_rust_names_and_stay_as_they_are() {
        for (name, upper, lower) in [
            ("PublicV2PCROut", "PublicV2pcrOut", "public_v2pcr_out"),
            ("_MetaSchemaError", "MetaSchemaError", "meta_schema_error"),
            (
                "contact_info.email",
                "ContactInfoEmail",
                "contact_info_email",
            ),
            (
                "360dialog_trace_id",
                "X360dialogTraceId",
                "x360dialog_trace_id",
            ),
            ("type", "Type", "type_"),
            ("self", "Self_", "self_"),
            ("", "X", "x"),
            ("+1", "Plus1", "plus_1"),
            ("a.b", "Ab", "a_b"),
        ] {
            assert_eq!(
                (pascal(name), snake(name)),
                (upper.to_owned(), lower.to_owned())
            );
            assert_eq!(
                (pascal(upper), snake(lower)),
                (upper.to_owned(), lower.to_owned())
            );
        }
    }
}
