//! `/console/aside`: goods put aside (取置き) and sales that are parked (仮販売): what waits, and what becomes of it. Tills lay away and park.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS, text},
        reply::{Done, Refusal, Reply},
        visit::Visit,
    },
    resources::transactions,
    state::{Id, Layouts, Packed, Shop},
    till::{self, Basket},
    time,
};
use askama::Template;
use serde_json::{Map, Value, json};

const ADDRESS: &str = "/console/aside";
const LAYAWAYS: &str = "layaways";
const PARKED: &str = "temporaries";
/// Members of a head and of a line that the sale has in common with what waited for it.
const HEAD: [&str; 9] = [
    "subtotal",
    "subtotalDiscountPrice",
    "total",
    "taxInclude",
    "taxExclude",
    "storeId",
    "terminalId",
    "sellDivision",
    "customerId",
];
const LINE: [&str; 10] = [
    "transactionDetailId",
    "transactionDetailDivision",
    "productId",
    "productCode",
    "productName",
    "salesPrice",
    "quantity",
    "unitDiscountPrice",
    "unitDiscountRate",
    "unitDiscountDivision",
];

#[derive(Template)]
#[template(path = "console/aside.html")]
struct AsidePage<'v> {
    f: &'v Frame,
    layaways: Vec<Layaway>,
    older_layaways: Option<String>,
    parked: Vec<Parked>,
    older_parked: Option<String>,
}

struct Layaway {
    id: Id,
    at: i64,
    store: String,
    member: String,
    pieces: String,
    total: String,
    part_payment: String,
    pick_up_on: String,
}

struct Parked {
    id: Id,
    at: Option<i64>,
    store: String,
    name: String,
    barcode: String,
    total: String,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if !visit.rest.is_empty() {
        return Err(Refusal::NotFound);
    }
    let before = |name: &str| visit.text(name).parse::<Id>().unwrap_or(Id::MAX);
    let older = |name: &str, last: Option<Id>| Some(address(ADDRESS, &[(name, &last?.to_string())]));
    let page = visit.in_shop(|shop, state| {
        let waiting = shop.table(LAYAWAYS);
        let open = waiting.rows().range(..before("before")).rev();
        let open = open.filter(|(_, row)| text(row, &waiting.columns, "state") == "open");
        let layouts = &state.world.layouts;
        let (layaways, more) = look::cut(open.filter_map(|(id, row)| layaway(shop, layouts, *id, row)), ROWS);
        let table = shop.table(PARKED);
        let rows = table.rows().range(..before("parked_before")).rev();
        let rows = rows.filter(|(_, row)| matches!(text(row, &table.columns, "status").as_str(), "" | "0"));
        let (parked, more_parked) = look::cut(rows.map(|(id, row)| read_parked(shop, *id, row)), ROWS);
        AsidePage {
            f: &visit.f,
            older_layaways: older("before", layaways.last().map(|row| row.id).filter(|_| more)),
            older_parked: older("parked_before", parked.last().map(|row| row.id).filter(|_| more_parked)),
            layaways,
            parked,
        }
    })?;
    visit.page(&page)
}

fn layaway(shop: &Shop, layouts: &Layouts, id: Id, row: &Packed) -> Option<Layaway> {
    let sale = shop.sales.get(id)?;
    let own = |name: &str| text(row, &shop.table(LAYAWAYS).columns, name);
    let head = |name: &str| text(&sale.head, &layouts.head, name);
    let member = head("customerId").parse().ok().and_then(|id| look::member(shop, id));
    Some(Layaway {
        id,
        at: sale.times.sold,
        store: look::store_name(shop, head("storeId").parse().unwrap_or(0)),
        member: member.map(|member| member.name).unwrap_or_default(),
        pieces: head("amount"),
        total: head("total"),
        part_payment: own("partPayment"),
        pick_up_on: own("pickUpDate"),
    })
}

fn read_parked(shop: &Shop, id: Id, row: &Packed) -> Parked {
    let read = |name: &str| text(row, &shop.table(PARKED).columns, name);
    Parked {
        id,
        at: time::parse(&read("terminalTranDateTime")),
        store: look::store_name(shop, read("storeId").parse().unwrap_or(0)),
        name: read("preRegistrationName"),
        barcode: read("barcode"),
        total: read("total"),
    }
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [deed] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let contract = visit.contract()?;
    match *deed {
        "dispose" => {
            let id: Id = visit.number("layaway", "layaway")?;
            let told = visit.order("counter/dispose-layaway", &json!({ "contract": contract, "layaway_id": id }))?;
            let counter = told["layaway_id"].to_string();
            let done = Done::new(ADDRESS, visit.f.a("layaway-disposed", "id", id.to_string()));
            Ok(done.link(format!("/console/sales/{counter}"), visit.f.a("sale-number", "id", counter)))
        }
        "pick-up" => {
            let id: Id = visit.number("layaway", "layaway")?;
            let sale = visit.in_shop(|shop, state| pick_up(shop, &state.world.layouts, id, visit.f.now))?;
            sell(visit, sale.ok_or(Refusal::NotFound)?, "layaway-picked-up")
        }
        "settle" => {
            let id: Id = visit.number("parked", "parked")?;
            let sale = visit.in_shop(|shop, _| settle(shop, id, visit.f.now))?;
            sell(visit, sale.ok_or(Refusal::NotFound)?, "parked-settled")
        }
        _ => Err(Refusal::NotFound),
    }
}

fn sell(visit: &Visit<'_>, sale: Map<String, Value>, told: &str) -> Result<Done, Refusal> {
    let sold = visit.order("sell", &json!({ "contract": visit.contract()?, "transaction": sale }))?;
    let id = sold["transactionHeadId"].as_str().unwrap_or_default();
    let done = Done::new(ADDRESS, visit.f.s(told));
    Ok(done.link(format!("/console/sales/{id}"), visit.f.a("sale-number", "id", id)))
}

/// The sale that picks a layaway up; what was paid before is not paid again.
fn pick_up(shop: &Shop, layouts: &Layouts, id: Id, now: i64) -> Option<Map<String, Value>> {
    let table = shop.table(LAYAWAYS);
    let paid = text(table.get(id)?, &table.columns, "partPayment").parse().unwrap_or(0);
    let waited = transactions::render(layouts, shop.sales.get(id)?);
    let mut sale = same_goods(shop, waited.as_object()?, paid, now);
    sale.insert("layawayServerTransactionHeadId".into(), json!(id.to_string()));
    Some(sale)
}

/// The sale that a parked sale becomes.
fn settle(shop: &Shop, id: Id, now: i64) -> Option<Map<String, Value>> {
    let table = shop.table(PARKED);
    let waited = table.get(id)?.to_map(&table.columns);
    let mut sale = same_goods(shop, &waited, 0, now);
    sale.insert("barcode".into(), waited.get("barcode")?.clone());
    Some(sale)
}

/// A sale of what waited, paid in cash now but for `paid` yen.
fn same_goods(shop: &Shop, waited: &Map<String, Value>, paid: i64, now: i64) -> Map<String, Value> {
    let pick = |from: &Map<String, Value>, names: &[&str]| -> Map<String, Value> {
        let known = names.iter().filter_map(|name| Some(((*name).to_owned(), from.get(*name)?.clone())));
        known.filter(|(_, value)| !value.is_null()).collect()
    };
    let mut sale = pick(waited, &HEAD);
    let lines = waited.get("details").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    sale.insert("details".into(), lines.map(|line| Value::Object(pick(line, &LINE))).collect());
    let total: i64 = waited.get("total").and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0);
    let rest = total.saturating_sub(paid).max(0).to_string();
    for (name, value) in [
        ("transactionHeadDivision", "1".to_owned()),
        ("deposit", rest.clone()),
        ("depositCash", rest),
        ("change", "0".to_owned()),
        ("terminalTranId", shop.sales.next_id().to_string()),
        ("terminalTranDateTime", time::format(now)),
        ("guestNumbers", "1".to_owned()),
    ] {
        sale.insert(name.to_owned(), json!(value));
    }
    sale
}

/// The receipt of a basket of goods; goods that come back can neither be laid away nor parked.
fn receipt(visit: &Visit<'_>, basket: &Basket) -> Result<Map<String, Value>, Refusal> {
    if basket.is_return {
        return Err(visit.refused(visit.f.s("till-not-a-return")));
    }
    let receipt = visit.in_shop(|shop, _| till::receipt(shop, basket, visit.f.now))?;
    receipt.map_err(|problem| visit.refused(visit.f.a("order-refused", "detail", problem.detail.unwrap_or_default())))
}

/// A till puts its basket aside.
pub(super) fn lay_away(visit: &Visit<'_>, basket: &Basket, back: String) -> Result<Done, Refusal> {
    let mut body = receipt(visit, basket)?;
    let part = if visit.text("part").is_empty() { 0 } else { visit.number::<i64>("part", "layaway-part")? };
    if part < 0 {
        return Err(visit.refused(visit.f.b(
            "number-wanted",
            "label",
            visit.f.s("layaway-part"),
            "got",
            part.to_string(),
        )));
    }
    let part = json!(part.to_string());
    body.extend([
        ("transactionHeadDivision".to_owned(), json!("10")),
        ("deposit".to_owned(), part.clone()),
        ("depositCash".to_owned(), part.clone()),
    ]);
    let mut layaway = json!({ "partPayment": part });
    if !visit.text("pick_up_on").is_empty() {
        layaway["pickUpDate"] = json!(visit.text("pick_up_on"));
    }
    body.insert("layaway".into(), layaway);
    visit.order("counter/lay-away", &json!({ "contract": visit.contract()?, "body": body }))?;
    Ok(Done::new(back, visit.f.s("till-laid-away")).link(ADDRESS, visit.f.s("menu-aside")))
}

/// A till parks its basket.
pub(super) fn park(visit: &Visit<'_>, basket: &Basket, back: String) -> Result<Done, Refusal> {
    let mut body = receipt(visit, basket)?;
    body.insert("status".into(), json!("0"));
    if !visit.text("parked_as").is_empty() {
        body.insert("preRegistrationName".into(), json!(visit.text("parked_as")));
    }
    visit.order("counter/park", &json!({ "contract": visit.contract()?, "body": body }))?;
    Ok(Done::new(back, visit.f.s("till-parked")).link(ADDRESS, visit.f.s("menu-aside")))
}
