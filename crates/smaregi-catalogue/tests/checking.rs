//! Real calls and answers of a shop, right and wrong, one rule at a time.

use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Endpoint, Problem, Product, Rule};

fn endpoint(product: Product, method: &str, path: &str) -> &'static Endpoint {
    Catalogue::bundled().find(product, method, path).expect(path).endpoint
}

fn short(problems: Vec<Problem>) -> Vec<(String, Rule)> {
    problems.into_iter().map(|problem| (problem.field, problem.rule)).collect()
}

fn request(method: &str, path: &str, body: Value) -> Vec<(String, Rule)> {
    short(endpoint(Product::Pos, method, path).check_request(Catalogue::bundled(), &body))
}

fn response(method: &str, path: &str, body: Value) -> Vec<(String, Rule)> {
    short(endpoint(Product::Pos, method, path).check_response(Catalogue::bundled(), &body))
}

fn query(path: &str, query: &str) -> Vec<(String, Rule)> {
    let split = |pair: &str| pair.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).expect("a=b");
    let pairs: Vec<(String, String)> = query.split('&').filter(|pair| !pair.is_empty()).map(split).collect();
    short(endpoint(Product::Pos, "GET", path).check_query(Catalogue::bundled(), &pairs))
}

fn only(field: &str, rule: Rule) -> Vec<(String, Rule)> {
    vec![(field.to_owned(), rule)]
}

const ADD: &str = "/stock/8000001/add";

#[test]
fn selling_one_piece_is_a_relative_change_as_string_or_as_number() {
    assert_eq!(request("POST", ADD, json!({"storeId": "1", "stockAmount": "-1", "stockHistory": {"memo": "EC"}})), []);
    assert_eq!(request("POST", ADD, json!({"storeId": 1, "stockAmount": -1})), []);
}

#[test]
fn a_change_of_zero_is_refused_in_the_bulk_job() {
    let row = |amount: Value| json!({"stock": [{"productId": "8000001", "storeId": "1", "stockAmount": amount}], "callbackUrl": "https://hub.example/done"});
    assert_eq!(request("POST", "/stock/add/bulk", row(json!("3"))), []);
    for zero in [json!("0"), json!(0), json!("-0"), json!("00")] {
        assert_eq!(request("POST", "/stock/add/bulk", row(zero)), only("stock[0].stockAmount", Rule::Excluded));
    }
    assert_eq!(request("PATCH", "/stock/bulk", row(json!("0"))), [], "setting the stock to 0 is fine");
}

#[test]
fn a_memo_has_at_most_100_characters_counted_as_characters() {
    let body =
        |length: usize| json!({"storeId": "1", "stockAmount": "1", "stockHistory": {"memo": "在".repeat(length)}});
    assert_eq!(request("POST", ADD, body(100)), []);
    assert_eq!(request("POST", ADD, body(101)), only("stockHistory.memo", Rule::MaxLength));
}

#[test]
fn amounts_stay_within_their_bounds_however_long_they_are() {
    let amount = |amount: &str| request("POST", ADD, json!({"storeId": "1", "stockAmount": amount}));
    assert_eq!(amount("1999999998"), []);
    assert_eq!(amount("1999999999"), only("stockAmount", Rule::MinMax));
    assert_eq!(amount(&"9".repeat(200)), only("stockAmount", Rule::MinMax));
    assert_eq!(amount("1.5"), only("stockAmount", Rule::Format));
    assert_eq!(amount("１"), only("stockAmount", Rule::Format));
    assert_eq!(amount(""), only("stockAmount", Rule::Format));
}

#[test]
fn the_message_begins_with_the_members_name_as_smaregis_does() {
    let endpoint = endpoint(Product::Pos, "POST", "/stock/add/bulk");
    let body = json!({"stock": [{"productId": "1", "storeId": "1"}], "callbackUrl": "https://hub.example/done"});
    let problem = endpoint.check_request(Catalogue::bundled(), &body).remove(0);
    assert_eq!(problem.field, "stock[0].stockAmount");
    assert_eq!(problem.message_ja, "[stockAmount] 必須項目です。");
    assert_eq!(problem.message_en, "stock[0].stockAmount is required");
}

#[test]
fn a_bulk_job_takes_100_rows_and_needs_an_address_to_call_back() {
    let row = json!({"productId": "8000001", "storeId": "1", "stockAmount": "5"});
    let body = |rows: usize, url: &str| json!({"stock": vec![row.clone(); rows], "callbackUrl": url});
    assert_eq!(request("PATCH", "/stock/bulk", body(100, "https://hub.example/done")), []);
    assert_eq!(
        request("PATCH", "/stock/bulk", body(101, "https://hub.example/done")),
        only("stock", Rule::TooManyItems)
    );
    assert_eq!(request("PATCH", "/stock/bulk", body(1, "hub.example/done")), only("callbackUrl", Rule::Pattern));
}

#[test]
fn types_values_and_unknown_names_in_a_request_are_told() {
    let product = |change: Value| {
        let mut body = json!({"categoryId": "1", "productName": "Ｔシャツ", "price": "1980"});
        body.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        request("POST", "/products", body)
    };
    assert_eq!(product(json!({})), []);
    assert_eq!(product(json!({"taxDivision": "3"})), only("taxDivision", Rule::Enum));
    assert_eq!(product(json!({"taxDivision": 1})), []);
    assert_eq!(product(json!({"productName": true})), only("productName", Rule::Type));
    assert_eq!(product(json!({"productName": null})), only("productName", Rule::Required));
    assert_eq!(product(json!({"color": null})), []);
    assert_eq!(product(json!({"productCode": "品番1"})), only("productCode", Rule::Pattern));
    assert_eq!(product(json!({"product_name": "x"})), only("product_name", Rule::UnknownField));
    assert_eq!(product(json!({"prices": {}})), only("prices", Rule::Type));
    assert_eq!(product(json!({"cost": "1.123456"})), []);
    assert_eq!(product(json!({"cost": "99999999.999991"})), only("cost", Rule::MinMax));
}

#[test]
fn a_kana_name_takes_katakana_with_the_long_sign_and_the_dot() {
    let body = |kana: &str| json!({"customerCode": "M-1", "firstName": "太郎", "lastName": "見本", "firstKana": kana});
    assert_eq!(request("POST", "/customers", body("タロー・ジュン")), []);
    assert_eq!(request("POST", "/customers", body("たろう")), only("firstKana", Rule::Pattern));
}

#[test]
fn a_store_needs_its_name_when_created_but_not_when_changed() {
    let missing = request("POST", "/stores", json!({"storeCode": "S1", "division": "1"}));
    assert_eq!(missing, only("storeName", Rule::Required));
    assert_eq!(request("PATCH", "/stores/1", json!({"address": "東京都"})), []);
}

#[test]
fn the_smallest_sale_passes_and_a_wrong_line_is_named_with_its_number() {
    let line = |change: Value| {
        let mut line = json!({"transactionDetailId": "1", "transactionDetailDivision": "1", "salesPrice": "1000", "quantity": "1"});
        line.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        let good =
            json!({"transactionDetailId": "2", "transactionDetailDivision": "1", "salesPrice": "0", "quantity": "1"});
        request(
            "POST",
            "/transactions",
            json!({"transactionHeadDivision": "1", "subtotal": "1000", "total": "1000",
            "storeId": "1", "terminalId": "1", "terminalTranId": "1",
            "terminalTranDateTime": "2026-11-21T10:02:43+0900", "details": [good, line]}),
        )
    };
    assert_eq!(line(json!({})), []);
    assert_eq!(line(json!({"salesPrice": "千円"})), only("details[1].salesPrice", Rule::Format));
    assert_eq!(line(json!({"sales_price": "1"})), only("details[1].sales_price", Rule::UnknownField));
}

#[test]
fn an_operation_without_a_body_and_one_whose_body_nobody_saw_take_anything_sensible() {
    assert_eq!(request("GET", "/products", json!({"ignored": 1})), []);
    assert_eq!(request("DELETE", "/products/8000001", json!({})), []);
    assert_eq!(request("POST", "/transactions/25/cancel", Value::Null), []);
    assert_eq!(request("POST", "/transactions/25/cancel", json!({"x": 1})), []);
    assert_eq!(request("POST", "/transactions/25/cancel", json!([])), only("", Rule::Type));
}

#[test]
fn a_list_of_transactions_needs_a_window_of_at_most_31_days() {
    assert_eq!(query("/transactions", ""), only("transaction_date_time-from", Rule::Window));
    assert_eq!(query("/transactions", "store_id=1"), only("transaction_date_time-from", Rule::Window));
    let window =
        |from: &str, to: &str| query("/transactions", &format!("upd_date_time-from={from}&upd_date_time-to={to}"));
    assert_eq!(window("2026-10-01T00:00:00+09:00", "2026-10-31T23:59:59+09:00"), []);
    assert_eq!(window("2026-10-01T00:00:00+0900", "2026-10-31T23:59:59+0900"), []);
    assert_eq!(
        window("2026-10-01T23:59:59+09:00", "2026-11-01T00:00:00+09:00"),
        only("upd_date_time-from", Rule::Window)
    );
    assert_eq!(
        window("2026-10-02T00:00:00+09:00", "2026-10-01T00:00:00+09:00"),
        only("upd_date_time-from", Rule::Window)
    );
    assert_eq!(query("/transactions", "sum_date-from=2026-10-01&sum_date-to=2026-10-31"), []);
    assert_eq!(
        query("/transactions", "sum_date-from=2026-10-01&sum_date-to=2026-11-01"),
        only("sum_date-from", Rule::Window)
    );
}

#[test]
fn one_bound_alone_is_not_enough() {
    assert_eq!(query("/stock", "upd_date_time-from=2026-11-01T00:00:00%2B09:00").len(), 2, "not decoded, and alone");
    assert_eq!(
        query("/stock", "upd_date_time-from=2026-11-01T00:00:00+09:00"),
        only("upd_date_time-from", Rule::Window)
    );
    assert_eq!(
        query("/products", "upd_date_time-to=2026-11-01T00:00:00+09:00"),
        only("upd_date_time-from", Rule::Window)
    );
    assert_eq!(query("/customers", "customer_id-from=5"), [], "a range of ids may be open");
}

#[test]
fn a_plus_that_arrived_as_a_blank_is_no_date_time() {
    let bad =
        query("/stock", "upd_date_time-from=2026-11-01T00:00:00 09:00&upd_date_time-to=2026-11-02T00:00:00+09:00");
    assert_eq!(bad, only("upd_date_time-from", Rule::Format));
}

#[test]
fn settlements_want_a_store_and_exactly_one_date_condition() {
    assert_eq!(query("/adjustments", "store_id=1&adjustment_date=2026-11-21"), []);
    assert_eq!(query("/adjustments", "adjustment_date=2026-11-21"), only("store_id", Rule::Required));
    assert_eq!(query("/adjustments", "store_id=1"), only("adjustment_date", Rule::Window));
    let both = "store_id=1&adjustment_date=2026-11-21&adjustment_date_time=2026-11-21T10:00:00+09:00";
    assert_eq!(query("/adjustments", both), only("adjustment_date", Rule::Window));
}

#[test]
fn pages_sorting_and_chosen_fields_are_checked() {
    assert_eq!(query("/products", "limit=1000&page=2&sort=productCode:desc,productId:asc&fields=productId,price"), []);
    assert_eq!(query("/products", "limit=1001"), only("limit", Rule::MinMax));
    assert_eq!(query("/products", "page=0"), only("page", Rule::MinMax));
    assert_eq!(query("/products", "limit=ten"), only("limit", Rule::Format));
    assert_eq!(query("/products", "sort=price"), only("sort", Rule::Enum));
    assert_eq!(query("/products", "sort=productCode:down"), only("sort", Rule::Format));
    assert_eq!(query("/products", "sort=productCode desc"), only("sort", Rule::Format));
    assert_eq!(query("/products", "fields=product_id"), only("fields", Rule::UnknownField));
    assert_eq!(
        query("/products/8000001", "fields=prices"),
        only("fields", Rule::UnknownField),
        "lists cannot be chosen"
    );
    assert_eq!(query("/products/8000001", "with_prices=all&with_stores=some"), only("with_stores", Rule::Enum));
}

#[test]
fn with_details_a_page_has_at_most_100_sales() {
    let window = "sum_date-from=2026-11-01&sum_date-to=2026-11-21";
    assert_eq!(query("/transactions", &format!("{window}&limit=1000&with_details=none")), []);
    assert_eq!(query("/transactions", &format!("{window}&limit=100&with_details=all")), []);
    assert_eq!(query("/transactions", &format!("{window}&limit=101&with_details=all")), only("limit", Rule::MinMax));
}

#[test]
fn unknown_and_doubled_parameters_are_told_with_the_name_that_was_meant() {
    assert_eq!(query("/stock", "storeId=1"), only("storeId", Rule::UnknownParameter));
    assert_eq!(query("/stock", "store_id=1&store_id=2"), only("store_id", Rule::DuplicateParameter));
    let stock = endpoint(Product::Pos, "GET", "/stock");
    let problem = stock.check_query(Catalogue::bundled(), &[("storeId".into(), "1".into())]).remove(0);
    assert!(problem.message_en.ends_with("did you mean store_id?"), "{}", problem.message_en);
}

#[test]
fn a_stock_list_is_made_of_strings_and_every_row_is_looked_at() {
    let row = |change: Value| {
        let mut row = json!({"storeId": "1", "productId": "8000001", "stockAmount": "5", "layawayStockAmount": "0",
            "updDateTime": "2026-11-21T10:02:43+09:00"});
        row.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        row
    };
    let rows = |change: Value| response("GET", "/stock", json!([row(json!({})), row(change)]));
    assert_eq!(rows(json!({})), []);
    assert_eq!(rows(json!({"stockAmount": 5})), only("[1].stockAmount", Rule::Type));
    assert_eq!(rows(json!({"stock_amount": "5"})), only("[1].stock_amount", Rule::UnknownField));
    assert_eq!(rows(json!({"updDateTime": "2026-11-21 10:02:43"})), only("[1].updDateTime", Rule::Format));
    assert_eq!(rows(json!({"layawayStockAmount": null})), [], "null is no value");
    assert_eq!(rows(json!({"storeId": null})), only("[1].storeId", Rule::Null), "but never the key");
    assert_eq!(response("GET", "/stock", json!({"items": []})), only("", Rule::Type), "lists are bare arrays");
}

#[test]
fn a_written_product_may_come_back_with_numbers_where_a_read_may_not() {
    let body = json!({"productId": "8000001", "taxDivision": 1, "displayFlag": 1});
    assert_eq!(response("POST", "/products", body.clone()), []);
    let read = response("GET", "/products/8000001", body);
    assert_eq!(read, [("taxDivision".to_owned(), Rule::Type), ("displayFlag".to_owned(), Rule::Type)]);
    assert_eq!(response("POST", "/products", json!({"productId": "1", "price": 1980})), only("price", Rule::Type));
    assert_eq!(response("POST", "/products", json!({"taxDivision": 7})), only("taxDivision", Rule::Enum));
}

#[test]
fn a_deletion_answers_with_nothing() {
    assert_eq!(response("DELETE", "/products/8000001", Value::Null), []);
    assert_eq!(response("DELETE", "/products/8000001", json!({})), []);
    assert_eq!(response("DELETE", "/products/8000001", json!({"productId": "1"})), only("", Rule::Type));
}

#[test]
fn fields_an_answer_leaves_out_are_listed() {
    let stock = endpoint(Product::Pos, "GET", "/stock");
    let row = json!([{"storeId": "1", "productId": "8000001", "stockAmount": "5"}]);
    assert_eq!(stock.absent_fields(Catalogue::bundled(), &row), ["layawayStockAmount", "updDateTime"]);
    let product = endpoint(Product::Pos, "GET", "/products/1");
    let absent = product.absent_fields(Catalogue::bundled(), &json!({}));
    assert!(absent.contains(&"productCode".to_owned()) && !absent.contains(&"prices".to_owned()));
}

#[test]
fn an_order_has_real_numbers_and_a_code_of_printable_ascii() {
    let orders = endpoint(Product::OrderShipment, "POST", "/orders");
    let check = |change: Value| {
        let mut body = json!({"storeId": "23", "orderCode": "EC-1001", "orderDateTime": "2026-11-21T10:02:43+09:00",
            "carriage": 550, "total": 3050, "details": [{"productCode": "TS-001", "salesPrice": 2500, "quantity": 1}]});
        body.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        short(orders.check_request(Catalogue::bundled(), &body))
    };
    assert_eq!(check(json!({})), []);
    assert_eq!(check(json!({"total": "3050"})), only("total", Rule::Type));
    assert_eq!(check(json!({"total": 3050.5})), only("total", Rule::Type));
    assert_eq!(check(json!({"carriage": -1})), only("carriage", Rule::MinMax));
    assert_eq!(check(json!({"orderCode": "注文1001"})), only("orderCode", Rule::Pattern));
    assert_eq!(check(json!({"orderCode": "x".repeat(51)})), only("orderCode", Rule::MaxLength));
    assert_eq!(check(json!({"shippingFee": 550})), only("shippingFee", Rule::UnknownField));
}

#[test]
fn an_order_store_has_flags_and_words() {
    let store = endpoint(Product::OrderShipment, "GET", "/stores/23");
    let body = json!({"storeId": "23", "storeCode": "EC", "storeName": "EC店", "storeAbbr": null,
        "sellDivision": "included", "sumDateChangeTime": "23:59", "displaySequence": 1, "pauseFlag": false,
        "pointPaymentMethodId": "4"});
    assert_eq!(short(store.check_response(Catalogue::bundled(), &body)), []);
    let body = json!({"storeId": "23", "sellDivision": "0", "sumDateChangeTime": "2359", "pauseFlag": "0"});
    let expected = [("sellDivision", Rule::Enum), ("sumDateChangeTime", Rule::Format), ("pauseFlag", Rule::Type)];
    assert_eq!(short(store.check_response(Catalogue::bundled(), &body)), expected.map(|(f, r)| (f.to_owned(), r)));
}
