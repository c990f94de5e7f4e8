//! One order: what the rules need of its row, and the way back into it.

use crate::{
    resources::maker::text_of,
    state::{Columns, Id, Packed},
};
use serde_json::{Map, Value, json};

pub(crate) const ORDERS: &str = "orders";

/// Where an order stands. Allocation and payment are told beside it (platform-orders.md §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 受注確認: stopped until a person has looked.
    Review,
    Open,
    /// 出荷準備
    Preparing,
    /// 出荷済
    Shipped,
    /// キャンセル済
    Canceled,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Open => "open",
            Self::Preparing => "preparing",
            Self::Shipped => "shipped",
            Self::Canceled => "canceled",
        }
    }

    /// Statuses of orders that can still be allocated and shipped, now or after a look.
    pub(crate) const UNDER_WAY: [Self; 3] = [Self::Review, Self::Open, Self::Preparing];

    fn of(word: &str) -> Self {
        let all = [Self::Review, Self::Open, Self::Preparing, Self::Shipped, Self::Canceled];
        all.into_iter().find(|status| status.word() == word).unwrap_or(Self::Open)
    }
}

/// 明細
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: Id,
    pub(crate) product: Id,
    pub(crate) price: i64,
    pub(crate) quantity: i64,
    /// Tax rate in percent.
    pub(crate) rate: i64,
    /// Everything the answer shows.
    pub(crate) row: Map<String, Value>,
}

/// Pieces of a line that a store has set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) line: Id,
    pub(crate) store: Id,
    pub(crate) quantity: i64,
    /// Whether the store's stock was lowered for them.
    pub(crate) moved: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: Id,
    pub(crate) store: Id,
    pub(crate) status: Status,
    pub(crate) lines: Vec<Line>,
    pub(crate) parts: Vec<Part>,
    /// All columns; those above are written into it by [`Order::pack`].
    pub(crate) row: Map<String, Value>,
}

impl Order {
    pub(crate) fn read(id: Id, columns: &Columns, row: &Packed) -> Self {
        let row = row.to_map(columns);
        let objects = |name: &str| {
            let list = row.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            list.into_iter().filter_map(|value| value.as_object().cloned())
        };
        let part = |part: Map<String, Value>| Part {
            line: id_of(&part, "orderDetailId"),
            store: id_of(&part, "storeId"),
            quantity: number(&part, "quantity"),
            moved: part.get("moved").map(text_of).as_deref() == Some("true"),
        };
        Self {
            id,
            store: id_of(&row, "storeId"),
            status: Status::of(&row.get("status").map(text_of).unwrap_or_default()),
            lines: objects("details").map(Line::read).collect(),
            parts: objects("allocations").map(part).collect(),
            row,
        }
    }

    pub(crate) fn pack(&self, columns: &Columns) -> Packed {
        let mut row = self.row.clone();
        let part = |part: &Part| {
            let (line, store) = (part.line.to_string(), part.store.to_string());
            json!({ "orderDetailId": line, "storeId": store, "quantity": part.quantity, "moved": part.moved })
        };
        row.insert("status".into(), json!(self.status.word()));
        row.insert("allocationStatus".into(), json!(self.allocation()));
        row.insert("details".into(), self.lines.iter().map(|line| line.shown(self.allocated(line.id))).collect());
        row.insert("allocations".into(), self.parts.iter().map(part).collect());
        Packed::from_map(columns, &row)
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        number(&self.row, name)
    }

    /// `None` for null and for an empty text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.row.get(name).filter(|value| !value.is_null()).map(text_of).filter(|text| !text.is_empty())
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.row.insert(name.into(), value);
    }

    pub(crate) fn is_under_way(&self) -> bool {
        Status::UNDER_WAY.contains(&self.status)
    }

    /// Pieces of a line that are set aside.
    pub(crate) fn allocated(&self, line: Id) -> i64 {
        self.parts.iter().filter(|part| part.line == line).map(|part| part.quantity).sum()
    }

    /// Pieces of a line that wait for stock.
    pub(crate) fn missing(&self, line: &Line) -> i64 {
        (line.quantity - self.allocated(line.id)).max(0)
    }

    pub(crate) fn is_allocated(&self) -> bool {
        self.lines.iter().all(|line| self.missing(line) == 0)
    }

    /// 未引当, 一部引当, 引当済.
    pub(crate) fn allocation(&self) -> &'static str {
        match (self.is_allocated(), self.parts.is_empty()) {
            (true, false) => "allocated",
            (false, false) => "partial",
            (_, true) => "unallocated",
        }
    }

    pub(crate) fn line(&self, id: Id) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// 取引 that was made of it.
    pub(crate) fn sale(&self) -> Option<Id> {
        self.text("transactionHeadId")?.parse().ok()
    }
}

impl Line {
    pub(crate) fn read(row: Map<String, Value>) -> Self {
        Self {
            id: id_of(&row, "orderDetailId"),
            product: id_of(&row, "productId"),
            price: number(&row, "salesPrice"),
            quantity: number(&row, "quantity"),
            rate: number(&row, "taxRate"),
            row,
        }
    }

    fn shown(&self, allocated: i64) -> Value {
        let mut row = self.row.clone();
        row.insert("quantity".into(), json!(self.quantity));
        row.insert("allocatedQuantity".into(), json!(allocated));
        Value::Object(row)
    }
}

/// A whole number, 0 for anything else.
fn number(row: &Map<String, Value>, name: &str) -> i64 {
    let value = row.get(name);
    value.and_then(Value::as_i64).or_else(|| value.map(text_of)?.parse().ok()).unwrap_or(0)
}

fn id_of(row: &Map<String, Value>, name: &str) -> Id {
    row.get(name).map(text_of).and_then(|text| text.parse().ok()).unwrap_or(0)
}
