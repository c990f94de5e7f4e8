//! PostgreSQL behind [`Sql`]. Connections are not encrypted yet: the server belongs on the same machine or a private network.
//!
//! The client blocks, so it lives on the storage's own threads only (see [`crate::writer`]).

use crate::{
    backend::{Backend, Role},
    dialect::{Dialect, many_values},
    error::{Result, StorageError},
    migrate,
    sql::{Columns, Row, Sql, Value, without_nul},
};
use bytes::BytesMut;
use postgres::{
    Client, NoTls, Statement,
    error::SqlState,
    fallible_iterator::FallibleIterator,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use std::{borrow::Cow, collections::BTreeMap, path::PathBuf, time::Duration};

/// Rows of one `insert … values` at most; smaller rests go by powers of two, so that few texts have to be prepared.
const MANY: usize = 64;
/// Prepared statements kept per connection; more means that somebody builds texts at run time.
const PREPARED: usize = 512;

pub(crate) struct PostgresConnection {
    client: Client,
    role: Role,
    prepared: BTreeMap<String, Statement>,
    in_transaction: bool,
    /// A statement failed: PostgreSQL refuses everything until it is undone, and would answer `commit` with a silent rollback.
    failed: bool,
}

impl PostgresConnection {
    pub(crate) fn open(url: &str, role: Role) -> Result<Self> {
        let mut config: postgres::Config =
            url.parse().map_err(|e| StorageError::Refused(format!("PostgreSQL URL cannot be read: {e}")))?;
        config.connect_timeout(Duration::from_secs(10)).application_name("regihub");
        let mut client = config.connect(NoTls).map_err(translate)?;
        client
            .batch_execute(
                "set statement_timeout = '60s'; set lock_timeout = '10s';
                 set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning;",
            )
            .map_err(translate)?;
        Ok(Self { client, role, prepared: BTreeMap::new(), in_transaction: false, failed: false })
    }

    fn control(&mut self, sql: &str) -> Result<()> {
        let result = self.client.batch_execute(sql);
        self.noted(result)
    }

    fn noted<T>(&mut self, result: std::result::Result<T, postgres::Error>) -> Result<T> {
        self.failed |= result.is_err();
        result.map_err(translate)
    }

    fn statement(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let mut text = String::with_capacity(sql.len() + 64);
        let dialect = if self.role == Role::Reader { Dialect::PostgresReader } else { Dialect::Postgres };
        dialect.translate(sql, &mut text)?;
        let prepared = self.client.prepare(&text);
        let statement = self.noted(prepared)?;
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn run_statement(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as &(dyn ToSql + Sync)).collect();
        let result = self.client.execute(statement, &values);
        self.noted(result)
    }
}

impl Sql for PostgresConnection {
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let statement = self.statement(sql)?;
        self.run_statement(&statement, values)
    }

    fn insert(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<i64>> {
        self.as_sql().first(&format!("{sql} returning id"), values, |row| row.get())
    }

    fn execute_many(&mut self, sql: &str, width: usize, values: &[Value<'_>]) -> Result<u64> {
        let mut rest = values;
        let mut touched = 0;
        while !rest.is_empty() {
            let rows = rest.len() / width;
            let rows = if rows >= MANY { MANY } else { 1 << rows.ilog2() };
            match many_values(sql, width, rows) {
                Some(text) => {
                    let (now, later) = rest.split_at(rows * width);
                    touched += self.execute(&text, now)?;
                    rest = later;
                }
                None => {
                    let (now, later) = rest.split_at(width);
                    touched += self.execute(sql, now)?;
                    rest = later;
                }
            }
        }
        Ok(touched)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.statement(sql)?;
        let result = show_rows(&mut self.client, &statement, values, each);
        self.failed |= result.is_err();
        result
    }
}

impl Backend for PostgresConnection {
    fn begin(&mut self) -> Result<()> {
        self.control(match self.role {
            Role::Reader => "begin isolation level repeatable read, read only",
            Role::Writer | Role::FastWriter | Role::Maintenance => "begin",
        })?;
        self.in_transaction = true;
        self.failed = false;
        Ok(())
    }

    fn savepoint(&mut self) -> Result<()> {
        self.control("savepoint unit")
    }

    fn keep(&mut self) -> Result<()> {
        self.control("release savepoint unit")
    }

    fn undo(&mut self) -> Result<()> {
        self.control("rollback to savepoint unit; release savepoint unit")?;
        self.failed = false;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if self.failed {
            return Err(StorageError::Backend("the transaction was given up after an earlier error".into()));
        }
        self.in_transaction = false;
        self.control("commit")
    }

    /// The server groups the syncs of its sessions itself.
    fn defer_sync(&mut self) -> Result<Option<PathBuf>> {
        Ok(None)
    }

    fn rollback(&mut self) -> Result<()> {
        self.in_transaction = false;
        self.control("rollback")
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction && !self.client.is_closed()
    }

    fn can_commit(&self) -> bool {
        self.in_transaction() && !self.failed
    }

    fn usable(&self) -> bool {
        !self.client.is_closed()
    }

    fn as_sql(&mut self) -> &mut dyn Sql {
        self
    }

    fn run_script(&mut self, script: &str) -> Result<()> {
        self.client.batch_execute(script).map_err(translate)
    }

    fn migrate(&mut self) -> Result<()> {
        migrate::migrate(self, Dialect::Postgres)
    }
}

fn show_rows(
    client: &mut Client,
    statement: &Statement,
    values: &[Value<'_>],
    each: &mut dyn FnMut(&mut Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut rows = client.query_raw(statement, values).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        each(&mut Row::new(&row))?;
    }
    Ok(())
}

type Encoded = std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => match *ty {
                Type::INT8 => number.to_sql(ty, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
                _ => Err(format!("a whole number where the statement wants {ty}").into()),
            },
            Value::Text(text) => match *ty {
                Type::TEXT | Type::VARCHAR | Type::UNKNOWN | Type::JSON => {
                    out.extend_from_slice(without_nul(text).as_bytes());
                    Ok(IsNull::No)
                }
                _ => Err(format!("a text where the statement wants {ty}").into()),
            },
            Value::Bytes(bytes) => match *ty {
                Type::BYTEA => bytes.to_sql(ty, out),
                _ => Err(format!("bytes where the statement wants {ty}").into()),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true // `to_sql` says no, with the reason
    }

    to_sql_checked!();
}

impl Columns for postgres::Row {
    fn value(&self, index: usize) -> Result<Value<'_>> {
        let Some(column) = self.columns().get(index) else {
            return Err(StorageError::Backend(format!("column {index} was read of {}", self.len())));
        };
        let value = match *column.type_() {
            Type::INT8 => self.try_get::<_, Option<i64>>(index).map(|v| v.map(Value::Int)),
            Type::INT4 => self.try_get::<_, Option<i32>>(index).map(|v| v.map(|n| Value::Int(n.into()))),
            Type::BOOL => self.try_get::<_, Option<bool>>(index).map(|v| v.map(Value::from)),
            Type::BYTEA => self.try_get::<_, Option<&[u8]>>(index).map(|v| v.map(Value::Bytes)),
            Type::TEXT | Type::VARCHAR => {
                self.try_get::<_, Option<&str>>(index).map(|v| v.map(|text| Value::Text(Cow::Borrowed(text))))
            }
            ref other => {
                let message = format!("column {index} has the type {other}; cast it to bigint, text or bytea");
                return Err(StorageError::Backend(message));
            }
        };
        value.map(|v| v.unwrap_or(Value::Null)).map_err(translate)
    }
}

/// Sorts PostgreSQL's codes (its manual, appendix A) by what the caller can do.
fn translate(error: postgres::Error) -> StorageError {
    let Some(server) = error.as_db_error() else {
        let cause = std::error::Error::source(&error).map(|c| format!(": {c}")).unwrap_or_default();
        return StorageError::Backend(format!("{error}{cause}"));
    };
    let text = match server.detail() {
        Some(detail) => format!("{} ({detail})", server.message()),
        None => server.message().to_owned(),
    };
    match server.code().clone() {
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED
        | SqlState::TOO_MANY_CONNECTIONS => StorageError::Busy(text),
        SqlState::DISK_FULL => StorageError::Full(text),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StorageError::Damaged(text),
        SqlState::UNIQUE_VIOLATION
        | SqlState::FOREIGN_KEY_VIOLATION
        | SqlState::NOT_NULL_VIOLATION
        | SqlState::CHECK_VIOLATION => StorageError::Conflict(text),
        _ => StorageError::Backend(text),
    }
}
