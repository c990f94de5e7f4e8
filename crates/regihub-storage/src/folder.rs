//! The data folder of SQLite: made when missing, used by one process only.

use crate::error::{Result, StorageError};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

const DATABASE: &str = "regihub.db";
const LOCK: &str = "regihub.lock";

/// Held as long as anything of this process works on the folder. The operating system lets go of it when the process ends, however it
/// ends.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        create(path).map_err(|e| failed(path, &e))?;
        let file = path.join(LOCK);
        let lock =
            File::options().create(true).truncate(false).write(true).open(&file).map_err(|e| failed(&file, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StorageError::InUse(format!(
                "another Regihub is running on the data folder {}; stop it first or use another folder",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(&file, &error)),
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// For its owner only: the database holds names and orders of customers.
fn create(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn failed(path: &Path, error: &std::io::Error) -> StorageError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        StorageError::Full(format!("{}: {error}", path.display()))
    } else {
        StorageError::Backend(format!("{}: {error}", path.display()))
    }
}
