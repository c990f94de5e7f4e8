//! Transactions (取引) of one contract.

use super::{packed::Packed, stock::StockDivision, table::Id, time_index::TimeIndex};
use crate::time::{DAY, Days, Seconds};
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
    by_received: TimeIndex,
    by_sold: TimeIndex,
    by_updated: TimeIndex,
    by_summed: TimeIndex,
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

    /// Numbers of the sales in a list's window, in the order of the column it is about; both ends included. `sumDate` is given in days.
    pub(crate) fn between(&self, column: &str, from: i64, to: i64) -> impl Iterator<Item = Id> + '_ {
        let (index, width) = match column {
            "transactionDateTime" => (Some(&self.by_received), 1),
            "terminalTranDateTime" => (Some(&self.by_sold), 1),
            "updDateTime" => (Some(&self.by_updated), 1),
            "sumDate" => (Some(&self.by_summed), DAY),
            _ => (None, 1),
        };
        let (from, to) = (from.saturating_mul(width), to.saturating_mul(width));
        index.into_iter().flat_map(move |index| index.between(from, to)).map(|(_, id)| id)
    }

    pub(crate) fn has_receipt(&self, uuid: &str) -> bool {
        self.receipts.contains(uuid)
    }

    pub(crate) fn put(&mut self, id: Id, receipt: Option<Box<str>>, sale: Sale) {
        if let Some(old) = self.sales.remove(&id) {
            self.unindex(id, &old.times);
        }
        let times = sale.times;
        self.by_received.insert(times.received, id);
        self.by_sold.insert(times.sold, id);
        self.by_updated.insert(times.updated, id);
        if let Some(day) = times.summed {
            self.by_summed.insert(day * DAY, id);
        }
        self.receipts.extend(receipt);
        self.sales.insert(id, sale);
    }

    fn unindex(&mut self, id: Id, times: &SaleTimes) {
        self.by_received.remove(times.received, id);
        self.by_sold.remove(times.sold, id);
        self.by_updated.remove(times.updated, id);
        if let Some(day) = times.summed {
            self.by_summed.remove(day * DAY, id);
        }
    }
}
