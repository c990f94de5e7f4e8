//! I7: a record that needs a person waits by itself, with what the person needs to see.

use crate::place::Place;
use regihub_engine::kinds;
use regihub_storage::{IntentState, Job};
use serde_json::json;

async fn parked(place: &Place) -> Vec<Job> {
    place.storage.read(|unit| unit.jobs().list_parked(None, None, 10)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_write_that_smaregi_refuses_shows_the_call_that_was_refused() {
    let place = Place::new().await;
    place.smaregi.says("/add", 400, json!({ "title": "在庫管理しない商品です" }));
    let _node = place.node("a").await;
    place.order("W-1").await;
    place.pass(35).await;
    assert_eq!(place.state("W-1").await, IntentState::Parked);
    let call = place
        .storage
        .read(|unit| {
            let text = "select exchange_id from intent where tag = 'W-1'";
            let id = unit.sql().one::<Option<regihub_domain::ExchangeId>>(text, &[])?.expect("it names its call");
            unit.exchanges().get(id)
        })
        .await
        .unwrap()
        .unwrap();
    assert!(call.url.ends_with("/stock/8/add"), "{}", call.url);
    assert_eq!(call.status, Some(400));
    assert!(String::from_utf8_lossy(&call.response_body).contains("在庫管理しない"));
}

/// Nobody had asked for these products: a reconciler met them.
#[tokio::test(start_paused = true)]
async fn a_level_that_cannot_be_read_waits_for_a_person_and_the_others_are_booked() {
    let place = Place::new().await;
    let row = |product: &str, amount: &str| json!({ "productId": product, "storeId": "1", "stockAmount": amount, "updDateTime": "2026-11-21T09:00:00+09:00" });
    place.smaregi.says("/stock", 200, json!([row("8", "5"), row("9", "many"), row("10", "7")]));
    let _node = place.node("a").await;
    place.pass(5).await;
    let connection = place.connection;
    let levels = place
        .storage
        .read(move |unit| unit.stock().levels(connection, &["8".into(), "9".into(), "10".into()]))
        .await
        .unwrap();
    assert_eq!(levels.iter().map(|row| row.level.amount).collect::<Vec<_>>(), [7, 5], "by product number as text");
    let waiting = parked(&place).await;
    assert_eq!((waiting.len(), waiting[0].kind.as_str(), waiting[0].key.as_str()), (1, kinds::STOCK, "9"));
    let why = waiting[0].last_error.as_deref().unwrap_or_default();
    assert!(why.contains("stockAmount") && why.contains("many"), "it names field and value: {why}");
    place.pass(300).await;
    assert_eq!(parked(&place).await.len(), 1, "met again and again, parked once");
    place.smaregi.says("/stock", 200, json!([row("9", "3")]));
    let (id, now) = (waiting[0].id, place.clock.now_us());
    place.storage.write(move |unit| unit.jobs().free(id, now)).await.unwrap();
    place.pass(70).await;
    assert_eq!(parked(&place).await, [], "repaired and freed, it goes on");
}

#[tokio::test(start_paused = true)]
async fn a_product_that_cannot_be_read_waits_and_is_not_taken_for_deleted() {
    let place = Place::new().await;
    let row =
        |id: &str, price: &str| json!({ "productId": id, "productCode": id, "productName": "シャツ", "price": price });
    place.smaregi.says("/products", 200, json!([row("8", "1980"), row("9", "1980")]));
    let node = place.node("a").await;
    place.pass(5).await;
    node.stop().await;
    place.smaregi.says("/products", 200, json!([row("8", "1980"), row("9", "cheap")]));
    let _again = place.node("b").await;
    place.pass(30).await;
    let connection = place.connection;
    assert_eq!(place.storage.read(move |unit| unit.products().count(connection)).await, Ok(2), "it is still there");
    let waiting = parked(&place).await;
    assert_eq!((waiting.len(), waiting[0].kind.as_str(), waiting[0].key.as_str()), (1, kinds::PRODUCT, "9"));
}
