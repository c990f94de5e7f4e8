//! SQLite behind [`Sql`]: one file, write-ahead log, every commit on the disk before it returns.

use crate::{
    backend::{Backend, Role},
    dialect::Dialect,
    error::{Result, StorageError},
    migrate,
    sql::{Columns, Row, Sql, Value, without_nul},
};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a statement waits for another program that holds the file (a backup, a checkpoint of ours).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the upkeep may keep the writer waiting for a reader that looks at an older state; then it tries again later.
const UPKEEP_TIMEOUT: Duration = Duration::from_millis(10);

pub(crate) struct SqliteConnection {
    connection: Connection,
    log: PathBuf,
    role: Role,
    /// Between `begin` and `commit` or `rollback`, also when SQLite has given up the transaction meanwhile.
    begun: bool,
    /// The statement in SQLite's words; kept so that translating needs no memory of its own.
    text: String,
}

impl SqliteConnection {
    pub(crate) fn open(file: &Path, role: Role) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(translate)?;
        let patience = if role == Role::Maintenance { UPKEEP_TIMEOUT } else { BUSY_TIMEOUT };
        connection.busy_timeout(patience).map_err(translate)?;
        connection.set_prepared_statement_cache_capacity(256);
        // Otherwise a statement that compares a value with the column of a partial index is prepared anew for each value.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(translate)?;
        connection.execute_batch(pragmas(role)).map_err(translate)?;
        Ok(Self { connection, log: log_of(file), role, begun: false, text: String::with_capacity(1024) })
    }

    /// Copies what the write-ahead log holds into the database file; `all` also empties the log, for which writers wait a moment.
    pub(crate) fn checkpoint(&mut self, all: bool) -> Result<()> {
        let sql = if all { "pragma wal_checkpoint(truncate)" } else { "pragma wal_checkpoint(passive)" };
        self.connection.query_row(sql, [], |_| Ok(())).map_err(translate)
    }

    fn control(&mut self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql).and_then(|mut s| s.raw_execute()).map(drop).map_err(translate)
    }

    fn statement(&mut self, sql: &str) -> Result<CachedStatement<'_>> {
        // Otherwise a unit of work that goes on after such an error would write for good, statement by statement.
        if self.begun && self.connection.is_autocommit() {
            return Err(StorageError::Backend("the transaction was given up after an earlier error".into()));
        }
        self.text.clear();
        Dialect::Sqlite.translate(sql, &mut self.text)?;
        self.connection.prepare_cached(&self.text).map_err(translate)
    }
}

/// Where SQLite keeps the write-ahead log of a database file.
pub(crate) fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Caches are small on purpose: four connections must fit into the memory of a small machine.
fn pragmas(role: Role) -> &'static str {
    match role {
        Role::Writer => {
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;
             pragma wal_autocheckpoint = 0; pragma journal_size_limit = 8388608; pragma cache_size = -2048;"
        }
        Role::FastWriter => {
            "pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on; pragma temp_store = memory;
             pragma cache_size = -4096;"
        }
        Role::Maintenance => "pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma cache_size = -256;",
        Role::Reader => "pragma query_only = on; pragma temp_store = memory; pragma cache_size = -1024;",
    }
}

impl Sql for SqliteConnection {
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.statement(sql)?;
        bind(&mut statement, values)?;
        statement.raw_execute().map(|n| n as u64).map_err(translate)
    }

    /// `returning` would cost more than the insert itself; SQLite knows the number anyway.
    fn insert(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<i64>> {
        let inserted = self.execute(sql, values)?;
        Ok((inserted > 0).then(|| self.connection.last_insert_rowid()))
    }

    fn execute_many(&mut self, sql: &str, width: usize, values: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.statement(sql)?;
        let mut touched = 0;
        for row in values.chunks_exact(width) {
            bind(&mut statement, row)?;
            touched += statement.raw_execute().map_err(translate)? as u64;
        }
        Ok(touched)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.statement(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(translate)? {
            each(&mut Row::new(row))?;
        }
        Ok(())
    }
}

impl Backend for SqliteConnection {
    fn begin(&mut self) -> Result<()> {
        // `immediate` takes the write lock now, so that no unit of work fails half way for want of it.
        self.control(if self.role == Role::Reader { "begin" } else { "begin immediate" })?;
        self.begun = true;
        Ok(())
    }

    fn savepoint(&mut self) -> Result<()> {
        self.control("savepoint unit")
    }

    fn keep(&mut self) -> Result<()> {
        self.control("release unit")
    }

    fn undo(&mut self) -> Result<()> {
        self.control("rollback to unit")?;
        self.control("release unit")
    }

    fn commit(&mut self) -> Result<()> {
        self.begun = false;
        self.control("commit")
    }

    /// `synchronous = normal` still syncs what a checkpoint needs (sqlite.org/wal.html), only not each commit.
    fn defer_sync(&mut self) -> Result<Option<PathBuf>> {
        self.connection.execute_batch("pragma synchronous = normal").map_err(translate)?;
        Ok(Some(self.log.clone()))
    }

    fn rollback(&mut self) -> Result<()> {
        self.begun = false;
        self.control("rollback")
    }

    fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn can_commit(&self) -> bool {
        self.in_transaction()
    }

    fn usable(&self) -> bool {
        true
    }

    fn as_sql(&mut self) -> &mut dyn Sql {
        self
    }

    fn run_script(&mut self, script: &str) -> Result<()> {
        self.connection.execute_batch(script).map_err(translate)
    }

    fn migrate(&mut self) -> Result<()> {
        migrate::migrate(self, Dialect::Sqlite)
    }
}

fn bind(statement: &mut CachedStatement<'_>, values: &[Value<'_>]) -> Result<()> {
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        return Err(StorageError::Backend(format!("a statement wants {wanted} values, got {}", values.len())));
    }
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).map_err(translate)?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Text(text) => match without_nul(text) {
                Cow::Borrowed(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
                Cow::Owned(text) => ToSqlOutput::Owned(text.into()),
            },
        })
    }
}

impl Columns for rusqlite::Row<'_> {
    fn value(&self, index: usize) -> Result<Value<'_>> {
        match self.get_ref(index).map_err(translate)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Int(number)),
            ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Value::Text(Cow::Borrowed(text))),
                Err(_) => Err(StorageError::Damaged(format!("column {index} holds a text that is not UTF-8"))),
            },
            ValueRef::Real(number) => Err(StorageError::Backend(format!(
                "column {index} holds the fraction {number}; only whole numbers are stored"
            ))),
        }
    }
}

/// Sorts SQLite's result codes (sqlite.org/rescode.html) by what the caller can do.
pub(crate) fn translate(error: rusqlite::Error) -> StorageError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::Busy(text),
        Some(ErrorCode::DiskFull) => StorageError::Full(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StorageError::Damaged(text),
        Some(ErrorCode::ConstraintViolation) => StorageError::Conflict(text),
        _ => StorageError::Backend(text),
    }
}
