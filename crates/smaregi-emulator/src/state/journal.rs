//! The folder in which state survives a restart: a lock and an append-only list of changes.
//!
//! The first line names the format and its version. Every other line holds all entries of one request, so a line is there as a whole or not at all:
//! a line without its line break is what a crash leaves, and is cut off. Anything else that cannot be read is damage, or the work of a newer version;
//! then nothing is touched. A start rewrites the file when most of what it holds was overwritten since.

use super::{World, entry::Stored};
use crate::spec::EmulatorError;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

const FORMAT: &str = "regihub-emulator-journal";
/// Versions up to this one can be read.
const VERSION: u64 = 1;
/// A journal with fewer overwritten entries is left alone.
const LITTLE_GARBAGE: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// Held for as long as this emulator uses the folder.
    _lock: File,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u64,
}

/// A locked folder whose journal has not been read yet.
pub(crate) struct Folder {
    path: PathBuf,
    lock: File,
}

/// What reading a journal found.
#[derive(Debug, Default)]
struct Read {
    entries: usize,
    /// Bytes that are good; behind them is a torn line at most.
    good: u64,
    torn: bool,
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
            Ok(()) => Ok(Self { path: dir.join("journal.jsonl"), lock }),
            Err(TryLockError::WouldBlock) => Err(EmulatorError::Locked { path: dir.display().to_string() }),
            Err(TryLockError::Error(e)) => Err(EmulatorError::io(&path, e)),
        }
    }

    /// Brings `world` to where it was left and gives the journal for what comes next. The file is not touched before it was read to its end.
    pub(crate) fn open(self, world: &mut World, now: i64) -> Result<Journal, EmulatorError> {
        let read = self.replay(world)?;
        // The emulator's own clock may run ahead of the machine's.
        world.forget_expired_tokens(now.saturating_add(world.identities.clock_offset()));
        let outcome = match read {
            Some(read) if read.entries <= 2 * world.live() + LITTLE_GARBAGE => keep(&self.path, &read),
            _ => rewrite(&self.path, world.journal_lines()),
        };
        let (file, length) = outcome.map_err(|e| EmulatorError::io(&self.path, e))?;
        Ok(Journal { path: self.path, file, length, _lock: self.lock })
    }

    /// Applies every stored entry. `None`: there is no journal yet.
    fn replay(&self, world: &mut World) -> Result<Option<Read>, EmulatorError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(EmulatorError::io(&self.path, error)),
        };
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut line, mut read) = (Vec::new(), Read::default());
        for number in 1.. {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(|e| EmulatorError::io(&self.path, e))?;
            if length == 0 {
                break;
            }
            if line.last() != Some(&b'\n') {
                read.torn = true;
                tracing::warn!(
                    line = number,
                    bytes = length,
                    "cutting off the torn last line of the emulator's journal"
                );
                break;
            }
            read.entries += apply_line(&line, number, world).map_err(|reason| {
                let path = self.path.display().to_string();
                EmulatorError::Journal { path, line: number, reason: format!("{reason}. The file was left as it is") }
            })?;
            read.good += length as u64;
        }
        Ok(Some(read))
    }
}

/// Applies the entries of a line; gives how many there were.
fn apply_line(line: &[u8], number: usize, world: &mut World) -> Result<usize, String> {
    if number == 1 && line.starts_with(b"{") {
        return check_header(line).map(|()| 0);
    }
    let stored: Vec<Stored> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    let count = stored.len();
    let layouts = world.layouts.clone();
    for entry in stored {
        world.apply(entry.read(&layouts).map_err(|e| e.to_string())?);
    }
    Ok(count)
}

fn check_header(line: &[u8]) -> Result<(), String> {
    let header: Header = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    if header.format != FORMAT {
        return Err(format!("this is no journal of an emulator: format is {}, wanted {FORMAT}", header.format));
    }
    if header.version > VERSION {
        let version = header.version;
        return Err(format!("written by a newer emulator (version {version}); this one reads up to version {VERSION}"));
    }
    Ok(())
}

impl Journal {
    /// Appends what one request changed. A line that could not be written whole is taken back, so that nothing is ever appended to half a line.
    pub(crate) fn append(&mut self, line: &str) -> io::Result<()> {
        let mut text = String::with_capacity(line.len() + 1);
        text.push_str(line);
        text.push('\n');
        match self.file.write_all(text.as_bytes()) {
            Ok(()) => self.length += text.len() as u64,
            Err(error) => {
                self.file.set_len(self.length)?;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Replaces everything, after a reset or load.
    pub(crate) fn rewrite(&mut self, lines: impl Iterator<Item = String>) -> io::Result<()> {
        (self.file, self.length) = rewrite(&self.path, lines)?;
        Ok(())
    }
}

/// Opens a journal for more, without its torn end.
fn keep(path: &Path, read: &Read) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).open(path)?;
    if read.torn {
        file.set_len(read.good)?;
    }
    Ok((file, read.good))
}

/// Writes the new journal beside the old one, which stays until the new one is complete.
fn rewrite(path: &Path, lines: impl Iterator<Item = String>) -> io::Result<(File, u64)> {
    let fresh = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&fresh)?);
    let header = Header { format: FORMAT.into(), version: VERSION };
    writeln!(file, "{}", serde_json::to_string(&header)?)?;
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(&fresh, path)?;
    let file = OpenOptions::new().append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}
