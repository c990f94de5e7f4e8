//! 回数券: sets of uses that a customer bought at a till and uses up (platform-pos.md §2.13).
//!
//! Only a till sells them. How the body of a use names the set, and what `with_products` adds, was not seen: a use takes one of the customer's
//! oldest set that can be used.

use super::desk::{Desk, columns, number, sent};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::{
        operations,
        rows::{self, members, shop},
        transactions::{self, Composed, Kind, compose, register_as},
    },
    settings::Settings,
    state::{Id, Packed},
    time,
};
use serde_json::{Map, Value, json};

const TABLE: &str = "productSets";
const HEAD_DIVISION: &str = "9";
const IN_USE: &str = "0";
const USED_UP: &str = "1";
const EXPIRED: &str = "2";

/// A set of tickets that a till sells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct TicketSale {
    /// 回数券商品: a product whose `division` is 1.
    pub product_id: u64,
    pub customer_id: u64,
    pub store_id: u64,
    pub terminal_id: u64,
    /// How often it can be used.
    pub uses: i64,
    /// Last day of use, `YYYY-MM-DD`; `None`: no end.
    #[serde(default)]
    pub expire_date: Option<String>,
}

/// The list and one set; a set whose last day is over has expired.
pub(super) fn read(call: &mut Call<'_>) -> Result<Answer, Problem> {
    Desk::of(call).expire_tickets()?;
    match operations::of(call.endpoint) {
        Some(operation) => rows::run(call, operation),
        None => Err(Problem::no_such_path()),
    }
}

pub(super) fn consume(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let inner = call.inner;
    let id = Desk::of(call).use_tickets(&inner.settings, &body)?;
    call.emit("pos:transactions", "created", vec![json!(id.to_string())]);
    let sale = shop(call)?.sales.get(id).ok_or_else(|| Problem::not_found("transaction_id"))?;
    let body = transactions::whole(&call.world.layouts, sale);
    Ok(Answer::json(call.inner.settings.pos.create_status, body))
}

impl Desk<'_> {
    fn expire_tickets(&mut self) -> Result<(), Problem> {
        let today = time::format_date(self.now);
        let table = self.shop()?.table(TABLE);
        let text = |row: &Packed, name: &str| row.text(&table.columns, name).map(|text| text.into_owned());
        let over = table.rows().iter().filter(|(_, row)| {
            text(row, "status").as_deref() == Some(IN_USE) && text(row, "expireDate").is_some_and(|day| day < today)
        });
        let over: Vec<Id> = over.map(|(id, _)| *id).collect();
        over.into_iter().try_for_each(|id| self.amend(TABLE, id, &[("status", json!(EXPIRED))]))
    }

    /// Sells a set of tickets at a till: a sale with one line, and the set. Gives the ids of the sale and of the set.
    pub(crate) fn sell_tickets(&mut self, settings: &Settings, order: &TicketSale) -> Result<(Id, Id), Problem> {
        let products = self.shop()?.products();
        let product = products.get(order.product_id).ok_or_else(|| Problem::unknown_reference("productId"))?;
        let text = |name: &str| product.text(&products.columns, name).map(|text| text.into_owned());
        if text("division").as_deref() != Some("1") {
            return Err(Problem::field("productId", "回数券商品ではありません。"));
        }
        if !(1..=9999).contains(&order.uses) {
            return Err(Problem::field("uses", "1から9999までの整数で指定してください。"));
        }
        if order.expire_date.as_ref().is_some_and(|date| time::parse_date(date).is_none()) {
            return Err(Problem::field("expire_date", "YYYY-MM-DD形式で指定してください。"));
        }
        let (name, price) = (text("productName"), text("price").unwrap_or_else(|| "0".into()));
        let body = json!({
            "transactionHeadDivision": "1", "subtotal": price, "total": price, "deposit": price, "depositCash": price,
            "storeId": order.store_id.to_string(), "terminalId": order.terminal_id.max(1).to_string(),
            "terminalTranId": self.shop()?.sales.next_id().to_string(), "terminalTranDateTime": self.at(),
            "customerId": order.customer_id.to_string(),
            "details": [{
                "transactionDetailId": "1", "transactionDetailDivision": "1", "productDivision": "1",
                "productId": order.product_id.to_string(), "salesPrice": price, "quantity": "1",
            }],
        });
        let contract = self.contract.clone();
        let sold = register_as(self.world, settings, &contract, (Kind::TicketSale, members(&body)?), self.now)?;
        let id = self.next_id(TABLE)?;
        let row = columns([
            ("transactionProductSetId", json!(id.to_string())),
            ("customerId", json!(order.customer_id.to_string())),
            ("purchaseDateTime", self.at()),
            ("expireDate", json!(order.expire_date)),
            ("status", json!(IN_USE)),
            ("productId", json!(order.product_id.to_string())),
            ("productName", json!(name)),
            ("quantity", json!(order.uses.to_string())),
            ("usedQuantity", json!("0")),
            ("transactionHeadId", json!(sold.id.to_string())),
        ]);
        self.store(TABLE, id, &row)?;
        Ok((sold.id, id))
    }

    /// Uses a set: a transaction of head division 9 without money.
    fn use_tickets(&mut self, settings: &Settings, body: &Map<String, Value>) -> Result<Id, Problem> {
        self.expire_tickets()?;
        let (mut head, layouts) = (body.clone(), self.world.layouts.clone());
        head.extend(columns([
            ("transactionHeadDivision", json!(HEAD_DIVISION)),
            ("subtotal", json!("0")),
            ("total", json!("0")),
        ]));
        let Composed { id, sale, .. } = compose(&layouts, settings, self.shop()?, Kind::Sale, &head, self.now)?;
        let set = self.usable_set(body)?;
        let row = self.row(TABLE, set).unwrap_or_default();
        let (has, used) = (number(&row, "quantity")?.unwrap_or(1), number(&row, "usedQuantity")?.unwrap_or(0) + 1);
        let status = if used >= has { USED_UP } else { IN_USE };
        let changes =
            [("usedQuantity", json!(used.to_string())), ("status", json!(status)), ("consumeDateTime", self.at())];
        self.amend(TABLE, set, &changes)?;
        self.store_sale(id, sale);
        Ok(id)
    }

    /// The customer's oldest set that can be used.
    fn usable_set(&self, body: &Map<String, Value>) -> Result<Id, Problem> {
        let table = self.shop()?.table(TABLE);
        let customer = sent(body, "customerId").unwrap_or_default();
        let is_usable = |row: &Packed| row.text(&table.columns, "status").as_deref() == Some(IN_USE);
        let mut own = table.with_value("customerId", &customer);
        let found = own.find(|(_, row)| is_usable(row)).map(|(id, _)| id);
        found.ok_or_else(|| Problem::field("customerId", "使用できる回数券がありません。"))
    }
}
