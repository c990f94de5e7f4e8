//! Rows from CSV files: the whole file or nothing of it.
//!
//! Headings are Smaregi's field names, or the Japanese names its documents give them (`data/csv-headings.json`). The text may be UTF-8, with or
//! without byte order mark, or Shift_JIS as Japanese spreadsheets write it.

mod headings;
mod rows;
mod sheet;
mod stock;

use crate::{
    emulator::{Emulator, Inner, State},
    spec::EmulatorError,
    state::{Entry, StockChange},
    webhooks::Event,
};
use serde::Serialize;
use serde_json::Value;
use std::{fmt, str::FromStr};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CsvTable {
    Products,
    Categories,
    Customers,
    Stores,
    /// Levels: one product in one store a row.
    Stock,
}

impl CsvTable {
    pub const ALL: [Self; 5] = [Self::Products, Self::Categories, Self::Customers, Self::Stores, Self::Stock];

    /// Name of the table in data sets and paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Categories => "categories",
            Self::Customers => "customers",
            Self::Stores => "stores",
            Self::Stock => "stock",
        }
    }
}

impl FromStr for CsvTable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|table| table.name() == text.trim());
        found.ok_or_else(|| format!("got {text}, allowed is one of {}", names.join(", ")))
    }
}

/// What a file brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub table: CsvTable,
    /// Rows that are new.
    pub created: usize,
    /// Rows that were there and have new values.
    pub changed: usize,
}

/// What is wrong with one cell, row or the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvProblem {
    /// Line of the file, counted from 1; 0 for the file as a whole.
    pub line: u64,
    /// Heading or field; empty for the row as a whole.
    pub field: String,
    pub reason: String,
}

impl fmt::Display for CsvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.field.as_str()) {
            (0, _) => write!(f, "{}", self.reason),
            (line, "") => write!(f, "line {line}: {}", self.reason),
            (line, field) => write!(f, "line {line}, {field}: {}", self.reason),
        }
    }
}

/// The first problems of a file of which nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CsvError {
    /// At most [`CsvError::MOST`] of them.
    pub problems: Vec<CsvProblem>,
    /// How many more there are.
    pub more: usize,
}

impl CsvError {
    /// How many problems are told one by one.
    pub const MOST: usize = 20;

    fn whole(reason: impl Into<String>) -> Self {
        Self { problems: vec![CsvProblem { line: 0, field: String::new(), reason: reason.into() }], more: 0 }
    }

    fn of(problems: Vec<CsvProblem>) -> Self {
        let (mut problems, count) = { (problems.clone(), problems.len()) };
        problems.truncate(Self::MOST);
        Self { more: count - problems.len(), problems }
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was imported")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))?;
        if self.more > 0 { write!(f, "\n  and {} more", self.more) } else { Ok(()) }
    }
}

/// A checked file, ready to be written down.
struct Checked {
    entries: Vec<Entry>,
    imported: Imported,
    /// Of the event that tells of it.
    ids: Vec<Value>,
}

impl Emulator {
    /// Imports a CSV file into a contract as a person does it at the admin screen: all rows or none, told as the resource's `bulk-update`
    /// (platform-common.md §17). A row with a known key or code changes that row, others are new; an empty cell leaves a value as it is.
    ///
    /// # Errors
    /// Every problem with line and field; nothing is imported then.
    pub fn import_csv(&self, contract: &str, table: CsvTable, bytes: &[u8]) -> Result<Imported, CsvError> {
        self.inner.import_csv(&mut self.state(), contract, table, bytes)
    }
}

impl Inner {
    pub(crate) fn import_csv(
        &self,
        state: &mut State,
        contract: &str,
        table: CsvTable,
        bytes: &[u8],
    ) -> Result<Imported, CsvError> {
        let unknown = || CsvError::whole(EmulatorError::UnknownContract(contract.into()).to_string());
        let contract = state.world.shop(contract).map(|shop| shop.id.clone()).ok_or_else(unknown)?;
        let checked = match table {
            CsvTable::Stock => stock::check(self, &state.world, &contract, bytes)?,
            _ => rows::check(self, &state.world, &contract, table, bytes)?,
        };
        checked.entries.into_iter().for_each(|entry| state.world.record(entry));
        state.world.save().map_err(|problem| CsvError::whole(problem.detail.unwrap_or_default()))?;
        if !checked.ids.is_empty() {
            let event = Event::new(contract, &format!("pos:{}", table.name()), "bulk-update", checked.ids);
            self.publish(state, vec![event], Vec::new());
        }
        Ok(checked.imported)
    }
}

/// The entry of a stock event, as bulk jobs tell it.
fn told(change: &StockChange) -> Value {
    crate::resources::stock::event_entry(change)
}
