//! Orders and the stores that take them.

use super::{CONTRACT, Person, SHIRT};
use serde_json::{Value, json};

/// An order store that sells the stock of store 1, with two shirts ordered.
fn shop() -> (Person, String) {
    let person = Person::new();
    let added = person.post("/console/order-stores/add", "code=EC&name=%E3%83%8D%E3%83%83%E3%83%88&tax=included");
    let store = added.location().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    person.do_it(&format!("/console/order-stores/{store}/link"), "place-1=1").says("受注店舗を保存しました");
    let form = format!("store={store}&pieces-8000001=3&code=EC-1&memo=%3Cb%3E");
    person.do_it("/console/orders/new/register", &form).says("受注 1 を登録しました");
    (person, store)
}

fn order(person: &Person, id: u64) -> Value {
    person.emulator.order(CONTRACT, id).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_order_is_entered_allocated_paid_and_shipped() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    drop(person);
    let (person, store) = shop();
    assert_eq!(order(&person, 1)["allocationStatus"], "allocated");
    assert_eq!((order(&person, 1)["total"].as_i64(), person.level(SHIRT, 1)), (Some(8940), before - 3));
    let page = person.get("/console/orders/1");
    page.says("引当済");
    page.says("8,940円");
    page.lacks("<b>");
    person.do_it("/console/orders/1/release", "line=1&pieces=2").says("一部引当");
    assert_eq!(person.level(SHIRT, 1), before - 1);
    person.do_it("/console/orders/1/allocate", "line=1&pieces=1&at=1").says("あと1");
    person.do_it("/console/orders/1/allocate", "").says("引き当てました");
    person.do_it("/console/orders/1/pay", "").says("入金済");
    person.do_it("/console/orders/1/unpay", "").says("未入金");
    person.do_it("/console/orders/1/ship", "date=2026-11-21").says("出荷しました");
    assert_eq!(
        (&order(&person, 1)["status"], &order(&person, 1)["shippedDate"]),
        (&json!("shipped"), &json!("2026-11-21"))
    );
    let page = person.get("/console/orders/1");
    page.says("href=\"/console/sales/1\"");
    page.lacks("受注を進める");
    assert_eq!(person.post("/console/orders/1/ship", "").status, 422);
    person.get(&format!("/console/order-stores/{store}")).says("name=\"place-1\" value=\"1\"");
}

#[tokio::test(start_paused = true)]
async fn an_order_is_split_and_cancelled() {
    let (person, _) = shop();
    person.do_it("/console/orders/1/split", "take-1=1").says("href=\"/console/orders/2\"");
    let pieces = |id| order(&person, id)["details"][0]["quantity"].as_i64().unwrap();
    assert_eq!((pieces(1), pieces(2)), (2, 1));
    let before = person.level(SHIRT, 1);
    person.do_it("/console/orders/1/cancel", "").says("受注をキャンセルしました");
    assert_eq!((&order(&person, 1)["status"], person.level(SHIRT, 1)), (&json!("canceled"), before + 2));
    person.get("/console/orders/1").lacks("はい、キャンセルします");
    for (path, form) in [
        ("/console/orders/1/cancel", ""),
        ("/console/orders/2/split", ""),
        ("/console/orders/2/split", "take-1=x"),
        ("/console/orders/2/allocate", "line=1&pieces=9"),
        ("/console/orders/2/confirm", ""),
        ("/console/orders/2/ship", "date=tomorrow"),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
    for path in ["/console/orders/9/pay", "/console/orders/x/pay", "/console/orders/1/burn"] {
        assert_eq!(person.post(path, "").status, 404, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn orders_are_found_by_status_and_words() {
    let (person, store) = shop();
    person.post("/console/orders/new/register", &format!("store={store}&pieces-8000002=1&date=2026-12-24"));
    person.do_it("/console/orders/1/cancel", "");
    let second = "href=\"/console/orders/2\"";
    person.get("/console/orders?status=canceled").lacks(second);
    person.get("/console/orders?q=C-2").says(second);
    person.get("/console/orders?q=EC-1").lacks(second);
    person.get("/console/orders?q=none").says("条件に合う受注がありません");
    person.get("/console/orders?before=2").lacks(second);
    person.get("/console/orders/2").says("2026-12-24");
}

#[tokio::test(start_paused = true)]
async fn an_order_store_is_set_up_and_stops_orders_for_a_look() {
    let (person, store) = shop();
    let path = format!("/console/order-stores/{store}");
    person.do_it(&format!("{path}/set-up"), "auto=no&cutoff=14%3A30&review_all=1&review_total_from=5000").says("14:30");
    let setup = person.emulator.order_stores(CONTRACT).unwrap()[0]["setup"].clone();
    assert_eq!((&setup["auto_allocation"], &setup["cutoff"]), (&json!(false), &json!("14:30")));
    assert_eq!((&setup["linked_stores"], &setup["review_total_from"]), (&json!([1]), &json!(5000)));
    person.do_it("/console/orders/new/register", &format!("store={store}&pieces-8000001=1")).says("受注確認中");
    person.do_it("/console/orders/2/confirm", "").says("受注を確認済みにしました");
    assert_eq!(order(&person, 2)["allocationStatus"], "unallocated", "this store does not allocate by itself");
    for (path, form) in [
        (format!("{path}/link"), "place-1=first"),
        (format!("{path}/link"), "place-99=1"),
        (format!("{path}/set-up"), "cutoff=noon"),
        ("/console/order-stores/add".into(), "code=EC&name=x"),
        ("/console/order-stores/add".into(), "code=&name=x"),
        ("/console/orders/new/register".into(), "store=4"),
        ("/console/orders/new/register".into(), "store=99&pieces-8000001=1"),
        ("/console/orders/new/register".into(), "store=1&pieces-8000001=two"),
    ] {
        assert_eq!(person.post(&path, form).status, 422, "{path} {form}");
    }
    let basket = person.post("/console/orders/new/basket", &format!("store={store}&q=TS&add=8000001&memo=x"));
    assert_eq!(basket.location(), format!("/console/orders/new?store={store}&q=TS&memo=x&line=8000001.1"));
    person.get(basket.location()).says("name=\"pieces-8000001\" value=\"1\"");
}
