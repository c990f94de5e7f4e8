//! 取置き: goods put aside for a customer, picked up by a later sale or given back (platform-pos.md §2.12).

use super::{
    LAYAWAY,
    desk::{Desk, columns, number, sent},
};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::{
        rows::{members, shop},
        stock::{Hold, event_entry, put_aside},
        transactions::{self, Kind, Undone, compose, counter_entry},
    },
    settings::{LayawaySettings, Settings},
    state::{Id, Layouts, Moved, Sale, Shop, StockChange},
    time,
};
use serde_json::{Map, Value, json};

const TABLE: &str = "layaways";
const PICK_UPS: &str = "layawayPickUps";
/// Member of a sale that picks a layaway up.
const NAMES: &str = "layawayServerTransactionHeadId";
const PATH: &str = "layaway_id";

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Problem> {
    transactions::list(call)
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let inner = call.inner;
    let (id, changes) = Desk::of(call).lay_away(&inner.settings, &body)?;
    emit(call, ("pos:layaways", "created"), "created", id, &changes);
    Ok(Answer::json(call.inner.settings.pos.create_status, written(call, id)?))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Problem> {
    transactions::get(call)
}

pub(super) fn dispose(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let id = call.id(PATH);
    let done = Desk::of(call).dispose_layaway(id, &body)?;
    emit(call, ("", ""), "disposed", done.id, &done.changes);
    Ok(Answer::json(200, written(call, done.id)?))
}

/// No certain event tells of a layaway; a setting lets `pos:transactions` do it.
fn emit(call: &mut Call<'_>, own: (&str, &str), action: &str, id: Id, changes: &[StockChange]) {
    let settings = &call.inner.settings;
    if !own.0.is_empty() {
        call.emit(own.0, own.1, vec![json!(id.to_string())]);
    }
    if settings.sales.layaways.transaction_events {
        call.emit("pos:transactions", action, vec![json!(id.to_string())]);
    }
    if settings.webhook.stock_on_sale {
        call.emit("pos:stock", "edited", changes.iter().map(event_entry).collect());
    }
}

fn written(call: &Call<'_>, id: Id) -> Result<String, Problem> {
    let shop = shop(call)?;
    let sale = shop.sales.get(id).ok_or_else(|| Problem::not_found(PATH))?;
    let mut body = transactions::whole(&call.world.layouts, sale);
    body.pop();
    let layaways = Value::Array(shown(shop, &call.inner.settings.sales.layaways, id).into_iter().collect());
    body.push_str(&format!(",\"layaways\":{layaways}}}"));
    Ok(body)
}

/// Whether a transaction is a layaway.
pub(crate) fn is_layaway(layouts: &Layouts, sale: &Sale) -> bool {
    sale.head.text(&layouts.head, "transactionHeadDivision").as_deref() == Some(LAYAWAY)
}

/// What `layaways[]` says of a transaction.
pub(crate) fn shown(shop: &Shop, settings: &LayawaySettings, id: Id) -> Option<Value> {
    let table = shop.table(TABLE);
    let row = table.get(id)?;
    let text = |name: &str| row.text(&table.columns, name).map(|text| text.into_owned());
    let status = match text("state").as_deref() {
        Some("pickedUp") => &settings.picked_up_status,
        Some("disposed") => &settings.disposed_status,
        _ => &settings.open_status,
    };
    Some(json!({
        "transactionHeadId": id.to_string(),
        "pickUpDate": text("pickUpDate"),
        "status": status,
        "partPayment": text("partPayment"),
        "partPaymentClass": text("partPaymentClass"),
        "pickUpTransactionHeadId": text("pickUpTransactionHeadId"),
        "disabledEdit": text("disabledEdit"),
    }))
}

/// What `layawayPickUps[]` says of a sale.
pub(crate) fn pick_up_shown(shop: &Shop, id: Id) -> Option<Value> {
    let table = shop.table(PICK_UPS);
    let row = table.get(id)?;
    Some(Value::Object(row.to_map(&table.columns)))
}

/// The open layaway that a sale picks up. One that is not open is refused (legacy field list).
pub(crate) fn named(shop: &Shop, body: &Map<String, Value>) -> Result<Option<Id>, Problem> {
    let Some(text) = sent(body, NAMES) else { return Ok(None) };
    let table = shop.table(TABLE);
    let id = table.find(&[text]).ok_or_else(|| Problem::unknown_reference(NAMES))?;
    match state(shop, id).as_deref() {
        Some("open") => Ok(Some(id)),
        Some("pickedUp") => Err(Problem::field(NAMES, "既に引取済みの取置きです。")),
        _ => Err(Problem::field(NAMES, "既に打消済みの取置きです。")),
    }
}

fn state(shop: &Shop, id: Id) -> Option<String> {
    let table = shop.table(TABLE);
    table.get(id)?.text(&table.columns, "state").map(|text| text.into_owned())
}

/// Points cannot be granted and coupons not be used at a layaway (platform-pos.md §2.12).
fn check(body: &Map<String, Value>) -> Result<(), Problem> {
    for (name, why) in [
        ("newPoint", "取置きではポイントを付与できません。"),
        ("couponDiscount", "取置きではクーポン値引きを指定できません。"),
    ] {
        if number(body, name)?.is_some_and(|number| number != 0) {
            return Err(Problem::field(name, why));
        }
    }
    Ok(())
}

impl Desk<'_> {
    /// Registers a layaway and puts its goods aside.
    pub(crate) fn lay_away(
        &mut self,
        settings: &Settings,
        body: &Map<String, Value>,
    ) -> Result<(Id, Vec<StockChange>), Problem> {
        check(body)?;
        let none = Map::new();
        let own = body.get("layaway").and_then(Value::as_object).unwrap_or(&none);
        if let Some(date) = sent(own, "pickUpDate").filter(|date| time::parse_date(date).is_none()) {
            return Err(Problem::field("pickUpDate", &format!("YYYY-MM-DD形式で指定してください。送信値:{date}")));
        }
        let layouts = self.world.layouts.clone();
        let made = compose(&layouts, settings, self.shop()?, Kind::Layaway, body, self.now)?;
        let paid = |name: &str| made.sale.head.number(&layouts.head, name).unwrap_or(0);
        let part_payment = number(own, "partPayment")?.unwrap_or(paid("deposit") - paid("change"));
        // 1 cash, 2 credit (legacy field list).
        let class = if paid("depositCash") == 0 && paid("depositCredit") > 0 { "2" } else { "1" };
        let lowers = settings.sales.layaways.lowers_stock;
        let row = columns([
            ("transactionHeadId", json!(made.id.to_string())),
            ("pickUpDate", json!(sent(own, "pickUpDate"))),
            ("state", json!("open")),
            ("partPayment", json!(part_payment.to_string())),
            ("partPaymentClass", json!(class)),
            ("disabledEdit", json!(sent(own, "disabledEdit").unwrap_or_else(|| "0".into()))),
            ("lowersStock", json!(if lowers { "1" } else { "0" })),
        ]);
        self.store(TABLE, made.id, &row)?;
        self.store_sale(made.id, made.sale);
        Ok((made.id, self.put_aside(made.id, 1)))
    }

    /// Books what a layaway holds: 1 puts it aside, -1 gives it back.
    fn put_aside(&mut self, id: Id, sign: i64) -> Vec<StockChange> {
        let (layouts, contract, now) = (self.world.layouts.clone(), self.contract.clone(), self.now);
        let Some(shop) = self.world.shop(&contract) else { return Vec::new() };
        let Some(sale) = shop.sales.get(id) else { return Vec::new() };
        let table = shop.table(TABLE);
        let lowers = table.get(id).and_then(|row| row.text(&table.columns, "lowersStock")).as_deref() == Some("1");
        let store = sale.head.number(&layouts.head, "storeId").map_or(0, i64::unsigned_abs);
        let effective_at = if sign > 0 { sale.times.sold } else { now };
        let moved = sale.moved.clone();
        let hold = |moved: &Moved| Hold {
            product: moved.product,
            store,
            pieces: -sign * moved.amount,
            lowers_stock: lowers,
            effective_at,
        };
        moved.iter().filter_map(|moved| put_aside(self.world, &contract, hold(moved), now)).collect()
    }

    /// Marks a layaway as picked up by a sale and gives its goods back to the shelf, from where the sale takes them.
    pub(crate) fn pick_up(&mut self, layaway: Option<Id>, sale: Id) -> Result<Vec<StockChange>, Problem> {
        let Some(layaway) = layaway else { return Ok(Vec::new()) };
        let row = self.row(TABLE, layaway).unwrap_or_default();
        let part = row.get("partPayment").cloned().unwrap_or(Value::Null);
        let by_credit = row.get("partPaymentClass").and_then(Value::as_str) == Some("2");
        let (cash, credit) = if by_credit { (json!("0"), part) } else { (part, json!("0")) };
        let pick_up = columns([
            ("transactionHeadId", json!(sale.to_string())),
            (NAMES, json!(layaway.to_string())),
            ("receivedDepositCash", cash),
            ("receivedDepositCredit", credit),
        ]);
        self.store(PICK_UPS, sale, &pick_up)?;
        let changes = self.put_aside(layaway, -1);
        let by = json!(sale.to_string());
        self.amend(TABLE, layaway, &[("state", json!("pickedUp")), ("pickUpTransactionHeadId", by)])?;
        self.amend_sale(layaway, &[]);
        Ok(changes)
    }

    /// The layaway of a pick-up that was taken back waits again (our choice).
    pub(crate) fn reopen_layaway_of(&mut self, sale: Id) -> Result<Vec<StockChange>, Problem> {
        let layaway = self.row(PICK_UPS, sale).and_then(|row| row.get(NAMES)?.as_str()?.parse::<Id>().ok());
        let Some(layaway) = layaway else { return Ok(Vec::new()) };
        self.amend(TABLE, layaway, &[("state", json!("open")), ("pickUpTransactionHeadId", Value::Null)])?;
        self.amend_sale(layaway, &[]);
        Ok(self.put_aside(layaway, 1))
    }

    /// 打消: a counter-entry, and the goods go back to the shelf.
    pub(crate) fn dispose_layaway(&mut self, id: Id, body: &Map<String, Value>) -> Result<Undone, Problem> {
        let layouts = self.world.layouts.clone();
        let shop = self.shop()?;
        let original = shop.sales.get(id).filter(|sale| is_layaway(&layouts, sale)).cloned();
        let original = original.ok_or_else(|| Problem::not_found(PATH))?;
        match state(shop, id).as_deref() {
            Some("open") => {}
            Some("pickedUp") => return Err(Problem::bad_request("既に引取済みの為、打消できません。")),
            _ => return Err(Problem::bad_request("打消済み、または打消の取置きです。")),
        }
        let new_id = shop.sales.next_id();
        let counter = counter_entry(&layouts, &original, (id, new_id), body, self.now);
        let store = counter.head.number(&layouts.head, "storeId").map_or(0, i64::unsigned_abs);
        if !shop.has_store(store) {
            return Err(Problem::unknown_reference("storeId"));
        }
        let changes = self.put_aside(id, -1);
        self.amend(TABLE, id, &[("state", json!("disposed"))])?;
        self.amend_sale(id, &[("disposeDivision", json!("1")), ("cancelDateTime", self.at())]);
        self.store_sale(new_id, counter);
        Ok(Undone { id: new_id, changes })
    }
}
