//! Readers beside the writer: each has its own connection that cannot write, and takes the next question from one common queue.

use crate::{
    backend::{Backend, Role, Source},
    error::Result,
    folder::Folder,
    seal::MasterKey,
    task::Task,
    unit::Unit,
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Questions that wait at most; whoever comes then waits before the queue.
pub(crate) const QUEUE: usize = 256;
pub(crate) const READERS: usize = 2;

pub(crate) enum Question {
    Work(Box<dyn Task>),
    /// One reader ends; answered when its connection is closed.
    Stop(oneshot::Sender<()>),
}

pub(crate) struct Reader {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) source: Source,
    pub(crate) keys: MasterKey,
    /// Keeps the folder locked; dropped after the connection.
    pub(crate) _folder: Option<Arc<Folder>>,
}

impl Reader {
    /// Works until a [`Question::Stop`] or until nobody can ask any more.
    pub(crate) fn run(mut self, queue: Arc<Mutex<mpsc::Receiver<Question>>>) {
        loop {
            let question = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            match question {
                Some(Question::Work(mut task)) => {
                    let outcome = self.look(&mut *task);
                    task.answer(outcome);
                }
                Some(Question::Stop(stopped)) => {
                    drop(self);
                    let _ = stopped.send(());
                    return;
                }
                None => return,
            }
        }
    }

    fn look(&mut self, task: &mut dyn Task) -> Result<()> {
        if !self.backend.usable() {
            self.backend = self.source.connect(Role::Reader)?;
        }
        look(&mut *self.backend, &self.keys, task)
    }
}

/// Runs `task` on one consistent state of the database.
pub(crate) fn look(backend: &mut dyn Backend, keys: &MasterKey, task: &mut dyn Task) -> Result<()> {
    backend.begin()?;
    let outcome = task.run(&mut Unit::new(backend.as_sql(), keys));
    if backend.in_transaction() {
        let ended = backend.rollback();
        outcome.and(ended)
    } else {
        outcome
    }
}
