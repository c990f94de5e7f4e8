//! When a call is repeated, and after how long. Pure.

use super::{Error, ErrorKind};
use regihub_ports::Dice;
use std::time::Duration;

/// The longest wait inside one call. A longer one is handed to the caller, who can do something else in the meantime.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Reads are repeated whatever happened on the way; writes only when they were certainly not done (platform-common §20, rule 4).
pub(crate) fn may_repeat(writes: bool, kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::NotSent | ErrorKind::RateLimited => true,
        ErrorKind::Unclear | ErrorKind::Server => !writes,
        _ => false,
    }
}

/// How long to wait after attempt number `attempt` (from 1): what the server says, else 1 s, 2 s, 4 s, … plus up to a half.
/// `None` when the server wants a longer pause than one call should take.
pub(crate) fn pause(error: &Error, attempt: u32, dice: &Dice) -> Option<Duration> {
    match error.retry_after {
        Some(asked) => (asked <= LONGEST_PAUSE).then_some(asked),
        None => {
            let base = 1000_u64 << attempt.saturating_sub(1).min(5);
            Some(Duration::from_millis(base + dice.below(base / 2)))
        }
    }
}
