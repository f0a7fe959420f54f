//! Rust names for published names.

use heck::{ToPascalCase, ToSnakeCase};
use unicode_ident::{is_xid_continue, is_xid_start};

/// The longest name of a type that the overlay does not choose.
const LONGEST: usize = 60;

/// The name of a component's type.
pub(crate) fn type_name(name: &str) -> String {
    let name = pascal(name);
    // The generated code uses these names for the types of `std`.
    match name.strip_suffix('_') {
        Some("Self") => "SelfType".to_owned(),
        _ if ["String", "Some", "None", "Ok", "Err"].contains(&&*name) => name + "Type",
        _ => name,
    }
}

/// The name of a type that the overlay does not choose. A long one has no repeated words and no `Item`
/// inside, and if it is still long, only its first and last words.
pub(crate) fn short_type_name(name: &str) -> String {
    let name = type_name(name);
    if length(&name) <= LONGEST {
        return name;
    }
    let mut words: Vec<String> = name.to_snake_case().split('_').map(pascal).collect();
    let last = words.pop();
    words.retain(|word| word != "Item");
    words.extend(last);
    words.dedup();
    if words.iter().map(|word| length(word)).sum::<usize>() > LONGEST {
        let first = fitting(words.iter());
        let last = fitting(words.iter().rev()).min(words.len() - first);
        words.drain(first..words.len() - last);
    }
    let name: String = words.concat().chars().take(LONGEST).collect();
    type_name(&name)
}

/// How many of these words are together at most half as long as a name.
fn fitting<'w>(words: impl Iterator<Item = &'w String>) -> usize {
    let mut sum = 0;
    let sums = words.map(|word| {
        sum += length(word);
        sum
    });
    sums.take_while(|sum| *sum <= LONGEST / 2).count().max(1)
}

fn length(name: &str) -> usize {
    name.chars().count()
}

/// The name of an operation's method; the second result is whether it has another one than published,
/// because the client or Rust uses that.
pub(crate) fn operation(name: &str) -> (String, bool) {
    let name = snake(name);
    let is_keyword = name.ends_with('_');
    let name = name.trim_end_matches('_');
    match is_keyword || CLIENT.contains(&name) {
        true => (format!("{name}_operation"), true),
        false => (name.to_owned(), false),
    }
}

/// The name of a parameter's method; the second result is whether it has another one than published,
/// because the builder uses that.
pub(crate) fn parameter(name: &str) -> (String, bool) {
    let name = snake(name);
    match BUILDER.contains(&&*name) {
        true => (format!("{name}_param"), true),
        false => (name, false),
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

/// Whether a name has no character that a name in Rust can have.
pub(crate) fn has_no_word(name: &str) -> bool {
    !name.contains(is_xid_continue)
}

/// A name with the marks at its start and end in words: an operator, or `StartTime<`.
pub(crate) fn spelled(name: &str) -> String {
    let core = name.trim_matches(|c: char| !is_xid_continue(c));
    let (start, end) = match name.find(core).filter(|_| !core.is_empty()) {
        Some(at) => (&name[..at], &name[at + core.len()..]),
        None => (name, ""),
    };
    let mut words: Vec<&str> = marks(start);
    words.push(core);
    words.extend(marks(end));
    words.join(" ")
}

/// The words of marks; one without a word is dropped.
fn marks(mut rest: &str) -> Vec<&'static str> {
    let mut words = Vec::new();
    while let Some(c) = rest.chars().next() {
        let known = MARKS.iter().find(|(mark, _)| rest.starts_with(mark));
        words.extend(known.map(|(_, word)| *word));
        rest = &rest[known.map_or(c.len_utf8(), |(mark, _)| mark.len())..];
    }
    words
}

/// Marks with their words; a longer mark comes before those it begins with.
const MARKS: &[(&str, &str)] = &[
    ("!=", "not equals"),
    ("<>", "not equals"),
    ("<=", "at most"),
    (">=", "at least"),
    ("==", "equals"),
    ("=~", "matches"),
    ("!~", "not matches"),
    ("&&", "and"),
    ("||", "or"),
    ("=", "equals"),
    ("<", "less than"),
    (">", "greater than"),
    ("!", "not"),
    ("~", "tilde"),
    ("+", "plus"),
    ("-", "minus"),
    ("*", "star"),
    ("/", "slash"),
    ("\\", "backslash"),
    ("%", "percent"),
    ("^", "caret"),
    ("&", "ampersand"),
    ("|", "pipe"),
    (".", "dot"),
    (",", "comma"),
    (":", "colon"),
    (";", "semicolon"),
    ("?", "question mark"),
    ("#", "hash"),
    ("$", "dollar"),
    ("@", "at"),
    (" ", "space"),
];

/// What the generated code has for a client beside its operations: methods and functions, then types in
/// the module of builders.
const CLIENT: &[&str] = &[
    "clone",
    "into",
    "new",
    "request",
    "send",
    "try_into",
    "with_api_key",
    "with_login",
    "with_credentials",
    "from_env",
    "byte_stream",
    "call_options",
    "error",
    "option",
    "response_value",
    "result",
    "string",
];

/// The methods and variables of a builder, its mock and its lists.
const BUILDER: &[&str] = &[
    "body",
    "client",
    "clone",
    "concurrency",
    "header_map",
    "into_inner",
    "into_source",
    "new",
    "options",
    "pages",
    "resume",
    "send",
    "send_with",
    "start_at",
    "stream",
    "with_progress",
];

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
    fn names_that_rust_or_the_client_uses_are_changed() {
        for (published, name) in [
            ("clone", "clone_operation"),
            ("self", "self_operation"),
            ("Result", "result_operation"),
            ("cloneThing", "clone_thing"),
        ] {
            assert_eq!(
                operation(published),
                (name.to_owned(), name.ends_with("_operation"))
            );
        }
        assert_eq!(parameter("client"), ("client_param".to_owned(), true));
        assert_eq!(parameter("type"), ("type_".to_owned(), false));
        assert_eq!(type_name("self"), "SelfType");
    }

    #[test]
    fn a_long_type_name_keeps_its_first_and_last_words() {
        for (long, short) in [
            (
                "CreateChatCompletionRequestMessagesItemContentItemItemImageUrlDetail",
                "CreateChatCompletionRequestMessagesContentImageUrlDetail",
            ),
            (
                "CreateChatCompletionRequestMessagesItemContentItemImageUrlDetailLevelName",
                "CreateChatCompletionRequestContentImageUrlDetailLevelName",
            ),
        ] {
            assert_eq!(short_type_name(long), short);
        }
        let longest = short_type_name(&"a".repeat(200));
        assert_eq!(longest.len(), LONGEST);
        assert_eq!(short_type_name("ThingOwner"), "ThingOwner");
    }

    #[test]
    fn names_are_valid_in_rust_and_stable() {
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
