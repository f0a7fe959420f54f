//! Hides credentials in strings that a server sent.
//!
//! A server can send a credential back in any format, or in several on top of each other: percent and
//! form encoding, JSON and HTML escapes, base64, hex. A list of spellings would miss some. Instead a
//! string is decoded as far as it can be, and what comes out is compared by its letters and digits
//! alone, because separators and everything outside ASCII are what formats write differently.
//! What cannot be masked surely is not shown: if a string still contains a credential after its plain
//! spelling was replaced, the words that contain it are replaced, or else the whole string.
//!
//! A secret with fewer than four letters and digits would be found everywhere, so only its plain
//! spelling is searched, and strings with escapes in them are hidden.

use serde_json::Value;

use crate::decoding::{decodings, spellings};

/// What stands where a credential stood.
const MASK: &str = "***";

/// What stands in place of a string from which a credential cannot be cut out.
pub(crate) const HIDDEN: &str = "(hidden: it repeats a credential)";

/// How many layers of base64 or hex are decoded.
const LAYERS: u32 = 3;

/// How many bytes are looked at for each byte of a string, in all its layers. What takes more was
/// made to take long, and is hidden.
const WORK: usize = 24;

/// The credentials that nothing may show.
pub(crate) struct Mask(Vec<Secret>);

impl Mask {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let mut secrets: Vec<_> = secrets.map(Secret::new).collect();
        // One may be a part of another, which would then be found no more.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.plain.len()));
        Self(secrets)
    }

    /// The string without credentials; none if it has none.
    pub(crate) fn string(&self, text: &str) -> Option<String> {
        self.0.iter().fold(None, |masked: Option<String>, secret| {
            secret.mask(masked.as_deref().unwrap_or(text)).or(masked)
        })
    }

    /// Masks each string, number and name in a value.
    pub(crate) fn value(&self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if let Some(masked) = self.string(&number.to_string()) {
                    *value = Value::String(masked);
                }
            }
            Value::String(text) => {
                if let Some(masked) = self.string(text) {
                    *text = masked;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                let masked = std::mem::take(members)
                    .into_iter()
                    .map(|(name, mut value)| {
                        self.value(&mut value);
                        (self.string(&name).unwrap_or(name), value)
                    });
                *members = masked.collect();
            }
        }
    }

    /// Whether strings contain a credential together that none of them contains alone.
    pub(crate) fn is_spread_over(&self, strings: &str) -> bool {
        self.0
            .iter()
            .any(|secret| secret.is_folded_in(strings.as_bytes()))
    }
}

struct Secret {
    plain: String,
    /// What is left of each of its spellings by [`Fold`]; none for a secret with too little.
    folded: Option<(Fold, Vec<String>)>,
}

impl Secret {
    fn new(plain: &str) -> Self {
        let spellings = spellings(plain.as_bytes());
        let folded = [Fold::Ascii, Fold::Unicode].into_iter().find_map(|fold| {
            let needles: Vec<_> = spellings.iter().map(|it| fold.of(it)).collect();
            let is_enough = |needle: &String| needle.chars().count() >= fold.least();
            let needles = needles.iter().all(is_enough).then_some(needles)?;
            Some((
                fold,
                needles.iter().map(|it| middle(it).to_owned()).collect(),
            ))
        });
        Self {
            plain: plain.to_owned(),
            folded,
        }
    }

    fn mask(&self, text: &str) -> Option<String> {
        let replaced = text
            .contains(&self.plain)
            .then(|| text.replace(&self.plain, MASK));
        let rest = replaced.as_deref().unwrap_or(text);
        if !self.is_in(rest) {
            return replaced;
        }
        let words = rest.split_inclusive(char::is_whitespace);
        let words: String = words
            .flat_map(|word| match self.is_in(word) {
                true => [MASK, &word[word.trim_end().len()..]],
                false => [word, ""],
            })
            .collect();
        Some(match self.is_in(&words) {
            true => HIDDEN.to_owned(),
            false => words,
        })
    }

    /// Whether someone could read the secret from a string.
    fn is_in(&self, text: &str) -> bool {
        let mut work = WORK * (text.len() + 64);
        self.is_readable(text.as_bytes(), LAYERS, &mut work)
    }

    fn is_readable(&self, text: &[u8], layers: u32, work: &mut usize) -> bool {
        // No format makes a string shorter.
        if text.len() < self.shortest() {
            return false;
        }
        let spellings = spellings(text);
        if self.folded.is_none() && spellings.len() > 1 {
            return true;
        }
        for text in &spellings {
            // What is decoded of it has four times its length.
            let Some(left) = work.checked_sub(5 * text.len()) else {
                return true;
            };
            *work = left;
            if self.matches(text) {
                return true;
            }
            if layers == 0 || self.plain.len() < 4 {
                continue;
            }
            for decoded in decodings(text) {
                if self.matches(&decoded) {
                    return true;
                }
                let strings = decoded.utf8_chunks().flat_map(|chunk| {
                    chunk
                        .valid()
                        .split(|it: char| it.is_control() && !it.is_whitespace())
                });
                for text in strings {
                    if self.is_readable(text.as_bytes(), layers - 1, work) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn shortest(&self) -> usize {
        let needles = self.folded.iter().flat_map(|(_, needles)| needles);
        needles.map(String::len).min().unwrap_or(1)
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self.folded {
            Some(_) => self.is_folded_in(text),
            None => String::from_utf8_lossy(text).contains(&self.plain),
        }
    }

    fn is_folded_in(&self, text: &[u8]) -> bool {
        self.folded.as_ref().is_some_and(|(fold, needles)| {
            let text = fold.of(text);
            needles.iter().any(|needle| text.contains(needle))
        })
    }
}

/// A string without what stands before it or after it: that may have become part of an escape.
fn middle(text: &str) -> &str {
    let count = text.chars().count();
    let cut = (count / 4).min(count.saturating_sub(8) / 2);
    let at = |nth| {
        text.char_indices()
            .nth(nth)
            .map_or(text.len(), |(at, _)| at)
    };
    &text[at(cut)..at(count - cut)]
}

/// What of a string is compared.
#[derive(Clone, Copy)]
enum Fold {
    /// Letters and digits of ASCII, which every charset and format has, in lower case.
    Ascii,
    /// Those of all languages, for secrets that have few of ASCII, and for short ones. Letters that
    /// some formats write as two are left out.
    Unicode,
}

impl Fold {
    fn of(self, text: &[u8]) -> String {
        match self {
            Self::Ascii => text
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric())
                .map(|byte| char::from(byte.to_ascii_lowercase()))
                .collect(),
            Self::Unicode => String::from_utf8_lossy(text)
                .chars()
                .filter(|&it| it.is_alphanumeric() && it <= '\u{ffff}')
                .collect(),
        }
    }

    /// How many characters of it are not found by chance.
    fn least(self) -> usize {
        match self {
            Self::Ascii => 6,
            Self::Unicode => 4,
        }
    }
}
