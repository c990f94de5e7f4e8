//! 受注登録, and what a change has in common with it: lines made whole, references, codes, dates (platform-orders.md §3).

use super::{
    amounts, dates,
    desk::Desk,
    order::{Line, ORDERS, Order, Status},
    store::{OrderStore, check_method},
};
use crate::{
    money::{self, STANDARD_RATE},
    problem::Problem,
    resources::{maker::text_of, transactions::Sold},
    settings::{OrderCodeUnique, TransactionCreatedAt},
    state::{Id, Shop},
    time,
};
use serde_json::{Map, Value, json};

/// As many lines as the 取引 of the order can have.
const MOST_LINES: usize = 999;

impl Desk<'_> {
    /// Registers an order, allocates it if its store does that, and gives it back.
    pub(super) fn register(&mut self, body: &Map<String, Value>) -> Result<Order, Problem> {
        let mut order = self.new_order(body)?;
        let store = self.store(order.store)?;
        if self.rules().transaction.created_at == TransactionCreatedAt::Registration {
            self.check_sale(&order)?;
            self.book_sale(&mut order)?;
        }
        order.status = if store.reviews(&order) { Status::Review } else { self.begun(&order) };
        self.put(&mut order)?;
        self.tell_order("created", &order);
        if store.allocates && order.status != Status::Review {
            self.allocate(&mut order)?;
        }
        Ok(order)
    }

    /// The other reading of `POST /orders/shipped`: what is registered has left the house already.
    pub(super) fn register_shipped(&mut self, body: &Map<String, Value>) -> Result<Order, Problem> {
        let draft = self.new_order(body)?;
        if self.rules().transaction.created_at != TransactionCreatedAt::Never {
            self.check_sale(&draft)?;
        }
        let mut order = self.register(body)?;
        self.dispatch(&mut order, &time::format_date(self.now))?;
        Ok(order)
    }

    /// Everything a new order can do wrong; nothing is changed.
    fn new_order(&self, body: &Map<String, Value>) -> Result<Order, Problem> {
        let store = self.selling_store(body)?;
        let shop = self.shop()?;
        let body = self.whole(body, None)?;
        check_method(shop, &body, "paymentMethodId")?;
        let mut order = self.draft(&body)?;
        fill_amounts(&mut order);
        order.set("paymentStatus", json!("unpaid"));
        self.check_code(&order)?;
        amounts::check(&order, store.tax_excluded, &self.rules().tax)?;
        self.set_dates(&mut order, &store);
        Ok(order)
    }

    /// The order store a body names. One that is paused takes no orders (our choice).
    pub(super) fn selling_store(&self, body: &Map<String, Value>) -> Result<OrderStore, Problem> {
        let id = body.get("storeId").map(text_of).and_then(|text| text.parse().ok()).unwrap_or(0);
        let store = self.store(id)?;
        if store.paused {
            return Err(Problem::field("storeId", "休止中の店舗です。"));
        }
        Ok(store)
    }

    /// A body whose lines have products, names, rates and numbers. `old` is the order that is changed.
    pub(super) fn whole(&self, body: &Map<String, Value>, old: Option<&Order>) -> Result<Map<String, Value>, Problem> {
        let mut body = body.clone();
        let Some(sent) = body.get("details").and_then(Value::as_array) else { return Ok(body) };
        if sent.is_empty() || sent.len() > MOST_LINES {
            return Err(Problem::field("details", &format!("1件以上{MOST_LINES}件以内で指定してください。")));
        }
        let shop = self.shop()?;
        let mut next = old.iter().flat_map(|order| &order.lines).map(|line| line.id).max().unwrap_or(0) + 1;
        let mut whole: Vec<Map<String, Value>> = Vec::with_capacity(sent.len());
        for line in sent.iter().filter_map(Value::as_object) {
            let known = known_line(line, old)?;
            let id = known.map_or(next, |known| known.id);
            next += u64::from(known.is_none());
            if whole.iter().any(|other| other.get("orderDetailId") == Some(&json!(id.to_string()))) {
                return Err(Problem::field("orderDetailId", "重複しています。"));
            }
            let mut line = whole_line(shop, line, known)?;
            line.insert("orderDetailId".into(), json!(id.to_string()));
            whole.push(line);
        }
        body.insert("details".into(), json!(whole));
        Ok(body)
    }

    pub(super) fn check_code(&self, order: &Order) -> Result<(), Problem> {
        let table = self.shop()?.table(ORDERS);
        let code = order.text("orderCode").unwrap_or_default();
        let unique = self.rules().orders.unique;
        let clashes = |other: &Order| {
            other.id != order.id
                && other.text("orderCode").as_ref() == Some(&code)
                && (unique == OrderCodeUnique::PerContract || other.store == order.store)
        };
        let mut same = table.with_value("orderCode", &code).map(|(id, row)| Order::read(id, &table.columns, row));
        if unique != OrderCodeUnique::None && same.any(|other| clashes(&other)) {
            return Err(Problem::field("orderCode", "既に使用されています。"));
        }
        Ok(())
    }

    pub(super) fn set_dates(&self, order: &mut Order, store: &OrderStore) {
        let desired = order.text("desiredDeliveryDate").and_then(|text| time::parse_date(&text));
        let planned = dates::plan(self.now, desired, &store.cutoff, &self.rules().dates);
        order.set("scheduledShippingDate", json!(dates::text(planned.ship)));
        order.set("scheduledPreparationDate", json!(dates::text(planned.prepare)));
    }

    /// 出荷準備 when its day has come, else open.
    pub(super) fn begun(&self, order: &Order) -> Status {
        let day = order.text("scheduledPreparationDate").and_then(|text| time::parse_date(&text));
        let due = self.rules().ship.prepare_by_date && day.is_some_and(|day| day <= time::days(self.now));
        if due { Status::Preparing } else { Status::Open }
    }
}

/// `null` in a change clears an amount.
pub(super) fn fill_amounts(order: &mut Order) {
    for name in amounts::AMOUNTS {
        if order.text(name).is_none() {
            order.set(name, json!(0));
        }
    }
}

/// The line of the order that a sent line is about.
fn known_line<'o>(sent: &Map<String, Value>, old: Option<&'o Order>) -> Result<Option<&'o Line>, Problem> {
    let named = sent.get("orderDetailId").filter(|value| !value.is_null()).map(text_of);
    let (Some(old), Some(named)) = (old, named) else { return Ok(None) };
    let line = named.parse().ok().and_then(|id| old.line(id));
    line.map(Some).ok_or_else(|| Problem::unknown_reference("orderDetailId"))
}

fn whole_line(shop: &Shop, sent: &Map<String, Value>, known: Option<&Line>) -> Result<Map<String, Value>, Problem> {
    let given = |name: &str| sent.get(name).filter(|value| !value.is_null() && !text_of(value).is_empty());
    let mut line = known.map(|line| line.row.clone()).unwrap_or_default();
    let names_product = given("productId").is_some() || given("productCode").is_some();
    let product =
        if names_product { product(shop, given("productId"), given("productCode"))? } else { known_product(known)? };
    line.extend(sent.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())));
    line.insert("productId".into(), json!(product.to_string()));
    let products = shop.products();
    let row = products.get(product);
    let text = |name: &str| row.and_then(|row| row.text(&products.columns, name)).map(|text| text.into_owned());
    if text("division").as_deref() == Some("1") {
        return Err(Problem::field("productId", "回数券商品は登録できません。"));
    }
    let same = known.is_some_and(|known| known.product == product);
    if !same || given("productCode").is_none() {
        line.insert("productCode".into(), json!(text("productCode")));
    }
    if given("productName").is_none() && !same {
        line.insert("productName".into(), json!(text("productName")));
    }
    if given("taxRate").is_none() && !same {
        line.insert("taxRate".into(), json!(rate(shop, product).to_string()));
    }
    Ok(line)
}

fn known_product(known: Option<&Line>) -> Result<Id, Problem> {
    known.map(|line| line.product).ok_or_else(|| Problem::field("productId", "productIdまたはproductCodeは必須です。"))
}

/// A product by id or code; both have to mean the same one.
fn product(shop: &Shop, id: Option<&Value>, code: Option<&Value>) -> Result<Id, Problem> {
    let products = shop.products();
    let by_id = |id: &Value| products.find(&[text_of(id)]).ok_or_else(|| Problem::unknown_reference("productId"));
    let by_code = |code: &Value| {
        products.owner_of("productCode", &text_of(code)).ok_or_else(|| Problem::unknown_reference("productCode"))
    };
    match (id.map(by_id).transpose()?, code.map(by_code).transpose()?) {
        (Some(id), Some(other)) if id != other => {
            Err(Problem::field("productCode", "商品IDと商品コードが一致しません。"))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Problem::field("productId", "productIdまたはproductCodeは必須です。")),
    }
}

/// Percent, by the product's master; 0 for what is not taxed.
fn rate(shop: &Shop, product: Id) -> i64 {
    match Sold::find(shop, product) {
        Some(sold) if sold.tax_division == "2" => 0,
        Some(sold) => money::rate_of(sold.reduce_tax_id.as_deref()),
        None => STANDARD_RATE,
    }
}
