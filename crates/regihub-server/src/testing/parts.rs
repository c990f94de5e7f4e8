//! Stand-ins for the machine and the engine.

use crate::{EngineHandle, HookInfo};
use http::HeaderMap;
use jiff::Timestamp;
use regihub_domain::LinkId;
use regihub_ports::{BoxFuture, Clock};
use regihub_storage::{Owner, Shop, Verdict, Wanted};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// Stands at 2026-11-21 19:00 in Japan until a test lets time pass or something sleeps.
pub(crate) struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new("2026-11-21T19:00:00+09:00".parse::<Timestamp>().unwrap().as_microsecond()))
    }
}

impl TestClock {
    pub(crate) fn pass(&self, us: i64) {
        self.0.fetch_add(us, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.pass(i64::try_from(duration.as_micros()).unwrap());
        Box::pin(std::future::ready(()))
    }
}

/// Remembers what it was asked.
pub(crate) struct TestEngine {
    changes: watch::Sender<u64>,
    refreshed: Mutex<Vec<(LinkId, String)>>,
    wakes: AtomicU64,
}

impl Default for TestEngine {
    fn default() -> Self {
        Self { changes: watch::Sender::new(0), refreshed: Mutex::default(), wakes: AtomicU64::new(0) }
    }
}

impl TestEngine {
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn refreshed(&self) -> Vec<(LinkId, String)> {
        self.refreshed.lock().unwrap().clone()
    }

    pub(crate) fn wakes(&self) -> u64 {
        self.wakes.load(Ordering::SeqCst)
    }
}

impl EngineHandle for TestEngine {
    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn refresh<'a>(&'a self, link: LinkId, sku: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.refreshed.lock().unwrap().push((link, sku.to_owned()));
        Box::pin(std::future::ready(Ok(())))
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }

    fn sort(&self, _: Owner, event: &str, _: &[u8]) -> Verdict {
        if event.starts_with("pos:") {
            Verdict::Jobs(vec![Wanted { kind: "sale", key: "25".into(), priority: 3 }])
        } else {
            Verdict::Ignored(format!("nothing to do for {event}"))
        }
    }

    /// Takes the word `good` for a signature.
    fn check_channel_hook(&self, _: &Shop, headers: &HeaderMap, _: &[u8]) -> Result<HookInfo, String> {
        if headers.get("webhook-signature").is_none_or(|signature| signature != "good") {
            return Err("webhook-signature: does not fit".into());
        }
        let message_id = headers.get("webhook-id").map(|id| id.to_str().unwrap().to_owned());
        Ok(HookInfo { message_id, event: "order.placed".into(), action: String::new() })
    }
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("regihub-server-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
