//! The labels of statuses.

use reqwest::StatusCode;

/// The digits of 100 to 999.
static DIGITS: [u8; 2_700] = digits();

const fn digits() -> [u8; 2_700] {
    let mut digits = [0; 2_700];
    let mut index = 0;
    while index < 900 {
        let status = 100 + index;
        digits[3 * index] = digit(status / 100);
        digits[3 * index + 1] = digit(status / 10 % 10);
        digits[3 * index + 2] = digit(status % 10);
        index += 1;
    }
    digits
}

#[allow(clippy::cast_possible_truncation, reason = "a digit")]
const fn digit(number: usize) -> u8 {
    b'0' + number as u8
}

/// The digits of a status: unlike those of `StatusCode::as_str`, they do not borrow from it.
pub(super) fn of_status(status: StatusCode) -> &'static str {
    let start = 3 * usize::from(status.as_u16().saturating_sub(100));
    let digits = DIGITS.get(start..start + 3);
    digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .unwrap_or("api")
}
