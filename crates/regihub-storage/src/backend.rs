//! A database connection of our own: [`Sql`] with transactions, and where to get one.

use crate::{
    error::{Result, StorageError},
    postgres::PostgresConnection,
    sql::Sql,
    sqlite::SqliteConnection,
};
use std::path::PathBuf;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Durable before a commit returns.
    Writer,
    /// A writer of a simulation: survives the end of the process, not a power cut.
    FastWriter,
    /// Cannot write.
    Reader,
    /// Keeps SQLite's log short.
    Maintenance,
}

/// Transactions around [`Sql`].
pub(crate) trait Backend: Sql + Send {
    /// Starts the only writing transaction, or one consistent look for a [`Role::Reader`].
    fn begin(&mut self) -> Result<()>;
    fn savepoint(&mut self) -> Result<()>;
    /// Keeps what was done since the savepoint.
    fn keep(&mut self) -> Result<()>;
    /// Forgets what was done since the savepoint; the transaction goes on.
    fn undo(&mut self) -> Result<()>;
    fn commit(&mut self) -> Result<()>;
    /// From now on a commit is durable only after this file was synced; `None`: when it returns, as before.
    fn defer_sync(&mut self) -> Result<Option<PathBuf>>;
    fn rollback(&mut self) -> Result<()>;
    /// True while there is something to roll back.
    fn in_transaction(&self) -> bool;
    /// False once the database itself gave up the transaction (disk full, connection lost, a statement failed outside of a savepoint on
    /// PostgreSQL): nothing that was done in it counts.
    fn can_commit(&self) -> bool;
    /// False when the connection is gone and a new one is needed.
    fn usable(&self) -> bool;
    fn as_sql(&mut self) -> &mut dyn Sql;
    /// Runs a whole migration.
    fn run_script(&mut self, script: &str) -> Result<()>;
    /// Brings the schema to the newest version.
    fn migrate(&mut self) -> Result<()>;
}

/// Where connections come from.
#[derive(Clone)]
pub(crate) enum Source {
    /// The database file.
    Sqlite(PathBuf),
    /// The URL. Never shown: it holds a password.
    Postgres(String),
}

impl Source {
    pub(crate) fn connect(&self, role: Role) -> Result<Box<dyn Backend>> {
        match (self, role) {
            (Self::Sqlite(file), role) => Ok(Box::new(SqliteConnection::open(file, role)?)),
            (Self::Postgres(_), Role::FastWriter) => {
                Err(StorageError::Refused("Mode::Inline works on SQLite only; PostgreSQL needs Mode::Threads".into()))
            }
            (Self::Postgres(url), role) => Ok(Box::new(PostgresConnection::open(url, role)?)),
        }
    }
}
