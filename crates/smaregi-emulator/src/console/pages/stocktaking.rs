//! `/console/stocktaking`: 棚卸; behind it one, to be counted, adjusted and completed.

use super::address;
use crate::{
    console::{
        frame::Frame,
        look::{self, ROWS, text},
        reply::{Done, Refusal, Reply},
        visit::{Choice, Visit},
    },
    state::{Columns, Id, Packed, Shop},
    time,
};
use askama::Template;
use serde_json::{Value, json};

const ADDRESS: &str = "/console/stocktaking";
const TABLE: &str = "stocktaking";
const PRODUCTS: &str = "stocktakingProducts";
/// Fields of the count.
const COUNT: &str = "count-";

#[derive(Template)]
#[template(path = "console/stocktakings.html")]
struct StocktakingsPage<'v> {
    f: &'v Frame,
    rows: Vec<Head>,
    older: Option<String>,
    stores: Vec<Choice>,
    categories: Vec<Choice>,
    date: String,
}

#[derive(Template)]
#[template(path = "console/stocktaking.html")]
struct StocktakingPage<'v> {
    f: &'v Frame,
    head: Head,
    words: &'v str,
    after: &'v str,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Head {
    id: Id,
    store: String,
    date: String,
    /// `counting`, `adjusting` or `done`.
    status: &'static str,
}

struct Row {
    product: Id,
    code: String,
    name: String,
    book: String,
    counted: String,
    result: String,
}

impl Head {
    fn read(shop: &Shop, id: Id, row: &Packed, columns: &Columns) -> Self {
        let read = |name: &str| text(row, columns, name);
        let status = match read("status").as_str() {
            "1" => "adjusting",
            "2" => "done",
            _ => "counting",
        };
        let store = look::store_name(shop, read("storeId").parse().unwrap_or(0));
        Self { id, store, date: read("stocktakingDate"), status }
    }

    fn is_open(&self) -> bool {
        self.status != "done"
    }

    fn tone(&self) -> &'static str {
        if self.is_open() { "busy" } else { "good" }
    }
}

pub(crate) fn show(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    match visit.rest.as_slice() {
        [] => list(visit),
        [id] => one(visit, id.parse().map_err(|_| Refusal::NotFound)?),
        _ => Err(Refusal::NotFound),
    }
}

fn list(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let before: Id = visit.text("before").parse().unwrap_or(Id::MAX);
    let page = visit.in_shop(|shop, _| {
        let table = shop.table(TABLE);
        let rows = table.rows().range(..before).rev().map(|(id, row)| Head::read(shop, *id, row, &table.columns));
        let (rows, more) = look::cut(rows, ROWS);
        let last = rows.last().map(|row| row.id.to_string()).unwrap_or_default();
        let categories = shop.categories();
        let category = |(id, row): (&Id, &Packed)| {
            Choice::new(id, text(row, &categories.columns, "categoryName"), visit.text("category"))
        };
        let entered = visit.text("date");
        StocktakingsPage {
            f: &visit.f,
            rows,
            older: more.then(|| address(ADDRESS, &[("before", &last)])),
            stores: look::store_choices(shop, visit.text("store")),
            categories: categories.rows().iter().map(category).collect(),
            date: if entered.is_empty() { time::format_date(visit.f.now) } else { entered.to_owned() },
        }
    })?;
    visit.page(&page)
}

fn one(visit: &Visit<'_>, id: Id) -> Result<Reply, Refusal> {
    let (words, after) = (visit.text("q"), visit.text("after"));
    let from: Id = after.parse().unwrap_or(0);
    let page = visit.in_shop(|shop, _| {
        let table = shop.table(TABLE);
        let head = Head::read(shop, id, table.get(id)?, &table.columns);
        let goods = shop.table(PRODUCTS);
        let of_this = id.to_string();
        let rows = goods.with_value("stocktakingInfoId", &of_this);
        let rows = rows.filter_map(|(_, row)| read_row(visit, shop, row, &goods.columns));
        let lower = words.to_lowercase();
        let fits = |row: &Row| row.code.to_lowercase().contains(&lower) || row.name.to_lowercase().contains(&lower);
        let (rows, more) = look::cut(rows.filter(|row| row.product > from && fits(row)), ROWS);
        let last = rows.last().map(|row| row.product.to_string()).unwrap_or_default();
        let next = more.then(|| address(&format!("{ADDRESS}/{id}"), &[("q", words), ("after", &last)]));
        Some(StocktakingPage { f: &visit.f, head, words, after, rows, next })
    })?;
    visit.page(&page.ok_or(Refusal::NotFound)?)
}

fn read_row(visit: &Visit<'_>, shop: &Shop, row: &Packed, columns: &Columns) -> Option<Row> {
    let read = |name: &str| text(row, columns, name);
    let product: Id = read("productId").parse().ok()?;
    let known = look::product(shop, product);
    let field = format!("{COUNT}{product}");
    Some(Row {
        product,
        code: known.as_ref().map(|known| known.code.clone()).unwrap_or_default(),
        name: known.map_or_else(|| product.to_string(), |known| known.name),
        book: read("stockQuantityBeforeAdjustment"),
        counted: if visit.has(&field) { visit.text(&field).to_owned() } else { read("inputStocktakingQuantity") },
        result: read("stocktakingQuantity"),
    })
}

pub(crate) fn act(visit: &Visit<'_>) -> Result<Done, Refusal> {
    let contract = visit.contract()?;
    if let ["begin"] = visit.rest.as_slice() {
        let mut order = json!({ "contract": contract, "store_id": visit.number::<Id>("store", "store")?, "date": visit.text("date") });
        if !visit.text("category").is_empty() {
            order["category_ids"] = json!([visit.number::<Id>("category", "stocktaking-category")?]);
        }
        let told = visit.order("stocktaking/begin", &order)?;
        let id = told["stocktakingInfoId"].as_str().unwrap_or_default();
        return Ok(Done::new(format!("{ADDRESS}/{id}"), visit.f.s("stocktaking-begun")));
    }
    let [id, deed @ ("count" | "adjust" | "complete" | "delete")] = visit.rest.as_slice() else {
        return Err(Refusal::NotFound);
    };
    let id: Id = id.parse().map_err(|_| Refusal::NotFound)?;
    let mut order = json!({ "contract": contract, "stocktaking_id": id });
    if *deed == "count" {
        order["counts"] = counts(visit)?;
    }
    visit.order(&format!("stocktaking/{deed}"), &order)?;
    let back = match *deed {
        "delete" => ADDRESS.to_owned(),
        _ => address(&format!("{ADDRESS}/{id}"), &[("q", visit.text("q")), ("after", visit.text("after"))]),
    };
    Ok(Done::new(back, visit.f.of("stocktaking-did-", deed)))
}

/// An empty field takes an entry back.
fn counts(visit: &Visit<'_>) -> Result<Value, Refusal> {
    let mut counts = Vec::new();
    for (name, value) in &visit.fields {
        let Some(product) = name.strip_prefix(COUNT).and_then(|id| id.parse::<Id>().ok()) else { continue };
        let pieces: Option<u32> = match value.trim() {
            "" => None,
            _ => Some(visit.number(name, "stocktaking-counted")?),
        };
        counts.push(json!({ "product_id": product, "quantity": pieces }));
    }
    Ok(Value::Array(counts))
}
