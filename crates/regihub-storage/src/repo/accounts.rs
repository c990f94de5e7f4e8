//! Users and their sessions. Only hashes are stored, of passwords and of session tokens.

use crate::{
    error::{Result, StorageError},
    sql::{Row, Sql, params},
};
use regihub_domain::{UserId, WorkspaceId};
use std::fmt;

#[derive(Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub workspace_id: WorkspaceId,
    pub login: String,
    /// PHC string.
    pub password_hash: String,
    /// `ja` or `en`.
    pub language: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

/// Times in microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
}

pub struct Accounts<'a> {
    sql: &'a mut dyn Sql,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql }
    }

    pub fn user_count(&mut self) -> Result<i64> {
        self.sql.one("select count(*) from app_user", &[])
    }

    /// # Errors
    /// `Conflict` when the login is taken or the workspace does not exist.
    pub fn add_user(
        &mut self,
        workspace: WorkspaceId,
        login: &str,
        password_hash: &str,
        language: &str,
        now: i64,
    ) -> Result<UserId> {
        self.sql.add(
            "insert into app_user (workspace_id, login, password_hash, language, created_at)
             values ($1, $2, $3, $4, $5)",
            params![workspace, login, password_hash, language, now],
        )
    }

    pub fn user_by_login(&mut self, login: &str) -> Result<Option<User>> {
        self.sql.first(
            "select id, workspace_id, login, password_hash, language from app_user where login = $1",
            params![login],
            read_user,
        )
    }

    /// # Errors
    /// `NotFound` when there is no such user.
    pub fn set_language(&mut self, user: UserId, language: &str) -> Result<()> {
        let changed = self.sql.execute("update app_user set language = $2 where id = $1", params![user, language])?;
        if changed == 0 { Err(StorageError::not_found("user", user)) } else { Ok(()) }
    }

    /// Times in microseconds since 1970, UTC.
    pub fn add_session(&mut self, token_hash: &str, user: UserId, now: i64, expires_at: i64) -> Result<()> {
        self.sql.execute(
            "insert into session (token_hash, user_id, created_at, last_seen_at, expires_at) values ($1, $2, $3, $3, $4)",
            params![token_hash, user, now, expires_at],
        )?;
        Ok(())
    }

    /// The user of a session that has not expired at `now`.
    pub fn session(&mut self, token_hash: &str, now: i64) -> Result<Option<(User, Session)>> {
        self.sql.first(
            "select app_user.id, workspace_id, login, password_hash, language,
               session.created_at, session.last_seen_at, session.expires_at
             from session join app_user on app_user.id = session.user_id where token_hash = $1 and expires_at > $2",
            params![token_hash, now],
            |row| {
                let user = read_user(row)?;
                let session = Session { created_at: row.get()?, last_seen_at: row.get()?, expires_at: row.get()? };
                Ok((user, session))
            },
        )
    }

    /// Notes that a session was used and until when it holds now.
    pub fn touch_session(&mut self, token_hash: &str, now: i64, expires_at: i64) -> Result<()> {
        self.sql.execute(
            "update session set last_seen_at = $2, expires_at = $3 where token_hash = $1",
            params![token_hash, now, expires_at],
        )?;
        Ok(())
    }

    pub fn end_session(&mut self, token_hash: &str) -> Result<()> {
        self.sql.execute("delete from session where token_hash = $1", params![token_hash])?;
        Ok(())
    }

    /// Ends the sessions that have expired at `now`; tells how many.
    pub fn end_expired(&mut self, now: i64) -> Result<u64> {
        self.sql.execute("delete from session where expires_at <= $1", params![now])
    }
}

fn read_user(row: &mut Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get()?,
        workspace_id: row.get()?,
        login: row.get()?,
        password_hash: row.get()?,
        language: row.get()?,
    })
}
