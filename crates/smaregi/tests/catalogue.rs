//! Every call of the client is held against the catalogue, which knows the wire but not the client.

mod support;

use http::StatusCode;
use serde_json::{Map, Value, json};
use smaregi::{
    HeadDivision, StockDivision,
    notification::{self, Subject},
    platform::*,
};
use smaregi_catalogue::{Body, Catalogue, Endpoint, Field, Format, Kind, Members, Product as Api};
use support::*;

type Outcome<T> = Result<Answer<T>, Error>;

/// How a number is written in a sample answer.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// As a string, which is what reads give.
    Text,
    /// As a JSON number, which some answers to writes give.
    Number,
    /// null, wherever it is not the row's key.
    Null,
}

/// The endpoint a client's call reached, after the catalogue has accepted method, path, query and body.
fn endpoint_of(seen: &Seen) -> &'static Endpoint {
    let catalogue = Catalogue::bundled();
    let path = seen.path.strip_prefix("/sb_demo01/pos").expect("below the POS base");
    let found = catalogue.find(Api::Pos, &seen.method, path);
    let endpoint = found.unwrap_or_else(|| panic!("the catalogue has no {} {path}", seen.method)).endpoint;
    let problems = endpoint.check_query(catalogue, &decoded(&seen.query));
    assert!(problems.is_empty(), "{}: {problems:#?} in {}", endpoint.id(), seen.query);
    let body = if seen.body.is_empty() { Value::Null } else { serde_json::from_str(&seen.body).unwrap() };
    let problems = endpoint.check_request(catalogue, &body);
    assert!(problems.is_empty(), "{}: {problems:#?} in {body}", endpoint.id());
    assert!(only_strings(&body), "{}: numbers are sent as strings: {body}", endpoint.id());
    let json = (seen.method != "GET").then_some("application/json");
    assert_eq!(seen.content_type.as_deref(), json);
    endpoint
}

fn decoded(query: &str) -> Vec<(String, String)> {
    assert!(!query.contains('+'), "a bare + is read as a blank: {query}");
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let coded = *first == b'%';
            bytes.push(if coded {
                u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap()
            } else {
                *first
            });
            rest = if coded { &tail[2..] } else { tail };
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (decode(name), decode(value))).collect()
}

fn only_strings(value: &Value) -> bool {
    match value {
        Value::Number(_) | Value::Bool(_) => false,
        Value::Array(items) => items.iter().all(only_strings),
        Value::Object(members) => members.values().all(only_strings),
        Value::Null | Value::String(_) => true,
    }
}

/// An answer with every member the catalogue lists.
fn sample(endpoint: &Endpoint, style: Style) -> Value {
    let shape = endpoint.response.as_ref().expect("an answer with a body");
    match &shape.body {
        Body::Empty => Value::Null,
        Body::Object(members) => object(members, style),
        Body::List(members) => json!([object(members, style), object(members, style)]),
    }
}

fn object(members: &Members, style: Style) -> Value {
    let fields = Catalogue::bundled().fields(members);
    let fields = fields.into_iter().flat_map(|fields| fields.iter()).filter(|field| !field.deprecated);
    Value::Object(fields.map(|field| (field.name.clone(), value(field, &field.kind, style))).collect::<Map<_, _>>())
}

fn value(field: &Field, kind: &Kind, style: Style) -> Value {
    // Ids stay: a row without its key means nothing.
    let is_id =
        ["id", "no"].contains(&field.name.as_str()) || field.name.ends_with("Id") || field.name == "reservationAmount";
    match kind {
        Kind::Object(members) => object(members, style),
        Kind::List(kind) => json!([value(field, kind, style)]),
        _ if style == Style::Null && !is_id && !field.always_present && field.name != "stockAmount" => Value::Null,
        Kind::Boolean => json!(true),
        Kind::Integer => json!(7),
        Kind::Text | Kind::TextOrInteger | Kind::Any => scalar(field, style),
    }
}

fn scalar(field: &Field, style: Style) -> Value {
    let name = &field.name;
    let text = match field.format {
        Some(Format::Date) => "2026-11-21",
        Some(Format::DateTime) => "2026-11-21T15:22:35+09:00",
        Some(Format::Time) => "15:22",
        Some(Format::Int | Format::Decimal) => "7",
        None if name.ends_with("DateTime") => "2026-11-21T15:22:35+0900",
        None if name.ends_with("Date") => "2026-11-21",
        None => field.choices.first().map_or("7", String::as_str),
    };
    match text.parse::<i64>() {
        Ok(number) if style == Style::Number => json!(number),
        _ => json!(text),
    }
}

/// Makes one call and returns the request it sent, whatever the fate of the call.
async fn request_of<T>(call: impl AsyncFn(&Client) -> Outcome<T>) -> Seen {
    let (client, world) = World::answering([says(403, "")]);
    let Err(error) = call(&client).await else { panic!("403 must be an error") };
    let seen = world.calls().into_iter().next().unwrap_or_else(|| panic!("nothing was sent: {error}"));
    // Without a scope in the answer, the error names the one the catalogue lists.
    let endpoint = endpoint_of(&seen);
    assert_eq!(error.kind, ErrorKind::Forbidden { scope: endpoint.scope.clone() }, "{}", endpoint.id());
    seen
}

/// Holds one call against the catalogue: the request it sends, and the answers it must be able to read. Returns the answer with everything in it.
async fn hold<T>(call: impl AsyncFn(&Client) -> Outcome<T>) -> T {
    let endpoint = endpoint_of(&request_of(&call).await);
    let mut full = None;
    for style in [Style::Null, Style::Number, Style::Text] {
        let body = sample(endpoint, style);
        if style == Style::Text {
            let problems = endpoint.check_response(Catalogue::bundled(), &body);
            assert!(problems.is_empty(), "the sample itself is wrong: {problems:#?}");
        }
        let (client, _) = World::answering([says(StatusCode::OK.as_u16(), &body)]);
        let answer = call(&client).await.unwrap_or_else(|error| panic!("{error}\n{body:#}"));
        assert!(answer.unreadable.is_empty(), "{:#?}", answer.unreadable);
        full = Some(answer.value);
    }
    full.unwrap()
}

/// Every member that has a field in the client has a value: none of the client's names is unknown to the catalogue.
fn assert_full(row: &impl std::fmt::Debug) {
    let text = format!("{row:#?}");
    assert!(!text.contains("None") && !text.contains("[]"), "a member the catalogue does not list: {text}");
}

fn window(field: WindowField) -> Window {
    Window {
        field,
        from: "2026-10-01T00:00:00+09:00".parse().unwrap(),
        to: "2026-10-31T23:59:59+09:00".parse().unwrap(),
    }
}

fn write() -> StockWrite {
    StockWrite { store_id: "1".to_owned(), amount: -2, memo: Some("rh-1".to_owned()) }
}

#[tokio::test(start_paused = true)]
async fn stores_terminals_and_payment_methods() {
    let sort = Some("paymentMethodId:desc".to_owned());
    assert_full(&hold(async |client| client.stores(&StoreQuery::default()).await).await);
    assert_full(&hold(async |client| client.terminals(&TerminalQuery::default()).await).await);
    let query = PaymentMethodQuery { payment_method_code: Some("QR".to_owned()), sort, ..Default::default() };
    assert_full(&hold(async |client| client.payment_methods(&query).await).await);
}

#[tokio::test(start_paused = true)]
async fn products_and_categories() {
    let window = window(WindowField::UpdDateTime);
    let query = ProductQuery {
        upd_from: Some(window.from),
        upd_to: Some(window.to),
        product_code: Some("A+1 %".to_owned()),
        group_code: Some("T".to_owned()),
        category_id: Some("2".to_owned()),
        page: PageRequest { limit: 500, page: 3 },
        sort: Some("updDateTime:desc,productId".to_owned()),
    };
    let rows = hold(async |client| client.products(&query).await).await;
    assert_eq!(rows.len(), 2);
    assert_full(&hold(async |client| client.product("8000001").await).await);
    let query = CategoryQuery { category_code: Some("C".to_owned()), ..Default::default() };
    assert_full(&hold(async |client| client.categories(&query).await).await);
}

#[tokio::test(start_paused = true)]
async fn a_product_is_created_and_changed() {
    let product = ProductWrite {
        category_id: "1".to_owned().into(),
        product_code: "4901234567894".to_owned().into(),
        product_name: "緑茶".to_owned().into(),
        product_kana: "リョクチャ".to_owned().into(),
        tax_division: "0".to_owned().into(),
        product_price_division: "1".to_owned().into(),
        price: "150.00".parse::<rust_decimal::Decimal>().unwrap().into(),
        cost: "80.5".parse::<rust_decimal::Decimal>().unwrap().into(),
        attribute: "500ml".to_owned().into(),
        description: "説明".to_owned().into(),
        catch_copy: "新茶".to_owned().into(),
        size: "M".to_owned().into(),
        color: "緑".to_owned().into(),
        tag: "茶".to_owned().into(),
        group_code: "8000001".to_owned().into(),
        url: "https://example.jp/".to_owned().into(),
        display_sequence: 3.into(),
        display_flag: "1".to_owned().into(),
        sales_division: "0".to_owned().into(),
        stock_control_division: "0".to_owned().into(),
        supplier_product_no: "S-1".to_owned().into(),
        use_category_reduce_tax: "0".to_owned().into(),
        reduce_tax_id: "10000001".to_owned().into(),
        customer_price: 140_i64.to_string().parse::<rust_decimal::Decimal>().unwrap().into(),
        more: json!({"calcDiscount": 1}).as_object().unwrap().clone(),
    };
    let create = request_of(async |client| client.create_product(&product).await).await;
    assert!(
        create.body.contains(r#""price":"150""#) && create.body.contains(r#""calcDiscount":"1""#),
        "{}",
        create.body
    );
    hold(async |client| client.update_product("8000001", &product).await).await;
    // Left out, cleared, set.
    let change = ProductWrite { color: Change::Clear, size: Change::set_if(None), ..Default::default() };
    let update = request_of(async |client| client.update_product("8000001", &change).await).await;
    assert_eq!(update.body, r#"{"color":null}"#);
}

#[tokio::test(start_paused = true)]
async fn stock_is_read_and_written() {
    let window = window(WindowField::UpdDateTime);
    let query = StockQuery {
        store_id: Some("1".to_owned()),
        product_id: Some("8000001".to_owned()),
        upd_from: Some(window.from),
        upd_to: Some(window.to),
        sort: Some("productId,storeId".to_owned()),
        ..Default::default()
    };
    assert_full(&hold(async |client| client.stock(&query).await).await);
    let query = StockChangeQuery {
        id: Some("901".to_owned()),
        target_date: Some("2026-10-01".parse().unwrap()),
        stock_division: Some(StockDivision::Corrected),
        ..Default::default()
    };
    let history = hold(async |client| client.stock_changes("8000001", "1", &query).await);
    assert_full(&history.await);
    assert_full(&hold(async |client| client.set_stock("8000001", &write()).await).await);
    assert_full(&hold(async |client| client.add_stock("8000001", &write()).await).await);
    let rows = [BulkStockWrite { product_id: "8000001".to_owned(), write: write() }];
    let callback = "https://example.jp/callback";
    assert_full(&hold(async |client| client.set_stock_bulk(&rows, callback).await).await);
    assert_full(&hold(async |client| client.add_stock_bulk(&rows, callback).await).await);
}

#[tokio::test(start_paused = true)]
async fn transactions_are_listed_by_each_window() {
    use WindowField::*;
    for field in [UpdDateTime, TerminalTranDateTime, TransactionDateTime, SumDate] {
        let query = TransactionQuery {
            head_id_from: Some("1".to_owned()),
            head_id_to: Some("99".to_owned()),
            store_id: Some("1".to_owned()),
            head_division: Some(HeadDivision::Normal),
            barcode: Some("K1".to_owned()),
            transaction_uuid: Some("123".to_owned()),
            customer_code: Some("M1".to_owned()),
            ..TransactionQuery::new(window(field))
        };
        let rows = hold(async |client| client.transactions(&query).await).await;
        let row = rows.into_iter().next().unwrap();
        assert_full(&Transaction {
            customer: Some(TransactionCustomer { customer_id: Some("1".into()), customer_code: Some("1".into()) }),
            ..row
        });
        let heads =
            TransactionQuery { with_details: false, with_deposit_others: false, page: PageRequest::default(), ..query };
        request_of(async |client| client.transactions(&heads).await).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_read_registered_and_undone() {
    let all = TransactionParts { details: true, deposit_others: true, discounts: true, customer: true };
    assert_full(&hold(async |client| client.transaction("25", all).await).await);
    // The smallest body a working client uses (platform-pos §2.8), with JSON numbers as a careless caller would write them.
    let body = json!({
        "transactionHeadDivision": 1, "subtotal": 1000, "total": 1000, "storeId": 1, "terminalId": 1, "terminalTranId": 77,
        "terminalTranDateTime": smaregi::japan_time("2026-11-21T03:00:00Z".parse().unwrap()),
        "details": [{"transactionDetailId": 1, "transactionDetailDivision": 1, "productId": 8000001, "salesPrice": 1000, "quantity": 1}],
    });
    hold(async |client| client.create_transaction(&body).await).await;
    hold(async |client| client.cancel_transaction("25").await).await;
    let body = json!({"storeId": "1"});
    hold(async |client| client.dispose_transaction("25", &body).await).await;
}

#[tokio::test(start_paused = true)]
async fn members_are_read_created_and_changed() {
    let window = window(WindowField::UpdDateTime);
    let query = CustomerQuery {
        customer_code: Some("M1".to_owned()),
        customer_no: Some("1".to_owned()),
        customer_id_from: Some("1".to_owned()),
        customer_id_to: Some("9".to_owned()),
        upd_from: Some(window.from),
        upd_to: Some(window.to),
        ..Default::default()
    };
    hold(async |client| client.customers(&query).await).await;
    let member = hold(async |client| client.customer("1").await).await;
    assert_eq!(member.customer_code.as_deref(), Some("7"));
    assert!(member.birth_date.is_some() && member.last_come_date_time.is_some() && member.mail_address3.is_some());
    let text = || Change::from("x".to_owned());
    let day = || Change::from("2000-01-02".parse::<jiff::civil::Date>().unwrap());
    let write = CustomerWrite {
        customer_code: text(),
        customer_no: text(),
        rank: text(),
        first_name: text(),
        last_name: text(),
        first_kana: Change::from("ハナコ".to_owned()),
        last_kana: Change::from("ヤマダ".to_owned()),
        post_code: text(),
        address: text(),
        phone_number: text(),
        fax_number: text(),
        mobile_number: text(),
        mail_address: text(),
        mail_address2: text(),
        mail_address3: text(),
        company_name: text(),
        department_name: text(),
        sex: Change::from("2".to_owned()),
        birth_date: day(),
        entry_date: day(),
        leave_date: Change::Clear,
        mail_receive_flag: Change::from("1".to_owned()),
        note: text(),
        note2: text(),
        status: Change::from("0".to_owned()),
        store_id: Change::from("1".to_owned()),
        ..Default::default()
    };
    hold(async |client| client.create_customer(&write).await).await;
    hold(async |client| client.update_customer("1", &write).await).await;
}

#[tokio::test(start_paused = true)]
async fn a_log_line_about_a_member_names_no_person() {
    let row = r#"{"customerId":"1","firstName":"花子","lastName":"山田","phoneNumber":"0312345678","hobby":"tea"}"#;
    let (client, _) = World::answering([says(200, row)]);
    let member = client.customer("1").await.unwrap().value;
    assert_eq!(member.other["hobby"], "tea");
    let text = format!("{member:?}");
    assert!(text.contains("customer_id: \"1\"") && !text.contains("花子") && !text.contains("0312345678"), "{text}");
}

/// What the client knows by name; every other event arrives as [`Subject::Other`].
const NAMED: [&str; 12] = [
    "order-shipment:orders",
    "pos:categories",
    "pos:category-groups",
    "pos:customer-groups",
    "pos:customers",
    "pos:product-images",
    "pos:products",
    "pos:stock",
    "pos:stores",
    "pos:temporary-transactions",
    "pos:terminals",
    "pos:transactions",
];

#[test]
fn every_webhook_of_the_catalogue_is_read_and_the_important_ones_by_name() {
    let mut named = Vec::new();
    for webhook in Catalogue::bundled().webhooks() {
        let mut body: Map<String, Value> =
            webhook.body.iter().map(|field| (field.name.clone(), value(field, &field.kind, Style::Text))).collect();
        for (name, text) in [("contractId", "sb_demo01"), ("event", &webhook.event), ("action", &webhook.actions[0])] {
            body.insert(name.to_owned(), json!(text));
        }
        let body = Value::Object(body);
        let problems = Catalogue::bundled().check_webhook_body(&body);
        assert!(problems.is_empty(), "the sample itself is wrong: {problems:#?} in {body}");
        let news = notification::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!((&news.event, &news.action), (&webhook.event, &webhook.actions[0]));
        if !matches!(news.subject, Subject::Other(_)) {
            named.push(news.event);
        }
    }
    named.sort_unstable();
    assert_eq!(named, NAMED);
}
