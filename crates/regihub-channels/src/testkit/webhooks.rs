//! Stories of the webhooks: what is announced is true, and only the shop can announce it.

use super::{
    ShopUnderTest, Told,
    steps::{buy, cancel, ensure, newest_sequence, set, two_skus},
};
use crate::{HookError, HookSubject};
use bytes::Bytes;
use http::HeaderMap;
use regihub_domain::OrderId;
use std::collections::BTreeSet;

const TEN_MINUTES_US: i64 = 10 * 60 * 1_000_000;

pub(super) async fn every_order_change_is_announced_by_a_proven_webhook(shop: &dyn ShopUnderTest) -> Told {
    let (order, messages, before) = an_order_placed_and_cancelled(shop).await?;
    let mut announced = Vec::new();
    let mut ids = BTreeSet::new();
    for (headers, body) in &messages {
        let hook = shop
            .channel()
            .verify_webhook(headers, body, shop.now_us())
            .map_err(|e| format!("a webhook of the shop is not accepted: {e}"))?;
        if let HookSubject::Order { id, sequence } = hook.subject {
            announced.push((hook.event, hook.action, id, sequence));
            ids.insert(hook.message_id);
        }
    }
    // A shop may send a message twice and in any order, so only what was said counts.
    announced.sort_by_key(|(_, _, _, sequence)| *sequence);
    announced.dedup();
    let expected = [("placed", before + 1), ("cancelled", before + 2)]
        .map(|(action, sequence)| ("order".to_owned(), action.to_owned(), order.clone(), sequence));
    ensure(announced == expected, || format!("expected {expected:?}, the webhooks announced {announced:?}"))?;
    ensure(ids.len() == 2, || format!("two messages should have two different ids, not {ids:?}"))
}

pub(super) async fn a_forged_or_late_webhook_is_refused(shop: &dyn ShopUnderTest) -> Told {
    let (_, messages, _) = an_order_placed_and_cancelled(shop).await?;
    let (headers, body) = messages.first().ok_or("the shop announced nothing")?;
    let channel = shop.channel();
    let forged = [body.as_ref(), b" "].concat();
    let answer = channel.verify_webhook(headers, &forged, shop.now_us());
    ensure(answer == Err(HookError::BadSignature), || format!("a changed body was answered with {answer:?}"))?;
    let answer = channel.verify_webhook(headers, body, shop.now_us() + TEN_MINUTES_US);
    ensure(matches!(answer, Err(HookError::OutOfTime { .. })), || {
        format!("a message that is ten minutes old was answered with {answer:?}")
    })?;
    let answer = channel.verify_webhook(&HeaderMap::new(), body, shop.now_us());
    ensure(matches!(answer, Err(HookError::MissingHeader(_))), || {
        format!("a message without a signature was answered with {answer:?}")
    })
}

/// The order, what was announced meanwhile, and the newest sequence before it.
async fn an_order_placed_and_cancelled(
    shop: &dyn ShopUnderTest,
) -> Result<(OrderId, Vec<(HeaderMap, Bytes)>, i64), String> {
    let (sku, _) = two_skus(shop).await?;
    let before = newest_sequence(shop).await?;
    set(shop, &sku, 3, before).await?;
    shop.take_webhooks().await;
    let order = buy(shop, &sku, 1).await?;
    cancel(shop, &order).await?;
    Ok((order, shop.take_webhooks().await, before))
}
