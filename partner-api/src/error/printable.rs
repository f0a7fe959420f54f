//! Prints strings of a server or a caller within one line of an error or a log.

use std::fmt::{self, Write as _};

/// Prints a value with its control characters escaped, shortened to 500 characters.
pub(crate) struct Printable<T>(pub(crate) T);

/// The most characters that are printed.
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

/// Escapes characters up to the maximum, and counts all of them.
struct Escaping<'a, W> {
    out: &'a mut W,
    count: usize,
}

impl<W: fmt::Write> fmt::Write for Escaping<'_, W> {
    fn write_str(&mut self, string: &str) -> fmt::Result {
        for character in string.chars() {
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

/// Whether a character is not printed as itself: it ends a line, moves the cursor, changes the
/// direction of writing, or has no width.
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
