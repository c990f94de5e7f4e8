//! The one writer: takes everything that is queued, runs it in one transaction, commits once, then answers everybody.
//!
//! This is where the speed of I1 comes from: a commit waits for the disk, and sixty-four messages that wait together wait once.
//! Each unit of work has its own savepoint, so one that fails or panics takes nobody with it.

use crate::{
    backend::{Backend, Role, Source},
    error::{Result, StorageError},
    folder::Folder,
    maintenance::Nudge,
    repo::{Appended, NewMessage},
    seal::MasterKey,
    task::Task,
    unit::Unit,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that wait at most; whoever comes then waits before the queue.
pub(crate) const QUEUE: usize = 1024;
/// Requests in one commit at most, so that the first of them does not wait long for the last.
const GROUP: usize = 256;

pub(crate) enum Request {
    Append(NewMessage, oneshot::Sender<Result<Appended>>),
    Work(Box<dyn Task>),
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

pub(crate) struct Writer {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) source: Source,
    pub(crate) keys: MasterKey,
    pub(crate) counters: Counters,
    pub(crate) nudge: Nudge,
    /// Where the callers wait; `None` when the storage was opened outside of a runtime.
    pub(crate) runtime: Option<tokio::runtime::Handle>,
    /// Keeps the folder locked; dropped after the connection.
    pub(crate) _folder: Option<Arc<Folder>>,
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

impl Writer {
    /// Works until a [`Request::Stop`] or until nobody can send any more.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut taken = Vec::with_capacity(GROUP);
        while queue.blocking_recv_many(&mut taken, GROUP) > 0 {
            let mut group: VecDeque<Request> = taken.drain(..).collect();
            while !group.is_empty() {
                if let Some(stopped) = self.run_group(&mut group) {
                    queue.close();
                    drop(self);
                    let _ = stopped.send(());
                    return;
                }
            }
        }
    }

    /// One transaction: as much of `group` as goes into it, committed, then answered. Gives back who asked to stop.
    fn run_group(&mut self, group: &mut VecDeque<Request>) -> Option<oneshot::Sender<()>> {
        let mut done = Vec::with_capacity(group.len());
        let mut appended = 0;
        let mut stop = None;
        let mut outcome = self.begin();
        while let Some(request) = group.pop_front() {
            if let Request::Stop(sender) = request {
                stop = Some(sender);
                break;
            }
            done.push(match &outcome {
                Ok(()) => self.run_one(request, &mut appended),
                Err(error) => failed(request, error),
            });
            // The database gave up the whole transaction: nothing of this group counts, and the rest of it gets a new one.
            if outcome.is_ok() && !self.backend.can_commit() {
                outcome = Err(reason(done.last()));
                break;
            }
        }
        if outcome.is_ok() {
            outcome = self.backend.commit();
        }
        match &outcome {
            Ok(()) => self.counters.committed(appended),
            Err(error) => self.give_up(error),
        }
        self.answer(done, outcome);
        self.nudge.committed();
        stop
    }

    /// Everybody is answered from one task of the runtime: sixty-four wake-ups from this thread would each stir up a sleeping worker, and cost
    /// more than the commit they report.
    fn answer(&self, done: Vec<Done>, outcome: Result<()>) {
        let tell = move || done.into_iter().for_each(|done| done.answer(&outcome));
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(async move { tell() })),
            None => tell(),
        }
    }

    /// Starts a transaction, on a new connection when the old one is gone.
    fn begin(&mut self) -> Result<()> {
        if !self.backend.usable() {
            self.backend = self.source.connect(Role::Writer)?;
        }
        self.backend.begin()
    }

    fn give_up(&mut self, error: &StorageError) {
        tracing::warn!(%error, "a group of writes was given up");
        if self.backend.in_transaction()
            && let Err(error) = self.backend.rollback()
        {
            tracing::warn!(%error, "rolling back failed");
        }
    }

    fn run_one(&mut self, request: Request, appended: &mut u64) -> Done {
        match request {
            // One statement is all or nothing by itself, so it needs no savepoint.
            Request::Append(message, sender) => {
                let mut unit = Unit::new(self.backend.as_sql(), &self.keys);
                let result = unit.inbox().append_now(&message);
                *appended += unit.appended();
                Done::Append(result, sender)
            }
            Request::Work(mut task) => {
                let result = self.run_task(&mut *task, appended);
                Done::Work(task, result)
            }
            Request::Stop(_) => unreachable!("a stop ends the group before it is run"),
        }
    }

    fn run_task(&mut self, task: &mut dyn Task, appended: &mut u64) -> Result<()> {
        self.backend.savepoint()?;
        let mut unit = Unit::new(self.backend.as_sql(), &self.keys);
        let result = task.run(&mut unit);
        let added = unit.appended();
        let result = result.and_then(|()| self.backend.keep());
        if result.is_ok() {
            *appended += added;
        } else if self.backend.in_transaction() {
            self.backend.undo()?;
        }
        result
    }
}

fn failed(request: Request, error: &StorageError) -> Done {
    match request {
        Request::Append(_, sender) => Done::Append(Err(error.clone()), sender),
        Request::Work(task) => Done::Work(task, Err(error.clone())),
        Request::Stop(_) => unreachable!("a stop ends the group before it is run"),
    }
}

/// Why the database gave up the transaction: what the last request was told.
fn reason(last: Option<&Done>) -> StorageError {
    let told = match last {
        Some(Done::Append(Err(error), _) | Done::Work(_, Err(error))) => Some(error.clone()),
        _ => None,
    };
    told.unwrap_or_else(|| StorageError::Backend("the database gave up the transaction".into()))
}
