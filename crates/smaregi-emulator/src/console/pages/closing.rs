//! `/console/closing`: 精算 of a till and 日次締め of a store.

use crate::{
    console::{
        frame::Frame,
        look::{self, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    state::{Columns, Id, Packed, Shop, TERMINALS},
    time,
};
use askama::Template;
use serde_json::{Map, Value, json};

const ADDRESS: &str = "/console/closing";
const MOST_SHOWN: usize = 20;
/// Coins and notes of a cash count, and their yen.
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

#[derive(Template)]
#[template(path = "console/closing.html")]
struct ClosingPage<'v> {
    f: &'v Frame,
    stores: Vec<Choice>,
    store: Id,
    terminals: Vec<Choice>,
    coins: Vec<Coin>,
    date: String,
    closes_itself: bool,
    /// Sales that wait for an adjustment, and those that wait for the closing.
    unadjusted: usize,
    adjusted: usize,
    adjustments: Vec<Adjustment>,
    days: Vec<String>,
}

struct Coin {
    name: &'static str,
    yen: i64,
    pieces: String,
}

struct Adjustment {
    at: Option<i64>,
    terminal: String,
    sales: String,
    expected: String,
    /// Counted cash and how much it is off.
    counted: Option<(String, i64)>,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let page = visit.in_shop(|shop, state| {
        let floors: Vec<look::Store> = look::stores(shop).into_iter().filter(|store| !store.is_warehouse).collect();
        let asked: Option<Id> = visit.text("store").parse().ok();
        let store = asked.filter(|id| floors.iter().any(|store| store.id == *id));
        let store = store.or(floors.first().map(|store| store.id)).unwrap_or(0);
        let chosen = store.to_string();
        let head = &state.world.layouts.head;
        let open = |division: &str| {
            let own = |sale: &&crate::state::Sale| {
                text(&sale.head, head, "storeId") == chosen
                    && text(&sale.head, head, "sumDivision") == division
                    && sale.times.summed.is_none()
            };
            shop.sales.sales().values().filter(own).count()
        };
        let entered = visit.text("date");
        let stores = shop.table(crate::state::STORES);
        let automatic = stores.get(store).map(|row| text(row, &stores.columns, "sumProcDivision"));
        ClosingPage {
            f: &visit.f,
            stores: floors.into_iter().map(|floor| Choice::new(floor.id, floor.name, &chosen)).collect(),
            terminals: look::terminals(shop, store, visit.text("terminal")),
            coins: COINS.map(|(name, yen)| Coin { name, yen, pieces: visit.text(name).to_owned() }).into(),
            date: if entered.is_empty() { time::format_date(visit.f.now) } else { entered.to_owned() },
            closes_itself: automatic.as_deref() == Some("1"),
            unadjusted: open("0"),
            adjusted: open("1"),
            adjustments: adjustments(shop, &chosen),
            days: days(shop, &chosen),
            store,
        }
    })?;
    visit.page(&page)
}

/// The newest adjustments of a store.
fn adjustments(shop: &Shop, store: &str) -> Vec<Adjustment> {
    let table = shop.table("adjustments");
    let rows = table.rows().values().rev().filter(|row| text(row, &table.columns, "storeId") == store);
    rows.take(MOST_SHOWN).map(|row| adjustment(shop, row, &table.columns)).collect()
}

fn adjustment(shop: &Shop, row: &Packed, columns: &Columns) -> Adjustment {
    let read = |name: &str| text(row, columns, name);
    let terminals = shop.table(TERMINALS);
    let terminal = read("terminalId");
    let name = terminals.find(&[&terminal]).and_then(|id| terminals.get(id));
    let cash: Value = serde_json::from_str(row.raw(columns, "cashAdjustment").unwrap_or("null")).unwrap_or_default();
    let said = |name: &str| cash[name].as_str().map(str::to_owned);
    Adjustment {
        at: time::parse(&read("adjustmentDateTime")),
        terminal: name.map_or(terminal, |row| text(row, &terminals.columns, "terminalName")),
        sales: read("transactionCount"),
        expected: read("calculateBalance"),
        counted: said("realBalance")
            .map(|real| (real, said("difference").and_then(|text| text.parse().ok()).unwrap_or(0))),
    }
}

/// The days that a store closed last.
fn days(shop: &Shop, store: &str) -> Vec<String> {
    let table = shop.table("dailySummaries");
    let rows = table.rows().values().filter(|row| text(row, &table.columns, "storeId") == store);
    let mut days: Vec<String> = rows.map(|row| text(row, &table.columns, "sumDate")).collect();
    days.sort_unstable_by(|one, other| other.cmp(one));
    days.truncate(MOST_SHOWN);
    days
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [deed] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let contract = visit.contract()?;
    let store = visit.text("store");
    let back = super::address(ADDRESS, &[("store", store)]);
    match *deed {
        "adjust" => {
            let mut body = json!({ "storeId": store, "terminalId": visit.text("terminal") });
            if let Some(cash) = cash(visit)? {
                body["cashAdjustment"] = Value::Object(cash);
            }
            visit.order("counter/adjust", &json!({ "contract": contract, "body": body }))?;
            Ok(Done::new(back, visit.f.s("closing-adjusted")))
        }
        "close" => {
            let body = json!({ "storeId": store, "sumDate": visit.text("date") });
            let told = visit.order("counter/close-day", &json!({ "contract": contract, "body": body }))?;
            let count = told["transactions"].as_array().map_or(0, Vec::len);
            Ok(Done::new(back, visit.f.b("closing-closed", "day", visit.text("date"), "count", count)))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// The coins and notes that were entered; nothing entered: nothing was counted.
fn cash(visit: &Visit<'_>) -> Result<Option<Map<String, Value>>, Refusal> {
    let mut cash = Map::new();
    for (name, _) in COINS.iter().filter(|(name, _)| !visit.text(name).is_empty()) {
        cash.insert((*name).to_owned(), json!(visit.number::<i64>(name, "closing-coins")?));
    }
    Ok(Some(cash).filter(|cash| !cash.is_empty()))
}
