//! The folder in which state survives a restart: a lock and an append-only list of changes.
//!
//! One line per request holds all its entries, so a line is there as a whole or not at all. Every start rewrites the file without what was
//! overwritten since.

use super::entry::{Entry, Stored};
use super::layout::Layouts;
use crate::spec::EmulatorError;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Held for as long as this emulator uses the folder.
    _lock: File,
}

/// A locked folder whose journal has not been read yet.
pub(crate) struct Folder {
    dir: PathBuf,
    lock: File,
}

impl Folder {
    /// Takes the folder for this process; refused while another one has it.
    pub(crate) fn lock(dir: &Path) -> Result<Self, EmulatorError> {
        fs::create_dir_all(dir).map_err(|e| EmulatorError::io(dir, e))?;
        let path = dir.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| EmulatorError::io(&path, e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.into(), lock }),
            Err(TryLockError::WouldBlock) => Err(EmulatorError::Locked { path: dir.display().to_string() }),
            Err(TryLockError::Error(e)) => Err(EmulatorError::io(&path, e)),
        }
    }

    /// Gives every stored entry to `apply`. A torn last line is what a crash leaves; it is passed over.
    pub(crate) fn replay(&self, layouts: &Layouts, mut apply: impl FnMut(Entry)) -> Result<(), EmulatorError> {
        let path = self.journal();
        let Ok(file) = File::open(&path) else { return Ok(()) };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(|e| EmulatorError::io(&path, e))? == 0 {
                break;
            }
            match read_line(&line, layouts) {
                Ok(entries) => entries.into_iter().for_each(&mut apply),
                Err(reason) if reader.fill_buf().is_ok_and(<[u8]>::is_empty) => {
                    tracing::warn!(line = number, %reason, "passing over the torn last line of the emulator's journal");
                }
                Err(reason) => {
                    return Err(EmulatorError::Journal { path: path.display().to_string(), line: number, reason });
                }
            }
        }
        Ok(())
    }

    /// Replaces the journal by the entries of the state as it is now, and opens it for more.
    pub(crate) fn compact(self, lines: impl Iterator<Item = String>) -> Result<Journal, EmulatorError> {
        let path = self.journal();
        let fresh = self.dir.join("journal.new");
        write_lines(&fresh, lines).map_err(|e| EmulatorError::io(&fresh, e))?;
        fs::rename(&fresh, &path).map_err(|e| EmulatorError::io(&path, e))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|e| EmulatorError::io(&path, e))?;
        Ok(Journal { path, file, _lock: self.lock })
    }

    fn journal(&self) -> PathBuf {
        self.dir.join("journal.jsonl")
    }
}

impl Journal {
    /// Appends what one request changed.
    pub(crate) fn append(&mut self, line: &str) -> std::io::Result<()> {
        let mut text = String::with_capacity(line.len() + 1);
        text.push_str(line);
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }

    /// Replaces everything, after a reset or load.
    pub(crate) fn rewrite(&mut self, lines: impl Iterator<Item = String>) -> std::io::Result<()> {
        let fresh = self.path.with_extension("new");
        write_lines(&fresh, lines)?;
        fs::rename(&fresh, &self.path)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        Ok(())
    }
}

fn write_lines(path: &Path, lines: impl Iterator<Item = String>) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.into_inner()?.sync_all()
}

fn read_line(line: &[u8], layouts: &Layouts) -> Result<Vec<Entry>, String> {
    let stored: Vec<Stored> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    stored.into_iter().map(|entry| entry.read(layouts).map_err(|e| e.to_string())).collect()
}
