//! Which node works for which owner (DESIGN §4): one row per owner, held for a while, renewed, fenced by a token.
//!
//! Times come from the clocks of the nodes. [`Terms::skew`] is how far these may lie apart: a lease counts as over only that much after its end.
//! A node whose clock is further off can be robbed of a lease it still holds. Nothing is done twice even then, because every unit of work
//! names its token ([`Leases::must_hold`]); but the nodes disturb each other until the clock is set right.

use crate::{
    error::{Result, StorageError},
    owner::Owner,
    sql::{Row, Sql, params},
    unit::Unit,
};

/// A lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub owner: Owner,
    /// Empty: nobody, it was given back.
    pub holder: String,
    /// Grows whenever the lease changes hands.
    pub token: i64,
    /// Microseconds since 1970, UTC, by the holder's clock.
    pub until: i64,
}

/// Under which conditions a node takes leases. All in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a lease holds without being renewed.
    pub length: i64,
    /// How far the clocks of two nodes may lie apart.
    pub skew: i64,
    /// No other process can be working on this database, so whatever is held was left by a dead one.
    pub alone: bool,
}

impl Lease {
    /// Whether [`Leases::take`] would give it to `holder` at `now` (microseconds since 1970, UTC).
    pub fn is_free(&self, holder: &str, now: i64, terms: Terms) -> bool {
        let over = self.until < now - terms.skew || self.until > now + terms.length + terms.skew;
        self.holder.is_empty() || self.holder == holder || over || terms.alone
    }
}

pub struct Leases<'a> {
    sql: &'a mut dyn Sql,
}

impl Unit<'_> {
    /// Which node works for which owner.
    pub fn leases(&mut self) -> Leases<'_> {
        Leases { sql: self.sql() }
    }
}

impl Leases<'_> {
    /// Takes the lease of `owner` for `holder` if it is free at `now`: never held, given back, over, or held by this very holder. Also one that
    /// ends later than any lease can: its end was written by a clock that ran ahead. `None` while another node has it.
    ///
    /// `now` in microseconds since 1970, UTC.
    pub fn take(&mut self, owner: Owner, holder: &str, now: i64, terms: Terms) -> Result<Option<Lease>> {
        let until = now + terms.length;
        let new = self.sql.execute(
            "insert into lease (owner, holder, token, until) values ($1, $2, 1, $3) on conflict (owner) do nothing",
            params![owner, holder, until],
        )?;
        if new > 0 {
            return Ok(Some(Lease { owner, holder: holder.to_owned(), token: 1, until }));
        }
        // A row that another node is just taking is passed over: waiting for it would only tell that it is gone.
        self.sql.first(
            "update lease set holder = $2, token = token + 1, until = $3 where owner in (
               select owner from lease where owner = $1
                 and (holder in ('', $2) or until < $4 or until > $5 or $6 = 1) {skip_locked})
             returning owner, holder, token, until",
            params![owner, holder, until, now - terms.skew, until + terms.skew, terms.alone],
            read,
        )
    }

    /// Prolongs everything `holder` still holds until `until` (microseconds since 1970, UTC), by owner.
    pub fn renew(&mut self, holder: &str, until: i64) -> Result<Vec<Lease>> {
        let mut held = self.sql.rows(
            "update lease set until = $2 where owner in (select owner from lease where holder = $1 {skip_locked})
             returning owner, holder, token, until",
            params![holder, until],
            read,
        )?;
        held.sort_by_key(|lease| lease.owner);
        Ok(held)
    }

    /// Gives a lease back, so that another node may take it at once. Nothing happens when it has changed hands.
    pub fn give_back(&mut self, owner: Owner, holder: &str, token: i64) -> Result<()> {
        self.sql.execute(
            "update lease set holder = '', until = 0 where owner = $1 and holder = $2 and token = $3",
            params![owner, holder, token],
        )?;
        Ok(())
    }

    /// The fence: first statement of every unit of work that a lease stands behind. Until the unit is committed nobody can take the lease.
    ///
    /// # Errors
    /// `InUse` when the lease has changed hands since `token`.
    pub fn must_hold(&mut self, owner: Owner, token: i64) -> Result<()> {
        let held = self.sql.first(
            "select token from lease where owner = $1 and token = $2 and holder <> '' {skip_locked}",
            params![owner, token],
            |row| row.get::<i64>(),
        )?;
        match held {
            Some(_) => Ok(()),
            None => Err(StorageError::InUse(format!("another node works for {owner} now"))),
        }
    }

    /// All leases, by owner.
    pub fn all(&mut self) -> Result<Vec<Lease>> {
        self.sql.rows("select owner, holder, token, until from lease order by owner", &[], read)
    }
}

fn read(row: &mut Row<'_>) -> Result<Lease> {
    Ok(Lease { owner: row.get()?, holder: row.get()?, token: row.get()?, until: row.get()? })
}
