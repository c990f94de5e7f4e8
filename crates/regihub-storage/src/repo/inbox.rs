//! Raw notifications, committed before they are acknowledged (I1), together with the jobs they ask for.

use super::jobs::{Dirty, Jobs};
use crate::{
    error::{Result, StorageError},
    owner::Owner,
    sql::{FromColumn, Row, Sql, Value, params},
};
use bytes::Bytes;
use regihub_domain::InboxId;

/// A notification as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Microseconds since 1970, UTC.
    pub received_at: i64,
    pub owner: Owner,
    pub event: String,
    pub action: String,
    /// The sender's id of this very message; `None` where it gives none, then a repeat cannot be told.
    pub message_id: Option<String>,
    /// JSON.
    pub headers: String,
    pub body: Bytes,
    pub verdict: Verdict,
}

/// What a notification asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Jobs(Vec<Wanted>),
    /// Kept, but of no use, and why.
    Ignored(String),
    /// Kept, but nobody understands it, and why.
    Unreadable(String),
}

/// A job a notification asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub kind: &'static str,
    pub key: String,
    /// Smaller is more urgent.
    pub priority: i64,
}

impl NewMessage {
    /// The jobs this message asks for, once it is stored as `id`.
    pub(crate) fn dirty(&self, id: InboxId) -> impl Iterator<Item = Dirty> {
        let wanted = if let Verdict::Jobs(wanted) = &self.verdict { wanted.as_slice() } else { &[] };
        wanted.iter().map(move |wanted| Dirty {
            owner: self.owner,
            kind: wanted.kind.to_owned(),
            key: wanted.key.clone(),
            priority: wanted.priority,
            at: self.received_at,
            inbox_id: Some(id),
        })
    }

    fn state(&self) -> (MessageState, Option<&str>) {
        match &self.verdict {
            Verdict::Jobs(_) => (MessageState::Sorted, None),
            Verdict::Ignored(note) => (MessageState::Ignored, Some(note)),
            Verdict::Unreadable(note) => (MessageState::Unreadable, Some(note)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    New(InboxId),
    /// A message with the same id of the same owner is stored already.
    Repeat,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: InboxId,
    /// Microseconds since 1970, UTC.
    pub received_at: i64,
    pub owner: Owner,
    pub event: String,
    pub action: String,
    pub message_id: Option<String>,
    /// JSON.
    pub headers: String,
    pub body: Bytes,
    pub state: MessageState,
    /// Why it was ignored or unreadable.
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
    /// Has become jobs.
    Sorted = 1,
    /// Kept, but of no use: unknown event, nothing to do.
    Ignored = 2,
    /// Kept, but not understood.
    Unreadable = 3,
}

impl FromColumn for MessageState {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match i64::from_column(value)? {
            1 => Ok(Self::Sorted),
            2 => Ok(Self::Ignored),
            3 => Ok(Self::Unreadable),
            other => Err(StorageError::unreadable("inbox.state", &other.to_string(), "1 to 3")),
        }
    }
}

pub struct Inbox<'a> {
    sql: &'a mut dyn Sql,
    appended: &'a mut u64,
}

macro_rules! columns {
    () => {
        "id, received_at, owner, event, action, message_id, headers, body, state, note"
    };
}

impl<'a> Inbox<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql, appended: &'a mut u64) -> Self {
        Self { sql, appended }
    }

    /// Stores a message and its jobs inside this unit of work. Not durable before the unit is committed: answer the sender only after
    /// that (or use [`crate::Storage::append`]).
    pub fn append_now(&mut self, message: &NewMessage) -> Result<Appended> {
        let appended = self.insert(message)?;
        if let Appended::New(id) = appended {
            Jobs::new(self.sql).mark(&message.dirty(id).collect::<Vec<_>>())?;
        }
        Ok(appended)
    }

    /// Stores a message; its jobs are the caller's to mark in the same transaction, for many messages at once.
    pub(crate) fn insert(&mut self, message: &NewMessage) -> Result<Appended> {
        let (state, note) = message.state();
        let id = self.sql.insert(
            "insert into inbox (received_at, owner, event, action, message_id, headers, body, state, note)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (owner, message_id) do nothing",
            params![
                message.received_at,
                message.owner,
                &message.event,
                &message.action,
                message.message_id.as_deref(),
                &message.headers,
                &message.body[..],
                state as i64,
                note
            ],
        )?;
        Ok(match id {
            Some(id) => {
                *self.appended += 1;
                Appended::New(InboxId(id))
            }
            None => Appended::Repeat,
        })
    }

    /// Adds what was found out about a message later.
    pub fn note(&mut self, id: InboxId, note: &str) -> Result<()> {
        self.sql.execute("update inbox set note = $2 where id = $1", params![id, note])?;
        Ok(())
    }

    pub fn get(&mut self, id: InboxId) -> Result<Option<Message>> {
        self.sql.first(concat!("select ", columns!(), " from inbox where id = $1"), params![id], read)
    }

    /// Newest first; the next page is `before` the last id of this one.
    pub fn list(&mut self, owner: Option<Owner>, before: Option<InboxId>, limit: usize) -> Result<Vec<Message>> {
        let before = before.unwrap_or(InboxId(i64::MAX));
        match owner {
            Some(owner) => self.sql.rows(
                concat!("select ", columns!(), " from inbox where owner = $1 and id < $2 order by id desc limit $3"),
                params![owner, before, limit],
                read,
            ),
            None => self.sql.rows(
                concat!("select ", columns!(), " from inbox where id < $1 order by id desc limit $2"),
                params![before, limit],
                read,
            ),
        }
    }

    /// How many messages are in each state. Reads the whole inbox: for pages, not for loops.
    pub fn counts(&mut self) -> Result<Vec<(MessageState, i64)>> {
        self.sql.rows("select state, count(*) from inbox group by state order by state", &[], |row| {
            Ok((row.get()?, row.get()?))
        })
    }
}

fn read(row: &mut Row<'_>) -> Result<Message> {
    Ok(Message {
        id: row.get()?,
        received_at: row.get()?,
        owner: row.get()?,
        event: row.get()?,
        action: row.get()?,
        message_id: row.get()?,
        headers: row.get()?,
        body: row.get()?,
        state: row.get()?,
        note: row.get()?,
    })
}
