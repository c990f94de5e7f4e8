//! "Something named `key` may have changed": at most one job per owner, kind and key, however many notifications came.

use crate::{
    error::{Result, StorageError},
    owner::Owner,
    sql::{FromColumn, Row, Sql, Value, list, params},
};
use regihub_domain::{InboxId, JobId};
use std::collections::BTreeMap;

/// No pause is longer than this (microseconds). What should wait longer was planned by a clock that ran ahead and was set back since.
pub const LONGEST_WAIT: i64 = 600_000_000;

/// A wish to look at something again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirty {
    pub owner: Owner,
    pub kind: String,
    pub key: String,
    /// Smaller is more urgent.
    pub priority: i64,
    /// When it became dirty and from when on it may run, microseconds since 1970, UTC.
    pub at: i64,
    /// The message that asked for it.
    pub inbox_id: Option<InboxId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub owner: Owner,
    pub kind: String,
    pub key: String,
    /// Grows with every wish; hand it back to [`Jobs::done`].
    pub version: i64,
    /// Microseconds since 1970, UTC.
    pub dirty_at: i64,
    pub attempts: i64,
    /// The message that asked for it last.
    pub inbox_id: Option<InboxId>,
    pub last_error: Option<String>,
    pub state: JobState,
    /// Microseconds since 1970, UTC.
    pub run_after: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    Waiting = 0,
    /// 保留: needs a person.
    Parked = 2,
}

impl FromColumn for JobState {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match i64::from_column(value)? {
            0 => Ok(Self::Waiting),
            2 => Ok(Self::Parked),
            other => Err(StorageError::unreadable("job.state", &other.to_string(), "0, 2")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCount {
    pub owner: Owner,
    pub kind: String,
    pub waiting: i64,
    pub parked: i64,
    /// Of the jobs that are waiting. Microseconds since 1970, UTC.
    pub oldest_dirty_at: Option<i64>,
}

pub struct Jobs<'a> {
    sql: &'a mut dyn Sql,
}

macro_rules! columns {
    () => {
        "id, owner, kind, key, version, dirty_at, attempts, inbox_id, last_error, state, run_after"
    };
}

/// Whoever works on a known job sees the new version when it is done. Sets no column of an index: this runs once per notification.
const MARK: &str = "insert into job (owner, kind, key, priority, run_after, dirty_at, inbox_id)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (owner, kind, key) do update set
      version = job.version + 1, inbox_id = coalesce(excluded.inbox_id, job.inbox_id)";

/// A parked job gets a new chance.
const FREE: &str = "update job set state = 0, attempts = 0, run_after = $2, dirty_at = $2
    where state = 2 and owner || ' ' || kind || ' ' || key {any_text $1}";

/// A person who waits makes a known job more urgent; notifications all have the priority of their kind.
const HURRY: &str = "update job set priority = $4 where owner = $1 and kind = $2 and key = $3 and priority > $4";

impl<'a> Jobs<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    /// Adds jobs or makes known ones newer. Repeats inside `dirty` count once.
    pub fn mark(&mut self, dirty: &[Dirty]) -> Result<()> {
        let mut values = Vec::with_capacity(dirty.len() * 7);
        let wishes = coalesced(dirty);
        for ((owner, kind, key), wish) in &wishes {
            values.extend([
                (*owner).into(),
                (*kind).into(),
                (*key).into(),
                wish.priority.into(),
                wish.at.into(),
                wish.at.into(),
                wish.inbox_id.into(),
            ]);
        }
        self.sql.execute_many(MARK, 7, &values)?;
        for ((owner, kind, key), wish) in wishes.iter().filter(|(_, wish)| wish.inbox_id.is_none()) {
            self.sql.execute(HURRY, params![*owner, *kind, *key, wish.priority])?;
        }
        self.free_parked(&wishes)
    }

    fn free_parked(&mut self, wishes: &BTreeMap<(Owner, &str, &str), Wish>) -> Result<()> {
        let Some(at) = wishes.values().map(|wish| wish.at).min() else { return Ok(()) };
        let parked = self.sql.first("select 1 from job where state = 2 limit 1", &[], |row| row.get::<i64>())?;
        if parked.is_some() {
            let names: Vec<String> = wishes.keys().map(|(owner, kind, key)| format!("{owner} {kind} {key}")).collect();
            self.sql.execute(FREE, params![list(&names)?, at])?;
        }
        Ok(())
    }

    /// Jobs that may run at `now` (microseconds since 1970, UTC), oldest first. They stay where they are: whoever works on them holds the lease
    /// of their owner ([`crate::Leases`]), and ends them with [`Jobs::done`]. One that waits longer than [`LONGEST_WAIT`] was planned
    /// by a clock that ran ahead, and may run too.
    pub fn ready(&mut self, owner: Owner, kind: &str, limit: usize, now: i64) -> Result<Vec<Job>> {
        self.sql.rows(
            concat!(
                "select ",
                columns!(),
                " from job where owner = $1 and state = 0 and kind = $2 and (run_after <= $3 or run_after > $4)
                 order by dirty_at, id limit $5"
            ),
            params![owner, kind, now, now.saturating_add(LONGEST_WAIT), limit],
            read,
        )
    }

    /// Ends jobs, named with the version they had when they were taken. One that has become newer since then waits again.
    pub fn done(&mut self, jobs: &[(JobId, i64)]) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let ids: Vec<JobId> = jobs.iter().map(|(id, _)| *id).collect();
        let ids = list(&ids)?;
        // Two lists instead of pairs: the ids find the rows by their key, the second list compares.
        let versions: Vec<String> = jobs.iter().map(|(id, version)| format!("{id}:{version}")).collect();
        self.sql.execute(
            "delete from job where id {any_int $1} and (id || ':' || version) {any_text $2}",
            params![&ids, list(&versions)?],
        )?;
        self.sql.execute(
            "update job set attempts = 0, run_after = 0, last_error = null where id {any_int $1} and state <> 2",
            params![&ids],
        )?;
        Ok(())
    }

    /// Lets a job wait until `run_after` (microseconds since 1970, UTC) and counts the attempt.
    pub fn retry(&mut self, id: JobId, run_after: i64, error: &str) -> Result<()> {
        self.sql.execute(
            "update job set state = 0, attempts = attempts + 1, run_after = $2, last_error = $3 where id = $1",
            params![id, run_after, error],
        )?;
        Ok(())
    }

    /// Sets a job aside for a person (保留).
    pub fn park(&mut self, id: JobId, error: &str) -> Result<()> {
        self.sql.execute("update job set state = 2, last_error = $2 where id = $1", params![id, error])?;
        Ok(())
    }

    /// Sets the job of a key aside for a person, whatever its state.
    pub fn park_key(&mut self, owner: Owner, kind: &str, key: &str, error: &str) -> Result<()> {
        self.sql.execute(
            "update job set state = 2, last_error = $4
             where owner = $1 and kind = $2 and key = $3",
            params![owner, kind, key, error],
        )?;
        Ok(())
    }

    /// Gives a parked job a new chance at `now`.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not parked.
    pub fn free(&mut self, id: JobId, now: i64) -> Result<()> {
        let freed = self.sql.execute(
            "update job set state = 0, attempts = 0, run_after = $2 where id = $1 and state = 2",
            params![id, now],
        )?;
        if freed == 0 { Err(StorageError::not_found("parked job", id)) } else { Ok(()) }
    }

    /// The next moment at which something of `owner` may run that may not yet run at `now`.
    pub fn next_run(&mut self, owner: Owner, now: i64) -> Result<Option<i64>> {
        self.sql.one(
            "select min(run_after) from job where owner = $1 and state = 0 and run_after > $2 and run_after <= $3",
            params![owner, now, now.saturating_add(LONGEST_WAIT)],
        )
    }

    /// The backlog per owner and kind.
    pub fn counts(&mut self, owner: Option<Owner>) -> Result<Vec<JobCount>> {
        macro_rules! counts {
            ($which:literal) => {
                concat!(
                    "select owner, kind, count(case when state = 0 then 1 end), count(case when state = 2 then 1 end),
                       min(case when state = 0 then dirty_at end) from job ",
                    $which,
                    " group by owner, kind order by owner, kind"
                )
            };
        }
        match owner {
            Some(owner) => self.sql.rows(counts!("where owner = $1"), params![owner], read_count),
            None => self.sql.rows(counts!(""), &[], read_count),
        }
    }

    /// Parked jobs, newest id first; the next page is `before` the last id of this one.
    pub fn list_parked(&mut self, owner: Option<Owner>, before: Option<JobId>, limit: usize) -> Result<Vec<Job>> {
        let before = before.unwrap_or(JobId(i64::MAX));
        match owner {
            Some(owner) => self.sql.rows(
                concat!(
                    "select ",
                    columns!(),
                    " from job where owner = $1 and state = 2 and id < $2 order by id desc limit $3"
                ),
                params![owner, before, limit],
                read,
            ),
            None => self.sql.rows(
                concat!("select ", columns!(), " from job where state = 2 and id < $1 order by id desc limit $2"),
                params![before, limit],
                read,
            ),
        }
    }

    /// Owners with jobs that may run at `now`. Steps from owner to owner in the index, so a long backlog costs nothing.
    pub fn owners_with_work(&mut self, now: i64) -> Result<Vec<Owner>> {
        self.sql.rows(
            "with recursive owners (owner) as (
               select min(owner) from job
               union all
               select (select min(job.owner) from job where job.owner > owners.owner) from owners where owners.owner is not null)
             select owner from owners
             where owner is not null
               and exists (select 1 from job where job.owner = owners.owner and job.state = 0 and job.run_after <= $1)
             order by owner",
            params![now],
            |row| row.get(),
        )
    }
}

/// What is wished of one job.
struct Wish {
    priority: i64,
    at: i64,
    inbox_id: Option<InboxId>,
}

/// One wish per job, in the order of their keys (so that two nodes on PostgreSQL never wait for each other).
fn coalesced(dirty: &[Dirty]) -> BTreeMap<(Owner, &str, &str), Wish> {
    let mut wishes: BTreeMap<(Owner, &str, &str), Wish> = BTreeMap::new();
    for wish in dirty {
        wishes
            .entry((wish.owner, &wish.kind, &wish.key))
            .and_modify(|known| {
                known.priority = known.priority.min(wish.priority);
                known.inbox_id = wish.inbox_id.or(known.inbox_id);
            })
            .or_insert(Wish { priority: wish.priority, at: wish.at, inbox_id: wish.inbox_id });
    }
    wishes
}

fn read(row: &mut Row<'_>) -> Result<Job> {
    Ok(Job {
        id: row.get()?,
        owner: row.get()?,
        kind: row.get()?,
        key: row.get()?,
        version: row.get()?,
        dirty_at: row.get()?,
        attempts: row.get()?,
        inbox_id: row.get()?,
        last_error: row.get()?,
        state: row.get()?,
        run_after: row.get()?,
    })
}

fn read_count(row: &mut Row<'_>) -> Result<JobCount> {
    Ok(JobCount {
        owner: row.get()?,
        kind: row.get()?,
        waiting: row.get()?,
        parked: row.get()?,
        oldest_dirty_at: row.get()?,
    })
}
