//! Orders of a shop and what they demand from Smaregi's stock.

use crate::ids::{OrderId, Sku};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub order_id: OrderId,
    /// What the customer sees.
    pub number: String,
    /// Position of this state in the shop's feed of order changes; the version of the order.
    pub sequence: i64,
    pub status: OrderStatus,
    /// Microseconds since 1970, UTC.
    pub placed_at: i64,
    pub currency: String,
    /// Decimal text as the shop sent it.
    pub total: String,
    pub lines: Vec<OrderLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Placed,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub line_id: String,
    pub sku: Sku,
    pub name: String,
    pub quantity: i64,
    pub unit_price: String,
}

/// What one more state of an order means for the stock in Smaregi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderStep {
    /// First seen and wanted: take every line's pieces out of Smaregi.
    Take,
    /// Was taken, is now cancelled: put back what was taken.
    GiveBack,
    /// Nothing to do (repeated, older, or cancelled before it was ever seen).
    Nothing,
}

/// Decides by the versions only, so that repeats and disorder change nothing (I4).
pub fn order_step(known: Option<&Order>, new: &Order) -> OrderStep {
    match (known, new.status) {
        (None, OrderStatus::Placed) => OrderStep::Take,
        (None, OrderStatus::Cancelled) => OrderStep::Nothing,
        (Some(old), _) if new.sequence <= old.sequence => OrderStep::Nothing,
        (Some(old), OrderStatus::Cancelled) if old.status == OrderStatus::Placed => OrderStep::GiveBack,
        (Some(old), OrderStatus::Placed) if old.status == OrderStatus::Cancelled => OrderStep::Take,
        (Some(_), _) => OrderStep::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(sequence: i64, status: OrderStatus) -> Order {
        Order {
            order_id: "1001".into(),
            number: "W-1001".into(),
            sequence,
            status,
            placed_at: 0,
            currency: "JPY".into(),
            total: "0".into(),
            lines: vec![],
        }
    }

    #[test]
    fn an_order_is_taken_once_and_given_back_once() {
        use OrderStatus::*;
        let placed = order(1, Placed);
        let cancelled = order(2, Cancelled);
        assert_eq!(order_step(None, &placed), OrderStep::Take);
        assert_eq!(order_step(Some(&placed), &placed), OrderStep::Nothing);
        assert_eq!(order_step(Some(&placed), &cancelled), OrderStep::GiveBack);
        assert_eq!(order_step(Some(&cancelled), &placed), OrderStep::Nothing, "an old state never wins");
        assert_eq!(order_step(None, &cancelled), OrderStep::Nothing);
    }
}
