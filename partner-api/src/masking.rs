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

use std::borrow::Cow;

use serde_json::Value;

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

/// A string as it is, and without escapes.
fn spellings(text: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut spellings = vec![Cow::Borrowed(text)];
    if text.iter().any(|byte| b"%&\\".contains(byte)) {
        for rules in [Rules::Characters, Rules::LineBreaks] {
            let unescaped = unescape(text, rules);
            if spellings.iter().all(|spelling| **spelling != *unescaped) {
                spellings.push(Cow::Owned(unescaped));
            }
        }
    }
    spellings
}

/// What a backslash does before another one or before a letter such as `n`. Formats that are
/// applied in different orders do not agree, so both are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Nothing.
    Characters,
    /// It makes one backslash of two, and a line break or the like of a letter.
    LineBreaks,
}

/// A string without escapes: what an escape stands for may be part of the next one.
fn unescape(text: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        out.push(byte);
        // Each replacement is shorter than what it replaces, so this ends.
        while let Some((start, character)) = last_escape(&out, rules) {
            out.truncate(start);
            match character {
                Escaped::Byte(byte) => out.push(byte),
                Escaped::Character(it) => {
                    out.extend_from_slice(it.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Escaped::Separator => {}
            }
        }
    }
    out
}

/// What an escape stands for.
enum Escaped {
    Byte(u8),
    Character(char),
    /// Something that is not compared.
    Separator,
}

/// The escape at the end of a string, and where it starts.
fn last_escape(text: &[u8], rules: Rules) -> Option<(usize, Escaped)> {
    // No escape is longer.
    const LONGEST: usize = 16;
    let before = text.len().saturating_sub(LONGEST);
    let tail = &text[before..];
    let is_escaped = rules == Rules::LineBreaks && tail.iter().nth_back(1) == Some(&b'\\');
    let (start, escaped) = match tail.last()? {
        b';' => {
            let start = tail.iter().rposition(|&byte| byte == b'&')?;
            (start, html(&tail[start + 1..tail.len() - 1])?)
        }
        b'}' => {
            let start = tail.iter().rposition(|&byte| byte == b'\\')?;
            let digits = tail[start + 1..tail.len() - 1].strip_prefix(b"u{")?;
            (start, character(code(digits, 16)?))
        }
        b'\\' if is_escaped => (tail.len() - 1, Escaped::Separator),
        b'b' | b'f' | b'n' | b'r' | b't' if is_escaped => (tail.len() - 2, Escaped::Separator),
        byte if byte.is_ascii_hexdigit() => hexadecimal(tail)?,
        _ => return None,
    };
    Some((before + start, escaped))
}

/// An escape of as many digits as its kind has.
fn hexadecimal(tail: &[u8]) -> Option<(usize, Escaped)> {
    let kinds: [(&[u8], usize); 4] = [(b"%", 2), (b"\\x", 2), (b"\\u", 4), (b"%u", 4)];
    kinds.into_iter().find_map(|(prefix, digits)| {
        let start = tail.len().checked_sub(prefix.len() + digits)?;
        let code = code(tail[start..].strip_prefix(prefix)?, 16)?;
        let escaped = match u8::try_from(code) {
            Ok(byte) if digits == 2 => Escaped::Byte(byte),
            _ => character(code),
        };
        Some((start, escaped))
    })
}

/// What `&name;` or `&#number;` stands for, from between its first and its last character.
fn html(name: &[u8]) -> Option<Escaped> {
    match name {
        [b'#', b'x' | b'X', digits @ ..] => code(digits, 16).map(character),
        [b'#', digits @ ..] => code(digits, 10).map(character),
        b"amp" => Some(Escaped::Byte(b'&')),
        b"bsol" => Some(Escaped::Byte(b'\\')),
        b"lowbar" => Some(Escaped::Byte(b'_')),
        b"num" => Some(Escaped::Byte(b'#')),
        b"percnt" => Some(Escaped::Byte(b'%')),
        b"plus" => Some(Escaped::Byte(b'+')),
        b"semi" => Some(Escaped::Byte(b';')),
        b"sol" => Some(Escaped::Byte(b'/')),
        // The rest are separators that no format needs, or letters beyond ASCII.
        [first, rest @ ..] => {
            let is_name = first.is_ascii_alphabetic()
                && (1..8).contains(&rest.len())
                && rest.iter().all(u8::is_ascii_alphanumeric);
            is_name.then_some(Escaped::Separator)
        }
        [] => None,
    }
}

fn character(code: u32) -> Escaped {
    // Half of a surrogate pair is of a character that is not compared.
    char::from_u32(code).map_or(Escaped::Separator, Escaped::Character)
}

fn code(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !digits.starts_with('+'))
}

/// What a string holds as base64 and as hex, wherever the first digit may be.
fn decodings(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let base64 = (0..4).map(|skip| decode(text, 6, base64_digit, skip));
    base64.chain((0..2).map(|skip| decode(text, 4, hex_digit, skip)))
}

/// Joins the bits of digits to bytes, for each run of digits from its first one but `skip`.
fn decode(text: &[u8], bits: u32, digit: impl Fn(u8) -> Option<u32>, skip: usize) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let (mut buffer, mut filled, mut skipped) = (0_u32, 0, 0);
    for &byte in text {
        match digit(byte) {
            Some(_) if skipped < skip => skipped += 1,
            Some(value) => {
                buffer = buffer << bits | value;
                filled += bits;
                if filled >= 8 {
                    filled -= 8;
                    decoded.push((buffer >> filled).to_le_bytes()[0]);
                }
            }
            // Base64 is broken into lines, and its slashes are escaped.
            None if bits == 6 && (byte.is_ascii_whitespace() || byte == b'\\') => {}
            None => {
                if decoded.last().is_some_and(|&last| last != 0) {
                    decoded.push(0);
                }
                (filled, skipped) = (0, 0);
            }
        }
    }
    decoded
}

fn base64_digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(digit.into())
}

fn hex_digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}
