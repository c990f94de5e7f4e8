//! Transactions (取引) of one contract.

use super::{packed::Packed, stock::StockDivision, table::Id};
use crate::time::{Days, Seconds};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One transaction: head, lines and other payments as rows, and what it did to stock.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) head: Packed,
    pub(crate) lines: Vec<Packed>,
    pub(crate) deposits: Vec<Packed>,
    pub(crate) moved: Vec<Moved>,
    pub(crate) times: SaleTimes,
}

/// Stock moved by a transaction, so that a cancel can give back exactly this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) product: Id,
    pub(crate) amount: i64,
    pub(crate) division: StockDivision,
}

/// The four times by which transactions can be listed (platform-pos.md §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SaleTimes {
    pub(crate) received: Seconds,
    pub(crate) sold: Seconds,
    pub(crate) updated: Seconds,
    pub(crate) summed: Option<Days>,
}

/// Transactions by id, and the ids by each of the four times.
#[derive(Debug, Default)]
pub(crate) struct SalesBook {
    sales: BTreeMap<Id, Sale>,
    by_received: BTreeSet<(Seconds, Id)>,
    by_sold: BTreeSet<(Seconds, Id)>,
    by_updated: BTreeSet<(Seconds, Id)>,
    by_summed: BTreeSet<(Days, Id)>,
    receipts: BTreeSet<Box<str>>,
}

impl SalesBook {
    pub(crate) fn len(&self) -> usize {
        self.sales.len()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Sale> {
        self.sales.get(&id)
    }

    pub(crate) fn sales(&self) -> &BTreeMap<Id, Sale> {
        &self.sales
    }

    pub(crate) fn next_id(&self) -> Id {
        self.sales.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    /// The index for a list's window, named by the column.
    pub(crate) fn index(&self, column: &str) -> Option<&BTreeSet<(i64, Id)>> {
        match column {
            "transactionDateTime" => Some(&self.by_received),
            "terminalTranDateTime" => Some(&self.by_sold),
            "updDateTime" => Some(&self.by_updated),
            "sumDate" => Some(&self.by_summed),
            _ => None,
        }
    }

    pub(crate) fn has_receipt(&self, uuid: &str) -> bool {
        self.receipts.contains(uuid)
    }

    pub(crate) fn put(&mut self, id: Id, receipt: Option<Box<str>>, sale: Sale) {
        if let Some(old) = self.sales.remove(&id) {
            self.unindex(id, &old.times);
        }
        let times = sale.times;
        self.by_received.insert((times.received, id));
        self.by_sold.insert((times.sold, id));
        self.by_updated.insert((times.updated, id));
        self.by_summed.extend(times.summed.map(|day| (day, id)));
        self.receipts.extend(receipt);
        self.sales.insert(id, sale);
    }

    fn unindex(&mut self, id: Id, times: &SaleTimes) {
        self.by_received.remove(&(times.received, id));
        self.by_sold.remove(&(times.sold, id));
        self.by_updated.remove(&(times.updated, id));
        if let Some(day) = times.summed {
            self.by_summed.remove(&(day, id));
        }
    }
}
