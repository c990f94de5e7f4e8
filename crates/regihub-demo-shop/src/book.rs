//! The rules of the shop, without clock, disk or network: what may be sold, what a push may change, and the feed of order changes.
//!
//! Everything that ever happened is an [`Entry`]; the book is what the entries add up to. It is built by
//! [`Book::apply`] alone, now or at a restart, so both give the same.

use crate::order::{Order, OrderStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change, as the journal keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Placed {
        order: Order,
        /// The browser that bought it, for its "my orders".
        visitor: Option<String>,
    },
    Cancelled {
        id: String,
        sequence: u64,
    },
    Stock {
        sku: String,
        #[serde(flatten)]
        push: Push,
    },
}

/// A stock number as the hub sent it (generic.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Push {
    pub(crate) quantity: i64,
    pub(crate) version: u64,
    /// The highest order sequence that `quantity` already contains.
    pub(crate) orders_seen: u64,
}

impl Push {
    /// Applied only when its version is greater than the one held.
    pub(crate) fn is_newer_than(&self, held: Option<&Push>) -> bool {
        held.is_none_or(|held| self.version > held.version)
    }
}

/// More was wanted than may be sold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sku}: {wanted} wanted, {} available", .available.map_or("unknown".to_owned(), |pieces| pieces.to_string()))]
pub struct OutOfStock {
    pub sku: String,
    pub wanted: i64,
    /// `None` while no stock number has been received: unknown is not for sale.
    pub available: Option<i64>,
}

/// What the shop knows about one SKU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StockTruth {
    pub quantity: Option<i64>,
    pub version: Option<u64>,
    pub orders_seen: Option<u64>,
    /// What a customer can buy now; `None` before the first push.
    pub available: Option<i64>,
}

#[derive(Default)]
pub(crate) struct Book {
    goods: BTreeMap<String, Goods>,
    orders: Vec<Kept>,
    /// Change number `n` (from 1) is at `n - 1`.
    changes: Vec<Change>,
    oversold: i64,
}

#[derive(Default)]
struct Goods {
    push: Option<Push>,
    /// Sales and returns in the order of their sequence, each with the sum up to and including it.
    moves: Vec<Move>,
}

struct Move {
    sequence: u64,
    sold_so_far: i64,
}

struct Kept {
    order: Order,
    visitor: Option<String>,
}

struct Change {
    order: usize,
    status: OrderStatus,
}

const FIRST_ORDER_ID: u64 = 1001;

impl Goods {
    fn sold_after(&self, sequence: u64) -> i64 {
        let seen = self.moves.partition_point(|m| m.sequence <= sequence);
        let sold = |moves: &[Move]| moves.last().map_or(0, |m| m.sold_so_far);
        sold(&self.moves) - sold(&self.moves[..seen])
    }

    /// The number of the newest push without what was sold since. The shops of a chain may have sold the same piece: then
    /// the sum is below zero and nothing is for sale.
    fn available(&self) -> Option<i64> {
        self.push.map(|push| (push.quantity - self.sold_after(push.orders_seen)).max(0))
    }

    fn sell(&mut self, sequence: u64, pieces: i64) {
        let sold_so_far = self.moves.last().map_or(0, |m| m.sold_so_far) + pieces;
        self.moves.push(Move { sequence, sold_so_far });
    }
}

impl Book {
    /// The newest sequence given out; 0 before the first order.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.changes.len() as u64
    }

    pub(crate) fn next_order_id(&self) -> u64 {
        FIRST_ORDER_ID + self.orders.len() as u64
    }

    pub(crate) fn held(&self, sku: &str) -> Option<Push> {
        self.goods.get(sku).and_then(|goods| goods.push)
    }

    /// `None` before the first push.
    pub(crate) fn available(&self, sku: &str) -> Option<i64> {
        self.goods.get(sku).and_then(Goods::available)
    }

    pub(crate) fn stock(&self, sku: &str) -> StockTruth {
        let held = self.held(sku);
        StockTruth {
            quantity: held.map(|push| push.quantity),
            version: held.map(|push| push.version),
            orders_seen: held.map(|push| push.orders_seen),
            available: self.available(sku),
        }
    }

    pub(crate) fn check_sellable(&self, sku: &str, wanted: i64) -> Result<(), OutOfStock> {
        let available = self.available(sku);
        if available.is_some_and(|pieces| wanted <= pieces) {
            return Ok(());
        }
        Err(OutOfStock { sku: sku.to_owned(), wanted, available })
    }

    /// Pieces sold beyond what was available, over the shop's whole life. Counted when an order enters the book, apart from
    /// the check before a sale, so that a mistake in that check shows.
    pub(crate) fn oversold(&self) -> i64 {
        self.oversold
    }

    pub(crate) fn order(&self, id: &str) -> Option<&Order> {
        self.position(id).map(|position| &self.orders[position].order)
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().map(|kept| &kept.order)
    }

    /// Newest first.
    pub(crate) fn orders_of<'a>(&'a self, visitor: &'a str) -> impl Iterator<Item = &'a Order> {
        self.orders.iter().rev().filter(move |kept| kept.visitor.as_deref() == Some(visitor)).map(|kept| &kept.order)
    }

    /// The feed: each row is the order as that change left it.
    pub(crate) fn changes_after(&self, sequence: u64, limit: usize) -> impl Iterator<Item = Order> {
        let first = usize::try_from(sequence).unwrap_or(usize::MAX).min(self.changes.len());
        (first..self.changes.len()).take(limit).map(|index| {
            let change = &self.changes[index];
            let order = self.orders[change.order].order.clone();
            Order { sequence: index as u64 + 1, status: change.status, ..order }
        })
    }

    /// The only way anything changes. Refuses what cannot follow from what is there: a damaged journal, never a customer.
    pub(crate) fn apply(&mut self, entry: Entry) -> Result<(), String> {
        match entry {
            Entry::Placed { order, visitor } => self.place(order, visitor),
            Entry::Cancelled { id, sequence } => self.cancel(&id, sequence),
            Entry::Stock { sku, push } => {
                self.goods.entry(sku).or_default().push = Some(push);
                Ok(())
            }
        }
    }

    fn place(&mut self, order: Order, visitor: Option<String>) -> Result<(), String> {
        self.check_follows(order.sequence)?;
        if order.id != self.next_order_id().to_string() {
            return Err(format!("order {} found, {} expected", order.id, self.next_order_id()));
        }
        for line in &order.lines {
            let goods = self.goods.entry(line.sku.clone()).or_default();
            self.oversold += (line.quantity - goods.available().unwrap_or(0)).max(0);
            goods.sell(order.sequence, line.quantity);
        }
        self.changes.push(Change { order: self.orders.len(), status: OrderStatus::Placed });
        self.orders.push(Kept { order, visitor });
        Ok(())
    }

    fn cancel(&mut self, id: &str, sequence: u64) -> Result<(), String> {
        self.check_follows(sequence)?;
        let position = self.position(id).ok_or_else(|| format!("order {id} is cancelled but was never placed"))?;
        let order = &mut self.orders[position].order;
        if order.status == OrderStatus::Cancelled {
            return Err(format!("order {id} is cancelled twice"));
        }
        order.status = OrderStatus::Cancelled;
        order.sequence = sequence;
        for line in &order.lines {
            self.goods.entry(line.sku.clone()).or_default().sell(sequence, -line.quantity);
        }
        self.changes.push(Change { order: position, status: OrderStatus::Cancelled });
        Ok(())
    }

    fn check_follows(&self, sequence: u64) -> Result<(), String> {
        let expected = self.last_sequence() + 1;
        if sequence == expected { Ok(()) } else { Err(format!("sequence {sequence} found, {expected} expected")) }
    }

    fn position(&self, id: &str) -> Option<usize> {
        let number: u64 = id.parse().ok()?;
        let position = usize::try_from(number.checked_sub(FIRST_ORDER_ID)?).ok()?;
        self.orders.get(position).filter(|kept| kept.order.id == id).map(|_| position)
    }
}
