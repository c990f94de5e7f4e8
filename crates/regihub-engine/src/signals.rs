use regihub_storage::Owner;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, watch};

/// Wakes lanes and pages. Only a hint: every lane also looks by itself, so a lost signal costs time and nothing else.
pub(crate) struct Signals {
    lanes: Mutex<BTreeMap<(Owner, Lane), Arc<Notify>>>,
    changes: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Reader,
    Outbox,
    Shop,
    Tidy,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { lanes: Mutex::default(), changes: watch::channel(0).0 }
    }

    pub(crate) fn lane(&self, owner: Owner, lane: Lane) -> Arc<Notify> {
        let mut lanes = self.lanes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        lanes.entry((owner, lane)).or_default().clone()
    }

    pub(crate) fn wake(&self, owner: Owner, lane: Lane) {
        self.lane(owner, lane).notify_one();
    }

    /// Wakes every lane of an owner.
    pub(crate) fn wake_all(&self, owner: Owner) {
        for lane in [Lane::Reader, Lane::Outbox, Lane::Shop, Lane::Tidy] {
            self.wake(owner, lane);
        }
    }

    /// Something a page shows has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
