//! 棚卸: a store counts its goods. The API only reads; counting is done at the admin screen and in the app, here by `Emulator` and `/control`.

use super::{
    Clerk, Document,
    clerk::STOCKTAKING,
    effect::{Effect, Place},
    lines::{check_unique, id, number, text},
    stock_on::in_transit,
};
use crate::{
    emulator::Emulator,
    problem::Problem,
    resources::maker::Forced,
    settings::Uncounted,
    spec::EmulatorError,
    state::{Id, Packed, Shop, StockDivision, StockSlip},
    time,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EVENT: &str = "pos:stocktaking";
pub(super) const PRODUCTS: &str = "stocktakingProducts";
const CATEGORIES: &str = "stocktakingCategories";
/// 0 counting, 1 調整中: movements no longer change the figures that are compared, 2 done (field list of the older API)
const COUNTING: &str = "0";
const ADJUSTING: &str = "1";
const DONE: &str = "2";
/// `categoryId` that means all categories.
const ALL_CATEGORIES: &str = "0";

/// What is to be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StocktakingPlan {
    pub store_id: u64,
    /// Empty: all categories.
    pub category_ids: Vec<u64>,
    /// 棚卸日, `2026-11-21`; `None`: today in Japan.
    pub date: Option<String>,
}

/// How many pieces of a product were found; `None` takes an entry back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub product_id: u64,
    pub quantity: Option<u32>,
}

impl Emulator {
    /// Begins a 棚卸; gives its id.
    ///
    /// # Errors
    /// When the store or a category does not exist, or the date is none.
    pub fn begin_stocktaking(&self, contract: &str, plan: &StocktakingPlan) -> Result<u64, EmulatorError> {
        self.inner.let_clerk(&mut self.state(), contract, |clerk| begin(clerk, plan))
    }

    /// Enters counts.
    ///
    /// # Errors
    /// When the stocktaking is done, or a product is not part of it; nothing is entered then.
    pub fn count_stocktaking(&self, contract: &str, id: u64, counts: &[Counted]) -> Result<(), EmulatorError> {
        self.inner.let_clerk(&mut self.state(), contract, |clerk| count(clerk, id, counts))
    }

    /// 調整中: from now on sales and receipts no longer change what the counts are compared with; they stay in the stock on top of the result.
    ///
    /// # Errors
    /// When the stocktaking is not counting.
    pub fn adjust_stocktaking(&self, contract: &str, id: u64) -> Result<(), EmulatorError> {
        self.inner.let_clerk(&mut self.state(), contract, |clerk| adjust(clerk, id))
    }

    /// Ends a stocktaking: stock becomes what was counted (division 08).
    ///
    /// # Errors
    /// When it is done already, or stock would leave ±999,999,999.
    pub fn complete_stocktaking(&self, contract: &str, id: u64) -> Result<(), EmulatorError> {
        self.inner.let_clerk(&mut self.state(), contract, |clerk| complete(clerk, id))
    }

    /// Deletes a stocktaking that is not done.
    ///
    /// # Errors
    /// When it is done or does not exist.
    pub fn delete_stocktaking(&self, contract: &str, id: u64) -> Result<(), EmulatorError> {
        self.inner.let_clerk(&mut self.state(), contract, |clerk| delete(clerk, id))
    }
}

pub(crate) fn begin(clerk: &mut Clerk<'_>, plan: &StocktakingPlan) -> Result<Id, Problem> {
    let store = clerk.must_exist("stores", "store_id", &plan.store_id.to_string())?;
    let date = plan.date.clone().unwrap_or_else(|| clerk.today());
    time::parse_date(&date).ok_or_else(|| Problem::field("date", "YYYY-MM-DD形式の日付で指定してください。"))?;
    check_unique("category_ids", &plan.category_ids)?;
    for category in &plan.category_ids {
        clerk.must_exist("categories", "category_ids", &category.to_string())?;
    }
    let stores = clerk.table("stores")?;
    let name = stores.get(store).and_then(|row| row.text(&stores.columns, "storeName")).map(|name| name.into_owned());
    let head = json!({ "storeId": store.to_string(), "storeName": name, "status": COUNTING, "stocktakingDate": date,
        "targetDivision": if plan.category_ids.is_empty() { "0" } else { "1" } });
    let goods = goods(clerk.shop()?, store, &plan.category_ids);
    let stocktaking = clerk.insert(STOCKTAKING, head.as_object().unwrap_or(&Document::new()))?;
    let all = [ALL_CATEGORIES.to_owned()];
    let chosen: Vec<String> = plan.category_ids.iter().map(ToString::to_string).collect();
    for category in if chosen.is_empty() { &all[..] } else { &chosen } {
        clerk.insert_under(CATEGORIES, &key(stocktaking, "categoryId", category), &Document::new())?;
    }
    for (product, figures) in goods {
        clerk.insert_under(PRODUCTS, &key(stocktaking, "productId", &product.to_string()), &figures)?;
    }
    clerk.tell(EVENT, "created", stocktaking);
    Ok(stocktaking)
}

fn key(stocktaking: Id, column: &str, value: &str) -> Forced {
    vec![("stocktakingInfoId".into(), stocktaking.to_string()), (column.into(), value.into())]
}

/// Products whose stock is managed, of these categories or all, with their figures as of now.
fn goods(shop: &Shop, store: Id, categories: &[Id]) -> Vec<(Id, Document)> {
    let (products, transit) = (shop.products(), in_transit(shop, store, None));
    let wanted: BTreeSet<String> = categories.iter().map(ToString::to_string).collect();
    let is_wanted = |row: &Packed| {
        let text = |name: &str| row.text(&products.columns, name);
        let chosen = wanted.is_empty() || text("categoryId").is_some_and(|category| wanted.contains(&*category));
        chosen && text("stockControlDivision").is_none_or(|code| code != "1")
    };
    let figures = |(id, row): (&Id, &Packed)| {
        let mut figures = figures(shop.stock.amount(*id, store), transit.get(id).copied().unwrap_or(0));
        figures.insert("cost".into(), json!(row.text(&products.columns, "cost").as_deref().unwrap_or("0")));
        (*id, figures)
    };
    products.rows().iter().filter(|(_, row)| is_wanted(row)).map(figures).collect()
}

/// Book stock, goods under way to the store, and layaways, which the stock book does not tell apart.
fn figures(book: i64, transit: i64) -> Document {
    Document::from_iter([
        ("stockQuantityBeforeAdjustment".to_owned(), json!(book.to_string())),
        ("transportationStockQuantity".to_owned(), json!(transit.to_string())),
        ("layawayStockQuantity".to_owned(), json!("0")),
    ])
}

/// The stocktaking and its status, unless it is done.
fn open(clerk: &Clerk<'_>, stocktaking: Id) -> Result<(Document, String), Problem> {
    let head = clerk.read(STOCKTAKING, stocktaking)?;
    let status = text(&head, "status").unwrap_or_default();
    match status == DONE {
        true => Err(Problem::bad_request("完了した棚卸は変更できません。")),
        false => Ok((head, status)),
    }
}

pub(crate) fn count(clerk: &mut Clerk<'_>, stocktaking: Id, counts: &[Counted]) -> Result<(), Problem> {
    open(clerk, stocktaking)?;
    let rows = clerk.table(PRODUCTS)?;
    let place = |counted: &Counted| {
        let found = rows.find(&[stocktaking.to_string(), counted.product_id.to_string()]);
        found.ok_or_else(|| Problem::unknown_reference("product_id"))
    };
    let places = counts.iter().map(place).collect::<Result<Vec<Id>, Problem>>()?;
    for (counted, row) in counts.iter().zip(places) {
        let members = json!({ "inputStocktakingQuantity": counted.quantity.map(|quantity| quantity.to_string()),
            "quantityModifiedDatetime": clerk.moment() });
        clerk.change(PRODUCTS, row, members.as_object().unwrap_or(&Document::new()))?;
    }
    touch(clerk, stocktaking, None)
}

/// Tells of a change of the stocktaking, and of its status if that is new.
fn touch(clerk: &mut Clerk<'_>, stocktaking: Id, status: Option<&str>) -> Result<(), Problem> {
    let members: Document = status.into_iter().map(|status| ("status".to_owned(), json!(status))).collect();
    clerk.change(STOCKTAKING, stocktaking, &members)?;
    clerk.tell(EVENT, "edited", stocktaking);
    Ok(())
}

pub(crate) fn adjust(clerk: &mut Clerk<'_>, stocktaking: Id) -> Result<(), Problem> {
    let (head, status) = open(clerk, stocktaking)?;
    if status != COUNTING {
        return Err(Problem::bad_request("調整中の棚卸です。"));
    }
    freeze(clerk, stocktaking, id(&head, "storeId"))?;
    touch(clerk, stocktaking, Some(ADJUSTING))
}

/// Rows of a stocktaking: number and values.
fn rows(clerk: &Clerk<'_>, stocktaking: Id) -> Result<Vec<(Id, Document)>, Problem> {
    clerk.naming(PRODUCTS, "stocktakingInfoId", stocktaking)
}

/// Writes down what the counts are compared with.
fn freeze(clerk: &mut Clerk<'_>, stocktaking: Id, store: Id) -> Result<(), Problem> {
    let transit = in_transit(clerk.shop()?, store, None);
    for (row, product) in rows(clerk, stocktaking)?.into_iter().map(|(row, values)| (row, id(&values, "productId"))) {
        let book = clerk.shop()?.stock.amount(product, store);
        clerk.change(PRODUCTS, row, &figures(book, transit.get(&product).copied().unwrap_or(0)))?;
    }
    Ok(())
}

pub(crate) fn complete(clerk: &mut Clerk<'_>, stocktaking: Id) -> Result<(), Problem> {
    let (head, status) = open(clerk, stocktaking)?;
    let store = id(&head, "storeId");
    let rows = rows(clerk, stocktaking)?;
    let (mut steps, mut found) = (Effect::default(), Vec::new());
    for (row, values) in &rows {
        let product = id(values, "productId");
        let Some(pieces) = counted(clerk, values) else { continue };
        let book = match status == ADJUSTING {
            true => number(values, "stockQuantityBeforeAdjustment"),
            false => clerk.shop()?.stock.amount(product, store),
        };
        steps.add(Place { product, store, division: StockDivision::Stocktaking }, pieces - book);
        found.push((*row, pieces));
    }
    clerk.check(&steps)?;
    if status == COUNTING {
        freeze(clerk, stocktaking, store)?;
    }
    for (row, pieces) in found {
        let members = Document::from_iter([("stocktakingQuantity".to_owned(), json!(pieces.to_string()))]);
        clerk.change(PRODUCTS, row, &members)?;
    }
    touch(clerk, stocktaking, Some(DONE))?;
    clerk.move_goods(&steps, counted_at(clerk, &head), &StockSlip::default())
}

/// Pieces found; `None`: the product keeps its stock.
fn counted(clerk: &Clerk<'_>, values: &Document) -> Option<i64> {
    let entered = text(values, "inputStocktakingQuantity").and_then(|text| text.parse().ok());
    entered.or((clerk.settings().uncounted == Uncounted::Zero).then_some(0))
}

/// Now, or the end of the day that was counted (platform-pos.md §4: a stocktaking may be dated back).
fn counted_at(clerk: &Clerk<'_>, head: &Document) -> i64 {
    let end = text(head, "stocktakingDate").and_then(|date| time::parse(&format!("{date}T23:59:59+09:00")));
    end.map_or(clerk.now, |end| end.min(clerk.now))
}

pub(crate) fn delete(clerk: &mut Clerk<'_>, stocktaking: Id) -> Result<(), Problem> {
    open(clerk, stocktaking)?;
    clerk.remove(STOCKTAKING, stocktaking)?;
    clerk.tell(EVENT, "deleted", stocktaking);
    Ok(())
}

/// A stocktaking as the list shows it.
pub(crate) fn shown(clerk: &Clerk<'_>, stocktaking: Id) -> Result<Value, Problem> {
    clerk.read(STOCKTAKING, stocktaking).map(Value::Object)
}
