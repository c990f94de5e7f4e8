//! The one writer: takes everything that is queued, runs it in one transaction, commits once, then everybody is answered.
//!
//! This is where the speed of I1 comes from: a commit waits for the disk, and sixty-four messages that wait together wait once. While the
//! disk is busy with one group ([`crate::disk`]), the next one is run and grows until the disk is free.
//! Each unit of work has its own savepoint, so one that fails or panics takes nobody with it.

use crate::{
    backend::{Backend, Role, Source},
    disk::Disk,
    error::{Result, StorageError},
    folder::Folder,
    maintenance::Nudge,
    repo::{Appended, Dirty, NewMessage},
    seal::MasterKey,
    task::Task,
    unit::Unit,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that wait at most; whoever comes then waits before the queue.
pub(crate) const QUEUE: usize = 1024;
/// Requests in one commit at most, so that the first of them does not wait long for the last.
const GROUP: usize = 256;
pub(crate) enum Request {
    Append(NewMessage, oneshot::Sender<Result<Appended>>),
    Work(Box<dyn Task>),
    /// The open group need not grow any longer.
    DiskIsFree,
    /// Everything queued before is finished; answered when the connection is closed.
    Stop(oneshot::Sender<()>),
}

/// What the writer counts for others.
#[derive(Clone)]
pub(crate) struct Counters {
    /// Inbox rows appended by this process.
    pub(crate) appended: watch::Sender<u64>,
    pub(crate) commits: Arc<AtomicU64>,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self { appended: watch::Sender::new(0), commits: Arc::default() }
    }

    pub(crate) fn committed(&self, appended: u64) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        if appended > 0 {
            self.appended.send_modify(|count| *count += appended);
        }
    }
}

/// Answers who waited for a commit.
#[derive(Clone)]
pub(crate) struct Teller {
    pub(crate) counters: Counters,
    pub(crate) nudge: Nudge,
    /// Where the callers wait; `None` when the storage was opened outside of a runtime.
    pub(crate) runtime: Option<tokio::runtime::Handle>,
}

impl Teller {
    /// Everybody is answered from one task of the runtime: sixty-four wake-ups from a thread outside would each stir up a sleeping worker, and
    /// cost more than the commit they report.
    pub(crate) fn tell(&self, group: Group, outcome: Result<()>) {
        if outcome.is_ok() {
            self.counters.committed(group.appended);
        }
        self.nudge.committed();
        let answer = move || group.done.into_iter().for_each(|done| done.answer(&outcome));
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(async move { answer() })),
            None => answer(),
        }
    }
}

/// A request that was run and waits for the commit.
enum Done {
    Append(Result<Appended>, oneshot::Sender<Result<Appended>>),
    Work(Box<dyn Task>, Result<()>),
}

impl Done {
    fn answer(self, commit: &Result<()>) {
        match self {
            Self::Append(result, sender) => {
                let _ = sender.send(commit.clone().and(result));
            }
            Self::Work(task, result) => task.answer(result.and_then(|()| commit.clone())),
        }
    }
}

/// The requests of one transaction.
#[derive(Default)]
pub(crate) struct Group {
    done: Vec<Done>,
    appended: u64,
    /// Jobs its messages ask for: marked once before the commit, because many messages ask for the same.
    dirty: Vec<Dirty>,
}

pub(crate) struct Writer {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) source: Source,
    pub(crate) keys: MasterKey,
    pub(crate) teller: Teller,
    /// Where commits become durable; `None` when they are when they return.
    pub(crate) disk: Option<Disk>,
    /// What was run in the open transaction.
    pub(crate) group: Group,
    /// Keeps the folder locked; dropped after the connection.
    pub(crate) _folder: Option<Arc<Folder>>,
}

impl Writer {
    /// Works until a [`Request::Stop`] or until nobody can send any more.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut taken = Vec::with_capacity(GROUP);
        let mut stop = None;
        while stop.is_none() && queue.blocking_recv_many(&mut taken, GROUP) > 0 {
            for request in taken.drain(..) {
                match request {
                    Request::Stop(sender) => stop = Some(sender),
                    Request::DiskIsFree => {}
                    Request::Append(..) | Request::Work(_) if stop.is_some() => {}
                    Request::Append(message, sender) => self.append(&message, sender),
                    Request::Work(task) => self.work(task),
                }
            }
            if self.group.done.len() >= GROUP || !self.disk.as_ref().is_some_and(Disk::is_busy) {
                self.commit();
            }
        }
        self.commit();
        queue.close();
        drop(self);
        let _ = stop.map(|stopped| stopped.send(()));
    }

    fn append(&mut self, message: &NewMessage, sender: oneshot::Sender<Result<Appended>>) {
        if let Err(error) = self.begin() {
            let _ = sender.send(Err(error));
            return;
        }
        // One statement is all or nothing by itself, so it needs no savepoint.
        let mut unit = Unit::new(self.backend.as_sql(), &self.keys);
        let result = unit.inbox().insert(message);
        self.group.appended += unit.appended();
        if let Ok(Appended::New(id)) = result {
            self.group.dirty.extend(message.dirty(id));
        }
        let error = result.as_ref().err().cloned();
        self.group.done.push(Done::Append(result, sender));
        self.give_up_if_lost(error);
    }

    fn work(&mut self, mut task: Box<dyn Task>) {
        if let Err(error) = self.begin() {
            return task.answer(Err(error));
        }
        let result = self.run_task(&mut *task);
        let error = result.as_ref().err().cloned();
        self.group.done.push(Done::Work(task, result));
        self.give_up_if_lost(error);
    }

    fn run_task(&mut self, task: &mut dyn Task) -> Result<()> {
        self.backend.savepoint()?;
        let mut unit = Unit::new(self.backend.as_sql(), &self.keys);
        let result = task.run(&mut unit);
        let added = unit.appended();
        let result = result.and_then(|()| self.backend.keep());
        if result.is_ok() {
            self.group.appended += added;
        } else if self.backend.in_transaction() {
            self.backend.undo()?;
        }
        result
    }

    /// Starts a transaction unless one is open, on a new connection when the old one is gone.
    fn begin(&mut self) -> Result<()> {
        if !self.group.done.is_empty() {
            return Ok(());
        }
        if !self.backend.usable() {
            self.backend = self.source.connect(Role::Writer)?;
        }
        self.backend.begin().inspect_err(|error| tracing::warn!(%error, "no write can begin"))
    }

    fn commit(&mut self) {
        if self.group.done.is_empty() {
            return;
        }
        let mut group = std::mem::take(&mut self.group);
        let dirty = std::mem::take(&mut group.dirty);
        let marked = Unit::new(self.backend.as_sql(), &self.keys).jobs().mark(&dirty);
        let outcome = marked.and_then(|()| self.backend.commit());
        match (outcome, &self.disk) {
            (Ok(()), Some(disk)) => disk.keep(group),
            (Ok(()), None) => self.teller.tell(group, Ok(())),
            (Err(error), _) => self.give_up(group, error),
        }
    }

    /// The database gave up the whole transaction: nothing of its group counts, and what comes next gets a new one.
    fn give_up_if_lost(&mut self, last: Option<StorageError>) {
        if !self.backend.can_commit() {
            let error = last.unwrap_or_else(|| StorageError::Backend("the database gave up the transaction".into()));
            let group = std::mem::take(&mut self.group);
            self.give_up(group, error);
        }
    }

    fn give_up(&mut self, group: Group, error: StorageError) {
        tracing::warn!(%error, "a group of writes was given up");
        if self.backend.in_transaction()
            && let Err(error) = self.backend.rollback()
        {
            tracing::warn!(%error, "rolling back failed");
        }
        self.teller.tell(group, Err(error));
    }
}
