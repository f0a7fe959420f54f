//! How servers encode a string in other formats, and how a reader decodes it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Percent,
    PercentLowerCase,
    PercentEverything,
    Form,
    Json,
    JsonEverything,
    Python,
    Rust,
    Html,
    HtmlDecimal,
    HtmlHex,
    Base64,
    Base64Url,
    Base32,
    Octal,
    Hex,
    /// The first half as it is, the second percent-encoded.
    HalfPercent,
    /// Each character in another format.
    Mixed,
}

pub const ENCODINGS: [Encoding; 18] = [
    Encoding::Percent,
    Encoding::PercentLowerCase,
    Encoding::PercentEverything,
    Encoding::Form,
    Encoding::Json,
    Encoding::JsonEverything,
    Encoding::Python,
    Encoding::Rust,
    Encoding::Html,
    Encoding::HtmlDecimal,
    Encoding::HtmlHex,
    Encoding::Base64,
    Encoding::Base64Url,
    Encoding::Base32,
    Encoding::Octal,
    Encoding::Hex,
    Encoding::HalfPercent,
    Encoding::Mixed,
];

impl Encoding {
    pub fn encode(self, text: &str, random: &mut fastrand::Rng) -> String {
        let bytes = text.as_bytes();
        match self {
            Self::Percent => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            Self::PercentLowerCase => {
                let encoded = Self::Percent.encode(text, random);
                let mut upper = 0;
                encoded
                    .chars()
                    .map(|it| {
                        upper = if it == '%' {
                            3
                        } else {
                            upper - i32::from(upper > 0)
                        };
                        if upper > 0 {
                            it.to_ascii_lowercase()
                        } else {
                            it
                        }
                    })
                    .collect()
            }
            Self::PercentEverything => bytes.iter().map(|byte| format!("%{byte:02X}")).collect(),
            Self::Form => Self::Percent.encode(text, random).replace("%20", "+"),
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].replace('/', "\\/")
            }
            Self::JsonEverything => text
                .encode_utf16()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect(),
            Self::Python => bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
            Self::Rust => text
                .chars()
                .map(|it| format!("\\u{{{:x}}}", it as u32))
                .collect(),
            Self::Html => NAMED
                .iter()
                .fold(text.to_owned(), |text, (it, name)| text.replace(*it, name)),
            Self::HtmlDecimal => text.chars().map(|it| format!("&#{};", it as u32)).collect(),
            Self::HtmlHex => text
                .chars()
                .map(|it| format!("&#x{:X};", it as u32))
                .collect(),
            Self::Base64 | Self::Base64Url => {
                // Preceding bytes shift all digits.
                let before = &"ab:"[..random.usize(..4)];
                let after = &":xy"[..random.usize(..4)];
                let whole = format!("{before}{text}{after}");
                match (self, random.bool()) {
                    (Self::Base64, true) => STANDARD.encode(whole),
                    (Self::Base64, false) => STANDARD_NO_PAD.encode(whole),
                    (_, true) => URL_SAFE.encode(whole),
                    (_, false) => URL_SAFE_NO_PAD.encode(whole),
                }
            }
            Self::Base32 => base32(bytes),
            Self::Octal => bytes.iter().map(|byte| format!("\\{byte:03o}")).collect(),
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::HalfPercent => {
                let half = text.chars().count() / 2;
                let end: String = text.chars().skip(half).collect();
                let start: String = text.chars().take(half).collect();
                start + &Self::PercentEverything.encode(&end, random)
            }
            Self::Mixed => text
                .chars()
                .map(|it| {
                    let one = it.to_string();
                    let ways = [
                        Self::PercentEverything,
                        Self::JsonEverything,
                        Self::HtmlDecimal,
                    ];
                    match random.usize(..4) {
                        3 if it.is_alphanumeric() => one,
                        way => ways[way.min(2)].encode(&one, random),
                    }
                })
                .collect(),
        }
    }

    /// The strings that a reader can decode from one that contains this encoding somewhere.
    pub fn decode(self, text: &str) -> Vec<String> {
        let percent = |text: &str| {
            percent_decode(text.as_bytes())
                .decode_utf8_lossy()
                .into_owned()
        };
        match self {
            Self::Percent
            | Self::PercentLowerCase
            | Self::PercentEverything
            | Self::HalfPercent => {
                vec![percent(text)]
            }
            Self::Form => vec![percent(&text.replace('+', " "))],
            Self::Json | Self::JsonEverything | Self::Python | Self::Rust | Self::Octal => {
                vec![unescape(text)]
            }
            Self::Base32 => (0..8).map(|skip| from_base32(text, skip)).collect(),
            Self::Html | Self::HtmlDecimal | Self::HtmlHex => vec![html(text)],
            Self::Mixed => vec![percent(&html(&unescape(text)))],
            Self::Base64 | Self::Base64Url => (0..4).map(|skip| base64(text, skip)).collect(),
            Self::Hex => (0..2).map(|skip| hex(text, skip)).collect(),
        }
    }
}

/// The first is replaced first.
const NAMED: [(char, &str); 8] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('"', "&quot;"),
    ('\'', "&#39;"),
    ('/', "&sol;"),
    ('+', "&plus;"),
    ('=', "&equals;"),
];

/// Each run of base64 decoded, but for its first digits.
fn base64(text: &str, skip: usize) -> String {
    let text = text.replace('-', "+").replace('_', "/");
    let is_digit = |it: char| it.is_ascii_alphanumeric() || it == '+' || it == '/';
    text.split(|it| !is_digit(it))
        .map(|run| {
            let run = run.get(skip..).unwrap_or_default();
            let run = &run[..run.len() - usize::from(run.len() % 4 == 1)];
            // The last digit may have unused bits.
            let whole = &run[..run.len() / 4 * 4];
            let rest = match run.len() % 4 {
                0 => String::new(),
                _ => format!("{}AA", &run[whole.len()..])[..4].to_owned(),
            };
            let decoded = STANDARD
                .decode(format!("{whole}{rest}"))
                .unwrap_or_default();
            String::from_utf8_lossy(&decoded).into_owned() + " "
        })
        .collect()
}

const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    while !bits.len().is_multiple_of(5) {
        bits.push('0');
    }
    let digits = (0..bits.len()).step_by(5);
    let digits = digits.filter_map(|at| usize::from_str_radix(&bits[at..at + 5], 2).ok());
    digits.filter_map(|it| BASE32.chars().nth(it)).collect()
}

/// Each run of base32 decoded, but for its first digits.
fn from_base32(text: &str, skip: usize) -> String {
    text.split(|it| !BASE32.contains(it))
        .map(|run| {
            let digits = run.chars().skip(skip).filter_map(|it| BASE32.find(it));
            let bits: String = digits.map(|digit| format!("{digit:05b}")).collect();
            let bytes = (0..bits.len() / 8).map(|at| &bits[8 * at..8 * at + 8]);
            let bytes = bytes.filter_map(|byte| u8::from_str_radix(byte, 2).ok());
            String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned() + " "
        })
        .collect()
}

fn hex(text: &str, skip: usize) -> String {
    text.split(|it: char| !it.is_ascii_hexdigit())
        .map(|run| {
            let digits = run.as_bytes().get(skip..).unwrap_or_default();
            let bytes: Vec<u8> = digits
                .chunks_exact(2)
                .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned() + " "
        })
        .collect()
}

/// The escapes of JSON, Python and Rust.
fn unescape(text: &str) -> String {
    let mut units: Vec<u8> = Vec::new();
    let mut rest = text;
    let mut high: Option<u32> = None;
    while let Some(it) = rest.chars().next() {
        let (code, is_byte, length) = escape(rest).unwrap_or((it as u32, false, it.len_utf8()));
        rest = &rest[length..];
        let code = match (high.take(), code) {
            (Some(high), low @ 0xDC00..0xE000) => {
                0x10000_u32 + ((high - 0xD800) << 10) + (low - 0xDC00)
            }
            (_, it @ 0xD800..0xDC00) => {
                high = Some(it);
                continue;
            }
            (_, code) => code,
        };
        match (is_byte, u8::try_from(code), char::from_u32(code)) {
            (true, Ok(byte), _) => units.push(byte),
            (_, _, Some(it)) => units.extend_from_slice(it.to_string().as_bytes()),
            _ => {}
        }
    }
    String::from_utf8_lossy(&units).into_owned()
}

/// The code of the escape at the start of a string, whether it is a byte, and its length.
fn escape(text: &str) -> Option<(u32, bool, usize)> {
    let rest = text.strip_prefix('\\')?;
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let simple = |it: char| Some((it as u32, false, 2));
    match rest.chars().next()? {
        'u' if rest[1..].starts_with('{') => {
            let end = rest.find('}')?;
            Some((code(&rest[2..end])?, false, end + 2))
        }
        'u' => Some((code(rest.get(1..5)?)?, false, 6)),
        'x' => Some((code(rest.get(1..3)?)?, true, 4)),
        '0'..='3' => {
            let code = u32::from_str_radix(rest.get(..3)?, 8).ok()?;
            Some((code, true, 4))
        }
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        it if it.is_ascii() => simple(it),
        _ => None,
    }
}

fn html(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out += &rest[..at];
        rest = &rest[at..];
        let end = rest.find(';');
        let name = end.map(|end| &rest[1..end]);
        let decoded = name.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "sol" => Some('/'),
            "plus" => Some('+'),
            "equals" => Some('='),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        match (decoded, end) {
            (Some(it), Some(end)) => {
                out.push(it);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}
