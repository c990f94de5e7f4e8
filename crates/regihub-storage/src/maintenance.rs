//! Keeps SQLite's write-ahead log short, beside the writer, so that no commit waits for it.

use crate::{
    backend::Role,
    error::{Result, StorageError},
    folder::Folder,
    sqlite::{self, SqliteConnection},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// While there are commits, the log is copied into the database file this often …
const EVERY: Duration = Duration::from_secs(1);
/// … or after this many.
const COMMITS: u64 = 64;
/// A log that grew past this (because somebody always reads or writes) is emptied while the writer waits, in bytes.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;

#[derive(Default)]
struct State {
    commits: u64,
    stop: Option<Option<oneshot::Sender<()>>>,
}

/// Wakes the maintenance. Dropping the last one does not end it; [`Nudge::stop`] does.
#[derive(Clone, Default)]
pub(crate) struct Nudge(Arc<(Mutex<State>, Condvar)>);

impl Nudge {
    /// There is something new in the log.
    pub(crate) fn committed(&self) {
        let mut state = self.lock();
        state.commits += 1;
        if state.commits == 1 || state.commits == COMMITS {
            self.0.1.notify_one();
        }
    }

    /// Ends the thread; `done` hears when its connection is closed.
    pub(crate) fn stop(&self, done: Option<oneshot::Sender<()>>) {
        self.lock().stop.get_or_insert(done);
        self.0.1.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps without a clock while nothing is written, then lets commits gather. `false` when it is time to stop.
    fn wait(&self) -> bool {
        let wake = &self.0.1;
        let idle = |state: &mut State| state.stop.is_none() && state.commits == 0;
        let state = wake.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let gathering = |state: &mut State| state.stop.is_none() && state.commits < COMMITS;
        let (mut state, _) = wake.wait_timeout_while(state, EVERY, gathering).unwrap_or_else(PoisonError::into_inner);
        state.commits = 0;
        state.stop.is_none()
    }
}

pub(crate) struct Maintenance {
    connection: SqliteConnection,
    log: PathBuf,
    /// Keeps the folder locked; dropped after the connection.
    _folder: Arc<Folder>,
}

impl Maintenance {
    pub(crate) fn open(file: &Path, folder: Arc<Folder>) -> Result<Self> {
        let connection = SqliteConnection::open(file, Role::Maintenance)?;
        Ok(Self { connection, log: sqlite::log_of(file), _folder: folder })
    }

    pub(crate) fn run(mut self, nudge: Nudge) {
        while nudge.wait() {
            self.checkpoint();
        }
        drop(self);
        if let Some(Some(done)) = nudge.lock().stop.take() {
            let _ = done.send(());
        }
    }

    fn checkpoint(&mut self) {
        let result = self.connection.checkpoint(false).and_then(|()| {
            let length = std::fs::metadata(&self.log).map(|m| m.len()).unwrap_or(0);
            if length <= LOG_LIMIT {
                return Ok(());
            }
            // What was written during the first round is copied beside the writer too, so that it waits only for the little that is left then.
            self.connection.checkpoint(false)?;
            self.connection.checkpoint(true)
        });
        match result {
            // Somebody reads or writes just now: the next round does it.
            Ok(()) | Err(StorageError::Busy(_)) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be copied into the database"),
        }
    }
}
