//! Times that stay within the clock.

use std::time::Duration;

use tokio::time::Instant;

/// A time that is later by this much, or so late that it makes no difference: waits come from
/// settings and servers, and the clock would panic on the longest of them.
pub(crate) fn after(time: Instant, wait: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);
    time.checked_add(wait.min(FAR)).unwrap_or(time)
}
