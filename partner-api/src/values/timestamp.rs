//! Points in time, as strings of the API.

use std::cmp::Ordering;
use std::sync::Arc;

/// A point in time, as the string of the API.
///
/// The API sends strings such as `2026-03-01T09:30:00Z`, some with a time zone and some without, and
/// does not document which. So a timestamp keeps the string exactly as it was sent. An invalid one
/// does not make a response fail, and any other JSON is kept as its JSON.
///
/// # Comparing
///
/// Two timestamps are equal if their strings are equal. They are ordered by their instants, then by
/// their strings. A string that is not a valid time comes before all valid ones.
///
/// **A time without a zone is compared as UTC.** This is an assumption: the provider does not document
/// it. [`has_zone`](Self::has_zone) returns whether a timestamp has a zone.
///
/// A valid time is a date such as `2026-03-01`, alone or with a time after `T` or a space. Seconds, a
/// fraction of them, and a zone (`Z`, `+02:00`, `+0200` or `+02`) are optional. Fractions are compared
/// to the nanosecond.
///
/// ```
/// use partner_api::Timestamp;
///
/// let noon = Timestamp::from("2026-03-01T12:00:00Z");
/// let half_past_eleven = Timestamp::from("2026-03-01 13:30:00+02:00");
/// assert!(half_past_eleven < noon);
/// assert_eq!(half_past_eleven, "2026-03-01 13:30:00+02:00");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(Arc<str>);

crate::values::string_value::string_value!(Timestamp);

impl Timestamp {
    /// Whether the string is a valid time with a zone.
    #[must_use]
    pub fn has_zone(&self) -> bool {
        parse(&self.0).is_some_and(|parsed| parsed.has_zone)
    }

    /// The instant; `None` if the string is not a valid time.
    ///
    /// A time without a zone is taken as UTC, which the provider does not document: check
    /// [`has_zone`](Self::has_zone) if hours matter. If you know that another zone is right, parse
    /// [`as_str`](Self::as_str) as a `jiff::civil::DateTime` and convert it with that zone.
    ///
    /// ```
    /// let created_at = partner_api::Timestamp::from("2026-03-01T09:30:00");
    /// let instant = created_at.to_jiff().map(|instant| instant.to_string());
    /// assert_eq!(instant.as_deref(), Some("2026-03-01T09:30:00Z"));
    /// ```
    #[cfg(feature = "jiff")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jiff")))]
    #[must_use]
    pub fn to_jiff(&self) -> Option<jiff::Timestamp> {
        let Parsed {
            seconds,
            nanoseconds,
            ..
        } = parse(&self.0)?;
        jiff::Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        let instant = |time: &Self| parse(&time.0).map(|it| (it.seconds, it.nanoseconds));
        instant(self)
            .cmp(&instant(other))
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A parsed time.
struct Parsed {
    /// Seconds since the start of 1970 in UTC.
    seconds: i64,
    nanoseconds: u32,
    has_zone: bool,
}

fn parse(string: &str) -> Option<Parsed> {
    let mut rest = Rest(string.as_bytes());
    let year = rest.number(4)?;
    rest.one_of(b"-")?;
    let month = rest.number(2)?;
    rest.one_of(b"-")?;
    let day = rest.number(2)?;
    let mut parsed = Parsed {
        seconds: days(year, month, day)? * 86_400,
        nanoseconds: 0,
        has_zone: false,
    };
    if rest.0.is_empty() {
        return Some(parsed);
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
    parsed.seconds += hour * 3600 + minute * 60 + second;
    if rest.one_of(b".,").is_some() {
        parsed.nanoseconds = rest.fraction()?;
    }
    if !rest.0.is_empty() {
        parsed.seconds -= rest.offset()?;
        parsed.has_zone = true;
    }
    rest.0.is_empty().then_some(parsed)
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

#[cfg(test)]
mod tests {
    use super::parse;

    fn instant(string: &str) -> Option<(i64, u32, bool)> {
        parse(string).map(|it| (it.seconds, it.nanoseconds, it.has_zone))
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
