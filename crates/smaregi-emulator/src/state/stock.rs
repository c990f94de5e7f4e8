//! Stock as a ledger: every level is the sum of its history.

use super::table::Id;
use crate::time::Seconds;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Largest stock the real service keeps (platform-pos.md §4).
pub(crate) const MOST: i64 = 999_999_999;

/// Why stock moved: `stockDivision` (platform-pos.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StockDivision {
    /// 修正: corrected by a person.
    #[serde(rename = "01")]
    Correction,
    /// 売上; positive when a sale is cancelled.
    #[serde(rename = "02")]
    Sale,
    /// 仕入: goods in.
    #[serde(rename = "03")]
    GoodsIn,
    /// 出庫: sent to another store.
    #[serde(rename = "04")]
    TransferOut,
    /// 入庫: received from another store.
    #[serde(rename = "05")]
    TransferIn,
    /// 取置き: put aside for a customer, or given back.
    #[serde(rename = "07")]
    Layaway,
    /// 棚卸: what the count found.
    #[serde(rename = "08")]
    Stocktaking,
    /// 出荷: sent to a supplier or an outsider.
    #[serde(rename = "10")]
    Shipment,
    /// 返品: goods came back from a customer, or went back to a supplier.
    #[serde(rename = "12")]
    Return,
    /// 販促品: given away.
    #[serde(rename = "13")]
    Promotion,
    /// ロス: spoilt, stolen, …
    #[serde(rename = "14")]
    Loss,
    /// スマレジAPI連携: written through the API.
    #[serde(rename = "15")]
    Api,
    /// 売上引当: consumed as a component of a sold product.
    #[serde(rename = "16")]
    SaleReservation,
    /// 入庫欠品: missing in what another store sent.
    #[serde(rename = "17")]
    TransferShortage,
    /// 受注在庫引当: set aside for an order; positive when it is given back.
    #[serde(rename = "18")]
    OrderAllocation,
}

impl StockDivision {
    pub fn code(self) -> &'static str {
        match self {
            Self::Correction => "01",
            Self::Sale => "02",
            Self::GoodsIn => "03",
            Self::TransferOut => "04",
            Self::TransferIn => "05",
            Self::Layaway => "07",
            Self::Stocktaking => "08",
            Self::Shipment => "10",
            Self::Return => "12",
            Self::Promotion => "13",
            Self::Loss => "14",
            Self::Api => "15",
            Self::SaleReservation => "16",
            Self::TransferShortage => "17",
            Self::OrderAllocation => "18",
        }
    }
}

/// One movement of one product in one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockChange {
    /// 在庫変動履歴ID
    pub id: u64,
    pub product_id: u64,
    pub store_id: u64,
    /// Signed.
    pub amount: i64,
    /// Level after this change.
    pub stock_amount: i64,
    /// Pieces put aside for layaways after this change.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub layaway_stock_amount: i64,
    pub division: StockDivision,
    /// When the server booked it. Seconds since 1970, UTC.
    pub at: i64,
    /// When it took effect (the sale's time on the till). Seconds since 1970, UTC.
    pub effective_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// What the document behind the movement adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slip: Option<Box<StockSlip>>,
}

/// Where moved goods come from and go to, and who moved them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StockSlip {
    /// Sending store of a transfer.
    pub from_store_id: Option<u64>,
    /// Receiving store of a transfer.
    pub to_store_id: Option<u64>,
    pub staff_id: Option<u64>,
    pub staff_name: Option<String>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[derive(Debug, Default)]
pub(crate) struct Level {
    pub(crate) amount: i64,
    /// Put aside for layaways.
    pub(crate) layaway: i64,
    pub(crate) updated: Seconds,
    pub(crate) history: Vec<StockChange>,
}

/// All levels of a contract. A pair exists only after its first movement (platform-pos.md §4).
#[derive(Debug, Default)]
pub(crate) struct StockBook {
    levels: BTreeMap<(Id, Id), Level>,
    by_store: BTreeSet<(Id, Id)>,
    by_update: BTreeSet<(Seconds, Id, Id)>,
    last_change: u64,
}

impl StockBook {
    pub(crate) fn level(&self, product: Id, store: Id) -> Option<&Level> {
        self.levels.get(&(product, store))
    }

    pub(crate) fn amount(&self, product: Id, store: Id) -> i64 {
        self.level(product, store).map_or(0, |level| level.amount)
    }

    /// By product, then store.
    pub(crate) fn levels(&self) -> &BTreeMap<(Id, Id), Level> {
        &self.levels
    }

    /// (store, product)
    /// How many movements are remembered.
    pub(crate) fn changes(&self) -> usize {
        self.levels.values().map(|level| level.history.len()).sum()
    }

    pub(crate) fn by_store(&self) -> &BTreeSet<(Id, Id)> {
        &self.by_store
    }

    /// (time of the last change, product, store)
    pub(crate) fn by_update(&self) -> &BTreeSet<(Seconds, Id, Id)> {
        &self.by_update
    }

    pub(crate) fn next_change_id(&self) -> u64 {
        self.last_change + 1
    }

    pub(crate) fn apply(&mut self, change: StockChange) {
        let (product, store) = (change.product_id, change.store_id);
        self.last_change = self.last_change.max(change.id);
        let level = self.levels.entry((product, store)).or_default();
        self.by_update.remove(&(level.updated, product, store));
        level.amount = change.stock_amount;
        level.layaway = change.layaway_stock_amount;
        level.updated = change.at;
        self.by_update.insert((change.at, product, store));
        self.by_store.insert((store, product));
        level.history.push(change);
    }

    /// A deleted product takes its stock rows with it.
    pub(crate) fn forget_product(&mut self, product: Id) {
        let pairs = self.levels.range((product, 0)..=(product, Id::MAX));
        self.forget(pairs.map(|(pair, _)| *pair).collect());
    }

    /// A deleted store takes its stock rows with it.
    pub(crate) fn forget_store(&mut self, store: Id) {
        let pairs = self.by_store.range((store, 0)..=(store, Id::MAX));
        self.forget(pairs.map(|(store, product)| (*product, *store)).collect());
    }

    fn forget(&mut self, pairs: Vec<(Id, Id)>) {
        for (product, store) in pairs {
            if let Some(level) = self.levels.remove(&(product, store)) {
                self.by_update.remove(&(level.updated, product, store));
            }
            self.by_store.remove(&(store, product));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: u64, amount: i64, stock_amount: i64, at: i64) -> StockChange {
        let division = StockDivision::Api;
        StockChange {
            id,
            product_id: 7,
            store_id: 1,
            amount,
            stock_amount,
            layaway_stock_amount: 0,
            division,
            at,
            effective_at: at,
            memo: None,
            slip: None,
        }
    }

    #[test]
    fn a_pair_appears_with_its_first_movement_and_remembers_why() {
        let mut book = StockBook::default();
        assert!(book.level(7, 1).is_none());
        book.apply(change(1, 5, 5, 100));
        book.apply(change(2, -2, 3, 200));
        assert_eq!(book.amount(7, 1), 3);
        assert_eq!(book.next_change_id(), 3);
        assert_eq!(book.by_update().iter().copied().collect::<Vec<_>>(), [(200, 7, 1)]);
        assert_eq!(book.level(7, 1).unwrap().history.len(), 2);
        book.forget_product(7);
        assert!(book.levels().is_empty() && book.by_store().is_empty() && book.by_update().is_empty());
    }
}
