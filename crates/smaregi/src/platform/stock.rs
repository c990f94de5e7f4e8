//! 在庫 and 在庫変動履歴 (platform-pos §4).

use super::{Answer, Client, Error, ListQuery, PageRequest, Query, list::paged, query::segment};
use crate::{codes::StockDivision, wire::row};
use futures_util::Stream;
use http::Method;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

const WRITE: &str = "pos.stock:write";
/// Characters, not bytes.
const MAX_MEMO: usize = 100;
const MAX_BULK_ROWS: usize = 100;
const MAX_CALLBACK_URL: usize = 511;

row! {
    /// 在庫. A row exists only after the first movement: a missing one means 0 only once the product is known to be there.
    #[derive(Clone, Debug, PartialEq, Eq)]
    Stock {
        keys {
            store_id: String,
            product_id: String,
        }
        values {
            /// None: Smaregi gave no number, which is not zero.
            stock_amount: i64,
            /// 取置き在庫数. Whether `stock_amount` includes it is not documented.
            layaway_stock_amount: i64,
            upd_date_time: Timestamp,
        }
    }
}

row! {
    /// 在庫変動: one movement.
    #[derive(Clone, Debug, PartialEq, Eq)]
    StockChange {
        keys {
            /// 在庫変動履歴ID, the one webhooks and writes name.
            id: String,
        }
        values {
            product_id: String,
            store_id: String,
            /// Signed.
            amount: i64,
            /// Stock after the movement.
            stock_amount: i64,
            layaway_stock_amount: i64,
            stock_division: StockDivision,
            /// When it took effect; stocktaking and loss may lie in the past.
            target_date_time: Timestamp,
            upd_date_time: Timestamp,
            from_store_id: String,
            to_store_id: String,
            price: Decimal,
            cost: Decimal,
            /// What a write gave as `stockHistory.memo`.
            memo: String,
            staff_id: String,
            staff_name: String,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct StockQuery {
    pub store_id: Option<String>,
    pub product_id: Option<String>,
    /// Both or none, at most 31 calendar days apart.
    pub upd_from: Option<Timestamp>,
    pub upd_to: Option<Timestamp>,
    pub page: PageRequest,
    /// `productId` or `storeId`.
    pub sort: Option<String>,
}

impl ListQuery for StockQuery {
    type Row = Stock;
    const SCOPE: &'static str = "pos.stock:read";

    fn path(&self) -> String {
        "/stock".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("store_id", self.store_id.as_deref());
        query.put_some("product_id", self.product_id.as_deref());
        query.updated(self.upd_from, self.upd_to)
    }

    paged!(sorted);
}

#[derive(Clone, Debug, Default)]
pub struct StockChangeQuery {
    /// 在庫変動履歴ID
    pub id: Option<String>,
    /// The day of `targetDateTime` in Japan.
    pub target_date: Option<Date>,
    /// Why stock changed, for example [`StockDivision::Api`].
    pub stock_division: Option<StockDivision>,
    pub page: PageRequest,
    pub sort: Option<String>,
}

/// The history belongs to one product in one store, which are in the path.
#[derive(Clone, Debug)]
struct StockHistory {
    product_id: String,
    store_id: String,
    query: StockChangeQuery,
}

impl ListQuery for StockHistory {
    type Row = StockChange;
    const SCOPE: &'static str = "pos.stock-changes:read";

    fn path(&self) -> String {
        format!("/stock/changes/{}/{}", segment(&self.product_id), segment(&self.store_id))
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("id", self.query.id.as_deref());
        query.put_some("target_date", self.query.target_date);
        query.put_some("stock_division", self.query.stock_division.as_ref().map(StockDivision::code));
        Ok(())
    }

    fn page(&self) -> PageRequest {
        self.query.page
    }

    fn page_mut(&mut self) -> &mut PageRequest {
        &mut self.query.page
    }

    fn sort(&self) -> Option<&str> {
        self.query.sort.as_deref()
    }
}

/// A stock write for one product in one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockWrite {
    pub store_id: String,
    /// The new stock, or the difference when adding.
    pub amount: i64,
    /// Kept in the stock history, at most 100 characters: how a write is found again.
    pub memo: Option<String>,
}

/// One row of a bulk write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkStockWrite {
    pub product_id: String,
    pub write: StockWrite,
}

impl StockWrite {
    fn to_body(&self, most: i64) -> Result<Value, Error> {
        if !(-most..=most).contains(&self.amount) {
            return Err(Error::refused_unsent(format!("amount is {}, Smaregi allows -{most} to {most}", self.amount)));
        }
        let mut body = json!({ "storeId": self.store_id, "stockAmount": self.amount.to_string() });
        if let Some(memo) = &self.memo {
            let length = memo.chars().count();
            if length > MAX_MEMO {
                return Err(Error::refused_unsent(format!("memo has {length} characters, Smaregi allows {MAX_MEMO}")));
            }
            body["stockHistory"] = json!({ "memo": memo });
        }
        Ok(body)
    }
}

/// Setting or adding: the path and the range of the amount (platform-pos §4).
#[derive(Clone, Copy)]
enum Mode {
    Set,
    Add,
}

impl Mode {
    fn most(self) -> i64 {
        match self {
            Self::Set => 999_999_999,
            Self::Add => 1_999_999_998,
        }
    }
}

/// What a stock write did.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenOnWire")]
pub struct StockWritten {
    pub product_id: String,
    pub store_id: String,
    /// Stock after the write.
    pub stock_amount: i64,
    pub upd_date_time: Option<Timestamp>,
    /// 在庫変動履歴ID: the webhook of this write will name it.
    pub history_id: String,
    pub memo: Option<String>,
}

row! {
    WrittenOnWire {
        keys {
            product_id: String,
            store_id: String,
            stock_amount: i64,
        }
        values { upd_date_time: Timestamp, }
        nested { stock_history: WrittenHistory, }
    }
}

row! {
    WrittenHistory {
        keys { id: String, }
        values { memo: String, }
    }
}

impl From<WrittenOnWire> for StockWritten {
    fn from(wire: WrittenOnWire) -> Self {
        Self {
            product_id: wire.product_id,
            store_id: wire.store_id,
            stock_amount: wire.stock_amount,
            upd_date_time: wire.upd_date_time,
            history_id: wire.stock_history.id,
            memo: wire.stock_history.memo,
        }
    }
}

row! {
    /// A bulk job was accepted; it is done later, and errors of single rows show only in the callback (platform-common §13.1).
    #[derive(Clone, Debug, PartialEq, Eq)]
    BulkAccepted {
        values {
            /// For enquiries to Smaregi.
            request_id: String,
            callback_url: String,
        }
    }
}

impl Client {
    /// 在庫一覧: one page.
    pub async fn stock(&self, query: &StockQuery) -> Result<Answer<Vec<Stock>>, Error> {
        self.list(query).await
    }

    /// 在庫変動履歴: one page. There is no history over all products.
    pub async fn stock_changes(
        &self,
        product_id: &str,
        store_id: &str,
        query: &StockChangeQuery,
    ) -> Result<Answer<Vec<StockChange>>, Error> {
        self.list(&StockHistory::new(product_id, store_id, query.clone())).await
    }

    /// 在庫変動履歴: all pages.
    pub fn stock_change_pages(
        &self,
        product_id: &str,
        store_id: &str,
        query: StockChangeQuery,
    ) -> impl Stream<Item = Result<Answer<Vec<StockChange>>, Error>> + Send + use<> {
        self.pages(StockHistory::new(product_id, store_id, query))
    }

    /// 在庫更新: sets the stock. Two writers with absolute values lose updates, so prefer [`Client::add_stock`].
    pub async fn set_stock(&self, product_id: &str, write: &StockWrite) -> Result<Answer<StockWritten>, Error> {
        let path = format!("/stock/{}", segment(product_id));
        self.write(Method::PATCH, path, &write.to_body(Mode::Set.most())?, WRITE).await
    }

    /// 在庫更新 (相対値): adds to the stock. Not idempotent: after an unclear outcome look for the memo in the history first.
    pub async fn add_stock(&self, product_id: &str, write: &StockWrite) -> Result<Answer<StockWritten>, Error> {
        let path = format!("/stock/{}/add", segment(product_id));
        self.write(Method::POST, path, &write.to_body(Mode::Add.most())?, WRITE).await
    }

    /// 在庫一括更新: up to 100 rows, done later.
    pub async fn set_stock_bulk(
        &self,
        rows: &[BulkStockWrite],
        callback_url: &str,
    ) -> Result<Answer<BulkAccepted>, Error> {
        self.write(Method::PATCH, "/stock/bulk".to_owned(), &bulk_body(rows, callback_url, Mode::Set)?, WRITE).await
    }

    /// 在庫一括更新 (相対値): up to 100 rows, done later; a row that adds 0 is refused.
    pub async fn add_stock_bulk(
        &self,
        rows: &[BulkStockWrite],
        callback_url: &str,
    ) -> Result<Answer<BulkAccepted>, Error> {
        self.write(Method::POST, "/stock/add/bulk".to_owned(), &bulk_body(rows, callback_url, Mode::Add)?, WRITE).await
    }
}

impl StockHistory {
    fn new(product_id: &str, store_id: &str, query: StockChangeQuery) -> Self {
        Self { product_id: product_id.to_owned(), store_id: store_id.to_owned(), query }
    }
}

fn bulk_body(rows: &[BulkStockWrite], callback_url: &str, mode: Mode) -> Result<Value, Error> {
    if !(1..=MAX_BULK_ROWS).contains(&rows.len()) {
        return Err(Error::refused_unsent(format!("{} rows, Smaregi takes 1 to {MAX_BULK_ROWS} at once", rows.len())));
    }
    if callback_url.chars().count() > MAX_CALLBACK_URL {
        return Err(Error::refused_unsent(format!("callback_url is longer than {MAX_CALLBACK_URL} characters")));
    }
    let mut stock = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        if matches!(mode, Mode::Add) && row.write.amount == 0 {
            return Err(Error::refused_unsent(format!("row {index}: amount is 0, which Smaregi refuses to add")));
        }
        let mut body = row.write.to_body(mode.most())?;
        body["productId"] = Value::String(row.product_id.clone());
        stock.push(body);
    }
    Ok(json!({ "stock": stock, "callbackUrl": callback_url }))
}
