//! Kills the hub in the middle of a call: before it arrives, or after it was done and before its answer is heard.
//!
//! Units of work in storage never pause (`regihub_storage::Mode::Inline`), so between two calls a hub has nowhere else to die: every
//! other moment leaves the same ledgers behind as one of these.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Rings when a chosen number of moments has passed. Clones are the same bell.
#[derive(Clone, Default)]
pub struct Bell(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// So many moments are let pass before it rings; `None`: it never does.
    left: Mutex<Option<u64>>,
    rung: Notify,
}

impl Bell {
    /// Rings at the moment after `moments` more have passed.
    pub fn wind(&self, moments: u64) {
        *self.lock() = Some(moments);
    }

    pub fn stop(&self) {
        *self.lock() = None;
    }

    pub fn is_wound(&self) -> bool {
        self.lock().is_some()
    }

    pub(crate) async fn rung(&self) {
        self.0.rung.notified().await;
    }

    /// When the bell rings here, the caller never goes on: it is dead as soon as the world notices.
    pub(crate) async fn pass(&self) {
        let rings = {
            let mut left = self.lock();
            let rings = *left == Some(0);
            *left = if rings { None } else { left.map(|n| n - 1) };
            rings
        };
        if rings {
            self.0.rung.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<u64>> {
        self.0.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
