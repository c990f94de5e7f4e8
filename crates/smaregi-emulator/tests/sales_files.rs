//! What is made or fetched afterwards and then downloaded: the CSV of lines, product images.

mod bench;

use bench::{Answer, BREAD, Bench, CONTRACT, SHIRT, relaxed, sale, settle};
use bytes::Bytes;
use http::{Method, Request, Response};
use regihub_ports::{BoxFuture, Transport, TransportError};
use serde_json::{Value, json};
use smaregi_catalogue::Catalogue;
use smaregi_emulator::{Emulator, ImageSettings, Settings};
use std::{
    collections::BTreeMap,
    io::Read,
    sync::{Arc, Mutex},
    time::Duration,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n...";
const GIF: &[u8] = b"GIF89a...";

/// The world outside: pictures that can be fetched, and an ear for callbacks and webhooks.
#[derive(Clone, Default)]
struct Outside {
    pictures: BTreeMap<&'static str, Vec<u8>>,
    heard: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Transport for Outside {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let answer = match (request.method(), self.pictures.get(request.uri().path())) {
            (&Method::GET, Some(picture)) => Response::new(Bytes::from(picture.clone())),
            (&Method::GET, None) => Response::builder().status(404).body(Bytes::new()).unwrap(),
            _ => Response::new(Bytes::new()),
        };
        self.heard.lock().unwrap().push(request);
        Box::pin(async move { Ok(answer) })
    }
}

impl Outside {
    fn with(pictures: &[(&'static str, &[u8])]) -> Self {
        let pictures = pictures.iter().map(|(path, content)| (*path, content.to_vec())).collect();
        Self { pictures, ..Self::default() }
    }

    fn asked(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|request| request.method() == Method::GET).map(|r| r.uri().to_string()).collect()
    }

    /// Callbacks: header `request-code`, content type and body.
    fn callbacks(&self) -> Vec<(Option<String>, String, String)> {
        let heard = self.heard.lock().unwrap();
        let header = |request: &Request<Bytes>, name: &str| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let done = heard.iter().filter(|request| request.uri().path() == "/done");
        done.map(|request| {
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            (header(request, "request-code"), header(request, "content-type").unwrap(), body)
        })
        .collect()
    }

    /// Webhooks; each has to fit the catalogue.
    fn webhooks(&self) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        let hooks = heard.iter().filter(|request| request.uri().path() == "/hook");
        hooks
            .map(|request| {
                let body: Value = serde_json::from_slice(request.body()).unwrap();
                assert!(Catalogue::bundled().check_webhook_body(&body).is_empty(), "{body}");
                body
            })
            .collect()
    }
}

fn download(emulator: &Emulator, method: &str, url: &str) -> Response<Bytes> {
    emulator.handle(&Request::builder().method(method).uri(url).body(Bytes::new()).unwrap())
}

fn unpacked(file: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("it is gzip");
    text
}

fn detail(answer: &Answer) -> &str {
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.body["detail"].as_str().unwrap()
}

fn csv_order() -> Value {
    json!({
        "transactionDateTimeFrom": "2026-11-21T00:00:00+09:00", "transactionDateTimeTo": "2026-11-21T23:59:59+09:00",
        "callbackUrl": "http://hub.test/done", "state": "月次",
    })
}

#[tokio::test(start_paused = true)]
async fn a_csv_of_lines_is_ordered_announced_and_fetched_within_the_hour() {
    let bench = Bench::new(relaxed());
    let outside = Outside::default();
    let delivery = bench.emulator.start_delivery(Arc::new(outside.clone()));
    bench.post("/transactions", sale(SHIRT, 2200, 2));
    bench.post("/transactions", sale(BREAD, 216, 1));
    let mut order = csv_order();
    order["fields"] = json!("transactionHeadId,terminalTranDateTime,productName,quantity");
    order["sort"] = json!("transactionHeadId:desc");
    let taken = bench.post("/transactions/details/out_file_async", order);
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_eq!((&taken.body["callbackUrl"], &taken.body["state"]), (&json!("http://hub.test/done"), &json!("月次")));
    let code = taken.body["requestCode"].as_str().unwrap();
    bench.post("/transactions", sale(SHIRT, 2200, 1));
    settle().await;
    let (header, _, body) = outside.callbacks().remove(0);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(header.as_deref(), Some(code));
    let url = format!("http://api.test/files/{CONTRACT}/csv/{code}/1.csv.gz");
    assert_eq!(
        body,
        json!({ "request_code": code, "proc_name": "get_transaction_detail_list", "state": "月次", "file_url": [url] })
    );
    let file = download(&bench.emulator, "GET", &url);
    assert_eq!((file.status().as_u16(), &file.headers()["content-type"]), (200, &"application/gzip".parse().unwrap()));
    assert_eq!(
        unpacked(file.body()),
        "\"transactionHeadId\",\"terminalTranDateTime\",\"productName\",\"quantity\"\r\n\
         \"2\",\"2026-11-21T09:59:00+09:00\",\"食パン\",\"1\"\r\n\
         \"1\",\"2026-11-21T09:59:00+09:00\",\"シャツ\",\"2\"\r\n",
        "what was sold after the order is not in it"
    );
    assert_eq!(download(&bench.emulator, "POST", &url).status(), 405);
    assert_eq!(download(&bench.emulator, "GET", &url.replace("1.csv", "2.csv")).status(), 404);
    bench.emulator.clock().sleep(Duration::from_secs(3600)).await;
    assert_eq!(download(&bench.emulator, "GET", &url).status(), 404, "an hour later it is gone");
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_long_csv_comes_in_several_files_with_all_columns() {
    let mut settings = relaxed();
    settings.sales.csv.rows_per_file = 2;
    let bench = Bench::new(settings);
    for _ in 0..3 {
        bench.post("/transactions", sale(SHIRT, 2200, 1));
    }
    bench.patch("/transactions/1", json!({ "memo": "改行\n\"引用\"" }));
    let code = bench.post("/transactions/details/out_file_async", csv_order()).body["requestCode"].clone();
    let file = |number: usize| {
        let url = format!("http://api.test/files/{CONTRACT}/csv/{}/{number}.csv.gz", code.as_str().unwrap());
        download(&bench.emulator, "GET", &url)
    };
    let (first, second) = (unpacked(file(1).body()), unpacked(file(2).body()));
    assert_eq!((first.lines().count(), second.lines().count()), (3, 2), "each file has the names in front");
    assert_eq!(file(3).status(), 404);
    let columns = first.lines().next().unwrap();
    for name in ["transactionHeadId", "transactionDetailId", "storeId", "productCode", "unitDiscountedSum", "taxRate"] {
        assert_eq!(columns.matches(&format!("\"{name}\"")).count(), 1, "{name}");
    }
    let widths: Vec<usize> = first.lines().map(|line| line.split("\",\"").count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
}

#[tokio::test(start_paused = true)]
async fn a_csv_order_chooses_and_is_checked() {
    let bench = Bench::new(relaxed());
    let mut of_member = sale(SHIRT, 2200, 1);
    of_member["customerId"] = json!("1");
    bench.post("/transactions", of_member);
    let mut elsewhere = sale(BREAD, 216, 1);
    elsewhere["storeId"] = json!("2");
    bench.post("/transactions", elsewhere);
    let lines = |name: &str, value: &str| {
        let mut order = csv_order();
        order["fields"] = json!("transactionHeadId");
        order[name] = json!(value);
        let taken = bench.post("/transactions/details/out_file_async", order);
        assert_eq!(taken.status, 200, "{name}: {}", taken.body);
        let code = taken.body["requestCode"].as_str().unwrap().to_owned();
        let file = download(&bench.emulator, "GET", &format!("/files/{CONTRACT}/csv/{code}/1.csv.gz"));
        unpacked(file.body()).lines().skip(1).map(|line| line.trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines("storeId", "2"), ["2"]);
    assert_eq!(lines("customerSaleDivision", "1"), ["1"]);
    assert_eq!(lines("customerSaleDivision", "0"), ["2"]);
    assert_eq!(lines("transactionHeadDivision", "10"), [] as [&str; 0]);
    assert_eq!(lines("transactionHeadIdFrom", "2"), ["2"]);
    assert_eq!(lines("sumDate", "2026-11-21"), [] as [&str; 0]);

    let wrong = |name: &str, value: Value| {
        let mut order = csv_order();
        order[name] = value;
        bench.post("/transactions/details/out_file_async", order)
    };
    assert!(detail(&wrong("transactionDateTimeTo", json!("2026-12-23T00:00:00+09:00"))).contains("31日"));
    assert!(detail(&wrong("transactionDateTimeTo", json!("2026-11-20T00:00:00+09:00"))).contains("To]"));
    assert!(detail(&wrong("updDateTimeFrom", json!("2026-11-20T00:00:00+09:00"))).starts_with("[updDateTimeTo]"));
    assert!(detail(&wrong("terminalTranDateTimeFrom", json!("きのう"))).starts_with("[terminalTranDateTimeFrom]"));
    assert!(detail(&wrong("fields", json!("productName,nonsense"))).starts_with("[fields]"));
    assert!(detail(&wrong("sort", json!("productName"))).starts_with("[sort]"));
    assert!(detail(&wrong("state", json!("a".repeat(21)))).starts_with("[state]"));
    assert!(detail(&wrong("callbackUrl", Value::Null)).starts_with("[callbackUrl]"));
}

fn image(url: &str) -> Value {
    json!({ "imageUrl": url, "callbackUrl": "http://hub.test/done", "state": "画像 1" })
}

fn put(bench: &Bench, kind: &str, body: Value) -> Answer {
    bench.call("PUT", &format!("/products/{SHIRT}/{kind}"), Some(body))
}

/// The fields of a form.
fn form(body: &str) -> BTreeMap<String, String> {
    let text = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            match byte {
                b'%' => {
                    let code: String = [rest.next().unwrap(), rest.next().unwrap()].map(char::from).iter().collect();
                    bytes.push(u8::from_str_radix(&code, 16).unwrap());
                }
                b'+' => bytes.push(b' '),
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    body.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (text(name), text(value))).collect()
}

#[tokio::test(start_paused = true)]
async fn an_image_is_fetched_told_of_and_shown() {
    let bench = Bench::new(relaxed());
    let outside = Outside::with(&[("/shirt.png", PNG), ("/new.gif", GIF)]);
    let delivery = bench.emulator.start_delivery(Arc::new(outside.clone()));
    let taken = put(&bench, "image", image("http://shop.example/shirt.png"));
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_eq!(bench.get("/products/images").body, json!([]), "it is fetched afterwards");
    settle().await;
    assert_eq!(outside.asked(), ["http://shop.example/shirt.png"]);
    let url = format!("http://api.test/files/{CONTRACT}/image/{SHIRT}");
    assert_eq!(bench.get("/products/images").body, json!([{ "productId": SHIRT.to_string(), "url": url }]));
    assert_eq!(bench.get(&format!("/products/images?product_id={BREAD}")).body, json!([]));
    let shown = download(&bench.emulator, "GET", &url);
    assert_eq!((shown.headers()["content-type"].to_str().unwrap(), &shown.body()[..]), ("image/png", PNG));

    let (_, content_type, body) = outside.callbacks().remove(0);
    assert_eq!(content_type, "application/x-www-form-urlencoded;charset=UTF-8");
    let fields = form(&body);
    assert_eq!((fields["proc_name"].as_str(), fields["state"].as_str()), ("callback_product_image_check", "画像 1"));
    let params: Value = serde_json::from_str(&fields["params"]).unwrap();
    assert_eq!(
        params,
        json!([{ "id": "1", "requestId": taken.body["requestId"].to_string(), "productId": SHIRT.to_string(),
            "imageUrl": url, "thumbnailImageUrl": url }])
    );
    let told = json!({ "contractId": CONTRACT, "event": "pos:product-images", "action": "created", "productIds": [SHIRT.to_string()] });
    assert_eq!(outside.webhooks(), [told]);

    put(&bench, "image", image("http://shop.example/new.gif"));
    settle().await;
    assert_eq!(download(&bench.emulator, "GET", &url).body(), GIF, "an existing image is overwritten");
    let path = format!("/products/{SHIRT}/image");
    assert_eq!(bench.call("DELETE", &path, None).status, 200);
    assert_eq!(bench.call("DELETE", &path, None).status, 404);
    assert_eq!(download(&bench.emulator, "GET", &url).status(), 404);
    settle().await;
    let actions: Vec<Value> = outside.webhooks().iter().map(|body| body["action"].clone()).collect();
    assert_eq!(actions, ["created", "created", "deleted"]);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn an_icon_is_no_event_and_goes_with_its_product() {
    let bench = Bench::new(relaxed());
    let outside = Outside::with(&[("/icon.gif", GIF)]);
    let delivery = bench.emulator.start_delivery(Arc::new(outside.clone()));
    put(&bench, "icon_image", image("http://shop.example/icon.gif"));
    settle().await;
    assert_eq!(form(&outside.callbacks()[0].2)["proc_name"], "callback_product_icon_image_check");
    assert_eq!(outside.webhooks(), [] as [Value; 0]);
    assert_eq!(bench.get("/products/images").body, json!([]), "an icon is not the image");
    let url = format!("/files/{CONTRACT}/icon_image/{SHIRT}");
    assert_eq!(download(&bench.emulator, "HEAD", &url).status(), 200);
    assert_eq!(bench.call("DELETE", &format!("/products/{SHIRT}"), None).status, 200);
    assert_eq!(download(&bench.emulator, "GET", &url).status(), 404);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_had_leaves_the_old_one_and_says_why() {
    let images = ImageSettings { max_bytes: 100, private_addresses: false, ..ImageSettings::default() };
    let bench = Bench::new(Settings { images, ..relaxed() });
    let large = [PNG, &[0; 100]].concat();
    let outside = Outside::with(&[("/shirt.png", PNG), ("/large.png", &large), ("/page.png", b"<html>")]);
    let delivery = bench.emulator.start_delivery(Arc::new(outside.clone()));
    put(&bench, "image", image("http://shop.example/shirt.png"));
    settle().await;
    let bad = [
        ("http://shop.example/large.png", "111 bytes"),
        ("http://shop.example/page.png", "neither JPEG"),
        ("http://shop.example/gone.png", "404"),
        ("http://192.168.1.1/shirt.png", "public internet"),
        ("http://169.254.169.254/shirt.png", "never"),
    ];
    for (url, _) in bad {
        assert_eq!(put(&bench, "image", image(url)).status, 200);
        settle().await;
    }
    for ((url, why), (_, _, body)) in bad.iter().zip(&outside.callbacks()[1..]) {
        let fields = form(body);
        assert_eq!(fields["proc_name"], "callback_product_image_update_and_notification", "{url}");
        assert!(fields["params"].contains(why), "{url}: {}", fields["params"]);
    }
    assert_eq!(outside.callbacks().len(), 1 + bad.len());
    assert!(outside.asked().iter().all(|url| !url.contains("168.") && !url.contains("169.")), "not even asked");
    assert_eq!(outside.webhooks().len(), 1);
    let shown = download(&bench.emulator, "GET", &format!("/files/{CONTRACT}/image/{SHIRT}"));
    assert_eq!(shown.body(), PNG);
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn orders_of_images_are_checked() {
    let bench = Bench::new(relaxed());
    assert!(detail(&put(&bench, "image", json!({}))).starts_with("[imageUrl]"));
    assert!(detail(&put(&bench, "image", json!({ "imageUrl": "ftp://shop.example/a.png" }))).starts_with("[imageUrl]"));
    let long = format!("http://shop.example/{}", "a".repeat(500));
    assert!(detail(&put(&bench, "image", json!({ "imageUrl": long }))).starts_with("[imageUrl]"));
    let spoken = json!({ "imageUrl": "http://shop.example/a.png", "callbackUrl": "hub" });
    assert!(detail(&put(&bench, "image", spoken)).starts_with("[callbackUrl]"));
    assert_eq!(bench.call("PUT", "/products/1/image", Some(image("http://shop.example/a.png"))).status, 404);
}

#[tokio::test(start_paused = true)]
async fn without_deliveries_the_address_alone_is_recorded() {
    let dir = bench::folder("images");
    let url = format!("/files/{CONTRACT}/image/{SHIRT}");
    {
        let bench = Bench::on(relaxed(), Some(&dir));
        assert_eq!(put(&bench, "image", json!({ "imageUrl": "http://shop.example/a.png" })).status, 200);
        assert_eq!(bench.get("/products/images").body.as_array().unwrap().len(), 1);
    }
    let emulator = bench::build(relaxed(), Some(&dir));
    let shown = download(&emulator, "GET", &url);
    assert_eq!(
        (shown.status().as_u16(), &shown.headers()["location"]),
        (302, &"http://shop.example/a.png".parse().unwrap())
    );
    drop(emulator);
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test(start_paused = true)]
async fn images_beyond_the_memory_for_them_are_shown_where_they_came_from() {
    let images = ImageSettings { keep_bytes: PNG.len(), ..ImageSettings::default() };
    let bench = Bench::new(Settings { images, ..relaxed() });
    let outside = Outside::with(&[("/a.png", PNG), ("/b.gif", GIF)]);
    let delivery = bench.emulator.start_delivery(Arc::new(outside.clone()));
    put(&bench, "image", json!({ "imageUrl": "http://shop.example/a.png" }));
    settle().await;
    put(&bench, "icon_image", json!({ "imageUrl": "http://shop.example/b.gif" }));
    settle().await;
    let status =
        |kind: &str| download(&bench.emulator, "GET", &format!("/files/{CONTRACT}/{kind}/{SHIRT}")).status().as_u16();
    assert_eq!((status("image"), status("icon_image")), (200, 302));
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn a_transaction_shows_on_request_what_belongs_to_it() {
    let bench = Bench::new(relaxed());
    let more = json!({
        "productAttributes": [{ "no": "4", "name": "産地", "displaySequence": "4" }],
        "attributeItems": [{ "code": "1", "no": "4", "name": "国産", "displaySequence": "1" }],
        "productAttributeItems": [{ "productId": SHIRT.to_string(), "code": "1", "name": "国産" }],
        "customerGroupSections": [{ "customerGroupSectionId": "1", "customerGroupSectionLabel": "年代" }],
        "customerGroups": [{ "customerGroupId": "3", "customerGroupSectionId": "1", "label": "20代" }],
        "staffs": [{ "staffId": "7", "staffCode": "7", "staffName": "見本 次郎", "roleId": "3" }],
        "paymentMethods": [{ "paymentMethodId": "5", "paymentMethodCode": "QR", "paymentMethodName": "見本ペイ" }],
    });
    bench.emulator.load_dataset(CONTRACT, &more).unwrap();
    let mut body = sale(SHIRT, 2200, 1);
    body["details"][0]["unitDiscountPrice"] = json!("200");
    body["details"][0]["unitDiscountRate"] = json!("9");
    (body["subtotal"], body["total"]) = (json!("2000"), json!("2000"));
    (body["customerGroupId"], body["staffId"]) = (json!("3"), json!("7"));
    body["depositOthers"] = json!([{ "paymentMethodId": "5", "depositOthers": "2000" }]);
    assert_eq!(bench.post("/transactions", body).status, 200);
    let with = "with_details=all&with_deposit_others=all&with_store=all&with_staff=all&with_customer_groups=all\
        &with_coupons=all&with_coupon_items=all&with_discounts=all&with_detail_product_attributes=all&with_money_control=all\
        &with_recorded_staff=all&with_layaways=all&with_layaway_pick_ups=all";
    let one = bench.get(&format!("/transactions/1?{with}"));
    assert_eq!(one.status, 200, "{}", one.body);
    assert_eq!(
        one.body["customerGroups"],
        json!([{ "customerGroupId": "3", "customerGroupSectionId": "1", "label": "20代" }])
    );
    assert_eq!(
        (&one.body["staff"]["staffName"], &one.body["store"]["storeName"]),
        (&json!("見本 次郎"), &json!("本店"))
    );
    assert_eq!(
        (&one.body["coupons"], &one.body["couponItems"], &one.body["moneyControl"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    assert_eq!(one.body["depositOthers"][0]["paymentMethodName"], "見本ペイ");
    let line = &one.body["details"][0];
    assert_eq!(line["productAttributes"][0]["name"], "国産");
    assert_eq!(
        (&line["discounts"][0]["awardType"], &line["discounts"][0]["discountPrice"]),
        (&json!("2"), &json!("200"))
    );
    let plain = bench.get("/transactions/1?with_details=all");
    assert!(plain.body["details"][0].get("discounts").is_none(), "only what was asked for");

    let mut money = sale(SHIRT, 500, 1);
    (money["transactionHeadDivision"], money["details"]) = (json!("2"), json!([]));
    bench.post("/transactions", money);
    let list = bench.get(
        "/transactions?upd_date_time-from=2026-11-21T00:00:00%2B09:00&upd_date_time-to=2026-11-21T23:00:00%2B09:00\
         &with_money_control=all&with_deposit_others=all&with_details=all&with_detail_product_attributes=all&limit=100",
    );
    assert_eq!(list.body[1]["moneyControl"]["transactionHeadId"], "2");
    assert_eq!(list.body[0]["details"][0]["productAttributes"][0]["code"], "1");
    let many = bench.get(
        "/transactions?upd_date_time-from=2026-11-21T00:00:00%2B09:00&upd_date_time-to=2026-11-21T23:00:00%2B09:00\
         &with_details=all&limit=101",
    );
    assert!(detail(&many).starts_with("[limit]"));
}
