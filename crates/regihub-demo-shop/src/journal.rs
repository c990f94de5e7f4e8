//! The book on disk: one JSON line for each change, appended before the change counts.

use crate::book::{Book, Entry};
use anyhow::{Context, anyhow};
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
};

const FILE_NAME: &str = "shop.journal";

pub(crate) struct Journal {
    file: File,
    /// Bytes that are whole lines.
    length: u64,
    /// Set when a failed write could not be taken back: a later line would join a torn one.
    broken: bool,
}

impl Journal {
    /// Opens or creates the journal and replays it. A last line without its end is what a power cut leaves; it never counted and is dropped.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<(Self, Book)> {
        std::fs::create_dir_all(data_dir).with_context(|| format!("cannot create {}", data_dir.display()))?;
        let path = data_dir.join(FILE_NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let (book, length) = replay(&file).with_context(|| format!("cannot read {}", path.display()))?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok((Self { file, length, broken: false }, book))
    }

    /// All entries are on disk, or none is.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> std::io::Result<()> {
        if self.broken {
            return Err(std::io::Error::other(
                "the journal could not be repaired after a failed write; restart the shop",
            ));
        }
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length += lines.len() as u64,
            Err(_) => self.broken = self.take_back().is_err(),
        }
        written
    }

    fn take_back(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }
}

/// The book, and how many bytes of the file are whole lines.
fn replay(file: &File) -> anyhow::Result<(Book, u64)> {
    let mut reader = BufReader::new(file);
    let mut book = Book::default();
    let mut length = 0;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            if read > 0 {
                tracing::warn!(line = number, "dropped the journal's last line: it was cut off while it was written");
            }
            break;
        }
        let entry = serde_json::from_slice(&line).with_context(|| format!("line {number}"))?;
        book.apply(entry).map_err(|reason| anyhow!("line {number}: {reason}"))?;
        length += read as u64;
    }
    Ok((book, length))
}
