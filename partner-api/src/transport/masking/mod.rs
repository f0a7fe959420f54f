//! Hides credentials in strings that a server sent.
//!
//! A server can send a credential back in any format, or in several formats on top of each other:
//! percent and form encoding, JSON and HTML escapes, base64, base32, hex. A list of spellings would
//! miss some. So each string is decoded as far as possible, and only the letters and digits of the
//! result are compared, because formats differ in how they write all other characters.
//!
//! A string that cannot be masked with certainty is hidden. First the plain credential is replaced.
//! If the string still contains a credential, the words that contain it are replaced, and if that is
//! not enough, the whole string.
//!
//! A secret with fewer than four letters and digits would be found everywhere. Only its plain spelling
//! is replaced, and strings that contain an escape are hidden.

mod encodings;

use std::cmp::Reverse;

use serde_json::Value;

use self::encodings::{decodings, spellings};

/// Replaces a credential.
const MASK: &str = "***";

/// Replaces a string from which a credential cannot be removed.
pub(crate) const HIDDEN: &str = "(hidden: it contains a credential)";

/// How many layers of base64, base32 or hex are decoded.
const LAYERS: u32 = 3;

/// How many bytes are decoded for each byte of a string, in all its layers. A string that needs more
/// was built to take long, and is hidden.
const WORK: usize = 48;

/// The credentials that nothing may show.
pub(crate) struct Mask {
    /// The plain credentials. The longest is first, because a shorter one may be a part of it.
    plain: Vec<String>,
    /// Their spellings after each [`Fold`].
    folded: [(Fold, Vec<String>); 2],
    /// Credentials with too few letters and digits.
    short: Vec<String>,
}

impl Mask {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut mask = Self {
            plain: Vec::new(),
            folded: [(Fold::Ascii, Vec::new()), (Fold::Unicode, Vec::new())],
            short: Vec::new(),
        };
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            mask.plain.push(secret.to_owned());
            let spellings = spellings(secret.as_bytes());
            let needles = mask.folded.iter_mut().find_map(|(fold, all)| {
                let needles: Vec<_> = spellings.iter().map(|it| fold.of(it)).collect();
                let is_enough = |needle: &String| needle.chars().count() >= fold.min_length();
                let needles = needles.iter().all(is_enough).then_some(needles)?;
                all.extend(needles.iter().map(|it| middle(it).to_owned()));
                Some(())
            });
            if needles.is_none() {
                mask.short.push(secret.to_owned());
            }
        }
        mask.plain.sort_by_key(|secret| Reverse(secret.len()));
        mask
    }

    /// The string with its credentials masked; `None` if it has none.
    pub(crate) fn string(&self, string: &str) -> Option<String> {
        let mut masked: Option<String> = None;
        for secret in &self.plain {
            let string = masked.as_deref().unwrap_or(string);
            if string.contains(secret) {
                masked = Some(string.replace(secret, MASK));
            }
        }
        let rest = masked.as_deref().unwrap_or(string);
        if !self.is_in(rest) {
            return masked;
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

    /// Masks each string, number and name in a value.
    pub(crate) fn value(&self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if let Some(masked) = self.string(&number.to_string()) {
                    *value = Value::String(masked);
                }
            }
            Value::String(string) => {
                if let Some(masked) = self.string(string) {
                    *string = masked;
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

    /// Whether several strings, joined, contain a credential.
    pub(crate) fn is_spread_over(&self, strings: &str) -> bool {
        self.is_folded_in(strings.as_bytes())
    }

    /// Whether a string contains a credential in any format.
    fn is_in(&self, string: &str) -> bool {
        let mut work = WORK * (string.len() + 64);
        self.is_readable(string.as_bytes(), LAYERS, &mut work)
    }

    fn is_readable(&self, string: &[u8], layers: u32, work: &mut usize) -> bool {
        // No format makes a string shorter.
        if string.len() < self.shortest() {
            return false;
        }
        let spellings = spellings(string);
        if !self.short.is_empty() && spellings.len() > 1 {
            return true;
        }
        for string in &spellings {
            // The decoded strings have nine times its length.
            let Some(left) = work.checked_sub(10 * string.len()) else {
                return true;
            };
            *work = left;
            if self.matches(string) {
                return true;
            }
            if layers == 0 {
                continue;
            }
            for decoded in decodings(string) {
                if self.matches(&decoded) {
                    return true;
                }
                let strings = decoded.utf8_chunks().flat_map(|chunk| {
                    chunk
                        .valid()
                        .split(|it: char| it.is_control() && !it.is_whitespace())
                });
                for string in strings {
                    if self.is_readable(string.as_bytes(), layers - 1, work) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn shortest(&self) -> usize {
        let folded = self.folded.iter().flat_map(|(_, needles)| needles);
        let all = folded.chain(&self.short).map(String::len);
        all.min().unwrap_or(usize::MAX)
    }

    fn matches(&self, string: &[u8]) -> bool {
        // Decoded bytes contain shorter ones by chance.
        let short = self.short.iter().filter(|secret| secret.len() >= 4);
        self.is_folded_in(string)
            || short
                .into_iter()
                .any(|secret| String::from_utf8_lossy(string).contains(secret))
    }

    fn is_folded_in(&self, string: &[u8]) -> bool {
        let mut folded = self
            .folded
            .iter()
            .filter(|(_, needles)| !needles.is_empty());
        folded.any(|(fold, needles)| {
            let string = fold.of(string);
            needles.iter().any(|needle| string.contains(needle))
        })
    }
}

/// A string without its ends, which may form an escape together with the characters around it.
fn middle(string: &str) -> &str {
    let count = string.chars().count();
    let cut = (count / 4).min(count.saturating_sub(8) / 2);
    let at = |nth| {
        string
            .char_indices()
            .nth(nth)
            .map_or(string.len(), |(at, _)| at)
    };
    &string[at(cut)..at(count - cut)]
}

/// Which characters of a string are compared.
#[derive(Clone, Copy)]
enum Fold {
    /// Letters and digits of ASCII, which every charset and format has, in lower case.
    Ascii,
    /// Letters and digits of all languages, for short secrets and those with few ASCII letters.
    /// Letters that some formats write as two are left out.
    Unicode,
}

impl Fold {
    fn of(self, string: &[u8]) -> String {
        match self {
            Self::Ascii => {
                let mut folded = string.to_ascii_lowercase();
                folded.retain(u8::is_ascii_alphanumeric);
                String::from_utf8(folded).unwrap_or_default()
            }
            Self::Unicode => String::from_utf8_lossy(string)
                .chars()
                .filter(|&it| it.is_alphanumeric() && it <= '\u{ffff}')
                .collect(),
        }
    }

    /// How many characters a secret must have so that it is not found by chance.
    fn min_length(self) -> usize {
        match self {
            Self::Ascii => 6,
            Self::Unicode => 4,
        }
    }
}
