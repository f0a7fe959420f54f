//! Prints strings of a server or a caller in one line of an error or a log.

use std::fmt::{self, Write as _};

/// A value as an error prints it: control characters are escaped, and it is shortened to 500
/// characters. The value itself stays whole.
pub(crate) struct Printable<T>(pub(crate) T);

/// How many characters are printed.
const MOST: usize = 500;

impl<T: fmt::Display> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Escaping { out: f, count: 0 };
        write!(out, "{}", self.0)?;
        match out.count.saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "… ({more} more)"),
        }
    }
}

/// The same in quotes.
impl<T: fmt::Display> fmt::Debug for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Escapes what it writes, and counts it once it is too much.
struct Escaping<'a, W> {
    out: &'a mut W,
    count: usize,
}

impl<W: fmt::Write> fmt::Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.count += 1;
            if self.count > MOST {
                continue;
            }
            match is_control(character) {
                true => write!(self.out, "{}", character.escape_default())?,
                false => self.out.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Whether a character acts instead of being visible: it ends a line, moves the cursor, changes the
/// direction of the text, or has no width.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
