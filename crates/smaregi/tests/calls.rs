//! How the client behaves when Smaregi is slow, busy, unwilling or gone.

mod support;

use futures_util::{StreamExt, future::join_all};
use smaregi::platform::*;
use std::time::Duration;
use support::*;

const STORE: &str = r#"[{"storeId":"1","storeName":"本店","division":"1"}]"#;
const WRITTEN: &str = r#"{"productId":"8000001","storeId":"1","stockAmount":"7","updDateTime":"2026-11-21T09:00:00+09:00","stockHistory":{"id":"901","memo":"rh-1"}}"#;

fn sold_two() -> StockWrite {
    StockWrite { store_id: "1".to_owned(), amount: -2, memo: Some("rh-1".to_owned()) }
}

#[tokio::test(start_paused = true)]
async fn a_shop_reads_its_stores_with_one_token_for_all_calls() {
    let (client, world) = World::answering([says(200, STORE), says(200, STORE)]);
    for _ in 0..2 {
        let answer = client.stores(&StoreQuery::default()).await.unwrap();
        assert_eq!(answer.value[0].store_name.as_deref(), Some("本店"));
        assert!(!answer.more);
        assert_eq!(answer.exchange.response_body, STORE.as_bytes());
    }
    let token = &world.token_calls()[0];
    assert_eq!(world.token_calls().len(), 1);
    assert_eq!((token.host.as_str(), token.path.as_str()), ("id.smaregi.dev", "/app/sb_demo01/token"));
    assert_eq!(token.body, "grant_type=client_credentials&scope=pos.stores%3Aread%20pos.stock%3Awrite");
    assert_eq!(token.authorization, "Basic dGhlLWFwcDp0aGUtc2hvcHMtc2VjcmV0");
    assert_eq!(token.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    let call = &world.calls()[0];
    assert_eq!((call.host.as_str(), call.path.as_str()), ("api.smaregi.dev", "/sb_demo01/pos/stores"));
    assert_eq!(call.authorization, "Bearer token-1");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_tasks_that_start_together_fetch_one_token() {
    let tokens = [says(200, token("slow", 3600)).after_ms(800)];
    let (client, world) = World::with_options(options(), vec![says(200, STORE); 100], tokens);
    let answers = join_all((0..100).map(|_| client.check())).await;
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(world.token_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_tasks_with_a_wrong_secret_ask_once_and_all_hear_why() {
    let tokens =
        [says(401, r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#).after_ms(50)];
    let (client, world) = World::with_options(options(), [], tokens);
    for answer in join_all((0..100).map(|_| client.check())).await {
        assert_eq!(answer.unwrap_err().kind, ErrorKind::Unauthorised);
    }
    assert_eq!(world.token_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_a_minute_before_it_expires() {
    let (client, world) = World::answering(vec![says(200, STORE); 3]);
    client.check().await.unwrap();
    world.wait(Duration::from_secs(3600 - 62)).await;
    client.check().await.unwrap();
    assert_eq!(world.token_calls().len(), 1);
    world.wait(Duration::from_secs(3)).await;
    client.check().await.unwrap();
    assert_eq!(world.token_calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_too_early_is_renewed_and_the_call_repeated_once() {
    let refused = r#"{"type":"https://api.smaregi.jp/problems/oauth2/access_denied","title":"Access Denied","status":401,"error":"access_denied"}"#;
    let (client, world) = World::answering([says(401, refused), says(200, WRITTEN)]);
    client.add_stock("8000001", &sold_two()).await.unwrap();
    let tokens: Vec<_> = world.calls().into_iter().map(|call| call.authorization).collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);

    let (client, world) = World::answering([says(401, refused), says(401, refused)]);
    let error = client.add_stock("8000001", &sold_two()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.kind.write_outcome()), (ErrorKind::Unauthorised, Outcome::NotDone));
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_through_silence_and_server_trouble_with_growing_pauses() {
    let (client, world) = World::answering([falls_silent(), says(500, ""), cannot_be_reached(), says(200, STORE)]);
    client.check().await.unwrap();
    let at: Vec<_> = world.calls().iter().map(|call| call.at_ms).collect();
    for (pause, base) in at.windows(2).map(|pair| pair[1] - pair[0]).zip([1000, 2000, 4000]) {
        assert!((base..=base * 3 / 2 + 1).contains(&pause), "{at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_gives_up_after_the_last_attempt_and_shows_it() {
    let (client, world) = World::answering(vec![says(503, r#"{"title":"Service Unavailable","status":503}"#); 4]);
    let error = client.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Server);
    assert!(error.is_transient());
    assert_eq!(error.exchange.unwrap().status, Some(503));
    assert_eq!(world.calls().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_never_sent_twice() {
    for (line, kind) in [(falls_silent(), ErrorKind::Unclear), (says(502, ""), ErrorKind::Server)] {
        let (client, world) = World::answering([line]);
        let error = client.add_stock("8000001", &sold_two()).await.unwrap_err();
        assert_eq!((error.kind.clone(), error.kind.write_outcome()), (kind, Outcome::Unknown));
        assert_eq!(world.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_certainly_was_not_done_is_sent_again() {
    let (client, world) = World::answering([cannot_be_reached(), says_wait(429, "2"), says(200, WRITTEN)]);
    let written = client.add_stock("8000001", &sold_two()).await.unwrap().value;
    assert_eq!((written.stock_amount, written.history_id.as_str()), (7, "901"));
    assert_eq!(world.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_token_could_not_be_had_was_certainly_not_done() {
    let tokens = vec![falls_silent(); 4];
    let (client, world) = World::with_options(options(), [], tokens);
    let error = client.add_stock("8000001", &sold_two()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.kind.write_outcome()), (ErrorKind::NotSent, Outcome::NotDone));
    assert!(error.is_transient());
    assert!(world.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_cannot_be_read_may_have_been_done() {
    let (client, _) = World::answering([says(200, "<html>maintenance</html>")]);
    let error = client.add_stock("8000001", &sold_two()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.kind.write_outcome()), (ErrorKind::Decode, Outcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn when_smaregi_says_wait_everybody_of_that_class_waits_that_long() {
    let mut lines = vec![says_wait(429, "5")];
    lines.extend(vec![says(200, STORE); 2]);
    let (client, world) = World::answering(lines);
    let other = async {
        world.wait(Duration::from_millis(500)).await;
        client.check().await
    };
    let (first, second) = tokio::join!(client.check(), other);
    assert!(first.is_ok() && second.is_ok());
    let at: Vec<_> = world.calls().iter().map(|call| call.at_ms).collect();
    assert_eq!(at, [0, 5000, 5000]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_reads_does_not_hold_up_writes() {
    let (client, world) = World::answering([says_wait(429, "5"), says(200, WRITTEN), says(200, STORE)]);
    let write = async {
        world.wait(Duration::from_millis(500)).await;
        client.add_stock("8000001", &sold_two()).await
    };
    let (read, write) = tokio::join!(client.check(), write);
    assert!(read.is_ok() && write.is_ok());
    assert_eq!(world.calls()[1].at_ms, 500);
}

#[tokio::test(start_paused = true)]
async fn a_very_long_wait_is_handed_to_the_caller() {
    let (client, world) = World::answering([says_wait(429, "3600")]);
    let error = client.check().await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(3600))));
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_given_as_a_date_is_understood() {
    let (client, world) = World::answering([says_wait(429, "Sat, 21 Nov 2026 00:00:04 GMT"), says(200, STORE)]);
    client.check().await.unwrap();
    assert_eq!(world.calls()[1].at_ms, 4000);
}

#[tokio::test(start_paused = true)]
async fn web_orders_are_booked_before_the_full_compare_goes_on() {
    let (client, world) = World::answering(vec![says(200, WRITTEN); 12]);
    let (compare, orders) = (client.with_priority(Priority::History), client.with_priority(Priority::WebOrders));
    let write = sold_two();
    let compares = (0..10).map(|_| compare.set_stock("1", &write));
    let booked = (0..2).map(|_| orders.add_stock("2", &write));
    tokio::join!(join_all(compares), join_all(booked));
    let calls = world.calls();
    let last_order = calls.iter().rposition(|call| call.path.ends_with("/add")).unwrap();
    // The sandbox allows three writes a second, one of which was the token's: the first two compares were already on their way.
    assert!(last_order <= 3, "{:?}", calls.iter().map(|call| (call.at_ms, &call.path)).collect::<Vec<_>>());
    for four in calls.windows(4) {
        assert!(four[3].at_ms - four[0].at_ms >= 1000);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_log_keeps_holds_neither_secret_nor_token() {
    let tokens = [says(500, format!("{SECRET} token-0")), says(200, token("token-1", 3600))];
    let (client, world) = World::with_options(options(), [falls_silent(), says(200, STORE)], tokens);
    client.check().await.unwrap();
    let records = world.recorded();
    let kinds: Vec<_> = records.iter().map(|record| (record.url.contains("/token"), record.status)).collect();
    assert_eq!(kinds, [(true, Some(500)), (true, Some(200)), (false, None), (false, Some(200))]);
    let everything = format!("{records:?} {:?}", client.options());
    for secret in [SECRET, "token-0", "token-1", "dGhlLWFwcDp0aGUtc2hvcHMtc2VjcmV0"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
    assert!(everything.contains("expires_in"), "the rest of the token answer stays readable");
}

#[tokio::test(start_paused = true)]
async fn the_check_tells_what_is_wrong_apart() {
    let wrong_secret = says(401, r#"{"error":"invalid_client"}"#);
    let wrong_scope = says(400, r#"{"error":"invalid_scope"}"#);
    let unknown_contract = says(404, r#"{"title":"NotFound","status":404}"#);
    let granted = || says(200, token("t", 3600));
    let no_scope = says(403, r#"{"title":"Insufficient Scope","status":403,"scope":"pos.stores:read"}"#);
    let no_contract = says(404, r#"{"title":"NotFound","detail":"存在しないURIです。","status":404}"#);
    let all_scopes = "pos.stores:read pos.stock:write".to_owned();
    let cases = [
        (wrong_secret, None, ErrorKind::Unauthorised, "client secret is wrong"),
        (wrong_scope, None, ErrorKind::Forbidden { scope: Some(all_scopes) }, "scopes"),
        (unknown_contract, None, ErrorKind::NotFound, "does not know the contract sb_demo01"),
        (
            granted(),
            Some(no_scope),
            ErrorKind::Forbidden { scope: Some("pos.stores:read".to_owned()) },
            "pos.stores:read",
        ),
        (granted(), Some(no_contract), ErrorKind::NotFound, "存在しないURIです。"),
    ];
    for (token, store, kind, words) in cases {
        let (client, _) = World::with_options(options(), store, [token]);
        let error = client.check().await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(words), "{}", error.message);
        assert!(!error.is_transient() && error.exchange.is_some());
    }
    let (client, _) = World::with_options(options(), [], vec![cannot_be_reached(); 4]);
    let error = client.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSent);
    assert!(error.message.contains("connection refused"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_carries_smaregis_own_words_on_one_line() {
    let refusal = "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"detail\":\"[storeId] 指定された店舗ID\\nのリソースが見つかりません\",\"status\":400}";
    let (client, _) = World::answering([says(400, refusal)]);
    let error = client.add_stock("8000001", &sold_two()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.kind.write_outcome()), (ErrorKind::Refused, Outcome::NotDone));
    assert!(error.message.contains("[storeId] 指定された店舗ID のリソースが見つかりません"), "{}", error.message);
    assert!(error.message.contains("POST /stock/8000001/add"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_page_by_page_until_a_short_one() {
    let page = |ids: &[u32]| {
        let rows: Vec<_> = ids.iter().map(|id| format!(r#"{{"productId":"{id}"}}"#)).collect();
        says(200, format!("[{}]", rows.join(",")))
    };
    let (client, world) = World::answering([page(&[1, 2]), page(&[3, 4]), page(&[])]);
    let query = ProductQuery { page: PageRequest::first(2), ..ProductQuery::default() };
    let pages: Vec<_> = client.pages(query).collect().await;
    let ids: Vec<_> =
        pages.into_iter().flat_map(|page| page.unwrap().value).map(|product| product.product_id).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let queries: Vec<_> = world.calls().into_iter().map(|call| call.query).collect();
    assert_eq!(queries, ["limit=2&page=1", "limit=2&page=2", "limit=2&page=3"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_off_ends_with_the_error() {
    let (client, _) = World::answering([says(200, r#"[{"productId":"1"}]"#), says(400, "")]);
    let query = ProductQuery { page: PageRequest::first(1), ..ProductQuery::default() };
    let pages: Vec<_> = client.pages(query).collect().await;
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[1].as_ref().unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn one_bad_record_does_not_hide_the_others_and_is_not_forgotten() {
    let rows = r#"[{"storeId":"1","productId":"7","stockAmount":"5"},{"storeId":"1","productId":"8","stockAmount":"many"},{"productId":"9"}]"#;
    let (client, _) = World::answering([says(200, rows)]);
    let query = StockQuery { page: PageRequest::first(3), ..StockQuery::default() };
    let answer = client.stock(&query).await.unwrap();
    assert_eq!(answer.value.len(), 1);
    assert!(answer.more, "three rows came, so there may be a fourth");
    let bad: Vec<_> = answer.unreadable.iter().map(|row| (row.index, row.path.as_str())).collect();
    assert_eq!(bad, [(1, "[1].stockAmount"), (2, "[2]")]);
    assert!(answer.unreadable[0].reason.contains("many"), "{}", answer.unreadable[0].reason);
    assert!(answer.unreadable[1].reason.contains("storeId"), "{}", answer.unreadable[1].reason);
    assert_eq!(answer.unreadable[1].raw, r#"{"productId":"9"}"#);
    let error = answer.whole().unwrap_err();
    assert!(error.kind == ErrorKind::Decode && error.message.contains("[1].stockAmount"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_names_the_place() {
    let line = r#"{"transactionHeadId":"25","details":[{"transactionDetailId":"1","quantity":"two"}]}"#;
    let (client, _) = World::answering([says(200, line)]);
    let error = client.transaction("25", TransactionParts::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.message.contains("details[0].quantity") && error.message.contains("two"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn what_smaregi_would_refuse_is_not_even_sent() {
    let (client, world) = World::answering([]);
    let at = |text: &str| text.parse().unwrap();
    let too_long = Window {
        field: WindowField::UpdDateTime,
        from: at("2026-01-01T00:00:00+09:00"),
        to: at("2026-02-01T00:00:00+09:00"),
    };
    let backwards = Window { from: too_long.to, to: too_long.from, ..too_long };
    let good = Window { to: at("2026-01-31T23:59:59+09:00"), ..too_long };
    let mut long_page = TransactionQuery::new(good);
    long_page.page.limit = 1000;
    let half = ProductQuery { upd_from: Some(good.from), ..ProductQuery::default() };
    let memo = StockWrite { memo: Some("長".repeat(101)), ..sold_two() };
    let none = BulkStockWrite { product_id: "1".to_owned(), write: StockWrite { amount: 0, ..sold_two() } };
    let many = vec![BulkStockWrite { product_id: "1".to_owned(), write: sold_two() }; 101];
    let errors = [
        ("32 days", client.transactions(&TransactionQuery::new(too_long)).await.unwrap_err()),
        ("lies before", client.transactions(&TransactionQuery::new(backwards)).await.unwrap_err()),
        ("limit is 1000", client.transactions(&long_page).await.unwrap_err()),
        ("upd_to is missing", client.products(&half).await.unwrap_err()),
        ("101 characters", client.add_stock("1", &memo).await.unwrap_err()),
        ("amount is 0", client.add_stock_bulk(&[none], "https://example.jp/cb").await.unwrap_err()),
        ("101 rows", client.set_stock_bulk(&many, "https://example.jp/cb").await.unwrap_err()),
        (
            "amount is 1000000000",
            client.set_stock("1", &StockWrite { amount: 1_000_000_000, ..sold_two() }).await.unwrap_err(),
        ),
    ];
    for (words, error) in errors {
        assert!(error.message.contains(words), "{words}: {}", error.message);
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.exchange.is_none());
    }
    assert!(world.calls().is_empty() && world.token_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn production_lives_under_jp_and_the_sandbox_under_dev() {
    for (environment, top) in [(Environment::Production, ".jp"), (Environment::Sandbox, ".dev")] {
        let options = ClientOptions::new(environment, "demo01", "app", "secret", ["pos.stores:read"]);
        let (client, world) = World::with_options(options, [says(200, STORE)], []);
        client.check().await.unwrap();
        assert_eq!(world.token_calls()[0].host, format!("id.smaregi{top}"));
        assert_eq!(world.only_call().host, format!("api.smaregi{top}"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_cannot_leave_its_place_in_the_path() {
    let (client, world) = World::answering([says(404, "")]);
    let error = client.customer("../transactions/1?x=").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(world.only_call().path, "/sb_demo01/pos/customers/..%2Ftransactions%2F1%3Fx%3D");
    for id in ["", ".", ".."] {
        assert_eq!(client.set_stock(id, &sold_two()).await.unwrap_err().kind, ErrorKind::Refused);
    }
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_sale_is_a_success_with_or_without_a_body() {
    let cancelled = r#"{"transactionHeadId":"25","cancelDivision":"1"}"#;
    let (client, _) = World::answering([says(200, cancelled), says(204, "")]);
    let sale = client.cancel_transaction("25").await.unwrap().value.unwrap();
    assert!(sale.cancel_division.unwrap().is_yes());
    assert_eq!(client.cancel_transaction("25").await.unwrap().value, None);
}

#[tokio::test(start_paused = true)]
async fn the_calendar_of_japan_cuts_the_days_of_closing() {
    let (client, world) = World::answering([says(200, "[]")]);
    let window = Window {
        field: WindowField::SumDate,
        from: "2026-01-01T16:00:00Z".parse().unwrap(),
        to: "2026-01-03T14:59:59Z".parse().unwrap(),
    };
    client.transactions(&TransactionQuery::new(window)).await.unwrap();
    assert!(world.only_call().query.starts_with("sum_date-from=2026-01-02&sum_date-to=2026-01-03&"));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_log_shows_no_bodies() {
    let (client, _) = World::answering([says(400, r#"{"title":"Bad Request"}"#)]);
    let member = CustomerWrite { first_name: "花子".to_owned().into(), ..CustomerWrite::default() };
    let error = client.create_customer(&member).await.unwrap_err();
    assert!(error.exchange.as_ref().is_some_and(|exchange| !exchange.request_body.is_empty()));
    assert!(!format!("{error:?} {error}").contains("花子"));
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_while_the_token_is_fetched_does_not_take_it_with_him() {
    let tokens = [says(200, token("slow", 3600)).after_ms(800)];
    let (client, world) = World::with_options(options(), [says(200, STORE)], tokens);
    tokio::select! {
        _ = client.check() => panic!("the token takes longer than that"),
        () = world.wait(Duration::from_millis(100)) => {}
    }
    client.check().await.unwrap();
    assert_eq!(world.token_calls().len(), 2);
}
