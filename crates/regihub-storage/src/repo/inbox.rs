//! Raw notifications, committed before they are acknowledged (I1).

use crate::{
    error::{Result, StorageError},
    owner::Owner,
    sql::{FromColumn, Row, Sql, Value, list, params},
};
use bytes::Bytes;
use regihub_domain::InboxId;
use std::collections::BTreeSet;

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
    /// For the sorter.
    Waiting = 0,
    /// Has become jobs.
    Sorted = 1,
    /// Kept, but of no use: unknown event, nothing to do.
    Ignored = 2,
    Unreadable = 3,
}

impl FromColumn for MessageState {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match i64::from_column(value)? {
            0 => Ok(Self::Waiting),
            1 => Ok(Self::Sorted),
            2 => Ok(Self::Ignored),
            3 => Ok(Self::Unreadable),
            other => Err(StorageError::unreadable("inbox.state", &other.to_string(), "0 to 3")),
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

    /// Stores a message inside this unit of work. Not durable before the unit is committed: answer the sender only after that
    /// (or use [`crate::Storage::append`]).
    pub fn append_now(&mut self, message: &NewMessage) -> Result<Appended> {
        let id = self.sql.insert(
            "insert into inbox (received_at, owner, event, action, message_id, headers, body)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (owner, message_id) do nothing",
            params![
                message.received_at,
                message.owner,
                &message.event,
                &message.action,
                message.message_id.as_deref(),
                &message.headers,
                &message.body[..]
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

    /// Messages for the sorter, oldest first. In a writing unit of work on PostgreSQL the rows are locked, and what another node
    /// sorts at the same time is left out.
    pub fn waiting(&mut self, limit: usize) -> Result<Vec<Message>> {
        self.sql.rows(
            concat!("select ", columns!(), " from inbox where state = 0 order by id limit $1 {skip_locked}"),
            params![limit],
            read,
        )
    }

    /// Those of `ids` that still wait. On PostgreSQL they are this unit's until it ends: another node that sorts them just now keeps them.
    pub fn still_waiting(&mut self, ids: &[InboxId]) -> Result<BTreeSet<InboxId>> {
        let found = self.sql.rows(
            "select id from inbox where id {any_int $1} and state = 0 order by id {skip_locked}",
            params![list(ids)?],
            |row| row.get(),
        )?;
        Ok(found.into_iter().collect())
    }

    /// Tells what became of messages.
    pub fn settle(&mut self, ids: &[InboxId], state: MessageState, note: Option<&str>) -> Result<()> {
        self.sql.execute(
            "update inbox set state = $1, note = $2 where id {any_int $3}",
            params![state as i64, note, list(ids)?],
        )?;
        Ok(())
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
