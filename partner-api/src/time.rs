//! Adds durations to instants without overflow.

use std::time::Duration;

use tokio::time::Instant;

/// `time` plus `wait`, or plus 30 years if `wait` is longer: waits come from settings and servers, and
/// the addition would overflow.
pub(crate) fn after(time: Instant, wait: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);
    time.checked_add(wait.min(FAR)).unwrap_or(time)
}
