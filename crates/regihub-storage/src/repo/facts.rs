//! Small facts by name: watermarks, feed cursors, health.

use crate::{
    error::Result,
    owner::Owner,
    sql::{Sql, params},
};

pub struct Facts<'a> {
    sql: &'a mut dyn Sql,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    pub fn get(&mut self, owner: Owner, name: &str) -> Result<Option<String>> {
        self.sql.first("select value from fact where owner = $1 and name = $2", params![owner, name], |row| row.get())
    }

    /// `now` in microseconds since 1970, UTC.
    pub fn set(&mut self, owner: Owner, name: &str, value: &str, now: i64) -> Result<()> {
        self.sql.execute(
            "insert into fact (owner, name, value, updated_at) values ($1, $2, $3, $4)
             on conflict (owner, name) do update set value = excluded.value, updated_at = excluded.updated_at",
            params![owner, name, value, now],
        )?;
        Ok(())
    }

    /// Name, value and time of the last change of all facts of `owner`, by name.
    pub fn all(&mut self, owner: Owner) -> Result<Vec<(String, String, i64)>> {
        self.sql.rows(
            "select name, value, updated_at from fact where owner = $1 order by name",
            params![owner],
            |row| Ok((row.get()?, row.get()?, row.get()?)),
        )
    }
}
