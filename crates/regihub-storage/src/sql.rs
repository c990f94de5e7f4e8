//! The small common language of both databases: values in, rows out, one SQL text.
//!
//! A text is written once, with `$1`, `$2` … for values and the words of [`crate::dialect`] where the databases differ. Rows are read
//! in the order of the select list: `Product { code: row.get()?, name: row.get()?, .. }`.

use crate::{
    error::{Result, StorageError},
    owner::Owner,
};
use bytes::Bytes;
use regihub_domain::*;
use std::borrow::Cow;

/// One value on its way into or out of the database.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    /// Whole numbers, times (microseconds since 1970, UTC) and flags (0/1).
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
}

/// A connection inside a transaction.
pub trait Sql {
    /// Runs a statement; tells how many rows it touched.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64>;

    /// Runs the `insert` of one row (without `returning`) and tells its number; `None` when `on conflict … do nothing` did nothing.
    fn insert(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Option<i64>>;

    /// Runs a statement once per row of `width` values. An `insert … values (…)` must not name the same row twice, because
    /// PostgreSQL gets many rows in one statement.
    fn execute_many(&mut self, sql: &str, width: usize, values: &[Value<'_>]) -> Result<u64>;

    /// Runs a query and shows each row as it comes, so that a long answer needs no more memory than a short one.
    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<()>,
    ) -> Result<()>;
}

impl dyn Sql + '_ {
    /// All rows of a query.
    pub fn rows<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.query(sql, values, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row of a query, if there is one.
    pub fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.query(sql, values, &mut |row| {
            if found.is_none() {
                found = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// [`Sql::insert`] of a row that is new in any case.
    pub fn add<T: FromColumn>(&mut self, sql: &str, values: &[Value<'_>]) -> Result<T> {
        match self.insert(sql, values)? {
            Some(id) => T::from_column(Value::Int(id)),
            None => Err(StorageError::Backend(format!("nothing was inserted: {sql}"))),
        }
    }

    /// The first column of the first row: for `select count(*)`.
    pub fn one<T: FromColumn>(&mut self, sql: &str, values: &[Value<'_>]) -> Result<T> {
        self.first(sql, values, |row| row.get())?
            .ok_or_else(|| StorageError::Backend(format!("no row where one was promised: {sql}")))
    }
}

/// Where a row's values come from.
pub(crate) trait Columns {
    fn value(&self, index: usize) -> Result<Value<'_>>;
}

/// One row of an answer, read column by column from the left.
pub struct Row<'a> {
    columns: &'a dyn Columns,
    next: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn new(columns: &'a dyn Columns) -> Self {
        Self { columns, next: 0 }
    }

    /// The next column.
    pub fn get<T: FromColumn>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        T::from_column(self.columns.value(index)?).map_err(|problem| match problem {
            StorageError::Refused(text) => StorageError::Refused(format!("column {index}: {text}")),
            other => other,
        })
    }
}

/// What a column can be read as.
pub trait FromColumn: Sized {
    fn from_column(value: Value<'_>) -> Result<Self>;
}

fn wanted(what: &str, got: &Value<'_>) -> StorageError {
    let got = match got {
        Value::Null => "nothing",
        Value::Int(_) => "a number",
        Value::Text(_) => "a text",
        Value::Bytes(_) => "bytes",
    };
    StorageError::Refused(format!("{what} was expected, {got} is stored"))
}

impl FromColumn for i64 {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Int(number) => Ok(number),
            other => Err(wanted("a whole number", &other)),
        }
    }
}

impl FromColumn for bool {
    fn from_column(value: Value<'_>) -> Result<Self> {
        Ok(i64::from_column(value)? != 0)
    }
}

impl FromColumn for String {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            other => Err(wanted("a text", &other)),
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.to_vec()),
            other => Err(wanted("a byte string", &other)),
        }
    }
}

impl FromColumn for Bytes {
    fn from_column(value: Value<'_>) -> Result<Self> {
        Vec::from_column(value).map(Bytes::from)
    }
}

impl FromColumn for Owner {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Text(text) => text.parse(),
            other => Err(wanted("a text", &other)),
        }
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            other => T::from_column(other).map(Some),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Int(flag.into())
    }
}

/// For `limit`; more rows than `i64::MAX` cannot exist.
impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl From<Owner> for Value<'_> {
    fn from(owner: Owner) -> Self {
        Value::Text(Cow::Owned(owner.to_string()))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! ids {
    (rows: $($row:ident)+; texts: $($text:ident)+) => {
        $(
            impl FromColumn for $row {
                fn from_column(value: Value<'_>) -> Result<Self> {
                    i64::from_column(value).map($row)
                }
            }
            impl From<$row> for Value<'_> {
                fn from(id: $row) -> Self {
                    Value::Int(id.0)
                }
            }
        )+
        $(
            impl FromColumn for $text {
                fn from_column(value: Value<'_>) -> Result<Self> {
                    String::from_column(value).map($text)
                }
            }
            impl<'a> From<&'a $text> for Value<'a> {
                fn from(id: &'a $text) -> Self {
                    Value::Text(Cow::Borrowed(id.as_str()))
                }
            }
        )+
    };
}

ids! {
    rows: WorkspaceId ConnectionId ShopId LinkId InboxId ExchangeId IntentId MovementId UserId JobId;
    texts: ProductId StoreId SaleId OrderId Sku
}

/// The values of a statement: `params![connection, &sku, quantity]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use params;

/// A JSON list of names or numbers for `{any_text $n}` and `{any_int $n}`.
pub fn list<T: serde::Serialize>(items: &[T]) -> Result<String> {
    crate::error::to_json("list of ids", &items)
}

/// PostgreSQL cannot hold the character U+0000 in a text; so that both databases store the same, it becomes U+FFFD in both.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.as_bytes().contains(&0) { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
