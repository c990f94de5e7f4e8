use jiff::{SignedDuration, Timestamp};
use regihub_ports::{BoxFuture, Clock, SharedClock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The clock of the hub's machine: somebody may set it wrong. Sleeping is not touched by that. Clones are the same clock.
#[derive(Clone)]
pub struct MachineClock {
    truth: SharedClock,
    wrong_by_us: Arc<AtomicI64>,
}

impl MachineClock {
    pub(crate) fn new(truth: SharedClock) -> Self {
        Self { truth, wrong_by_us: Arc::default() }
    }

    /// Sets the clock wrong by so much from now on; zero sets it right.
    pub fn set_wrong_by(&self, error: SignedDuration) {
        self.wrong_by_us.store(i64::try_from(error.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        self.truth.now() + SignedDuration::from_micros(self.wrong_by_us.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.truth.sleep(duration)
    }
}
