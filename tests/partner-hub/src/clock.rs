//! The emulator's time, which a test can advance.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use partner_api::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::lock::lock;

const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// The most that can be added to the time: dates of HTTP have years of four digits.
const MAX_ADDED: Duration = YEAR.saturating_mul(100);

/// Tokio's clock, which a test can pause, plus the time that was added to it.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    wall: SystemTime,
    /// Whether only [`Self::advance`] changes the time.
    frozen: bool,
    added: Mutex<Duration>,
    advanced: Notify,
}

impl Clock {
    /// A clock that stands still at this time, or that runs from the current time.
    pub(crate) fn new(frozen_at: Option<SystemTime>) -> Result<Self, String> {
        let wall = frozen_at.unwrap_or_else(SystemTime::now);
        if !wall
            .duration_since(SystemTime::UNIX_EPOCH)
            .is_ok_and(|since| since < YEAR * 7_000)
        {
            return Err("the clock must be from 1970 to the year 8900".to_owned());
        }
        Ok(Self {
            start: Instant::now(),
            wall,
            frozen: frozen_at.is_some(),
            added: Mutex::new(Duration::ZERO),
            advanced: Notify::new(),
        })
    }

    pub(crate) fn now(&self) -> Instant {
        let added = *lock(&self.added);
        let now = if self.frozen {
            self.start
        } else {
            Instant::now()
        };
        now.checked_add(added).unwrap_or(now)
    }

    /// The time after a delay of any length.
    pub(crate) fn after(&self, delay: Duration) -> Instant {
        let now = self.now();
        // The clock never gets this far.
        let longest = MAX_ADDED * 2;
        now.checked_add(delay.min(longest)).unwrap_or(now)
    }

    /// Advances the clock, or returns why that is impossible.
    pub(crate) fn advance(&self, by: Duration) -> Result<(), String> {
        let mut added = lock(&self.added);
        *added = added
            .checked_add(by)
            .filter(|added| *added <= MAX_ADDED)
            .ok_or("the clock can be advanced by 100 years in all")?;
        drop(added);
        self.advanced.notify_waiters();
        Ok(())
    }

    /// Waits until a time, or for ever.
    pub(crate) async fn sleep_until(&self, time: Option<Instant>) {
        let Some(time) = time else {
            return std::future::pending().await;
        };
        loop {
            // It gets notifications from its creation on, so none is missed.
            let advanced = self.advanced.notified();
            let rest = time.saturating_duration_since(self.now());
            if rest.is_zero() {
                return;
            }
            tokio::select! {
                () = advanced => {}
                () = tokio::time::sleep(rest), if !self.frozen => {}
            }
        }
    }

    /// How far the clock was advanced.
    pub(crate) fn advanced(&self) -> Duration {
        *lock(&self.added)
    }

    pub(crate) fn set_advanced(&self, by: Duration) {
        *lock(&self.added) = by;
        self.advanced.notify_waiters();
    }

    /// The time of day, advanced with the clock.
    pub(crate) fn wall(&self) -> SystemTime {
        self.wall_at(self.now())
    }

    fn wall_at(&self, time: Instant) -> SystemTime {
        self.wall + time.duration_since(self.start)
    }

    pub(crate) fn unix_seconds(&self) -> u64 {
        unix_seconds(self.wall())
    }

    /// The time of day in the API's format.
    pub(crate) fn timestamp(&self) -> Timestamp {
        timestamp(self.unix_seconds())
    }

    /// The time of day at a time that has passed.
    pub(crate) fn timestamp_at(&self, time: Instant) -> Timestamp {
        timestamp(unix_seconds(self.wall_at(time)))
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Seconds since 1970 as `2024-05-06T07:08:09Z`.
pub(crate) fn timestamp(seconds: u64) -> Timestamp {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Converts days to a date of the Gregorian calendar, with years that begin in March.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into()
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn a_timestamp_is_a_date_of_the_calendar() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(timestamp(1_735_689_600), "2025-01-01T00:00:00Z");
    }
}
