//! Conversions between timestamps and the types of points in time.

use std::time::{Duration, SystemTime};

use super::Timestamp;
use super::instant::{Instant, parse};

impl From<Instant> for Timestamp {
    fn from(instant: Instant) -> Self {
        Self(instant.to_string().into())
    }
}

impl Timestamp {
    fn instant(&self) -> Option<Instant> {
        parse(&self.0).map(|parsed| parsed.instant)
    }

    /// The instant; `None` if the string is not a valid time. A time without a zone is taken as UTC; see
    /// [`has_zone`](Self::has_zone).
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let Instant {
            seconds,
            nanoseconds,
        } = self.instant()?;
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let second = match seconds {
            0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
            _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
        };
        second?.checked_add(Duration::from_nanos(nanoseconds.into()))
    }

    /// The instant; `None` if the string is not a valid time. A time without a zone is taken as UTC; see
    /// [`has_zone`](Self::has_zone).
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
        let Instant {
            seconds,
            nanoseconds,
        } = self.instant()?;
        jiff::Timestamp::new(seconds, nanoseconds.cast_signed()).ok()
    }

    /// The instant; `None` if the string is not a valid time. A time without a zone is taken as UTC; see
    /// [`has_zone`](Self::has_zone).
    ///
    /// ```
    /// let created_at = partner_api::Timestamp::from("2026-03-01T09:30:00+02:00");
    /// let timestamp = created_at.to_chrono().map(|instant| instant.timestamp());
    /// assert_eq!(timestamp, Some(1_772_350_200));
    /// ```
    #[cfg(feature = "chrono")]
    #[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
    #[must_use]
    pub fn to_chrono(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let Instant {
            seconds,
            nanoseconds,
        } = self.instant()?;
        chrono::DateTime::from_timestamp(seconds, nanoseconds)
    }

    /// The instant in UTC; `None` if the string is not a valid time. A time without a zone is taken as UTC;
    /// see [`has_zone`](Self::has_zone).
    ///
    /// ```
    /// let created_at = partner_api::Timestamp::from("2026-03-01T09:30:00+02:00");
    /// let hour = created_at.to_time().map(|instant| instant.hour());
    /// assert_eq!(hour, Some(7));
    /// ```
    #[cfg(feature = "time")]
    #[cfg_attr(docsrs, doc(cfg(feature = "time")))]
    #[must_use]
    pub fn to_time(&self) -> Option<time::OffsetDateTime> {
        let Instant {
            seconds,
            nanoseconds,
        } = self.instant()?;
        let second = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        second.replace_nanosecond(nanoseconds).ok()
    }
}

/// In UTC, such as `2026-03-01T09:30:00Z`.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
        let instant = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Instant {
                seconds: seconds(after),
                nanoseconds: after.subsec_nanos(),
            },
            Err(before) => {
                let before = before.duration();
                match before.subsec_nanos() {
                    0 => Instant {
                        seconds: -seconds(before),
                        nanoseconds: 0,
                    },
                    nanoseconds => Instant {
                        seconds: -seconds(before) - 1,
                        nanoseconds: 1_000_000_000 - nanoseconds,
                    },
                }
            }
        };
        Self::from(instant)
    }
}

/// In UTC, such as `2026-03-01T09:30:00Z`.
#[cfg(feature = "jiff")]
#[cfg_attr(docsrs, doc(cfg(feature = "jiff")))]
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self::from(SystemTime::from(time))
    }
}

/// In UTC, such as `2026-03-01T09:30:00Z`. A leap second is the first second of the next minute.
#[cfg(feature = "chrono")]
#[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
impl<Z: chrono::TimeZone> From<chrono::DateTime<Z>> for Timestamp {
    fn from(time: chrono::DateTime<Z>) -> Self {
        let nanoseconds = time.timestamp_subsec_nanos();
        Self::from(Instant {
            seconds: time.timestamp() + i64::from(nanoseconds / 1_000_000_000),
            nanoseconds: nanoseconds % 1_000_000_000,
        })
    }
}

/// In UTC, such as `2026-03-01T09:30:00Z`.
#[cfg(feature = "time")]
#[cfg_attr(docsrs, doc(cfg(feature = "time")))]
impl From<time::OffsetDateTime> for Timestamp {
    fn from(time: time::OffsetDateTime) -> Self {
        Self::from(Instant {
            seconds: time.unix_timestamp(),
            nanoseconds: time.nanosecond(),
        })
    }
}
