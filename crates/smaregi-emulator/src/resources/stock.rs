//! Stock: levels, absolute and relative changes, history (platform-pos.md §4).

use super::rows::{array, list_answer, members, shop};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, Candidates, ListQuery, SortKey},
    },
    problem::Problem,
    resources::maker::text_of,
    state::{Columns, Entry, Id, Level, MOST, Packed, Shop, StockBook, StockChange, StockDivision, StockSlip, World},
    time::{self, Seconds},
    webhooks::id_object,
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

type Pair<'b> = ((Id, Id), &'b Level);

pub(crate) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let columns = &call.world.layouts.stock;
    lists::check_names(columns, &call.query)?;
    let book = &shop(call)?.stock;
    let list = ListQuery::read(call.endpoint, &call.query);
    let (pairs, natural) = candidates(book, call);
    let pairs = pairs.filter(|pair| list.accepts(|column| value(pair, column)));
    let pairs = list.arrange(pairs, natural, "productId", |pair, column| SortKey::of(value(pair, column)));
    let (page, more) = list.cut(pairs);
    let rows: Vec<Packed> = page.iter().map(|pair| level_row(columns, pair)).collect();
    let shown = lists::shown(columns, &[], &call.query);
    Ok(list_answer(call, &list, array(rows.iter(), columns, &shown), more))
}

fn candidates<'b>(book: &'b StockBook, call: &Call<'_>) -> Candidates<'b, Pair<'b>> {
    let pair = |product: Id, store: Id| book.level(product, store).map(|level| ((product, store), level));
    if let Some(product) = call.query.number("product_id") {
        let pairs = book.levels().range((product, 0)..=(product, Id::MAX));
        return (Box::new(pairs.map(|(pair, level)| (*pair, level))), &["productId", "storeId"]);
    }
    if let Some((from, to)) = call.query.window("upd_date_time") {
        let found = book.by_update().range((from, 0, 0)..).take_while(move |(at, _, _)| *at <= to);
        let found = found.filter_map(move |(_, product, store)| pair(*product, *store));
        return (Box::new(found), &["updDateTime", "productId", "storeId"]);
    }
    if let Some(store) = call.query.number("store_id") {
        let found = book.by_store().range((store, 0)..=(store, Id::MAX));
        return (Box::new(found.filter_map(move |(store, product)| pair(*product, *store))), &["productId"]);
    }
    (Box::new(book.levels().iter().map(|(pair, level)| (*pair, level))), &["productId", "storeId"])
}

fn value(((product, store), level): &Pair<'_>, column: &str) -> Option<String> {
    match column {
        "productId" => Some(product.to_string()),
        "storeId" => Some(store.to_string()),
        "stockAmount" => Some(level.amount.to_string()),
        "layawayStockAmount" => Some(level.layaway.to_string()),
        "updDateTime" => Some(time::format(level.updated)),
        _ => None,
    }
}

fn level_row(columns: &Columns, pair: &Pair<'_>) -> Packed {
    let texts: Vec<Option<String>> = columns.names().iter().map(|name| value(pair, name)).collect();
    Packed::from_texts(texts.iter().map(|text| text.as_deref()))
}

pub(crate) fn changes(call: &Call<'_>) -> Result<Answer, Problem> {
    let columns = &call.world.layouts.change;
    lists::check_names(columns, &call.query)?;
    let level = shop(call)?.stock.level(call.id("product_id"), call.id("store_id"));
    let list = ListQuery::read(call.endpoint, &call.query).without(&["targetDate"]);
    let day = call.query.get("target_date").and_then(time::parse_date);
    let rows = level.into_iter().flat_map(|level| &level.history);
    let rows = rows.filter(|change| day.is_none_or(|day| time::days(change.effective_at) == day));
    let rows = rows.map(|change| change_row(columns, change));
    let rows = rows.filter(|row| list.accepts(|column| row.text(columns, column)));
    let rows =
        list.arrange(rows, &["id"], "id", |row, column| SortKey::of(row.text(columns, column).map(Cow::into_owned)));
    let (page, more) = list.cut(rows);
    let shown = lists::shown(columns, &[], &call.query);
    Ok(list_answer(call, &list, array(page.iter(), columns, &shown), more))
}

fn change_row(columns: &Columns, change: &StockChange) -> Packed {
    let text = |name: &str| match name {
        "id" => Some(change.id.to_string()),
        "updDateTime" => Some(time::format(change.at)),
        "targetDateTime" => Some(time::format(change.effective_at)),
        "productId" => Some(change.product_id.to_string()),
        "storeId" => Some(change.store_id.to_string()),
        "amount" => Some(change.amount.to_string()),
        "stockAmount" => Some(change.stock_amount.to_string()),
        "layawayStockAmount" => Some(change.layaway_stock_amount.to_string()),
        "stockDivision" => Some(change.division.code().into()),
        "memo" => change.memo.clone(),
        "fromStoreId" => change.slip.as_ref()?.from_store_id.map(|id| id.to_string()),
        "toStoreId" => change.slip.as_ref()?.to_store_id.map(|id| id.to_string()),
        "staffId" => change.slip.as_ref()?.staff_id.map(|id| id.to_string()),
        "staffName" => change.slip.as_ref()?.staff_name.clone(),
        _ => None,
    };
    let texts: Vec<Option<String>> = columns.names().iter().map(|name| text(name)).collect();
    Packed::from_texts(texts.iter().map(|text| text.as_deref()))
}

pub(crate) fn set(call: &mut Call<'_>) -> Result<Answer, Problem> {
    write_one(call, Write::Absolute)
}

pub(crate) fn add(call: &mut Call<'_>) -> Result<Answer, Problem> {
    write_one(call, Write::Relative)
}

/// What `stockAmount` of a body means.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Write {
    Absolute,
    Relative,
}

fn write_one(call: &mut Call<'_>, write: Write) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let product = call.id("product_id");
    let change = write_row(call, product, &body, write)?;
    call.emit("pos:stock", "edited", vec![event_entry(&change)]);
    let answer = json!({
        "productId": product.to_string(),
        "storeId": change.store_id.to_string(),
        "stockAmount": change.stock_amount.to_string(),
        "updDateTime": time::format(call.now),
        "stockHistory": { "id": change.id.to_string(), "memo": change.memo },
    });
    Ok(Answer::json(200, answer.to_string()))
}

/// One row of a stock write, single or bulk.
pub(crate) fn write_row(
    call: &mut Call<'_>,
    product: Id,
    body: &Map<String, Value>,
    write: Write,
) -> Result<StockChange, Problem> {
    let text = |name: &str| body.get(name).map(text_of).unwrap_or_default();
    let store: Id = text("storeId").parse().unwrap_or(0);
    let shop = shop(call)?;
    if !shop.has_store(store) {
        // The sentence of the real service (platform-pos.json, PATCH /stock/{product_id}).
        return Err(Problem::bad_request("指定された店舗IDのリソースが見つかりません"));
    }
    let wanted: i64 =
        text("stockAmount").parse().map_err(|_| Problem::field("stockAmount", "整数で指定してください。"))?;
    let level = shop.stock.amount(product, store);
    let amount = if write == Write::Absolute { wanted - level } else { wanted };
    check_level(level + amount)?;
    let memo = body.get("stockHistory").and_then(|history| history.get("memo")).filter(|memo| !memo.is_null());
    let movement = Movement {
        product,
        store,
        amount,
        division: StockDivision::Api,
        effective_at: call.now,
        memo: memo.map(text_of),
    };
    let contract = call.contract.clone();
    move_stock(call.world, &contract, movement, call.now).ok_or_else(Problem::access_denied)
}

/// The sentence of the real service (platform-pos.json, POST /stock/{product_id}/add).
pub(crate) fn check_level(level: i64) -> Result<(), Problem> {
    match level {
        _ if level > MOST => Err(Problem::bad_request(format!("更新後の在庫数は[{MOST}]以下である必要があります"))),
        _ if level < -MOST => Err(Problem::bad_request(format!("更新後の在庫数は[-{MOST}]以上である必要があります"))),
        _ => Ok(()),
    }
}

/// A change of stock that is about to be booked.
pub(crate) struct Movement {
    pub(crate) product: Id,
    pub(crate) store: Id,
    /// Signed.
    pub(crate) amount: i64,
    pub(crate) division: StockDivision,
    pub(crate) effective_at: Seconds,
    pub(crate) memo: Option<String>,
}

/// Pieces that are put aside for a layaway, or given back when negative.
pub(crate) struct Hold {
    pub(crate) product: Id,
    pub(crate) store: Id,
    pub(crate) pieces: i64,
    /// They leave `stockAmount` meanwhile.
    pub(crate) lowers_stock: bool,
    pub(crate) effective_at: Seconds,
}

/// Books a movement with its history row.
pub(crate) fn move_stock(world: &mut World, contract: &str, movement: Movement, now: Seconds) -> Option<StockChange> {
    book(world, contract, movement, Besides::default(), now)
}

/// The same for a movement that a document explains.
pub(crate) fn move_with_slip(
    world: &mut World,
    contract: &str,
    movement: Movement,
    slip: Option<Box<StockSlip>>,
    now: Seconds,
) -> Option<StockChange> {
    book(world, contract, movement, Besides { held: 0, slip }, now)
}

/// Books what a layaway holds, with its history row.
pub(crate) fn put_aside(world: &mut World, contract: &str, hold: Hold, now: Seconds) -> Option<StockChange> {
    let Hold { product, store, pieces, lowers_stock, effective_at } = hold;
    let amount = if lowers_stock { -pieces } else { 0 };
    let movement = Movement { product, store, amount, division: StockDivision::Layaway, effective_at, memo: None };
    book(world, contract, movement, Besides { held: pieces, slip: None }, now)
}

/// What some movements carry besides pieces.
#[derive(Default)]
struct Besides {
    /// Pieces a layaway holds from now on.
    held: i64,
    slip: Option<Box<StockSlip>>,
}

/// The one place where stock moves.
fn book(world: &mut World, contract: &str, movement: Movement, besides: Besides, now: Seconds) -> Option<StockChange> {
    let Besides { held, slip } = besides;
    let shop: &Shop = world.shop(contract)?;
    let (product, store) = (movement.product, movement.store);
    let layaway = shop.stock.level(product, store).map_or(0, |level| level.layaway);
    let change = StockChange {
        id: shop.stock.next_change_id(),
        product_id: product,
        store_id: store,
        amount: movement.amount,
        stock_amount: shop.stock.amount(product, store) + movement.amount,
        layaway_stock_amount: layaway + held,
        division: movement.division,
        at: now,
        effective_at: movement.effective_at,
        memo: movement.memo,
        slip,
    };
    let contract = shop.id.clone();
    world.record(Entry::Stock { contract, change: change.clone() });
    Some(change)
}

/// The entry of a change in a `pos:stock` event.
pub(crate) fn event_entry(change: &StockChange) -> Value {
    id_object(&[("id", change.id), ("productId", change.product_id), ("storeId", change.store_id)])
}
