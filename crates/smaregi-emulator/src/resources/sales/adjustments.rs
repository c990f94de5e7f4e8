//! 精算: a till counts what it took since its last adjustment (platform-pos.md §8).

use super::{
    LAYAWAY,
    desk::{Desk, columns, sent},
};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, SortKey},
    },
    problem::Problem,
    resources::{
        maker::text_of,
        rows::{array, list_answer, members, shop},
    },
    state::{Id, Layouts, Sale, Shop, Shown, TERMINALS, Table},
    time::{self, Seconds},
    webhooks::Event,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TABLE: &str = "adjustments";
/// Members of a cash count and the yen of one piece.
const COINS: [(&str, i64); 10] = [
    ("tenThousandYen", 10_000),
    ("fiveThousandYen", 5_000),
    ("twoThousandYen", 2_000),
    ("thousandYen", 1_000),
    ("fiveHundredYen", 500),
    ("hundredYen", 100),
    ("fiftyYen", 50),
    ("tenYen", 10),
    ("fiveYen", 5),
    ("oneYen", 1),
];
const MOST_COINS: i64 = 1_000_000;

/// An adjustment that was made.
pub(crate) struct Adjusted {
    pub(crate) store: Id,
    pub(crate) terminal: Id,
    pub(crate) at: String,
    /// The cash was counted.
    pub(crate) counted: bool,
}

/// All that match: the operation has no pages (platform-pos.json, GET /adjustments).
pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let table = shop(call)?.table(TABLE);
    let shown_columns = &*table.columns;
    lists::check_names(shown_columns, &call.query)?;
    let mut list = ListQuery::read(call.endpoint, &call.query);
    list.limit = usize::MAX - 1;
    let store = call.query.get("store_id").unwrap_or_default();
    let rows = table.with_value("storeId", store).map(|(_, row)| row);
    let rows = rows.filter(|row| list.accepts(|column| row.text(shown_columns, column)));
    let rows = list.arrange_by(rows, &[], &table.spec.key, |row, column| SortKey::of(row.text(shown_columns, column)));
    let (page, more) = list.cut(rows);
    let chosen: Option<Vec<&str>> = call.query.get("fields").map(|list| list.split(',').map(str::trim).collect());
    let shown = Shown::only(shown_columns, |name| {
        !table.spec.hidden.iter().any(|hidden| hidden == name)
            && chosen.as_ref().is_none_or(|chosen| chosen.contains(&name))
    });
    Ok(list_answer(call, &list, array(page.into_iter(), shown_columns, &shown), more))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let done = Desk::of(call).adjust(&body)?;
    let event = event(call.contract.clone(), &done);
    call.events.push(event);
    let answer = json!({
        "adjustmentDateTime": done.at,
        "storeId": done.store.to_string(),
        "terminalId": done.terminal.to_string(),
    });
    Ok(Answer::json(call.inner.settings.pos.create_status, answer.to_string()))
}

/// `pos:adjustments` (platform-common.md §16.2).
pub(crate) fn event(contract: std::sync::Arc<str>, done: &Adjusted) -> Event {
    let id = json!({
        "storeId": done.store.to_string(),
        "terminalId": done.terminal.to_string(),
        "adjustmentDateTime": done.at,
    });
    let members = vec![("cashAdjustment".to_owned(), json!(done.counted))];
    Event { members, ..Event::new(contract, "pos:adjustments", "executed", vec![id]) }
}

/// A shop that can adjust and close: not a warehouse, not unknown.
pub(super) fn shop_floor(shop: &Shop, body: &Map<String, Value>) -> Result<Id, Problem> {
    let stores = shop.table(crate::state::STORES);
    let id = sent(body, "storeId").and_then(|id| stores.find(&[id]));
    let id = id.ok_or_else(|| Problem::unknown_reference("storeId"))?;
    match stores.get(id).and_then(|row| row.text(&stores.columns, "division")).as_deref() {
        Some("2") => Err(Problem::field("storeId", "倉庫は指定できません。")),
        _ => Ok(id),
    }
}

/// The terminal, by its id or by the uuid of its device.
fn terminal(shop: &Shop, store: Id, body: &Map<String, Value>) -> Result<Id, Problem> {
    let terminals = shop.table(TERMINALS);
    let (name, found) = match (sent(body, "terminalId"), sent(body, "uuid")) {
        (Some(id), None) => ("terminalId", terminals.find(&[id])),
        (None, Some(uuid)) => ("uuid", terminals.owner_of("uuid", &uuid)),
        _ => return Err(Problem::field("terminalId", "terminalIdまたはuuidのいずれかを指定してください。")),
    };
    let row = found.and_then(|id| Some((id, terminals.get(id)?)));
    let (id, row) = row.ok_or_else(|| Problem::unknown_reference(name))?;
    if row.number(&terminals.columns, "storeId").map(i64::unsigned_abs) != Some(store) {
        return Err(Problem::field(name, "指定された店舗の端末ではありません。"));
    }
    Ok(id)
}

/// The counted coins and notes; `None` when nothing was counted.
fn count(body: &Map<String, Value>) -> Result<Option<BTreeMap<&'static str, i64>>, Problem> {
    let Some(counted) = body.get("cashAdjustment").and_then(Value::as_object) else { return Ok(None) };
    let pieces = |(name, _): &(&'static str, i64)| match counted.get(*name).filter(|value| !value.is_null()) {
        None => Ok((*name, 0)),
        Some(value) => match text_of(value).parse() {
            Ok(pieces) if (0..=MOST_COINS).contains(&pieces) => Ok((*name, pieces)),
            _ => Err(Problem::field(name, &format!("0から{MOST_COINS}までの整数で指定してください。"))),
        },
    };
    COINS.iter().map(pieces).collect::<Result<_, _>>().map(Some)
}

/// What a till took.
#[derive(Default)]
struct Takings {
    transactions: i64,
    cash: i64,
    credit: i64,
    part_payment: i64,
    part_payment_cash: i64,
    tip: i64,
    tip_cash: i64,
    deposit: i64,
    payment: i64,
    /// By payment method: name and sum.
    others: BTreeMap<String, (Option<String>, i64)>,
}

impl Takings {
    fn add(&mut self, layouts: &Layouts, sale: &Sale) {
        let head = |name: &str| sale.head.number(&layouts.head, name).unwrap_or(0);
        if head("cancelDivision") == 1 {
            return;
        }
        match head("transactionHeadDivision") {
            1 => {
                self.transactions += 1;
                self.cash += head("cashTotal");
                self.credit += head("creditTotal");
                self.tip += head("tipCash") + head("tipCredit");
                self.tip_cash += head("tipCash");
                self.add_others(layouts, sale);
            }
            2 => self.deposit += head("total"),
            3 => self.payment += head("total"),
            other if other.to_string() == LAYAWAY => {
                self.part_payment += head("deposit") - head("change");
                self.part_payment_cash += head("cashTotal");
            }
            _ => {}
        }
    }

    fn add_others(&mut self, layouts: &Layouts, sale: &Sale) {
        for row in &sale.deposits {
            let text = |name: &str| row.text(&layouts.deposit, name).map(|text| text.into_owned());
            let sums = self.others.entry(text("paymentMethodId").unwrap_or_default()).or_default();
            sums.0 = text("paymentMethodName").or(sums.0.take());
            sums.1 += row.number(&layouts.deposit, "depositOthers").unwrap_or(0);
        }
    }

    /// What has to be in the drawer.
    fn balance(&self, prepared: i64) -> i64 {
        prepared + self.cash + self.part_payment_cash + self.tip_cash + self.deposit - self.payment
    }

    fn write(&self, prepared: i64, row: &mut Map<String, Value>) {
        let others = self.others.iter().map(
            |(id, (name, sum))| json!({ "paymentMethodId": id, "paymentMethodName": name, "sales": sum.to_string() }),
        );
        row.insert("otherSalesList".into(), others.collect());
        for (name, yen) in [
            ("transactionCount", self.transactions),
            ("preparationCash", prepared),
            ("cashSales", self.cash),
            ("creditSales", self.credit),
            ("partPayment", self.part_payment),
            ("partPaymentCash", self.part_payment_cash),
            ("tip", self.tip),
            ("deposit", self.deposit),
            ("payment", self.payment),
            ("calculateBalance", self.balance(prepared)),
        ] {
            row.insert(name.into(), json!(yen.to_string()));
        }
    }
}

/// The till's last adjustment: when it was, and the cash that stayed in the drawer.
fn last(table: &Table, store: Id, terminal: Id) -> Option<(Seconds, i64)> {
    let (store, terminal) = (store.to_string(), terminal.to_string());
    let rows = table.with_value("storeId", &store);
    let own = rows.filter(|(_, row)| row.text(&table.columns, "terminalId").as_deref() == Some(&terminal));
    let timed = own.filter_map(|(_, row)| Some((time::parse(&row.text(&table.columns, "adjustmentDateTime")?)?, row)));
    let (at, newest) = timed.max_by_key(|(at, _)| *at)?;
    let cash = newest.raw(&table.columns, "cashAdjustment").and_then(|raw| serde_json::from_str::<Value>(raw).ok());
    let carried = cash.and_then(|cash| cash["carryOver"].as_str()?.parse().ok());
    Some((at, carried.unwrap_or(0)))
}

impl Desk<'_> {
    /// Adjusts a till: its open transactions get `sumDivision` 1 and the time.
    pub(crate) fn adjust(&mut self, body: &Map<String, Value>) -> Result<Adjusted, Problem> {
        let shop = self.shop()?;
        let store = shop_floor(shop, body)?;
        let terminal = terminal(shop, store, body)?;
        let stores = shop.table(crate::state::STORES);
        let must_count = stores.get(store).and_then(|row| row.text(&stores.columns, "terminalAdjustmentCashFlag"));
        let counted = count(body)?;
        if must_count.as_deref() == Some("1") && counted.is_none() {
            return Err(Problem::field("cashAdjustment", "店舗の設定により必須です。"));
        }
        let before = last(shop.table(TABLE), store, terminal);
        let since = before.map(|(at, _)| at);
        // Two in one second are two adjustments.
        let now = since.map_or(self.now, |since| self.now.max(since + 1));
        let (at, prepared) = (time::format(now), before.map_or(0, |(_, carried)| carried));
        let takings = self.mark_adjusted((store, terminal), since, &at);
        let mut row = columns([
            ("storeId", json!(store.to_string())),
            ("terminalId", json!(terminal.to_string())),
            ("adjustmentDateTime", json!(at)),
            ("adjustmentDate", json!(time::format_date(now))),
            ("childTerminals", json!([])),
            ("cashAdjustment", cash(counted.as_ref(), takings.balance(prepared))),
        ]);
        takings.write(prepared, &mut row);
        let id = self.next_id(TABLE)?;
        self.store(TABLE, id, &row)?;
        Ok(Adjusted { store, terminal, at, counted: counted.is_some() })
    }

    /// Transactions the server received before the till's last adjustment were adjusted then.
    fn mark_adjusted(&mut self, (store, terminal): (Id, Id), since: Option<Seconds>, at: &str) -> Takings {
        let layouts = self.world.layouts.clone();
        let mut takings = Takings::default();
        let mut open = Vec::new();
        let Some(shop) = self.world.shop(&self.contract) else { return takings };
        let since = since.map_or(Seconds::MIN, |since| since - 1);
        for id in shop.sales.between("transactionDateTime", since, Seconds::MAX) {
            let Some(sale) = shop.sales.get(id) else { continue };
            let is = |name: &str, id: Id| sale.head.number(&layouts.head, name).map(i64::unsigned_abs) == Some(id);
            let adjusted = sale.head.text(&layouts.head, "adjustmentDateTime").is_some();
            if is("terminalId", terminal) && is("storeId", store) && !adjusted {
                takings.add(&layouts, sale);
                open.push((id, is("sumDivision", 0)));
            }
        }
        for (id, is_open) in open {
            // What was closed on registration stays closed.
            let mut changes = vec![("adjustmentDateTime", json!(at))];
            changes.extend(is_open.then(|| ("sumDivision", json!("1"))));
            self.amend_sale(id, &changes);
        }
        takings
    }
}

/// The result of a cash count; what was counted stays in the drawer for the next one.
fn cash(counted: Option<&BTreeMap<&'static str, i64>>, expected: i64) -> Value {
    let Some(counted) = counted else { return Value::Null };
    let real: i64 = COINS.iter().map(|(name, yen)| counted.get(name).unwrap_or(&0) * yen).sum();
    let mut row = columns([
        ("realBalance", json!(real.to_string())),
        ("difference", json!((real - expected).to_string())),
        ("saving", json!("0")),
        ("carryOver", json!(real.to_string())),
    ]);
    row.extend(counted.iter().map(|(name, pieces)| ((*name).to_owned(), json!(pieces.to_string()))));
    Value::Object(row)
}
