//! A customer with a browser: no script, cookies kept.

use crate::common::*;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use regihub_demo_shop::{Shop, ShopOptions, ShopTransport};
use regihub_ports::Transport;
use std::collections::BTreeMap;

struct Browser {
    transport: ShopTransport,
    language: &'static str,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(shop: &Shop, language: &'static str) -> Self {
        Self { transport: shop.transport(), language, cookies: BTreeMap::new() }
    }

    async fn send(&mut self, method: Method, path: &str, form: &str) -> Response<Bytes> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::copy_from_slice(form.as_bytes()))
            .unwrap();
        let response = self.transport.send(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    async fn open(&mut self, path: &str) -> String {
        let response = self.send(Method::GET, path, "").await;
        assert_eq!(response.status(), 200, "{path}");
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    /// Sends a form and follows the redirect.
    async fn submit(&mut self, path: &str, form: &str) -> String {
        let response = self.send(Method::POST, path, form).await;
        assert_eq!(response.status(), 303, "{path}");
        let next = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
        self.open(&next).await
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_stock_is_a_dash_and_cannot_be_bought_in_both_languages() {
    let shop = shop();
    for (language, help, sold_out) in
        [("ja,en;q=0.5", "在庫を確認しています", "在庫切れ"), ("en-GB", "checking the stock", "Sold out")]
    {
        let mut browser = Browser::new(&shop, language);
        for page in [browser.open("/").await, browser.open("/items/MUG-1").await] {
            assert!(page.contains('—') && page.contains(help), "{page}");
            assert!(!page.contains(sold_out) && !page.contains("残り") && !page.contains(" left"), "{page}");
            assert!(!page.contains("action=\"/buy\""));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn stock_is_shown_and_the_language_switch_is_remembered() {
    let shop = shop();
    let hub = Hub::of(&shop);
    hub.push_one("TS-100-WH-M", 3, 1, 0).await;
    hub.push_one("TS-100-BK-M", 0, 1, 0).await;
    let mut browser = Browser::new(&shop, "ja");
    let page = browser.open("/items/TS-100-WH-M").await;
    assert!(page.contains("<html lang=\"ja\">") && page.contains("残り3点") && page.contains("購入する"));
    assert!(page.contains("<label for=\"quantity\">数量</label>"));
    assert!(page.contains("<option value=\"3\">") && !page.contains("<option value=\"4\">"));
    assert!(page.contains("href=\"/items/TS-100-BK-M\" class=\"choice gone\""), "the black one is sold out: {page}");
    assert!(page.contains("<h1>オーガニックTシャツ</h1>"));
    let response = browser.send(Method::GET, "/language?to=en&back=%2Fitems%2FTS-100-WH-M", "").await;
    assert_eq!(response.headers()[header::LOCATION], "/items/TS-100-WH-M");
    let page = browser.open("/items/TS-100-WH-M").await;
    assert!(page.contains("<html lang=\"en\">") && page.contains("3 left") && page.contains("Buy now"));
    assert!(browser.open("/items/TS-100-BK-M").await.contains("sold out at the moment"));
}

#[tokio::test(start_paused = true)]
async fn a_customer_buys_sees_the_order_and_cancels_it() {
    let shop = shop();
    Hub::of(&shop).push_one("MUG-1", 3, 1, 0).await;
    let mut browser = Browser::new(&shop, "ja");
    let page = browser.submit("/buy", "sku=MUG-1&quantity=2").await;
    assert!(
        page.contains("ご注文ありがとうございます") && page.contains("W-1001") && page.contains("¥3,960"),
        "{page}"
    );
    assert!(page.contains("2026-11-21 10:00"));
    assert!(browser.open("/items/MUG-1").await.contains("残り1点"));
    assert!(browser.open("/orders").await.contains("W-1001"));

    let mut stranger = Browser::new(&shop, "ja");
    assert!(!stranger.open("/orders").await.contains("W-1001"), "another browser does not see it");
    assert_eq!(stranger.send(Method::GET, "/orders/1001", "").await.status(), 404);
    assert_eq!(stranger.send(Method::POST, "/orders/1001/cancel", "").await.status(), 404);

    assert!(browser.submit("/orders/1001/cancel", "").await.contains("キャンセル済み"));
    assert!(browser.submit("/orders/1001/cancel", "").await.contains("すでにキャンセルされています"));
    assert!(browser.open("/items/MUG-1").await.contains("残り3点"));
}

#[tokio::test(start_paused = true)]
async fn a_purchase_that_comes_too_late_or_makes_no_sense_says_so() {
    let shop = shop();
    Hub::of(&shop).push_one("MUG-1", 1, 1, 0).await;
    let mut browser = Browser::new(&shop, "ja");
    assert!(browser.submit("/buy", "sku=MUG-1&quantity=2").await.contains("在庫がありません"));
    for quantity in ["0", "-1", "abc", "1000", "", "99999999999999999999"] {
        let page = browser.submit("/buy", &format!("sku=MUG-1&quantity={quantity}")).await;
        assert!(page.contains("1から999まで"), "{quantity}");
    }
    assert_eq!(browser.send(Method::POST, "/buy", "sku=NO-SUCH&quantity=1").await.status(), 404);
    assert_eq!(shop.truth().orders.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn names_and_skus_are_data_and_never_markup() {
    let shop = shop();
    Hub::of(&shop).push_one("A/B <1>&?", 2, 1, 0).await;
    let mut browser = Browser::new(&shop, "ja");
    for page in [browser.open("/").await, browser.open("/items/A%2FB%20%3C1%3E%26%3F").await] {
        assert!(!page.contains("<b>太字") && !page.contains("<1>"), "{page}");
        assert!(page.contains("/A%2FB%20%3C1%3E%26%3F"), "{page}");
    }
    let page = browser.submit("/buy", "sku=A%2FB+%3C1%3E%26%3F&quantity=5").await;
    assert!(page.contains("在庫がありません"), "the redirect finds the way back");
    assert!(browser.submit("/buy", "sku=A%2FB+%3C1%3E%26%3F&quantity=1").await.contains("ありがとう"));
}

#[tokio::test(start_paused = true)]
async fn the_language_switch_never_leads_out_of_the_shop() {
    let mut browser = Browser::new(&shop(), "ja");
    for back in ["https://elsewhere.test/", "//elsewhere.test", "/%5Celsewhere.test", "elsewhere", "/a%0d%0ab"] {
        let response = browser.send(Method::GET, &format!("/language?to=en&back={back}"), "").await;
        assert_eq!(response.headers()[header::LOCATION], "/", "{back}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_assortment_is_paged() {
    let products = (0..100).map(|n| regihub_demo_shop::ShopProduct {
        sku: format!("P-{n:03}"),
        name: format!("品 {n}"),
        ..Default::default()
    });
    let shop = open(ShopOptions { products: products.collect(), ..options() });
    let mut browser = Browser::new(&shop, "ja");
    let first = browser.open("/").await;
    assert!(first.contains("/items/P-047\"") && !first.contains("/items/P-048\"") && first.contains("/?page=2"));
    let last = browser.open("/?page=999").await;
    assert!(last.contains("/items/P-099\"") && !last.contains("/?page=4"));
}

#[tokio::test(start_paused = true)]
async fn pictures_style_and_script_come_from_the_shop_itself() {
    let mut browser = Browser::new(&shop(), "ja");
    for (path, kind) in [
        ("/pictures/TS-100-WH-M", "image/svg+xml"),
        ("/assets/shop.css", "text/css; charset=utf-8"),
        ("/assets/live.js", "text/javascript; charset=utf-8"),
    ] {
        let response = browser.send(Method::GET, path, "").await;
        assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, kind));
    }
    let page = browser.send(Method::GET, "/", "").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let body = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(!body.contains(" style=") && !body.contains("http://") && !body.contains("https://"));
    assert_eq!(browser.send(Method::GET, "/nowhere", "").await.status(), 404);
}
