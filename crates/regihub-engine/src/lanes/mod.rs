//! Lanes: tasks that do the work of one owner, one step after the other.

pub(crate) mod outbox;
pub(crate) mod reader;
pub(crate) mod reconcile;
pub(crate) mod shop;
pub(crate) mod tidy;

use crate::{desk::Desk, facts, hub::Hub, options::us};
use regihub_channels::{ChannelError, ChannelErrorKind};
use regihub_storage::StorageError;
use smaregi::platform::{Error as SmaregiError, ErrorKind};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// What a step came to.
pub(crate) enum Step {
    /// There may be more to do at once.
    Worked,
    /// Nothing to do before this time (µs), unless somebody wakes the lane.
    Idle { until: i64 },
}

/// Why a step stopped. The work stays where it was and is tried again after a pause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("storage: {0}")]
    Storage(#[from] StorageError),
    #[error("{0}")]
    Smaregi(Box<SmaregiError>),
    #[error("{0}")]
    Shop(Box<ChannelError>),
    #[error("{0}")]
    Setup(String),
}

impl From<SmaregiError> for Trouble {
    fn from(error: SmaregiError) -> Self {
        Self::Smaregi(Box::new(error))
    }
}

impl From<ChannelError> for Trouble {
    fn from(error: ChannelError) -> Self {
        Self::Shop(Box::new(error))
    }
}

impl Trouble {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Smaregi(error) => error.retry_after,
            Self::Shop(error) => error.retry_after,
            Self::Storage(_) | Self::Setup(_) => None,
        }
    }
}

/// Whether an error speaks about the record that was asked for, and not about the connection: then only this record must wait.
pub(crate) fn is_about_the_record(error: &SmaregiError) -> bool {
    matches!(error.kind, ErrorKind::Refused | ErrorKind::Decode | ErrorKind::NotFound)
}

pub(crate) fn is_about_the_item(error: &ChannelError) -> bool {
    matches!(error.kind, ChannelErrorKind::Refused | ChannelErrorKind::Decode)
}

/// A task that works for one owner.
pub(crate) trait Worker: Send + Sync {
    fn desk(&self) -> &Desk;
    fn hub(&self) -> &Arc<Hub>;
    fn step(&mut self) -> impl Future<Output = Result<Step, Trouble>> + Send;
    /// Forgets every "not before" it remembers: those moments may be hours away now.
    fn clock_was_set_back(&mut self) {}
}

/// A lane that found nothing to do looks again no sooner than this, however often it is woken: in a burst each notification wakes it.
const GLANCE: Duration = Duration::from_millis(5);
/// Smaller corrections of the clock (µs) are slept through.
const SET_BACK: i64 = 1_000_000;

/// Runs a worker until `stop` says so: step, wait, step. After trouble it pauses, longer each time, and says so in the owner's health.
pub(crate) async fn run(mut worker: impl Worker, wake: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut failures = 0u32;
    let mut last_seen = i64::MIN;
    while !*stop.borrow() {
        let now = worker.hub().clock.now_us();
        if now.saturating_add(SET_BACK) < last_seen {
            worker.clock_was_set_back();
        }
        last_seen = now;
        let pause = match worker.step().await {
            Ok(Step::Worked) => {
                recovered(&worker, &mut failures).await;
                continue;
            }
            Ok(Step::Idle { until }) => {
                recovered(&worker, &mut failures).await;
                Duration::from_micros(u64::try_from(until - worker.hub().clock.now_us()).unwrap_or(0))
            }
            Err(trouble) => {
                failures += 1;
                report(&worker, &trouble).await;
                let pause = pause_after(worker.hub(), failures, &trouble);
                // A wake-up must not cut the pause short: it is the other side that needs it.
                tokio::select! {
                    biased; // an unbiased choice would be drawn from tokio's own dice
                    () = worker.hub().clock.sleep(pause) => {}
                    _ = stop.changed() => {}
                }
                continue;
            }
        };
        tokio::select! {
            biased;
            () = woken(&worker, &wake) => {}
            () = worker.hub().clock.sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn woken(worker: &impl Worker, wake: &Notify) {
    let earliest = worker.hub().clock.now_us().saturating_add(us(GLANCE));
    wake.notified().await;
    let early = Duration::from_micros(u64::try_from(earliest - worker.hub().clock.now_us()).unwrap_or(0));
    if !early.is_zero() {
        // No longer than a glance, also when the clock was set back meanwhile.
        worker.hub().clock.sleep(early.min(GLANCE)).await;
    }
}

fn pause_after(hub: &Hub, failures: u32, trouble: &Trouble) -> Duration {
    let doubled =
        hub.options.backoff.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(hub.options.backoff_max);
    let jitter = Duration::from_micros(hub.dice.below(u64::try_from(us(doubled) / 4).unwrap_or(0) + 1));
    (doubled + jitter).max(trouble.retry_after().unwrap_or_default())
}

async fn recovered(worker: &impl Worker, failures: &mut u32) {
    if std::mem::take(failures) > 0 {
        set_health(worker, String::new()).await;
    }
}

async fn report(worker: &impl Worker, trouble: &Trouble) {
    tracing::warn!(owner = %worker.desk().owner(), "{trouble}");
    set_health(worker, trouble.to_string()).await;
}

async fn set_health(worker: &impl Worker, text: String) {
    let (owner, now) = (worker.desk().owner(), worker.hub().clock.now_us());
    // When even this fails, storage is the trouble, and the next step will say so again.
    let _ = worker.desk().write(move |unit| unit.facts().set(owner, facts::HEALTH, &text, now)).await;
    worker.hub().signals.changed();
}
