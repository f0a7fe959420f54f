//! Names that look like others.
//!
//! A name may be in any language that Rust's identifiers have. One that mixes scripts, or looks like
//! ASCII and is not, is taken as published and noted: it may be a slip of a keyboard, or a field
//! that is to be taken for another. So is one with a character that cannot be seen. Names of headers
//! are ASCII in any case.

use unicode_security::RestrictionLevelDetection as _;
use unicode_security::confusable_detection::skeleton;
use unicode_security::{MixedScript as _, RestrictionLevel};

use super::context::{Lowering, text};
use super::usage;
use crate::console;
use crate::document::pointer;

impl Lowering<'_> {
    /// Notes the names of tags and credentials that are not what they look like: no Rust has them.
    pub(super) fn lookalikes_without_rust(&mut self) {
        let document = self.document;
        let schemes = &document["components"]["securitySchemes"];
        for (name, _) in schemes.as_object().into_iter().flatten() {
            self.lookalike(name, &pointer::join("/components/securitySchemes", name));
        }
        for (index, tag) in document["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            self.lookalike(text(tag, "/name"), &format!("/tags/{index}"));
        }
        for (at, _, operation) in usage::operations(document) {
            let tags = operation["tags"].as_array().into_iter().flatten();
            for (index, tag) in tags.enumerate() {
                let tag = tag.as_str().unwrap_or_default();
                self.lookalike(tag, &format!("{at}/tags/{index}"));
            }
        }
    }

    /// Notes a published name that is not what it looks like.
    pub(super) fn lookalike(&mut self, name: &str, at: &str) {
        if let Some(why) = what_is_unlike(name) {
            let text = format!(
                "the name {name:?} is not what it looks like: {why}; ask the provider whether it is meant"
            );
            self.note(at, &text);
        }
    }
}

/// Why a name is not what it looks like, word by word.
fn what_is_unlike(name: &str) -> Option<String> {
    let is_unseen = |c: &char| console::is_unsafe(*c) && !"\n\r\t".contains(*c);
    if let Some(c) = name.chars().find(is_unseen) {
        return Some(format!("U+{:04X} cannot be seen", u32::from(c)));
    }
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut unlike = words.filter(|word| !word.is_ascii() && is_unlike(word));
    let word = unlike.next()?;
    let like = |c: char| {
        let like: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        (!c.is_ascii() && like.is_ascii())
            .then(|| format!("U+{:04X} looks like `{like}`", u32::from(c)))
    };
    let mut like: Vec<_> = word.chars().filter_map(like).collect();
    like.dedup();
    Some(match like.is_empty() {
        true => format!("the letters of {word:?} are of several scripts"),
        false => like.join(", "),
    })
}

/// Whether a word that is not ASCII looks as if it were, or has letters of scripts that nobody mixes.
fn is_unlike(word: &str) -> bool {
    let allowed = RestrictionLevel::ModeratelyRestrictive;
    let is_mixed = !word.is_single_script() && !word.check_restriction_level(allowed);
    is_mixed || skeleton(word).all(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::what_is_unlike;

    #[test]
    fn scripts_are_told_apart_word_by_word() {
        for name in [
            "pay",
            "größe",
            "имя",
            "get_имя",
            "名前",
            "unit µg/m³",
            "αριθμός",
        ] {
            assert_eq!(what_is_unlike(name), None, "{name}");
        }
        for (name, why) in [
            ("p\u{430}y", "U+0430 looks like `a`"),
            ("get p\u{430}y", "U+0430 looks like `a`"),
            (
                "\u{455}\u{441}\u{43e}\u{440}\u{435}",
                "U+0455 looks like `s`",
            ),
            (
                "ab\u{434}",
                "the letters of \"ab\u{434}\" are of several scripts",
            ),
        ] {
            let said = what_is_unlike(name).unwrap_or_default();
            assert!(said.starts_with(why), "{name}: {said}");
        }
    }
}
