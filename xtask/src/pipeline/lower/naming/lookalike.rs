//! Names that look like others.
//!
//! A name may use any script that Rust identifiers allow. A name that mixes scripts, looks like ASCII
//! but is not, or has an invisible character is kept as published, with a note: it may be a typing
//! error, or meant to be mistaken for another name. Header names are always ASCII.

use unicode_security::RestrictionLevelDetection as _;
use unicode_security::confusable_detection::skeleton;
use unicode_security::{MixedScript as _, RestrictionLevel};

use crate::console;
use crate::document::pointer;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::usage;

impl Lowering<'_> {
    /// Notes lookalikes in the names of tags and security schemes, which do not appear in Rust.
    pub(crate) fn lookalikes_without_rust(&mut self) {
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
            self.lookalike(string_at(tag, "/name"), &format!("/tags/{index}"));
        }
        for (at, _, operation) in usage::operations(document) {
            let tags = operation["tags"].as_array().into_iter().flatten();
            for (index, tag) in tags.enumerate() {
                let tag = tag.as_str().unwrap_or_default();
                self.lookalike(tag, &format!("{at}/tags/{index}"));
            }
        }
    }

    /// Notes a published name that looks like another.
    pub(crate) fn lookalike(&mut self, name: &str, at: &str) {
        if let Some(why) = lookalike_reason(name) {
            let text = format!(
                "the name {name:?} looks like another: {why}; ask the provider whether it is intended"
            );
            self.note(at, &text);
        }
    }
}

/// Why a name looks like another, checked word by word.
fn lookalike_reason(name: &str) -> Option<String> {
    let is_invisible = |c: &char| console::is_unsafe(*c) && !"\n\r\t".contains(*c);
    if let Some(c) = name.chars().find(is_invisible) {
        return Some(format!("U+{:04X} is invisible", u32::from(c)));
    }
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut lookalikes = words.filter(|word| !word.is_ascii() && is_lookalike(word));
    let word = lookalikes.next()?;
    let like = |c: char| {
        let like: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        (!c.is_ascii() && like.is_ascii())
            .then(|| format!("U+{:04X} looks like `{like}`", u32::from(c)))
    };
    let mut like: Vec<_> = word.chars().filter_map(like).collect();
    like.dedup();
    Some(match like.is_empty() {
        true => format!("the letters of {word:?} are from several scripts"),
        false => like.join(", "),
    })
}

/// Whether a word that is not ASCII looks like ASCII, or mixes scripts that are not written together.
fn is_lookalike(word: &str) -> bool {
    let allowed = RestrictionLevel::ModeratelyRestrictive;
    let is_mixed = !word.is_single_script() && !word.check_restriction_level(allowed);
    is_mixed || skeleton(word).all(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::lookalike_reason;

    #[test]
    fn scripts_are_checked_word_by_word() {
        for name in [
            "pay",
            "größe",
            "имя",
            "get_имя",
            "名前",
            "unit µg/m³",
            "αριθμός",
        ] {
            assert_eq!(lookalike_reason(name), None, "{name}");
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
                "the letters of \"ab\u{434}\" are from several scripts",
            ),
        ] {
            let reason = lookalike_reason(name).unwrap_or_default();
            assert!(reason.starts_with(why), "{name}: {reason}");
        }
    }
}
