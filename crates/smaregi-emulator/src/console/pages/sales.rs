//! `/console/sales`: what the tills rang up, newest first; behind it one sale, to take back in each way there is.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    resources::transactions,
    state::{Columns, Id, Layouts, Packed, Sale, Shop},
};
use askama::Template;
use serde_json::json;

#[derive(Template)]
#[template(path = "console/sales.html")]
struct SalesPage<'v> {
    f: &'v Frame,
    stores: Vec<Choice>,
    rows: Vec<Row>,
    older: Option<String>,
}

struct Row {
    id: Id,
    sold_at: i64,
    store: String,
    pieces: i64,
    total: String,
    member: String,
    remark: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "console/sale.html")]
struct SalePage<'v> {
    f: &'v Frame,
    row: Row,
    received_at: i64,
    terminal: String,
    lines: Vec<Line>,
    /// Head amounts that are not zero, by the key of their name.
    amounts: Vec<(String, String)>,
    moved: Vec<(Id, String, i64)>,
    /// The other half of a dispose.
    partner: Option<String>,
    can_undo: bool,
    /// The till with this sale as a return.
    return_at: Option<String>,
    json: String,
}

struct Line {
    product: Option<Id>,
    code: String,
    name: String,
    price: String,
    pieces: String,
    sum: String,
    is_return: bool,
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        [id] => one(visit, id.parse().map_err(|_| Refusal::NotFound)?),
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let store = visit.text("store");
    let before: Id = visit.text("before").parse().unwrap_or(Id::MAX);
    let (rows, more, stores) = visit.in_shop(|shop, state| {
        let layouts = &state.world.layouts;
        let here = |sale: &Sale| store.is_empty() || text(&sale.head, &layouts.head, "storeId") == store;
        let sales = shop.sales.sales().range(..before).rev().filter(|(_, sale)| here(sale));
        let (rows, more) = look::cut(sales.map(|(id, sale)| row(shop, layouts, *id, sale)), ROWS);
        (rows, more, look::store_choices(shop, store))
    })?;
    let last = rows.last().map(|row| row.id.to_string()).unwrap_or_default();
    let older = more.then(|| address("/console/sales", &[("store", store), ("before", &last)]));
    visit.page(&SalesPage { f: &visit.f, stores, rows, older })
}

fn row(shop: &Shop, layouts: &Layouts, id: Id, sale: &Sale) -> Row {
    let head = |name: &str| text(&sale.head, &layouts.head, name);
    let number = |name: &str| head(name).parse::<i64>().unwrap_or(0);
    Row {
        id,
        sold_at: sale.times.sold,
        store: look::store_name(shop, head("storeId").parse().unwrap_or(0)),
        pieces: number("amount") - number("returnAmount"),
        total: head("total"),
        member: head("customerId").parse().ok().and_then(|id| look::member(shop, id)).map_or(String::new(), |m| m.name),
        remark: remark(
            &head("cancelDivision"),
            &head("disposeDivision"),
            &head("returnSales"),
            &head("transactionHeadDivision"),
        ),
    }
}

/// The key of what is special about a sale.
fn remark(cancelled: &str, disposed: &str, returned: &str, division: &str) -> Option<&'static str> {
    match (cancelled, disposed, returned, division) {
        ("1", ..) => Some("sale-cancelled"),
        (_, "1", ..) => Some("sale-disposed"),
        (_, "2", ..) => Some("sale-counter"),
        (_, _, "1", _) => Some("sale-return"),
        (_, _, _, "1") => None,
        _ => Some("sale-other"),
    }
}

fn one(visit: &Visit<'_>, id: Id) -> Result<Reply, Refusal> {
    let page = visit.in_shop(|shop, state| {
        let sale = shop.sales.get(id)?;
        Some(sale_page(&visit.f, shop, &state.world.layouts, id, sale))
    })?;
    visit.page(&page.ok_or(Refusal::NotFound)?)
}

fn sale_page<'v>(f: &'v Frame, shop: &Shop, layouts: &Layouts, id: Id, sale: &Sale) -> SalePage<'v> {
    let head = |name: &str| text(&sale.head, &layouts.head, name);
    let row = row(shop, layouts, id, sale);
    let can_undo = !matches!(row.remark, Some("sale-cancelled" | "sale-disposed" | "sale-counter"));
    let partner = head("disposeServerTransactionHeadId");
    let json = serde_json::to_string_pretty(&transactions::render(layouts, sale)).unwrap_or_default();
    let moved = sale.moved.iter().map(|m| (m.product, look::product_name(shop, m.product), m.amount));
    SalePage {
        f,
        received_at: sale.times.received,
        terminal: head("terminalId"),
        lines: sale.lines.iter().map(|line| read_line(line, &layouts.line)).collect(),
        amounts: amounts(f, &head),
        moved: moved.collect(),
        partner: Some(partner).filter(|partner| !partner.is_empty()),
        can_undo,
        return_at: (can_undo && row.remark.is_none()).then(|| return_address(layouts, sale)),
        row,
        json,
    }
}

fn read_line(line: &Packed, columns: &Columns) -> Line {
    let read = |name: &str| text(line, columns, name);
    Line {
        product: read("productId").parse().ok(),
        code: read("productCode"),
        name: read("productName"),
        price: read("salesPrice"),
        pieces: read("quantity"),
        sum: read("unitDiscountedSum"),
        is_return: read("transactionDetailDivision") == "2",
    }
}

fn amounts(f: &Frame, head: &impl Fn(&str) -> String) -> Vec<(String, String)> {
    let named = [
        ("subtotal", f.s("amount-subtotal")),
        ("subtotalDiscountPrice", f.s("amount-discount")),
        ("pointDiscount", f.s("amount-points")),
        ("taxInclude", f.s("amount-tax-inside")),
        ("taxExclude", f.s("amount-tax-on-top")),
    ];
    let read = named.into_iter().map(|(name, text)| (text, head(name)));
    read.filter(|(_, amount)| !matches!(amount.as_str(), "" | "0")).collect()
}

/// The till with everything of this sale in the basket, to come back.
fn return_address(layouts: &Layouts, sale: &Sale) -> String {
    let head = |name: &str| text(&sale.head, &layouts.head, name);
    let lines = sale.lines.iter().filter_map(|line| {
        let line = read_line(line, &layouts.line);
        Some(format!("&line={}.{}", line.product?, line.pieces))
    });
    let discount = head("subtotalDiscountPrice");
    let (store, terminal, customer) = (head("storeId"), head("terminalId"), head("customerId"));
    let known = [("store", store.as_str()), ("terminal", &terminal), ("customer", &customer), ("discount", &discount)];
    address("/console/tills", &known) + "&return=1" + &lines.collect::<String>()
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let [id, action] = visit.rest.as_slice() else { return Err(Refusal::NotFound) };
    let sale: Id = id.parse().map_err(|_| Refusal::NotFound)?;
    let order = json!({ "contract": visit.contract()?, "sale_id": sale });
    let text = match *action {
        "cancel" => {
            visit.order("cancel-sale", &order)?;
            return Ok(Done::new(
                format!("/console/sales/{sale}"),
                visit.f.a("sale-cancel-done", "id", sale.to_string()),
            ));
        }
        "dispose" => visit.f.a("sale-dispose-done", "id", sale.to_string()),
        _ => return Err(Refusal::NotFound),
    };
    let counter = visit.order("dispose-sale", &order)?["sale_id"].as_u64().unwrap_or(0).to_string();
    let link = visit.f.a("sale-number", "id", &counter);
    Ok(Done::new(format!("/console/sales/{sale}"), text).link(format!("/console/sales/{counter}"), link))
}
