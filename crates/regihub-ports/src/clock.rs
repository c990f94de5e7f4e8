use crate::BoxFuture;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

pub type SharedClock = Arc<dyn Clock>;

/// Tells the time and sleeps.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Microseconds since 1970, UTC: the form in which times are stored.
    fn now_us(&self) -> i64 {
        self.now().as_microsecond()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one real clock
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[allow(clippy::disallowed_methods)] // the one real sleep
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that follows tokio's own time, which a test or simulation can pause: an hour passes in no time, and the same seed gives the same instants.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    started: tokio::time::Instant,
    began: Timestamp,
}

impl VirtualClock {
    /// Starts at `began`. Must be called inside a tokio runtime.
    pub fn starting_at(began: Timestamp) -> Self {
        Self { started: tokio::time::Instant::now(), began }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let passed = tokio::time::Instant::now() - self.started;
        self.began + jiff::SignedDuration::try_from(passed).unwrap_or(jiff::SignedDuration::MAX)
    }

    #[allow(clippy::disallowed_methods)] // follows tokio's time, which the simulation pauses
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
