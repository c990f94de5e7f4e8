//! `/console/documents`: what the apps wrote about goods on their way: 出庫, 入庫, 入荷 and the like. They are only looked at.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    state::{Columns, Id, Packed, Shop},
};
use askama::Template;
use serde_json::{Map, Value};

const ADDRESS: &str = "/console/documents";
/// Tables of documents, as they stand in the address.
const KINDS: [&str; 6] = ["shipping", "receiving", "storage", "shipments", "losses", "purchaseOrders"];
const DATES: [&str; 7] =
    ["shippingDate", "receivingDate", "storageDate", "storagedDate", "shipmentDate", "lossDateTime", "orderedDate"];
const FROM: [&str; 3] = ["shippingStoreId", "shipmentStoreId", "storeId"];
const TO: [&str; 2] = ["receivingStoreId", "storageStoreId"];
const LINES: [&str; 2] = ["details", "products"];
const QUANTITIES: [&str; 4] = ["quantity", "receivingQuantity", "scheduledQuantity", "storageQuantity"];

#[derive(Template)]
#[template(path = "console/documents.html")]
struct DocumentsPage<'v> {
    f: &'v Frame,
    kind: &'static str,
    kinds: Vec<Choice>,
    rows: Vec<Row>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "console/document.html")]
struct DocumentPage<'v> {
    f: &'v Frame,
    kind: &'static str,
    row: Row,
    lines: Vec<(Id, String, String)>,
    json: String,
}

struct Row {
    id: Id,
    date: String,
    from: String,
    to: String,
    lines: usize,
}

fn read(shop: &Shop, id: Id, row: &Packed, columns: &Columns) -> Row {
    let first = |names: &[&str]| {
        names.iter().map(|name| text(row, columns, name)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let store = |names: &[&str]| first(names).parse().map(|id| look::store_name(shop, id)).unwrap_or_default();
    let date = [first(&DATES), text(row, columns, "insDateTime")].into_iter().find(|text| !text.is_empty());
    Row {
        id,
        date: date.unwrap_or_default().chars().take(10).collect(),
        from: store(&FROM),
        to: store(&TO),
        lines: lines(&row.to_map(columns)).len(),
    }
}

fn lines(document: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let found = LINES.iter().find_map(|name| document.get(*name)?.as_array());
    found.into_iter().flatten().filter_map(|line| line.as_object().cloned()).collect()
}

fn plain(line: &Map<String, Value>, names: &[&str]) -> String {
    let value = names.iter().find_map(|name| line.get(*name).filter(|value| !value.is_null()));
    value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let known = |name: &str| KINDS.into_iter().find(|kind| *kind == name);
    match visit.rest.as_slice() {
        [] => list(visit, known(visit.text("kind")).unwrap_or(KINDS[0])),
        [kind, id] => one(visit, known(kind).ok_or(Refusal::NotFound)?, id.parse().map_err(|_| Refusal::NotFound)?),
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>, kind: &'static str) -> Result<Reply, Refusal> {
    let before: Id = visit.text("before").parse().unwrap_or(Id::MAX);
    let (rows, more) = visit.in_shop(|shop, _| {
        let table = shop.table(kind);
        let rows = table.rows().range(..before).rev();
        look::cut(rows.map(|(id, row)| read(shop, *id, row, &table.columns)), ROWS)
    })?;
    let last = rows.last().map(|row| row.id.to_string()).unwrap_or_default();
    let choice = |name: &str| Choice::new(name, visit.f.of("document-", name), kind);
    visit.page(&DocumentsPage {
        f: &visit.f,
        kind,
        kinds: KINDS.iter().map(|name| choice(name)).collect(),
        rows,
        older: more.then(|| address(ADDRESS, &[("kind", kind), ("before", &last)])),
    })
}

fn one(visit: &Visit<'_>, kind: &'static str, id: Id) -> Result<Reply, Refusal> {
    let page = visit.in_shop(|shop, _| {
        let table = shop.table(kind);
        let packed = table.get(id)?;
        let mut document = packed.to_map(&table.columns);
        let line = |line: Map<String, Value>| {
            let product: Id = plain(&line, &["productId"]).parse().unwrap_or(0);
            (product, look::product_name(shop, product), plain(&line, &QUANTITIES))
        };
        let lines = lines(&document).into_iter().map(line).collect();
        document.shift_remove("booked");
        let json = serde_json::to_string_pretty(&document).unwrap_or_default();
        Some(DocumentPage { f: &visit.f, kind, row: read(shop, id, packed, &table.columns), lines, json })
    })?;
    visit.page(&page.ok_or(Refusal::NotFound)?)
}

/// Documents are only looked at.
pub(crate) fn act(_: &Visit<'_>) -> Result<Done, Refusal> {
    Err(Refusal::NotFound)
}
