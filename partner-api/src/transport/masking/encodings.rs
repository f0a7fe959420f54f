//! Decodes strings of unknown format: one format, several on top of each other, or one for each part.
//!
//! The result is what a string could mean, not what it means: plain characters may be decoded as if
//! they were an escape. This is only useful for finding a credential.

use std::borrow::Cow;

/// A string as it is, and without escapes.
pub(crate) fn spellings(string: &[u8]) -> Vec<Cow<'_, [u8]>> {
    // References without a semicolon may encode further ones.
    const CLOSED: usize = 3;
    let mut spellings = vec![Cow::Borrowed(string)];
    let mut add = |unescaped: &[u8]| {
        if spellings.iter().all(|spelling| **spelling != *unescaped) {
            spellings.push(Cow::Owned(unescaped.to_vec()));
        }
    };
    if string.iter().any(|byte| b"%&\\".contains(byte)) {
        for rules in [Rules::Characters, Rules::LineBreaks] {
            let mut unescaped = unescape(string, rules);
            add(&unescaped);
            for _ in 0..CLOSED {
                let Some(closed) = close_references(&unescaped) else {
                    break;
                };
                unescaped = unescape(&closed, rules);
                add(&unescaped);
            }
        }
    }
    spellings
}

/// A string with a semicolon after each HTML reference that has none; `None` if all have one.
///
/// The digits of a reference may be escaped, so they are decoded before.
fn close_references(string: &[u8]) -> Option<Vec<u8>> {
    let mut closed = Vec::with_capacity(string.len() + string.len() / 4);
    let mut open = 0;
    for (at, &byte) in string.iter().enumerate() {
        if open == 1 {
            closed.push(b';');
        }
        open = match byte {
            b'&' => open_reference(&string[at + 1..]).map_or(0, |length| length + 1),
            _ => open.saturating_sub(1),
        };
        closed.push(byte);
    }
    if open == 1 {
        closed.push(b';');
    }
    (closed.len() > string.len()).then_some(closed)
}

/// The length of a reference after its `&`, if no semicolon follows it.
fn open_reference(string: &[u8]) -> Option<usize> {
    // References to ASCII characters that servers write without a semicolon.
    const NAMES: [&[u8]; 4] = [b"amp", b"gt", b"lt", b"quot"];
    let count = |string: &[u8], is_digit: fn(&u8) -> bool| {
        let digits = string.iter().take_while(|it| is_digit(it)).count();
        (digits > 0).then_some(digits)
    };
    let length = match string {
        [b'#', b'x' | b'X', digits @ ..] => 2 + count(digits, u8::is_ascii_hexdigit)?,
        [b'#', digits @ ..] => 1 + count(digits, u8::is_ascii_digit)?,
        _ => NAMES.iter().find(|name| string.starts_with(name))?.len(),
    };
    (string.get(length) != Some(&b';')).then_some(length)
}

/// What a backslash before a letter such as `n` means. Formats differ, so both are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Nothing: the letter is a letter.
    Characters,
    /// A line break or the like.
    LineBreaks,
}

/// A string without escapes. A decoded character may be part of the next escape.
fn unescape(string: &[u8], rules: Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(string.len());
    // How many escapes each byte was decoded from.
    let mut layers: Vec<u8> = Vec::with_capacity(string.len());
    for &byte in string {
        out.push(byte);
        layers.push(0);
        // Each replacement is shorter than what it replaces, so this ends.
        while let Some((mut start, escaped)) = last_escape(&out, rules) {
            let layer = layers[start];
            // A format within another has its backslashes doubled.
            let is_doubled = |at: usize| (out[at], layers[at]) == (b'\\', layer);
            while out[start] == b'\\' && start > 0 && is_doubled(start - 1) {
                start -= 1;
            }
            out.truncate(start);
            match escaped {
                Escaped::Byte(byte) => out.push(byte),
                Escaped::Character(it) => {
                    out.extend_from_slice(it.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Escaped::Separator => {}
            }
            layers.truncate(start);
            layers.resize(out.len(), layer.saturating_add(1));
        }
    }
    out
}

/// The meaning of an escape.
enum Escaped {
    Byte(u8),
    Character(char),
    /// A character that is not compared.
    Separator,
}

/// The escape at the end of a string, and where it starts.
fn last_escape(string: &[u8], rules: Rules) -> Option<(usize, Escaped)> {
    // No escape is longer without its leading zeros.
    const LONGEST: usize = 16;
    let before = string.len().saturating_sub(LONGEST);
    let tail = &string[before..];
    let ends_line = rules == Rules::LineBreaks && tail.iter().nth_back(1) == Some(&b'\\');
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
        b'b' | b'f' | b'n' | b'r' | b't' if ends_line => (tail.len() - 2, Escaped::Separator),
        // A leading zero, of which there may be any number.
        b'0' if [&b"&#0"[..], b"&#x0", b"&#X0", b"\\u{0"]
            .iter()
            .any(|start| tail.ends_with(start)) =>
        {
            (tail.len() - 1, Escaped::Separator)
        }
        byte if byte.is_ascii_hexdigit() => octal(tail).or_else(|| hexadecimal(tail))?,
        _ => return None,
    };
    Some((before + start, escaped))
}

/// A byte as three digits.
fn octal(tail: &[u8]) -> Option<(usize, Escaped)> {
    let start = tail.len().checked_sub(4)?;
    let code = code(tail[start..].strip_prefix(b"\\")?, 8)?;
    let byte = u8::try_from(code).ok()?;
    Some((start, Escaped::Byte(byte)))
}

/// An escape with hexadecimal digits.
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

/// The meaning of `&name;` or `&#number;`; without the `&` and the semicolon.
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

/// A string decoded from base64, base32 and hex, with each possible position of the first digit.
pub(crate) fn decodings(string: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let base64 = (0..4).map(|skip| decode(string, 6, &BASE64, skip));
    let base32 = (0..8).map(|skip| decode(string, 5, &BASE32, skip));
    let hex = (0..2).map(|skip| decode(string, 4, &HEX, skip));
    base64.chain(base32).chain(hex)
}

/// The digit that each byte stands for; [`SKIPPED`] within a run of digits, [`END`] after it.
type Digits = [u8; 256];
const SKIPPED: u8 = 0xFE;
const END: u8 = 0xFF;

const BASE64: Digits = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = with_digits([END; 256], alphabet);
    digits[b'-' as usize] = digits[b'+' as usize];
    digits[b'_' as usize] = digits[b'/' as usize];
    // Line breaks, and the backslashes of escaped slashes.
    digits[b' ' as usize] = SKIPPED;
    digits[b'\t' as usize] = SKIPPED;
    digits[b'\r' as usize] = SKIPPED;
    digits[b'\n' as usize] = SKIPPED;
    digits[b'\\' as usize] = SKIPPED;
    digits
};

const BASE32: Digits = {
    let digits = with_digits([END; 256], b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    let mut digits = with_digits(digits, b"abcdefghijklmnopqrstuvwxyz234567");
    digits[b'\r' as usize] = SKIPPED;
    digits[b'\n' as usize] = SKIPPED;
    digits
};

const HEX: Digits = with_digits(
    with_digits([END; 256], b"0123456789ABCDEF"),
    b"0123456789abcdef",
);

const fn with_digits(mut digits: Digits, alphabet: &[u8]) -> Digits {
    let mut value: u8 = 0;
    while (value as usize) < alphabet.len() {
        digits[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    digits
}

/// Joins the bits of digits to bytes, for each run of digits without its first `skip`.
fn decode(string: &[u8], bits: u32, digits: &Digits, skip: usize) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(string.len());
    let (mut buffer, mut filled, mut skipped) = (0_u32, 0, 0);
    for &byte in string {
        match digits[usize::from(byte)] {
            SKIPPED => {}
            END => {
                if decoded.last().is_some_and(|&last| last != 0) {
                    decoded.push(0);
                }
                (filled, skipped) = (0, 0);
            }
            _ if skipped < skip => skipped += 1,
            digit => {
                buffer = buffer << bits | u32::from(digit);
                filled += bits;
                if filled >= 8 {
                    filled -= 8;
                    decoded.push((buffer >> filled).to_le_bytes()[0]);
                }
            }
        }
    }
    decoded
}
