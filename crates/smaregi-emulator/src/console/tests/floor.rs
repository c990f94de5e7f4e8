//! In the shops.

use super::{CONTRACT, Person, SHIRT};
use crate::ContractSpec;
use http::Request;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_customer_buys_and_gets_a_discount() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let with = person.post("/console/tills/basket", "store=1&terminal=2&q=TS-100&add=8000001&discount=80&m=2900000003");
    assert_eq!(with.location(), "/console/tills?store=1&terminal=2&line=8000001.1&discount=80&q=TS-100&m=2900000003");
    let page = person.get(with.location());
    page.says("2,900円");
    page.says("name=\"customer\" value=\"3\"");
    let form = "store=1&terminal=2&pieces-8000001=2&pieces-8000002=1&discount=80&customer=3";
    let sold = person.post("/console/tills/sell", form);
    let page = person.get(sold.location());
    page.says("href=\"/console/sales/1\"");
    assert_eq!(person.level(SHIRT, 1), before - 2);
    let sale = person.emulator.sale(CONTRACT, 1).unwrap();
    assert_eq!((&sale["total"], &sale["subtotalDiscountPrice"]), (&json!("8860"), &json!("80")));
    assert_eq!((&sale["customerId"], &sale["terminalId"]), (&json!("3"), &json!("2")));
    person.get("/console/sales").says("8,860円");
    person.get(&sold.location().replace("notice=1", "")).lacks("登録しました");
}

#[tokio::test(start_paused = true)]
async fn an_order_never_falls_on_another_contract() {
    let person = Person::new();
    let token = person.token();
    for contract in ["contract=sb_gone&", ""] {
        let form = format!("token={token}&{contract}store=1&pieces-8000001=1");
        let answer = person.send(Request::post("/console/tills/sell"), form);
        assert_eq!(answer.status, 200);
        answer.says("契約がありません");
    }
    assert_eq!(person.emulator.truth(CONTRACT).unwrap().sales, 0);
    let odd = "x\"; <b>&";
    person.emulator.add_contract(ContractSpec::new(odd)).unwrap();
    let page = person.get(&format!("/console/tills?contract={}", crate::http::form::encode(odd)));
    page.says("value=\"x&quot;; &lt;b>&amp;\"");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sold_stays_in_the_basket_with_the_reason() {
    let person = Person::new();
    for (form, reason) in [
        ("store=1", "かごが空です"),
        ("store=1&pieces-8000001=two", "「two」は数として読めません"),
        ("store=1&pieces-8000001=1&discount=99999", "受け付けられませんでした"),
    ] {
        for action in ["sell", "offline"] {
            let refused = person.post(&format!("/console/tills/{action}"), form);
            assert_eq!(refused.status, 422, "{form}");
            refused.says(reason);
        }
    }
    person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=99999").says("value=\"99999\"");
    assert_eq!(person.emulator.truth(CONTRACT).unwrap().sales, 0);
    let full_width = person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=%EF%BC%98%EF%BC%90");
    assert_eq!(full_width.status, 303);
    assert_eq!(person.emulator.sale(CONTRACT, 1).unwrap()["total"], "2900");
}

#[tokio::test(start_paused = true)]
async fn an_offline_till_sells_and_reports() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let page = person.do_it("/console/tills/offline", "store=1&pieces-8000001=1");
    page.says("サーバーはまだ知りません");
    page.says("通信を戻して送る");
    assert_eq!(person.level(SHIRT, 1), before);
    person.do_it("/console/tills/report", "store=1").says("1件の取引をサーバーに送りました");
    assert_eq!(person.level(SHIRT, 1), before - 1);
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_cancelled_disposed_and_returned() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    for _ in 0..3 {
        person.post("/console/tills/sell", "store=1&pieces-8000001=1&discount=80");
    }
    person.do_it("/console/sales/1/cancel", "").says("取引 1 を取り消しました");
    person.do_it("/console/sales/2/dispose", "").says("href=\"/console/sales/4\"");
    let again = person.post("/console/sales/1/cancel", "");
    assert_eq!(again.status, 422);
    again.says("既に取消済みの取引です。");
    again.lacks("はい、取り消します");
    let page = person.get("/console/sales/3").text;
    let till = page.split("href=\"/console/tills?").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    person.get(&format!("/console/tills?{till}")).says("返品を登録する");
    person.post("/console/tills/sell", &till.replace("line=8000001.", "pieces-8000001="));
    assert_eq!(person.emulator.sale(CONTRACT, 5).unwrap()["total"], "-2900");
    assert_eq!(person.level(SHIRT, 1), before);
}

#[tokio::test(start_paused = true)]
async fn goods_come_in_and_shelves_are_counted() {
    let person = Person::new();
    let (shirt, other) = (person.level(SHIRT, 2), person.level(8_000_002, 2));
    let page = person.do_it(
        "/console/goods/book",
        "store=2&mode=receive&amount-8000001=5&amount-8000002=7&amount-8000003=&memo=PO-1",
    );
    page.says("2商品の入荷を登録しました");
    assert_eq!((person.level(SHIRT, 2), person.level(8_000_002, 2)), (shirt + 5, other + 7));
    person.get("/console/stock/8000001").says("<code>PO-1</code>");
    person.do_it("/console/goods/book", "store=2&mode=correct&amount-8000001=3").says("1商品の在庫を修正しました");
    assert_eq!(person.level(SHIRT, 2), 3);
    person.do_it("/console/stock/8000001/receive", "store=2&amount=4").says("在庫は7になりました");
    person.do_it("/console/stock/8000001/correct", "store=2&amount=-1").says("在庫は-1になりました");
    for (path, form) in [
        ("/console/goods/book", "store=2&mode=receive"),
        ("/console/goods/book", "store=2&mode=receive&amount-8000001=-1"),
        ("/console/goods/book", "store=2&mode=receive&amount-8000001=x"),
        ("/console/goods/book", "store=99&mode=receive&amount-8000001=1"),
        ("/console/stock/8000001/receive", "store=2&amount=0"),
        ("/console/stock/8000001/correct", "store=2&amount=9999999999"),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
    let partly = person.post("/console/goods/book", "store=2&mode=correct&amount-8000001=1&amount-8000002=9999999999");
    partly.says("1商品は登録済みです");
}
