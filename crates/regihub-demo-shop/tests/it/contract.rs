//! docs/channels/generic.md, line by line.

use crate::common::*;
use bytes::Bytes;
use http::{Method, Request};
use regihub_demo_shop::BuyError;
use regihub_ports::Transport;
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn health_names_the_contract_and_the_shop() {
    let answer = Hub::of(&shop()).get("/v1/health").await;
    assert_eq!(answer, json!({ "contract": "regihub-generic/1", "name": "見本の店" }));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_or_missing_key_is_401_everywhere() {
    let transport = shop().transport();
    for path in ["/v1/health", "/v1/products", "/v1/stock", "/v1/orders", "/v1/orders/1001", "/v1/nothing"] {
        for key in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic c2hvcC1rZXk="), Some("shop-key")] {
            let mut request = Request::get(path);
            if let Some(key) = key {
                request = request.header("authorization", key);
            }
            let (status, body) = read(transport.send(request.body(Bytes::new()).unwrap()).await.unwrap());
            assert_eq!(status, 401, "{path} {key:?}");
            assert_eq!(body["title"], "Unauthorized");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_path_or_method_is_a_problem_and_not_a_page() {
    let hub = Hub::of(&shop());
    assert_eq!(hub.get_any("/v1/nothing").await.0, 404);
    let (status, body) = read(hub.try_call(Method::DELETE, "/v1/stock", b"").await.unwrap());
    assert_eq!(status, 405);
    assert!(body["detail"].as_str().unwrap().contains("DELETE"));
}

#[tokio::test(start_paused = true)]
async fn products_come_in_byte_order_page_by_page() {
    let hub = Hub::of(&shop());
    let mut after = String::new();
    let mut seen = Vec::new();
    loop {
        let page = hub.get(&format!("/v1/products?limit=2&after={after}")).await;
        seen.extend(page["products"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned().replace('&', "%26").replace('?', "%3F").replace(' ', "%20"),
            None => break,
        }
    }
    let skus: Vec<_> = seen.iter().map(|product| product["sku"].as_str().unwrap()).collect();
    assert_eq!(skus, ["A/B <1>&?", "MUG-1", "TS-100-BK-M", "TS-100-WH-M", "TS-100-WH-S"]);
    assert_eq!(seen[2]["name"], "オーガニックTシャツ ブラック M");
    assert_eq!((&seen[2]["price"], &seen[2]["barcode"]), (&json!("2980"), &json!("4900000000017")));
    assert!(seen[1].get("barcode").is_none(), "what the shop does not know is left out");
}

#[tokio::test(start_paused = true)]
async fn a_full_last_page_has_no_next() {
    let hub = Hub::of(&shop());
    assert_eq!(hub.get("/v1/products?limit=5").await["next"], Value::Null);
    assert_eq!(hub.get("/v1/products?after=zzz").await, json!({ "products": [], "next": null }));
}

#[tokio::test(start_paused = true)]
async fn a_limit_outside_1_to_500_is_refused_by_name() {
    let hub = Hub::of(&shop());
    for path in ["/v1/products?limit=0", "/v1/stock?limit=501", "/v1/orders?limit=x", "/v1/orders?limit=-1"] {
        let (status, body) = hub.get_any(path).await;
        assert_eq!(status, 400);
        assert!(body["detail"].as_str().unwrap().starts_with("limit: "), "{body}");
    }
    let (status, body) = hub.get_any("/v1/orders?after=abc").await;
    assert_eq!(status, 400);
    assert!(body["detail"].as_str().unwrap().starts_with("after: "), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_push_is_applied_once_and_only_when_it_is_newer() {
    let hub = Hub::of(&shop());
    let item = json!({ "sku": "MUG-1", "quantity": 12, "version": 100, "orders_seen": 0, "colour": "ignored" });
    let applied = json!({ "sku": "MUG-1", "status": "applied", "quantity": 12, "version": 100 });
    assert_eq!(hub.push(json!([item])).await, [applied]);
    let stale = json!({ "sku": "MUG-1", "status": "stale", "quantity": 12, "version": 100 });
    assert_eq!(hub.push(json!([item])).await[0], stale, "a repeated request is harmless");
    let late = json!({ "sku": "MUG-1", "quantity": 99, "version": 99, "orders_seen": 0 });
    assert_eq!(hub.push(json!([late])).await, [stale], "a late push never undoes a newer one");
    assert_eq!(hub.push_one("MUG-1", 7, 101, 0).await, "applied");
    assert_eq!(hub.available("MUG-1").await, 7);
}

#[tokio::test(start_paused = true)]
async fn one_bad_item_never_stops_the_others_and_results_keep_the_order() {
    let hub = Hub::of(&shop());
    let results = hub
        .push(json!([
            { "sku": "MUG-1", "quantity": 3, "version": 1, "orders_seen": 0 },
            { "sku": "NO-SUCH", "quantity": 3, "version": 1, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": -1, "version": 1, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": 1, "version": 0, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": 1, "version": 9007199254740992_u64, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": "5", "version": 1, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": 1.5, "version": 1, "orders_seen": 0 },
            { "sku": "TS-100-WH-M", "quantity": 5, "version": 1 },
            { "sku": "TS-100-WH-M", "quantity": 5, "version": 1, "orders_seen": 1 },
            { "quantity": 5, "version": 1, "orders_seen": 0 },
            "nonsense",
            { "sku": "TS-100-WH-M", "quantity": 5, "version": 9007199254740991_u64, "orders_seen": 0 },
        ]))
        .await;
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_str().unwrap()).collect();
    let invalid = ["invalid"; 9];
    assert_eq!(statuses, [&["applied", "unknown_sku"][..], &invalid, &["applied"]].concat());
    for (at, field) in
        [(2, "quantity"), (3, "version"), (4, "version"), (5, "quantity"), (6, "quantity"), (7, "orders_seen")]
    {
        let detail = results[at]["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("{field}: ")), "{detail}");
    }
    assert!(results[8]["detail"].as_str().unwrap().contains("ahead of the shop"));
    assert_eq!(hub.available("MUG-1").await, 3);
    assert_eq!(hub.available("TS-100-WH-M").await, 5);
}

#[tokio::test(start_paused = true)]
async fn the_same_sku_twice_in_one_push_is_judged_one_after_the_other() {
    let hub = Hub::of(&shop());
    let item =
        |quantity, version| json!({ "sku": "MUG-1", "quantity": quantity, "version": version, "orders_seen": 0 });
    let results = hub.push(json!([item(5, 2), item(9, 1), item(6, 3)])).await;
    assert_eq!(results[0]["status"], "applied");
    assert_eq!((&results[1]["status"], &results[1]["quantity"]), (&json!("stale"), &json!(5)));
    assert_eq!(results[2]["status"], "applied");
    assert_eq!(hub.available("MUG-1").await, 6);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_no_push_at_all_is_refused_and_changes_nothing() {
    let hub = Hub::of(&shop());
    let item = json!({ "sku": "MUG-1", "quantity": 1, "version": 1, "orders_seen": 0 });
    let too_many = json!({ "items": vec![&item; 501] }).to_string();
    let deep = "[".repeat(5_000);
    for (body, word) in [
        ("{\"items\": [", "EOF"),
        ("", "EOF"),
        ("{}", "items"),
        ("{\"items\": 5}", "sequence"),
        ("[]", "body"),
        (deep.as_str(), "recursion"),
        (too_many.as_str(), "items: got 501"),
    ] {
        let (status, answer) = hub.put_any(body.as_bytes()).await;
        assert_eq!(status, 400);
        assert!(answer["detail"].as_str().unwrap().contains(word), "{answer}");
    }
    let (status, _) = hub.put_any(b"\xff\xfe").await;
    assert_eq!(status, 400);
    assert_eq!(hub.get("/v1/stock?sku=MUG-1").await["items"][0]["version"], Value::Null);
    assert_eq!(hub.push(json!(vec![&item; 500])).await.len(), 500);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_more_than_one_mebibyte_is_413() {
    let hub = Hub::of(&shop());
    let (status, body) = hub.put_any(&vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(status, 413);
    assert!(body["detail"].as_str().unwrap().contains("1048576"), "{body}");
    let mut fits = json!({ "items": [] }).to_string().into_bytes();
    fits.resize(1024 * 1024, b' ');
    assert_eq!(hub.put_any(&fits).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn stock_is_null_before_the_first_push_and_cannot_be_bought() {
    let shop = shop();
    let hub = Hub::of(&shop);
    let row = json!({ "sku": "MUG-1", "quantity": null, "version": null, "orders_seen": null, "available": 0 });
    assert_eq!(hub.get("/v1/stock?sku=MUG-1").await, json!({ "items": [row], "next": null }));
    let Err(BuyError::OutOfStock(refused)) = shop.buy(&[("MUG-1", 1)]) else { panic!("unknown is not for sale") };
    assert_eq!(refused.available, None);
    hub.push_one("MUG-1", 0, 1, 0).await;
    let Err(BuyError::OutOfStock(refused)) = shop.buy(&[("MUG-1", 1)]) else { panic!("nothing is left") };
    assert_eq!(refused.available, Some(0));
}

#[tokio::test(start_paused = true)]
async fn stock_is_listed_in_pages_or_by_sku() {
    let hub = Hub::of(&shop());
    hub.push_one("TS-100-BK-M", 4, 8, 0).await;
    let page = hub.get("/v1/stock?after=MUG-1&limit=1").await;
    let row = json!({ "sku": "TS-100-BK-M", "quantity": 4, "version": 8, "orders_seen": 0, "available": 4 });
    assert_eq!(page, json!({ "items": [row], "next": "TS-100-BK-M" }));
    let asked = hub.get("/v1/stock?sku=TS-100-WH-S&sku=NO-SUCH&sku=MUG-1").await;
    let skus: Vec<_> = asked["items"].as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap()).collect();
    assert_eq!(skus, ["MUG-1", "TS-100-WH-S"]);
}

#[tokio::test(start_paused = true)]
async fn a_push_computed_before_an_order_does_not_give_the_piece_back() {
    let shop = shop();
    let hub = Hub::of(&shop);
    hub.push_one("MUG-1", 1, 1, 0).await;
    // The hub computes "1" and knows of no order; then a customer buys the last mug; then the push arrives.
    let order = shop.buy(&[("MUG-1", 1)]).unwrap();
    assert_eq!(hub.push_one("MUG-1", 1, 2, 0).await, "applied");
    assert_eq!(hub.available("MUG-1").await, 0);
    assert!(shop.buy(&[("MUG-1", 1)]).is_err());
    // Once the hub has seen the order, its number stands as it is: 2 pieces came in, 1 was sold.
    hub.push_one("MUG-1", 2, 3, order.sequence).await;
    assert_eq!(hub.available("MUG-1").await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_gives_the_piece_back_until_the_hub_has_counted_it() {
    let shop = shop();
    let hub = Hub::of(&shop);
    hub.push_one("MUG-1", 5, 1, 0).await;
    let order = shop.buy(&[("MUG-1", 2)]).unwrap();
    hub.push_one("MUG-1", 3, 2, order.sequence).await;
    assert_eq!(hub.available("MUG-1").await, 3);
    let cancelled = shop.cancel(&order.id).unwrap();
    assert_eq!(hub.available("MUG-1").await, 5, "sequence 2 is not in the number yet");
    hub.push_one("MUG-1", 5, 3, cancelled.sequence).await;
    assert_eq!(hub.available("MUG-1").await, 5, "and is not counted twice");
}

#[tokio::test(start_paused = true)]
async fn the_feed_has_every_change_once_in_order_without_gaps() {
    let shop = shop();
    let hub = Hub::of(&shop);
    assert_eq!(hub.get("/v1/orders?after=0").await, json!({ "orders": [], "last": 0 }));
    hub.push(json!([
        { "sku": "MUG-1", "quantity": 10, "version": 1, "orders_seen": 0 },
        { "sku": "TS-100-WH-M", "quantity": 10, "version": 1, "orders_seen": 0 },
    ]))
    .await;
    shop.buy(&[("TS-100-WH-M", 2), ("MUG-1", 1)]).unwrap();
    shop.buy(&[("MUG-1", 1)]).unwrap();
    shop.cancel("1001").unwrap();
    shop.buy(&[("MUG-1", 1)]).unwrap();

    let feed = hub.get("/v1/orders?after=0&limit=500").await;
    let rows = feed["orders"].as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["sequence"].as_u64().unwrap(), row["id"].as_str().unwrap(), row["status"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(1, "1001", "placed"), (2, "1002", "placed"), (3, "1001", "cancelled"), (4, "1003", "placed")]);
    assert_eq!(feed["last"], 4);
    assert_eq!(
        rows[0],
        json!({ "id": "1001", "number": "W-1001", "sequence": 1, "status": "placed", "placed_at": "2026-11-21T10:00:00+09:00",
            "currency": "JPY", "total": "7940", "lines": [
                { "line_id": "1", "sku": "TS-100-WH-M", "name": "オーガニックTシャツ ホワイト M", "quantity": 2, "unit_price": "2980" },
                { "line_id": "2", "sku": "MUG-1", "name": "陶器マグカップ", "quantity": 1, "unit_price": "1980" },
            ] })
    );
    assert_eq!(rows[2]["lines"], rows[0]["lines"], "a cancellation repeats the lines");

    let page = hub.get("/v1/orders?after=2&limit=1").await;
    assert_eq!((&page["orders"][0]["sequence"], &page["last"]), (&json!(3), &json!(4)));
    assert_eq!(hub.get("/v1/orders?after=99").await, json!({ "orders": [], "last": 4 }));
    assert_eq!(hub.get("/v1/orders/1001").await["status"], "cancelled");
    assert_eq!(hub.get("/v1/orders/1001").await["sequence"], 3);
    assert_eq!(hub.get_any("/v1/orders/9999").await.0, 404);
    assert_eq!(hub.get_any("/v1/orders/01001").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_taken_whole_or_not_at_all() {
    let shop = shop();
    let hub = Hub::of(&shop);
    hub.push_one("MUG-1", 5, 1, 0).await;
    hub.push_one("TS-100-WH-M", 1, 1, 0).await;
    assert!(shop.buy(&[("MUG-1", 1), ("TS-100-WH-M", 2)]).is_err());
    assert!(shop.buy(&[("MUG-1", 3), ("MUG-1", 3)]).is_err(), "the same SKU twice counts together");
    assert_eq!(shop.buy(&[("MUG-1", 0)]), Err(BuyError::BadQuantity { sku: "MUG-1".into(), quantity: 0 }));
    assert_eq!(shop.buy(&[("NO-SUCH", 1)]), Err(BuyError::UnknownSku("NO-SUCH".into())));
    assert_eq!(shop.buy::<&str>(&[]), Err(BuyError::Empty));
    assert!(shop.buy(&[("MUG-1", i64::MAX), ("MUG-1", i64::MAX)]).is_err());
    assert_eq!(hub.available("MUG-1").await, 5);
    assert_eq!(hub.get("/v1/orders").await["last"], 0, "a refused order takes no sequence");
    assert_eq!(shop.buy(&[("MUG-1", 2), ("MUG-1", 3)]).unwrap().lines.len(), 1);
    assert_eq!(hub.available("MUG-1").await, 0);
}
