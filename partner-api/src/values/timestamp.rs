//! Points in time, as strings of the API.

mod convert;
mod instant;

use std::cmp::Ordering;
use std::sync::Arc;

use self::instant::parse;

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
/// # Converting
///
/// A timestamp converts to and from [`SystemTime`](std::time::SystemTime), and with the features `jiff`,
/// `chrono` and `time` to and from the types of those crates. One that is not a valid time, or that the
/// other type cannot represent, is `None`. As in comparisons, a time without a zone is taken as UTC. If you
/// know that another zone is right, parse [`as_str`](Self::as_str) with the crate of your choice.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use partner_api::Timestamp;
///
/// let created_at = Timestamp::from("2026-03-01T09:30:00+02:00");
/// let age = created_at.to_system_time().and_then(|created| SystemTime::now().duration_since(created).ok());
/// # let _ = age;
///
/// let soon = SystemTime::UNIX_EPOCH + Duration::from_millis(1_772_350_200_500);
/// assert_eq!(Timestamp::from(soon), "2026-03-01T07:30:00.5Z");
/// ```
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
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        let instant = |time: &Self| parse(&time.0).map(|parsed| parsed.instant);
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
