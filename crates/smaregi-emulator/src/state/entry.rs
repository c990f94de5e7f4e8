//! The only ways in which state changes. A journal line, a snapshot and a live change are all made of entries.

use super::{
    describe::{self, TableSpec},
    identity::IdentityEntry,
    layout::Layouts,
    packed::Packed,
    sales::{Moved, Sale, SaleTimes},
    stock::StockChange,
    table::Id,
};
use crate::spec::{AppSpec, ContractSpec, EmulatorError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// An issued access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) contract_id: String,
    pub(crate) scopes: Vec<String>,
    /// Seconds since 1970, UTC.
    pub(crate) expires: i64,
    /// The person behind a user token, by e-mail address; `None`: an app token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Contract(ContractSpec),
    App(AppSpec),
    Token(Token),
    Identity(IdentityEntry),
    /// A row is new or has new values.
    Row {
        contract: Arc<str>,
        table: &'static TableSpec,
        id: Id,
        row: Packed,
    },
    /// A row was deleted.
    Gone {
        contract: Arc<str>,
        table: &'static TableSpec,
        id: Id,
    },
    Stock {
        contract: Arc<str>,
        change: StockChange,
    },
    Sale {
        contract: Arc<str>,
        id: Id,
        sale: Box<Sale>,
    },
}

/// An entry as it is written: rows as JSON objects with names, so that a journal can be read by people and by later versions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stored {
    Contract(ContractSpec),
    App(AppSpec),
    Token(Token),
    Identity(IdentityEntry),
    Row { contract: String, table: String, id: Id, values: Box<RawValue> },
    Gone { contract: String, table: String, id: Id },
    Stock { contract: String, change: StockChange },
    Sale(StoredSale),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredSale {
    contract: String,
    id: Id,
    head: Box<RawValue>,
    lines: Vec<Box<RawValue>>,
    deposits: Vec<Box<RawValue>>,
    moved: Vec<Moved>,
    times: SaleTimes,
}

impl Entry {
    pub(crate) fn store(&self, layouts: &Layouts) -> Stored {
        match self {
            Self::Contract(spec) => Stored::Contract(spec.clone()),
            Self::App(spec) => Stored::App(spec.clone()),
            Self::Token(token) => Stored::Token(token.clone()),
            Self::Identity(entry) => Stored::Identity(entry.clone()),
            Self::Row { contract, table, id, row } => {
                let values = row.to_raw(&layouts.table(table).columns);
                Stored::Row { contract: contract.to_string(), table: table.name.clone(), id: *id, values }
            }
            Self::Gone { contract, table, id } => {
                Stored::Gone { contract: contract.to_string(), table: table.name.clone(), id: *id }
            }
            Self::Stock { contract, change } => {
                Stored::Stock { contract: contract.to_string(), change: change.clone() }
            }
            Self::Sale { contract, id, sale } => Stored::Sale(StoredSale {
                contract: contract.to_string(),
                id: *id,
                head: sale.head.to_raw(&layouts.head),
                lines: sale.lines.iter().map(|line| line.to_raw(&layouts.line)).collect(),
                deposits: sale.deposits.iter().map(|row| row.to_raw(&layouts.deposit)).collect(),
                moved: sale.moved.clone(),
                times: sale.times,
            }),
        }
    }
}

impl Stored {
    pub(crate) fn read(self, layouts: &Layouts) -> Result<Entry, EmulatorError> {
        let bad = |e: serde_json::Error| EmulatorError::data("entry", e);
        Ok(match self {
            Self::Contract(spec) => Entry::Contract(spec),
            Self::App(spec) => Entry::App(spec),
            Self::Token(token) => Entry::Token(token),
            Self::Identity(entry) => Entry::Identity(entry),
            Self::Row { contract, table, id, values } => {
                let table = known_table(&table)?;
                let row = Packed::from_raw(&layouts.table(table).columns, &values).map_err(bad)?;
                Entry::Row { contract: contract.into(), table, id, row }
            }
            Self::Gone { contract, table, id } => {
                Entry::Gone { contract: contract.into(), table: known_table(&table)?, id }
            }
            Self::Stock { contract, change } => Entry::Stock { contract: contract.into(), change },
            Self::Sale(stored) => stored.read(layouts).map_err(bad)?,
        })
    }
}

impl StoredSale {
    fn read(self, layouts: &Layouts) -> Result<Entry, serde_json::Error> {
        let rows = |columns: &super::packed::Columns, rows: Vec<Box<RawValue>>| {
            rows.iter().map(|row| Packed::from_raw(columns, row)).collect::<Result<Vec<_>, _>>()
        };
        let sale = Sale {
            head: Packed::from_raw(&layouts.head, &self.head)?,
            lines: rows(&layouts.line, self.lines)?,
            deposits: rows(&layouts.deposit, self.deposits)?,
            moved: self.moved,
            times: self.times,
        };
        Ok(Entry::Sale { contract: self.contract.into(), id: self.id, sale: Box::new(sale) })
    }
}

fn known_table(name: &str) -> Result<&'static TableSpec, EmulatorError> {
    describe::spec(name).ok_or_else(|| EmulatorError::data("table", format!("unknown table {name}")))
}
