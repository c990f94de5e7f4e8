//! The storage's threads: one writer, the readers, and for SQLite the maintenance. Callers wait for them without blocking.

use crate::{
    backend::{Role, Source},
    disk::Disk,
    error::{Result, StorageError},
    folder::Folder,
    maintenance::{Maintenance, Nudge},
    reader::{self, Question, READERS, Reader},
    repo::{Appended, NewMessage},
    seal::MasterKey,
    task::task,
    unit::Unit,
    writer::{self, Counters, Group, Request, Teller, Writer},
};
use std::{
    sync::{Arc, Mutex, mpsc as blocking},
    thread,
};
use tokio::sync::{mpsc, oneshot};

pub(crate) struct Threads {
    requests: mpsc::Sender<Request>,
    questions: mpsc::Sender<Question>,
    nudge: Nudge,
    maintained: bool,
}

impl Threads {
    /// `folder` is held by every thread, so that the folder stays locked until the last of them has ended.
    pub(crate) fn open(
        source: &Source,
        folder: Option<Arc<Folder>>,
        keys: &MasterKey,
        counters: Counters,
    ) -> Result<Self> {
        let (requests, request_queue) = mpsc::channel(writer::QUEUE);
        let (questions, question_queue) = mpsc::channel(reader::QUEUE);
        let nudge = Nudge::default();
        let threads = Self { requests, questions, nudge: nudge.clone(), maintained: folder.is_some() };

        let (from, key, held, wake) = (source.clone(), keys.clone(), folder.clone(), nudge.clone());
        let runtime = tokio::runtime::Handle::try_current().ok();
        let own = threads.requests.downgrade();
        start("storage-writer", move |ready| {
            let open = || -> Result<Writer> {
                let mut backend = from.connect(Role::Writer)?;
                backend.migrate()?;
                let teller = Teller { counters, nudge: wake, runtime };
                let disk = backend.defer_sync()?.map(|log| Disk::start(log, teller.clone(), own)).transpose()?;
                Ok(Writer { backend, source: from, keys: key, teller, disk, group: Group::default(), _folder: held })
            };
            ready.tell(open(), |writer| writer.run(request_queue));
        })?;
        threads.start_readers(source, folder.clone(), keys, question_queue)?;
        threads.start_maintenance(source, folder)?;
        Ok(threads)
    }

    fn start_readers(
        &self,
        source: &Source,
        folder: Option<Arc<Folder>>,
        keys: &MasterKey,
        queue: mpsc::Receiver<Question>,
    ) -> Result<()> {
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..READERS {
            let (from, key, held, queue) = (source.clone(), keys.clone(), folder.clone(), queue.clone());
            start("storage-reader", move |ready| {
                let reader = from.connect(Role::Reader);
                let reader = reader.map(|backend| Reader { backend, source: from, keys: key, _folder: held });
                ready.tell(reader, |reader| reader.run(queue));
            })?;
        }
        Ok(())
    }

    fn start_maintenance(&self, source: &Source, folder: Option<Arc<Folder>>) -> Result<()> {
        let (Source::Sqlite(file), Some(held)) = (source.clone(), folder) else { return Ok(()) };
        let nudge = self.nudge.clone();
        start("storage-upkeep", move |ready| {
            ready.tell(Maintenance::open(&file, held), |maintenance| maintenance.run(nudge));
        })
    }

    pub(crate) async fn append(&self, message: NewMessage) -> Result<Appended> {
        let (sender, answer) = oneshot::channel();
        self.requests.send(Request::Append(message, sender)).await.map_err(|_| StorageError::Closed)?;
        answer.await.unwrap_or(Err(StorageError::Closed))
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (task, answer) = task(work);
        self.requests.send(Request::Work(task)).await.map_err(|_| StorageError::Closed)?;
        answer.await.unwrap_or(Err(StorageError::Closed))
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (task, answer) = task(work);
        self.questions.send(Question::Work(task)).await.map_err(|_| StorageError::Closed)?;
        answer.await.unwrap_or(Err(StorageError::Closed))
    }

    /// Readers and maintenance first: the writer's connection is the last, and closing the last one empties the log.
    pub(crate) async fn close(&self) {
        for _ in 0..READERS {
            let (sender, stopped) = oneshot::channel();
            if self.questions.send(Question::Stop(sender)).await.is_ok() {
                let _ = stopped.await;
            }
        }
        if self.maintained {
            let (sender, stopped) = oneshot::channel();
            self.nudge.stop(Some(sender));
            let _ = stopped.await;
        }
        let (sender, stopped) = oneshot::channel();
        if self.requests.send(Request::Stop(sender)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

/// Without [`Threads::close`] the queues run dry and their threads end by themselves; only the maintenance has to be told.
impl Drop for Threads {
    fn drop(&mut self) {
        self.nudge.stop(None);
    }
}

/// Tells the opener how opening went.
struct Ready(blocking::Sender<Result<()>>);

impl Ready {
    fn tell<T>(self, opened: Result<T>, go_on: impl FnOnce(T)) {
        match opened {
            Ok(opened) => {
                let _ = self.0.send(Ok(()));
                go_on(opened);
            }
            Err(error) => {
                let _ = self.0.send(Err(error));
            }
        }
    }
}

/// Starts a thread and waits until it has opened its connection.
fn start(name: &str, body: impl FnOnce(Ready) + Send + 'static) -> Result<()> {
    let (sender, ready) = blocking::channel();
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || body(Ready(sender)))
        .map_err(|e| StorageError::Backend(format!("{name}: the thread cannot be started: {e}")))?;
    ready.recv().unwrap_or_else(|_| Err(StorageError::Backend(format!("{name}: the thread ended while opening"))))
}
