//! The door: opening, units of work, appending, closing.

use crate::{
    backend::Source,
    error::{Result, StorageError},
    folder::Folder,
    inline::Inline,
    repo::{Appended, NewMessage},
    seal::MasterKey,
    task::{Task, task},
    threads::Threads,
    unit::Unit,
    writer::Counters,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};
use tokio::sync::watch;

/// How units of work are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On the storage's own threads, commits in groups, durable before the answer.
    Threads,
    /// At once on the caller's thread, for simulations. SQLite only; survives the end of the process, not a power cut.
    Inline,
}

#[derive(Clone)]
pub enum Location {
    /// The data folder; `regihub.db` and its lock file are made in it.
    Sqlite(PathBuf),
    /// A URL such as `postgres://user:password@host/database`. The connection is not encrypted yet.
    Postgres(String),
}

pub struct Options {
    pub location: Location,
    pub mode: Mode,
    pub master_key: MasterKey,
}

/// The storage. Clones are the same storage.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    engine: Engine,
    counters: Counters,
    /// Given back by [`Storage::close`].
    folder: Mutex<Option<Arc<Folder>>>,
}

enum Engine {
    Threads(Threads),
    Inline(Mutex<Option<Box<Inline>>>),
}

impl Storage {
    /// Opens the storage and brings its schema to the newest version. Blocks shortly; meant for the start of a program.
    ///
    /// # Errors
    /// `InUse` when another process works on the folder, `Damaged` when the file is no database, `Refused` when the data is of a newer
    /// program or the options contradict each other.
    pub fn open(options: Options) -> Result<Storage> {
        let (source, folder) = match &options.location {
            Location::Sqlite(path) => {
                let folder = Arc::new(Folder::open(path)?);
                (Source::Sqlite(folder.database()), Some(folder))
            }
            Location::Postgres(url) => (Source::Postgres(url.clone()), None),
        };
        let counters = Counters::new();
        let engine = match options.mode {
            Mode::Threads => {
                Engine::Threads(Threads::open(&source, folder.clone(), &options.master_key, counters.clone())?)
            }
            Mode::Inline => {
                let inline = Inline::open(&source, options.master_key, counters.clone())?;
                Engine::Inline(Mutex::new(Some(Box::new(inline))))
            }
        };
        Ok(Self(Arc::new(Inner { engine, counters, folder: Mutex::new(folder) })))
    }

    /// Runs a unit of work that may write. Returns after its commit is durable; when `work` fails or panics, nothing of it is kept.
    ///
    /// `work` goes on when the future is dropped. It must not wait for anything: others wait behind it. It hands on the errors of its
    /// statements: after one, PostgreSQL keeps nothing of this unit, even if `work` says `Ok`. An error of the commit itself
    /// means "not done" on SQLite; on PostgreSQL a lost connection can hide a commit that was done, so work that is repeated must be
    /// recognisable (unique ids, versions).
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.0.engine {
            Engine::Threads(threads) => threads.write(work).await,
            Engine::Inline(inline) => run_inline(inline, work, Inline::write).await,
        }
    }

    /// Runs a unit of work that only reads, on one consistent state that holds everything committed before.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.0.engine {
            Engine::Threads(threads) => threads.read(work).await,
            Engine::Inline(inline) => run_inline(inline, work, Inline::read).await,
        }
    }

    /// Stores a notification. Returns only after the commit is durable: now the sender may be answered (I1).
    pub async fn append(&self, message: NewMessage) -> Result<Appended> {
        match &self.0.engine {
            Engine::Threads(threads) => threads.append(message).await,
            Engine::Inline(inline) => {
                run_inline(inline, move |unit| unit.inbox().append_now(&message), Inline::write).await
            }
        }
    }

    /// The number of inbox rows this process has appended.
    pub fn appended(&self) -> watch::Receiver<u64> {
        self.0.counters.appended.subscribe()
    }

    /// The number of commits of this process so far: far fewer than writes when many write at once.
    pub fn commits(&self) -> u64 {
        self.0.counters.commits.load(Ordering::Relaxed)
    }

    /// Finishes what is queued, empties the write-ahead log into the database and gives back the data folder.
    /// Clones of this storage answer [`StorageError::Closed`] from now on.
    pub async fn close(self) {
        match &self.0.engine {
            Engine::Threads(threads) => threads.close().await,
            Engine::Inline(inline) => drop(lock(inline).take()),
        }
        lock(&self.0.folder).take();
    }
}

async fn run_inline<T: Send + 'static>(
    inline: &Mutex<Option<Box<Inline>>>,
    work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    run: fn(&mut Inline, &mut dyn Task) -> Result<()>,
) -> Result<T> {
    let (mut task, answer) = task(work);
    let outcome = match lock(inline).as_mut() {
        Some(inline) => run(inline, &mut *task),
        None => Err(StorageError::Closed),
    };
    task.answer(outcome);
    answer.await.unwrap_or(Err(StorageError::Closed))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
