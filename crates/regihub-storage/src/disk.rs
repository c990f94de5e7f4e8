//! Brings committed groups to the disk and answers them, while the writer already runs the next group.
//!
//! A commit of SQLite's write-ahead log is two things: writing its frames, which is quick, and waiting for the disk, which is not. The writer does
//! the first ([`crate::backend::Backend::defer_sync`]), this thread the second, once for all groups that came meanwhile. Nobody is answered before,
//! and because the log is written in order, whatever was answered has everything before it on the disk as well.

use crate::{
    error::{Result, StorageError},
    writer::{Group, Request, Teller},
};
use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc as blocking,
    },
    thread::{self, JoinHandle},
};
use tokio::sync::mpsc;

/// The writer's end.
pub(crate) struct Disk {
    groups: Option<blocking::Sender<Group>>,
    /// Groups handed over and not answered yet.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

struct Syncer {
    log: PathBuf,
    file: Option<File>,
    /// After a failed sync nobody knows what is on the disk, and a later sync would not tell (the kernel forgets what it could not write).
    failed: Option<StorageError>,
    teller: Teller,
    /// Wakes the writer, which lets a group grow while the disk is busy.
    writer: mpsc::WeakSender<Request>,
    waiting: Arc<AtomicUsize>,
}

impl Disk {
    /// `log` is the file that has to be synced.
    pub(crate) fn start(log: PathBuf, teller: Teller, writer: mpsc::WeakSender<Request>) -> Result<Self> {
        let (groups, queue) = blocking::channel();
        let waiting = Arc::<AtomicUsize>::default();
        let syncer = Syncer { log, file: None, failed: None, teller, writer, waiting: waiting.clone() };
        let thread = thread::Builder::new()
            .name("storage-disk".into())
            .spawn(move || syncer.run(&queue))
            .map_err(|e| StorageError::Backend(format!("storage-disk: the thread cannot be started: {e}")))?;
        Ok(Self { groups: Some(groups), waiting, thread: Some(thread) })
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// The group is answered once it is on the disk.
    pub(crate) fn keep(&self, group: Group) {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        // The thread ends only after this end is dropped.
        let _ = self.groups.as_ref().map(|groups| groups.send(group));
    }
}

/// Waits until everything handed over is answered.
impl Drop for Disk {
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Syncer {
    fn run(mut self, queue: &blocking::Receiver<Group>) {
        while let Ok(first) = queue.recv() {
            let groups: Vec<Group> = std::iter::once(first).chain(queue.try_iter()).collect();
            let outcome = self.sync();
            let count = groups.len();
            // Before the answers, so that the writer commits what has gathered while they are on their way.
            self.waiting.fetch_sub(count, Ordering::AcqRel);
            // A full queue wakes the writer as well.
            if let Some(writer) = self.writer.upgrade() {
                drop(writer.try_send(Request::DiskIsFree));
            }
            groups.into_iter().for_each(|group| self.teller.tell(group, outcome.clone()));
        }
    }

    fn sync(&mut self) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.try_sync().inspect_err(|error| {
            tracing::error!(%error, "nothing is stored any more until the program is started again");
            self.failed = Some(error.clone());
        })
    }

    fn try_sync(&mut self) -> Result<()> {
        let failed = |e: std::io::Error| {
            StorageError::Backend(format!(
                "{}: the disk did not take what was written: {e}; check the disk, then start the program again",
                self.log.display()
            ))
        };
        // SQLite makes the file with the first commit and keeps it as long as the writer is connected.
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.log).map_err(failed)?),
        };
        file.sync_data().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{maintenance::Nudge, writer::Counters};

    fn teller() -> Teller {
        Teller { counters: Counters::new(), nudge: Nudge::default(), runtime: None }
    }

    #[test]
    fn a_disk_that_fails_acknowledges_nothing_from_then_on() {
        let folder = std::env::temp_dir().join(format!("regihub-disk-{}", std::process::id()));
        let (sender, _queue) = mpsc::channel(1);
        let mut syncer = Syncer {
            log: folder.join("missing-wal"),
            file: None,
            failed: None,
            teller: teller(),
            writer: sender.downgrade(),
            waiting: Arc::default(),
        };
        assert!(syncer.sync().is_err());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("missing-wal"), "").unwrap();
        let error = syncer.sync().unwrap_err();
        assert!(error.to_string().contains("start the program again"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
