//! What the stories are made of.

use super::{ShopUnderTest, Told};
use crate::{PushResult, PushStatus, ShopProduct, ShopStock, StockPush};
use regihub_domain::{OrderId, Sku, order::Order};

/// A shop that never comes to an end of its pages is stopped here.
const MAX_PAGES: usize = 10_000;

pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Told {
    if holds { Ok(()) } else { Err(otherwise()) }
}

pub(super) async fn all_products(shop: &dyn ShopUnderTest) -> Result<Vec<ShopProduct>, String> {
    let channel = shop.channel();
    let (mut products, mut after) = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let page = channel.products(after).await.map_err(|e| format!("the products cannot be read: {e}"))?.value;
        ensure(page.bad.is_empty(), || format!("products cannot be read: {:?}", page.bad))?;
        products.extend(page.products);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(products),
        }
    }
    Err(format!("the list of products has no end after {MAX_PAGES} pages"))
}

/// Two different things to sell.
pub(super) async fn two_skus(shop: &dyn ShopUnderTest) -> Result<(Sku, Sku), String> {
    let mut skus = all_products(shop).await?.into_iter().map(|product| product.sku);
    match (skus.next(), skus.next()) {
        (Some(first), Some(second)) => Ok((first, second)),
        _ => Err("the shop under test must have at least two products".into()),
    }
}

pub(super) async fn stock_of(shop: &dyn ShopUnderTest, sku: &Sku) -> Result<ShopStock, String> {
    let channel = shop.channel();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let page = channel.read_stock(after).await.map_err(|e| format!("the stock cannot be read: {e}"))?.value;
        ensure(page.bad.is_empty(), || format!("stock rows cannot be read: {:?}", page.bad))?;
        if let Some(row) = page.items.into_iter().find(|row| row.sku == *sku) {
            return Ok(row);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Err(format!("the stock list does not have {sku}, which is a product of the shop")),
        }
    }
    Err(format!("the stock list has no end after {MAX_PAGES} pages"))
}

/// What a customer can buy now.
pub(super) async fn expect_available(shop: &dyn ShopUnderTest, sku: &Sku, expected: i64, when: &str) -> Told {
    let row = stock_of(shop, sku).await?;
    ensure(row.available == Some(expected), || {
        format!("{when}, {expected} pieces of {sku} should be on sale, but the shop answers {row:?}")
    })
}

/// The newest sequence the shop has given out.
pub(super) async fn newest_sequence(shop: &dyn ShopUnderTest) -> Result<i64, String> {
    Ok(shop.channel().orders_after(0).await.map_err(|e| format!("the orders cannot be read: {e}"))?.value.last)
}

/// The order changes behind a sequence, through all pages.
pub(super) async fn changes_after(shop: &dyn ShopUnderTest, sequence: i64) -> Result<Vec<Order>, String> {
    let channel = shop.channel();
    let (mut changes, mut cursor) = (Vec::new(), sequence);
    for _ in 0..MAX_PAGES {
        let page = channel.orders_after(cursor).await.map_err(|e| format!("the orders cannot be read: {e}"))?.value;
        ensure(page.bad.is_empty(), || format!("order changes cannot be read: {:?}", page.bad))?;
        let Some(newest) = page.orders.last().map(|order| order.sequence) else {
            ensure(page.last <= cursor, || {
                format!("{} is said to be the newest change, but none follows {cursor}", page.last)
            })?;
            return Ok(changes);
        };
        cursor = newest;
        changes.extend(page.orders);
    }
    Err(format!("the feed has no end after {MAX_PAGES} pages"))
}

pub(super) async fn push(shop: &dyn ShopUnderTest, item: StockPush) -> Result<PushResult, String> {
    let sku = item.sku.clone();
    let mut results = push_all(shop, vec![item]).await?;
    results.pop().filter(|result| result.sku == sku).ok_or_else(|| format!("the push of {sku} got no result"))
}

pub(super) async fn push_all(shop: &dyn ShopUnderTest, items: Vec<StockPush>) -> Result<Vec<PushResult>, String> {
    let sent = items.len();
    let results = shop.channel().push_stock(items).await.map_err(|e| format!("the push failed: {e}"))?.value;
    ensure(results.len() == sent, || format!("{sent} items were pushed, {} results came back", results.len()))?;
    Ok(results)
}

/// A version that the shop has not seen for this SKU.
pub(super) async fn next_version(shop: &dyn ShopUnderTest, sku: &Sku) -> Result<i64, String> {
    Ok(stock_of(shop, sku).await?.version.unwrap_or(0) + 1)
}

/// Pushes with the next version, which must be applied.
pub(super) async fn set(shop: &dyn ShopUnderTest, sku: &Sku, quantity: i64, orders_seen: i64) -> Told {
    let version = next_version(shop, sku).await?;
    let result = push(shop, StockPush { sku: sku.clone(), quantity, version, orders_seen }).await?;
    ensure(result.status == PushStatus::Applied, || format!("version {version} of {sku} should be applied: {result:?}"))
}

pub(super) async fn buy(shop: &dyn ShopUnderTest, sku: &Sku, pieces: i64) -> Result<OrderId, String> {
    shop.buy(sku, pieces).await.map_err(|e| format!("{pieces} of {sku} are on sale, but the shop refuses: {e}"))
}

pub(super) async fn cancel(shop: &dyn ShopUnderTest, order: &OrderId) -> Told {
    shop.cancel(order).await.map_err(|e| format!("the order {order} cannot be cancelled: {e}"))
}
