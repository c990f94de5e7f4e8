//! The main job: what is sold anywhere is seen everywhere, and every number explains itself.

use super::{log_in, sound};
use crate::{
    chrome::{Browser, until},
    programs::Demo,
};
use serde_json::{Value, json};

/// A customer buys by clicking; the hub's pages change by themselves, say why, and every proof can be opened.
pub async fn web_order(demo: &Demo, keeper: &Browser, customer: &Browser) {
    log_in(&demo.hub, keeper).await;
    let item = Item::choose(demo, customer).await;
    let before = customer_sees(&item, customer).await;
    keeper.open(&format!("{}/stock?q={}", demo.hub, item.sku)).await;
    assert!(keeper.words_in("tbody").await.contains(&item.sku));
    keeper.click("tbody a").await;
    keeper.sees_in(".verdict.good", &format!("{before}個")).await;
    keeper.keep("why-before-order").await;
    keeper.script("window.sameWindow = true").await;
    customer.click("#quantity option[value='2']").await;
    customer.click("form.buy button").await;
    customer.sees_in("h1", "ご注文ありがとうございます").await;
    customer.keep("shop-thanks-ja").await;
    let number = customer.words_in(".facts dd").await;
    keeper.sees_in("#store-4", &format!("ネット注文 {number}")).await;
    agree(&item, keeper, customer).await;
    keeper.keep("why-after-order").await;
    assert_eq!(keeper.script("return window.sameWindow").await, Value::Bool(true), "nobody reloaded the page");
    let row = row_with(keeper, &number).await;
    assert!(row.words.contains("−2"), "{}", row.words);
    follow(keeper, &row, "/exchanges/", "/stock").await;
    keeper.sees_in("main", "memo").await;
    keeper.keep("exchange-own-write").await;
    follow(keeper, &row, "/orders/", &number).await;
    keeper.sees_in("main", "反映済み").await;
    keeper.keep("order-of-customer").await;
    keeper.click("main a[href*='/events/']").await;
    keeper.sees_in("main pre", "order.placed").await;
    keeper.sees_in("main", &number).await;
    keeper.keep("event-of-order").await;
}

/// A sale at a till: on the list of sales, on the product's page, and down to the raw notification.
pub async fn till_sale(demo: &Demo, keeper: &Browser) {
    let sale = &sell_something(demo, keeper, &format!("{}/sales", demo.hub)).await;
    let id = text(&sale["transactionHeadId"]);
    let link = format!("tbody a[href$='/sales/1/{id}']");
    keeper.find(&link).await;
    keeper.click(&link).await;
    keeper.sees_in("h1", &format!("取引 {id}")).await;
    let line = &sale["details"][0];
    keeper.sees_in("main", text(&line["productName"])).await;
    let total: i64 = text(&sale["total"]).parse().expect("yen");
    keeper.sees_in(".sum .total + .total", &format!("{}円", grouped(total))).await;
    keeper.keep("sale-just-made").await;
    let (row, sku) = announced_sale(demo, keeper).await;
    assert!(row.words.contains('−'), "{}", row.words);
    follow(keeper, &row, "/sales/", &sku).await;
    follow(keeper, &row, "/events/", "contractId").await;
    follow(keeper, &row, "/exchanges/", "/pos/").await;
}

/// A sale that the hub learned of by a notification, as it stands in the ledger of its product. Now and then the hub's own regular reading
/// is the faster one; then there is no notification to show.
async fn announced_sale(demo: &Demo, keeper: &Browser) -> (Row, String) {
    until("a sale that a notification announced", async || {
        let sale = sell_something(demo, keeper, &demo.hub).await;
        let (id, sku) = (text(&sale["transactionHeadId"]), text(&sale["details"][0]["productCode"]));
        keeper.open(&Item::of(demo, sku).why).await;
        let row = row_with(keeper, &format!("店頭の取引 {id}")).await;
        row.links.iter().any(|link| link.contains("/events/")).then(|| (row, sku.to_owned()))
    })
    .await
}

pub async fn margin(demo: &Demo, keeper: &Browser, customer: &Browser) {
    let item = Item::choose(demo, customer).await;
    let before = customer_sees(&item, customer).await;
    keeper.open(&item.why).await;
    keeper.fill("input[name=margin]", "5").await;
    keeper.click("form[action$='/margin'] button").await;
    keeper.sees_in(".sum-table", "−5").await;
    let after = agree(&item, keeper, customer).await;
    // Somebody else may buy or bring one in the same second, but not five.
    assert!((before - after - 5).abs() < 5, "{before} → {after}");
    assert_eq!(keeper.attribute("input[name=margin]", "value").await, "5");
    keeper.keep("why-margin").await;
    keeper.fill("input[name=margin]", "").await;
    keeper.click("form[action$='/margin'] button").await;
    until("the margin is gone", async || (!keeper.words_in(".sum-table").await.contains("−5")).then_some(())).await;
    agree(&item, keeper, customer).await;
}

/// While the link is stopped a sale does not reach the shop; afterwards it does.
pub async fn stop_and_start(demo: &Demo, keeper: &Browser, customer: &Browser) {
    let sold = sell_something(demo, keeper, &demo.hub).await;
    let item = Item::of(demo, text(&sold["details"][0]["productCode"]));
    keeper.open(&item.why).await;
    keeper.sees(&format!("店頭の取引 {}", text(&sold["transactionHeadId"]))).await;
    agree(&item, keeper, customer).await;
    switch(demo, keeper, "停止すると").await;
    keeper.sees_in("main", "停止中").await;
    keeper.open(&demo.hub).await;
    keeper.sees_in(".verdict.idle", "連携は停止中です").await;
    keeper.keep("dashboard-stopped").await;
    let before = customer_sees(&item, customer).await;
    let again = demo.in_store("sell", &json!({ "basket": same_again(&sold) })).await;
    let sale = text(&again["transactionHeadId"]);
    notification_of_sale(demo, keeper, sale).await;
    assert_eq!(customer_sees(&item, customer).await, before, "a stopped link tells the shop nothing");
    keeper.open(&item.why).await;
    keeper.sees_in(".verdict", "停止中").await;
    keeper.keep("why-stopped").await;
    switch(demo, keeper, "開始すると").await;
    keeper.sees_in("main", "動作中").await;
    keeper.open(&item.why).await;
    keeper.sees(&format!("店頭の取引 {sale}")).await;
    assert_ne!(agree(&item, keeper, customer).await, before, "the sale has arrived in the shop");
    keeper.open(&demo.hub).await;
    keeper.sees_in(".verdict.good", "順調です").await;
}

/// Waits until the notification of a sale is in the hub, and opens it.
async fn notification_of_sale(demo: &Demo, keeper: &Browser, sale: &str) {
    let links =
        "return [...document.querySelectorAll('tbody tr')].filter((row) => row.innerText.includes('pos:transactions'))
        .slice(0, 5).map((row) => row.querySelector('a').href)";
    until("the notification of the sale", async || {
        keeper.open(&format!("{}/events", demo.hub)).await;
        for link in keeper.script(links).await.as_array()?.iter().map(text) {
            keeper.open(link).await;
            if keeper.words_in("main pre").await.contains(&format!("\"{sale}\"")) {
                return Some(());
            }
        }
        None
    })
    .await;
}

/// Whether the hub explains the number of a SKU.
const SHOWN: &str =
    "return fetch('/stock/1/' + arguments[0]).then((page) => page.text()).then((html) => html.includes('sum-table'))";

/// Rings up a random sale whose first line is something the shop sells too. The keeper looks at `page` while it is rung up.
async fn sell_something(demo: &Demo, keeper: &Browser, page: &str) -> Value {
    until("a sale of something the shop sells", async || {
        keeper.open(page).await;
        let sold = demo.in_store("sell-random", &json!({ "count": 1, "only_in_stock": true })).await;
        let code = text(&sold[0]["details"][0]["productCode"]);
        (keeper.script_with(SHOWN, json!(code)).await == true).then(|| sold[0].clone())
    })
    .await
}

/// Presses the link's switch and confirms.
async fn switch(demo: &Demo, keeper: &Browser, question: &str) {
    keeper.open(&format!("{}/settings", demo.hub)).await;
    keeper.click("details.confirm summary").await;
    keeper.sees_in("details.confirm", question).await;
    keeper.keep("settings-switch-asked").await;
    keeper.click("details.confirm button.primary").await;
}

/// One more of the first thing in a sale.
fn same_again(sale: &Value) -> Value {
    let number = |value: &Value| text(value).parse::<u64>().expect("a number");
    json!({
        "store_id": number(&sale["storeId"]),
        "terminal_id": number(&sale["terminalId"]),
        "lines": [[number(&sale["details"][0]["productId"]), 1]],
    })
}

/// What Smaregi refuses is shown with what it means and with the button that frees it; the shop's number is right all the same.
pub async fn parked(demo: &Demo, keeper: &Browser, customer: &Browser) {
    keeper.complaints().await;
    let refuse = json!({ "method": "POST", "path": "/add", "action": { "kind": "status", "status": 400 } });
    demo.in_store("faults", &json!({ "rules": [refuse] })).await;
    let item = Item::choose(demo, customer).await;
    customer.click("form.buy button").await;
    customer.sees_in("h1", "ご注文ありがとうございます").await;
    let number = customer.words_in(".facts dd").await;
    keeper.open(&demo.hub).await;
    keeper.sees_in(".verdict.busy", "あなたの確認を待っています").await;
    keeper.keep("dashboard-parked").await;
    keeper.click("main a[href='/parked']").await;
    keeper.sees_in("main", &format!("受注 {number}")).await;
    keeper.sees_in("main", "売り越しにはなりません").await;
    sound::in_both_widths(keeper, "parked-order", "ja", 200).await;
    keeper.open(&item.why).await;
    agree(&item, keeper, customer).await;
    keeper.sees_in("main", "未反映の注文 1").await;
    keeper.keep("why-parked").await;
    demo.in_store("faults", &json!({ "clear": true })).await;
    keeper.open(&format!("{}/parked", demo.hub)).await;
    // Another customer's order may wait here too.
    until("nothing waits any more", async || {
        if keeper.words_in("main").await.contains("保留はありません") {
            return Some(());
        }
        keeper.click("details.confirm summary").await;
        keeper.keep("parked-asked").await;
        keeper.click("details[open] button.primary").await;
        None
    })
    .await;
    keeper.open(&item.why).await;
    keeper.sees_in("#store-4", &format!("ネット注文 {number}")).await;
    agree(&item, keeper, customer).await;
}

/// A page that hears nothing any more says so, and says so when it is back.
pub async fn lost_line(demo: &Demo, keeper: &Browser) {
    keeper.open(&demo.hub).await;
    keeper.sees_in("header", "自動更新中").await;
    keeper.out_of_reach(&["*/live"]).await;
    keeper.open(&demo.hub).await;
    keeper.sees_in("header", "再接続中").await;
    keeper.keep("dashboard-line-lost").await;
    keeper.out_of_reach(&[]).await;
    keeper.sees_in("header", "自動更新中").await;
}

/// Something the shop sells.
struct Item {
    sku: String,
    /// Its page in the shop.
    page: String,
    /// Its page in the hub.
    why: String,
}

impl Item {
    /// The first item of the catalogue with plenty of stock.
    async fn choose(demo: &Demo, customer: &Browser) -> Self {
        customer.open(&demo.shop).await;
        customer.click(".card:has(.plenty) a").await;
        Self::of(demo, &customer.words_in(".details .code code").await)
    }

    fn of(demo: &Demo, sku: &str) -> Self {
        Self {
            page: format!("{}/items/{sku}", demo.shop),
            why: format!("{}/stock/1/{sku}", demo.hub),
            sku: sku.to_owned(),
        }
    }
}

/// The pieces the shop says it has.
async fn customer_sees(item: &Item, customer: &Browser) -> i64 {
    customer.open(&item.page).await;
    digits(&customer.words_in(".buy-box .stock").await)
}

/// Waits until shop and hub say the same number and the hub has nothing more to send; gives the number.
async fn agree(item: &Item, keeper: &Browser, customer: &Browser) -> i64 {
    until("shop and hub agree", async || {
        let shop = customer_sees(item, customer).await;
        let sum = digits(&keeper.words_in(".sum-table .total .num").await);
        let verdict = keeper.words_in(".verdict.good").await;
        (sum == shop && verdict.contains(&format!("{shop}個"))).then_some(shop)
    })
    .await
}

fn digits(text: &str) -> i64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number in “{text}”"))
}

fn grouped(yen: i64) -> String {
    let digits = yen.to_string();
    let threes: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    threes.iter().map(|three| String::from_utf8_lossy(three)).collect::<Vec<_>>().join(",")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text in place of {value}"))
}

/// A row of a store's ledger on the item's page: its words and where its links lead.
struct Row {
    words: String,
    links: Vec<String>,
}

async fn row_with(browser: &Browser, words: &str) -> Row {
    let script =
        "const row = [...document.querySelectorAll('section[id^=store-] tbody tr')].find((row) => row.textContent.includes(arguments[0]));
        return row && [row.innerText, [...row.querySelectorAll('a')].map((a) => a.href)]";
    let found = until(&format!("a row with {words}"), async || {
        Some(browser.script_with(script, json!(words)).await).filter(|row| !row.is_null())
    })
    .await;
    let links = found[1].as_array().expect("links").iter().filter_map(Value::as_str).map(str::to_owned);
    Row { words: found[0].as_str().expect("words").to_owned(), links: links.collect() }
}

/// Opens the link of the row that leads to `kind`, and sees `words` there.
async fn follow(browser: &Browser, row: &Row, kind: &str, words: &str) {
    let link = row.links.iter().find(|link| link.contains(kind));
    let link = link.unwrap_or_else(|| panic!("no link to {kind} in “{}”: {:?}", row.words, row.links));
    browser.open(link).await;
    assert_eq!(browser.status().await, 200, "{link}");
    browser.sees_in("main", words).await;
}
