//! What a contract holds from the start, what its settings change, and that all of it is kept.

mod bench;

use bench::{BREAD, Bench, CONTRACT, SHIRT, folder, read, relaxed};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use smaregi_emulator::{AnswerSettings, PosSettings, Settings};

fn keys(list: &Value, member: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row[member].as_str().unwrap_or("null").to_owned()).collect()
}

/// A refusal that names the field.
fn refuses(answer: &bench::Answer, field: &str) {
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    assert!(answer.status == 400 && detail.starts_with(&format!("[{field}]")), "{} {}", answer.status, answer.body);
}

#[tokio::test(start_paused = true)]
async fn a_new_contract_has_rates_roles_and_sections_and_keeps_what_became_of_them() {
    let dir = folder("first-rows");
    {
        let bench = Bench::on(relaxed(), Some(&dir));
        assert_eq!(keys(&bench.get("/consumption_tax_rates?target_date=2016-05-05").body, "taxRate"), ["8"]);
        assert_eq!(keys(&bench.get("/consumption_tax_rates?target_date=2026-11-21").body, "taxRate"), ["10"]);
        let reduced = bench.get("/reduce_tax_rates");
        assert_eq!(keys(&reduced.body, "reduceTaxId"), ["10000001", "10000002", "10000003", "10000004"]);
        assert_eq!(bench.get("/customer_group_sections").body.as_array().unwrap().len(), 5);
        for path in [
            "/roles",
            "/staffs",
            "/discount_divisions",
            "/receipt_provisoes",
            "/cat_card_companies",
            "/losses/divisions",
            "/products/attributes",
        ] {
            assert_ne!(bench.get(path).body, json!([]), "{path}");
        }
        assert_eq!(bench.call("DELETE", "/roles/3", None).status, 200);
        assert_eq!(bench.call("DELETE", "/roles/1", None).status, 400, "somebody has it");
        let label = json!({ "customerGroupSectionLabel": "年代" });
        assert_eq!(bench.call("PUT", "/customer_group_sections/2", Some(label.clone())).status, 200);
        assert_eq!(bench.call("PUT", "/customer_group_sections/6", Some(label)).status, 404);
        let group = json!({ "customerGroupSectionId": "6", "label": "20代", "displaySequence": "1" });
        assert_eq!(
            bench.post("/customer_groups", group).body["detail"],
            "[customerGroupSectionId] 客層セクションIDは存在しません"
        );
    }
    let bench = Bench::on(relaxed(), Some(&dir));
    assert_eq!(keys(&bench.get("/roles").body, "roleId"), ["1", "2"], "a role that was deleted does not come back");
    assert_eq!(bench.get("/customer_group_sections").body[1]["customerGroupSectionLabel"], "年代");
    bench.emulator.reset().unwrap();
    assert_eq!(keys(&bench.get("/roles").body, "roleId"), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn the_contract_says_what_a_member_has_to_tell() {
    let bench = Bench::new(relaxed());
    let member = json!({ "customerCode": "M9", "firstName": "次郎", "lastName": "見本" });
    assert_eq!(bench.post("/customers", member.clone()).status, 200);
    let setting = json!({ "customerRequiredColumns": [{ "columnName": "phoneNumber", "value": "1" }] });
    bench.emulator.load_dataset(CONTRACT, &setting).unwrap();
    assert_eq!(keys(&bench.get("/customer_required_column_setting?value=1").body, "columnName"), ["phoneNumber"]);
    let mut other = member;
    other["customerCode"] = json!("M10");
    refuses(&bench.post("/customers", other.clone()), "phoneNumber");
    other["phoneNumber"] = json!("03-0000-0000");
    assert_eq!(bench.post("/customers", other).status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_category_with_products_stays_unless_the_doubt_is_switched_off() {
    let bench = Bench::new(relaxed());
    assert_eq!(bench.call("DELETE", "/categories/8000001", None).status, 400);
    let pos = PosSettings { doubtful_refusals: false, ..PosSettings::default() };
    let bench = Bench::new(Settings { pos, ..relaxed() });
    assert_eq!(bench.call("DELETE", "/categories/8000001", None).status, 200);
    assert_eq!(bench.get(&format!("/products/{SHIRT}")).body["categoryId"], "8000001");
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_tell_how_sure_its_operation_is() {
    let bench = Bench::new(Settings { answers: AnswerSettings { confidence_header: true }, ..relaxed() });
    let mark = |path: &str| bench.get(path).headers["smaregi-emulator-confidence"].to_str().unwrap().to_owned();
    assert_eq!(
        (mark("/stock"), mark("/products"), mark("/suppliers")),
        ("official".into(), "client".into(), "unverified".into())
    );
    assert!(Bench::new(relaxed()).get("/stock").headers.get("smaregi-emulator-confidence").is_none());
}

#[tokio::test(start_paused = true)]
async fn everything_survives_a_snapshot_and_a_restart_alike() {
    let dir = folder("all-tables");
    let paths = [
        "/coupons/1/products",
        "/customer_ranks",
        "/budget/1",
        "/stores/1/product_prices",
        "/product_option_groups/1?with_products=all",
    ];
    let told = |bench: &Bench| paths.map(|path| bench.get(path).body.to_string());
    let before = {
        let bench = Bench::on(relaxed(), Some(&dir));
        bench.post("/coupons", json!({ "couponName": "c", "serialNumber": "1", "awardType": "1", "awardValue": "1", "applyConditionDivision": "0" }));
        for item in ["A", "B"] {
            bench.post("/coupons/1/products", json!({ "division": "3", "itemId": item, "type": "1" }));
        }
        bench.call("DELETE", "/coupons/1/type/1/division/3/products/A", None);
        bench.post("/customer_ranks", json!({ "code": "金", "name": "ゴールド" }));
        bench.patch("/budget/1/2026/11", json!({ "budgets": [{ "date": "2026-11-01", "salesTargetDaily": "5" }] }));
        bench.post(
            &format!("/products/{SHIRT}/prices"),
            json!({ "storeId": "1", "priceDivision": "1", "startDate": "2026-12-01", "price": "1" }),
        );
        bench.post("/product_option_groups", json!({ "productOptionGroupName": "名入れ", "conditionId": "0", "products": [{ "productId": BREAD.to_string() }] }));
        let told_before = told(&bench);
        let snapshot = bench.emulator.snapshot();
        let mut other = Bench::new(relaxed());
        other.emulator.restore(&snapshot).unwrap();
        other.sign_in();
        assert_eq!(told(&other), told_before);
        told_before
    };
    let journal = std::fs::read_to_string(dir.join("journal.jsonl")).unwrap();
    assert!(journal.contains(r#""table":"couponItems""#) && journal.contains(r#""itemId":"B""#), "people can read it");
    let mut again = Bench { emulator: bench::build(relaxed(), Some(&dir)), token: String::new() };
    again.sign_in();
    assert_eq!(told(&again), before);
}

#[tokio::test(start_paused = true)]
async fn documents_of_order_management_are_rows_too_with_real_numbers() {
    let bench = Bench::new(relaxed());
    let order = json!({ "orderHeadId": "1", "orderCode": "EC-1", "storeId": "1", "orderDateTime": "2026-11-20T09:00:00+09:00", "total": 2200 });
    bench.emulator.load_dataset(CONTRACT, &json!({ "orders": [order] })).unwrap();
    let request = Request::get(format!("http://api.test/{CONTRACT}/order-shipment/orders/1"));
    let request = request.header("authorization", format!("Bearer {}", bench.token)).body(Bytes::new()).unwrap();
    let shown = read(bench.emulator.handle(&request));
    assert_eq!(
        (shown.status, &shown.body["total"], shown.body["orderCode"].as_str()),
        (200, &json!(2200), Some("EC-1"))
    );
}

#[test]
fn a_data_set_with_one_mistake_changes_nothing() {
    let bench = Bench::new(relaxed());
    let before = bench.emulator.snapshot();
    let store = json!({ "storeId": "77", "storeName": "新店" });
    let mistakes = [
        (json!({ "stores": [store, { "storeName": "番号なし" }] }), "stores[1]: storeId is missing"),
        (
            json!({ "stores": [store], "products": [{ "productId": "x" }] }),
            "products[0]: productId must be a whole number",
        ),
        (
            json!({ "stores": [store], "products": [{ "productId": "9", "colour": "赤" }] }),
            "products[0]: colour is no field",
        ),
        (
            json!({ "stores": [store], "stock": [{ "productId": "424242", "storeId": "77", "stockAmount": "1" }] }),
            "stock[0]: product 424242 or store 77 does not exist",
        ),
        (json!({ "stores": [store], "boats": [] }), "boats: unknown"),
    ];
    for (dataset, reason) in mistakes {
        let error = bench.emulator.load_dataset(CONTRACT, &dataset).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(bench.emulator.snapshot(), before, "{reason}");
    }
    let good = json!({
        "stores": [store], "products": [{ "productId": "424242", "productName": "帽子", "categoryId": "8000001", "price": "980" }],
        "stock": [{ "productId": "424242", "storeId": "77", "stockAmount": "3" }],
    });
    bench.emulator.load_dataset(CONTRACT, &good).unwrap();
}
