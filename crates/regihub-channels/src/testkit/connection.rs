//! Stories of the first minutes: the key, the address, the list of products.

use super::{
    ShopUnderTest, Told,
    steps::{all_products, ensure, two_skus},
};
use crate::ChannelErrorKind;

pub(super) async fn the_right_key_opens_the_shop(shop: &dyn ShopUnderTest) -> Told {
    let health = shop.channel().check().await.map_err(|e| format!("the connection test fails: {e}"))?.value;
    ensure(!health.contract.is_empty() && !health.name.is_empty(), || {
        format!("the shop should say its contract and its name: {health:?}")
    })
}

pub(super) async fn a_wrong_key_is_told_from_a_dead_server(shop: &dyn ShopUnderTest) -> Told {
    let wrong_key = shop.channel_with_a_wrong_key().check().await.map_err(|e| e.kind);
    ensure(matches!(wrong_key, Err(ChannelErrorKind::Unauthorised)), || {
        format!("a wrong key should be answered as such, not with {wrong_key:?}")
    })?;
    let nobody = shop.channel_to_nobody().check().await.map_err(|e| e.kind);
    ensure(matches!(nobody, Err(ChannelErrorKind::NotSent | ChannelErrorKind::Unclear)), || {
        format!("an address where nobody listens should be answered as such, not with {nobody:?}")
    })
}

pub(super) async fn every_product_is_listed_once_and_in_order(shop: &dyn ShopUnderTest) -> Told {
    let products = all_products(shop).await?;
    for pair in products.windows(2) {
        ensure(pair[0].sku < pair[1].sku, || format!("{} is listed before {}", pair[0].sku, pair[1].sku))?;
    }
    let (first, second) = two_skus(shop).await?;
    let page = shop.channel().products(Some(first.clone())).await.map_err(|e| e.to_string())?.value;
    let begins_with = page.products.first().map(|product| &product.sku);
    ensure(begins_with == Some(&second), || {
        format!("the page after {first} should begin with {second}, but begins with {begins_with:?}")
    })
}
