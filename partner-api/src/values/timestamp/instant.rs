//! Instants: parsed from the strings of the API, and printed.

use std::fmt;

const DAY: i64 = 86_400;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant {
    /// Seconds since the start of 1970 in UTC.
    pub(super) seconds: i64,
    /// From 0 to 999,999,999.
    pub(super) nanoseconds: u32,
}

/// A parsed time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parsed {
    pub(super) instant: Instant,
    pub(super) has_zone: bool,
}

/// Parses a time; one without a zone is taken as UTC.
pub(super) fn parse(string: &str) -> Option<Parsed> {
    let mut rest = Rest(string.as_bytes());
    let year = rest.year()?;
    rest.one_of(b"-")?;
    let month = rest.number(2)?;
    rest.one_of(b"-")?;
    let day = rest.number(2)?;
    let days = days(year, month, day)?;
    if rest.0.is_empty() {
        return Parsed::new(days, 0, 0, false);
    }
    rest.one_of(b"Tt ")?;
    let hour = rest.number(2)?;
    rest.one_of(b":")?;
    let minute = rest.number(2)?;
    let second = match rest.one_of(b":") {
        Some(_) => rest.number(2)?,
        None => 0,
    };
    // A leap second counts as the first second of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut time_of_day = hour * 3600 + minute * 60 + second;
    let nanoseconds = match rest.one_of(b".,") {
        Some(_) => rest.fraction()?,
        None => 0,
    };
    let has_zone = !rest.0.is_empty();
    if has_zone {
        time_of_day -= rest.offset()?;
    }
    match rest.0 {
        [] => Parsed::new(days, time_of_day, nanoseconds, has_zone),
        _ => None,
    }
}

impl Parsed {
    /// `None` if the instant is out of range.
    fn new(days: i64, time_of_day: i64, nanoseconds: u32, has_zone: bool) -> Option<Self> {
        let seconds = i128::from(days) * i128::from(DAY) + i128::from(time_of_day);
        let seconds = i64::try_from(seconds).ok()?;
        let instant = Instant {
            seconds,
            nanoseconds,
        };
        Some(Self { instant, has_zone })
    }
}

/// Prints the instant in UTC, as RFC 3339; a year that has not four digits with its sign, as ISO 8601.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(DAY));
        match year {
            0..=9999 => write!(f, "{year:04}")?,
            _ => write!(f, "{year:+07}")?,
        }
        let second = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let fraction = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// The rest of the string that is not parsed yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Parses the next byte, if it is one of these.
    fn one_of(&mut self, expected: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        expected.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digit(&mut self) -> Option<u8> {
        self.one_of(b"0123456789").map(|digit| digit - b'0')
    }

    /// Parses a number of exactly this many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        (0..digits).try_fold(0, |number, _| Some(number * 10 + i64::from(self.digit()?)))
    }

    /// Parses a year: four digits, or a sign and at least six, as ISO 8601 writes years after 9999.
    fn year(&mut self) -> Option<i64> {
        let Some(sign) = self.one_of(b"+-") else {
            return self.number(4);
        };
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let year = match digits.count() {
            digits @ 6..=12 => self.number(digits)?,
            _ => return None,
        };
        Some(if sign == b'-' { -year } else { year })
    }

    /// Parses a fraction of a second, of at least one digit, as nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        let mut unit = 100_000_000;
        let mut nanoseconds = u32::from(self.digit()?) * unit;
        while let Some(digit) = self.digit() {
            unit /= 10;
            nanoseconds += u32::from(digit) * unit;
        }
        Some(nanoseconds)
    }

    /// Parses a zone as its seconds ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.number(2)?;
        let minutes = match (self.one_of(b":"), self.0) {
            (None, []) => 0,
            _ => self.number(2)?,
        };
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar; `None` if the date does not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years start in March here, so that a leap day is the last day of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 719_469)
}

/// Year, month and day of the date that is this many days after 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, in eras of 400 years, whose years start in March.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    match month {
        0..=9 => (era * 400 + year, month + 3, day),
        _ => (era * 400 + year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn instant(string: &str) -> Option<(i64, u32, bool)> {
        parse(string).map(|it| (it.instant.seconds, it.instant.nanoseconds, it.has_zone))
    }

    #[test]
    fn times_like_rfc_3339_are_parsed() {
        for (string, expected) in [
            ("1970-01-01", (0, 0, false)),
            ("1970-01-01T00:00:00Z", (0, 0, true)),
            ("1969-12-31T23:59:59Z", (-1, 0, true)),
            ("2000-02-29", (951_782_400, 0, false)),
            ("2000-03-01 00:00", (951_868_800, 0, false)),
            ("2024-02-29T12:00:00+00:00", (1_709_208_000, 0, true)),
            ("2024-12-31t23:59:60z", (1_735_689_600, 0, true)),
            ("2026-03-01T09:30:00.5", (1_772_357_400, 500_000_000, false)),
            (
                "2026-03-01T09:30:00,123456789999Z",
                (1_772_357_400, 123_456_789, true),
            ),
            ("2026-03-01T11:30:00+0200", (1_772_357_400, 0, true)),
            ("2026-03-01T11:30:00+02", (1_772_357_400, 0, true)),
            ("2026-02-28 23:30:00-10:00", (1_772_357_400, 0, true)),
            ("0000-01-01", (-62_167_219_200, 0, false)),
            ("9999-12-31T23:59:59Z", (253_402_300_799, 0, true)),
        ] {
            assert_eq!(instant(string), Some(expected), "{string}");
        }
    }

    #[test]
    fn other_strings_are_not_times() {
        for string in [
            "",
            "now",
            "1772357400",
            "2026-3-1",
            "2026-00-01",
            "2026-13-01",
            "2026-04-31",
            "2026-02-29",
            "1900-02-29",
            "2026-03-00",
            "2026-03-01T",
            "2026-03-01T24:00:00",
            "2026-03-01T09:60",
            "2026-03-01T09:30:61",
            "2026-03-01T09:30:00.",
            "2026-03-01T09:30:00.Z",
            "2026-03-01T09:30:00+",
            "2026-03-01T09:30:00+24:00",
            "2026-03-01T09:30:00+02:",
            "2026-03-01T09:30:00+02:00x",
            "2026-03-01T09:30:00Zulu",
            "２０２６-03-01",
            "2026-03-01T09:30:00ü",
            "2026-03-01\u{a0}09:30",
            "-026-03-01",
            "+026-03-01",
        ] {
            assert_eq!(instant(string), None, "{string}");
        }
    }

    #[test]
    fn every_day_is_one_after_the_day_before() {
        let mut last = super::days(1899, 12, 31);
        for year in 1900..=2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let Some(days) = super::days(year, month, day) else {
                        continue;
                    };
                    assert_eq!(Some(days - 1), last, "{year}-{month}-{day}");
                    last = Some(days);
                }
            }
        }
    }

    #[test]
    fn no_string_causes_a_panic() {
        let whole = "2026-03-01T09:30:00.123+02:00";
        for cut in 0..whole.len() {
            for odd in ["", "é", "🚲", "\0", "9", ":", "-"] {
                let _ = parse(&format!("{}{odd}{}", &whole[..cut], &whole[cut..]));
                let _ = parse(&format!("{}{odd}", &whole[..cut]));
            }
        }
    }
}
