//! Files that a shop keeper brings along.

mod bench;

use bench::{Bench, CONTRACT, Hub, SHIRT, relaxed, settle};
use serde_json::json;
use smaregi_emulator::{CsvTable, Settings};
use std::sync::Arc;

fn import(bench: &Bench, table: CsvTable, text: &str) -> Result<(usize, usize), String> {
    let imported = bench.emulator.import_csv(CONTRACT, table, text.as_bytes());
    imported.map(|imported| (imported.created, imported.changed)).map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn products_of_a_spreadsheet_are_added_and_changed_by_their_codes() {
    let bench = Bench::new(relaxed());
    let text = "商品コード,商品名,部門ID,商品単価,カラー,更新日時\n\
                SHIRT,,,1980,,\n\
                MUG-1,\"マグカップ, 大\",8000001,1200,白,2026/01/01\n\
                MUG-2,マグカップ 小,8000001,900,,\n";
    assert_eq!(import(&bench, CsvTable::Products, text), Ok((2, 1)));
    let shirt = bench.get(&format!("/products/{SHIRT}")).body;
    assert_eq!(
        (&shirt["price"], &shirt["productName"]),
        (&json!("1980"), &json!("シャツ")),
        "empty cells change nothing"
    );
    let mug = bench.get("/products?product_code=MUG-1").body;
    assert_eq!((&mug[0]["productName"], &mug[0]["color"]), (&json!("マグカップ, 大"), &json!("白")));
    assert_eq!(mug[0]["productId"], "8000005", "numbers go on where they were");
}

#[tokio::test(start_paused = true)]
async fn field_names_and_numbers_of_ones_own_are_taken_too() {
    let bench = Bench::new(relaxed());
    let stores = "\u{feff}storeId,storeCode,storeName,division\r\n77,S77,空港店,1\r\n";
    assert_eq!(import(&bench, CsvTable::Stores, stores), Ok((1, 0)));
    assert_eq!(bench.get("/stores/77").body["storeName"], "空港店");
    let members = "customerCode,lastName,firstName,sex\nM1,見本,花江,2\nM2,試験,太郎,1\n";
    assert_eq!(import(&bench, CsvTable::Customers, members), Ok((1, 1)));
    assert_eq!(bench.get("/customers/1").body["firstName"], "花江");
    let categories = "部門ID,部門名,親部門\n8000009,食器,8000001\n";
    assert_eq!(import(&bench, CsvTable::Categories, categories), Ok((1, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_file_with_mistakes_changes_nothing_and_names_every_one() {
    let bench = Bench::new(relaxed());
    let before = bench.emulator.snapshot();
    let text = "商品コード,商品名,部門ID,商品単価\n\
                NEW-1,よい商品,8000001,100\n\
                NEW-2,部門がない,8999999,100\n\
                NEW-3,価格が変,8000001,百円\n\
                NEW-1,二度目,8000001,100\n\
                ,,,\n\
                全角,コードが全角,8000001,100\n";
    let error = import(&bench, CsvTable::Products, text).unwrap_err();
    for part in [
        "line 3, categoryId: 8999999 does not exist",
        "line 4, price:",
        "line 5, productCode: NEW-1 stands in line 2",
        "line 6, ",
        "line 7, productCode:",
    ] {
        assert!(error.contains(part), "{part} is missing in {error}");
    }
    assert_eq!(bench.emulator.snapshot(), before);
    let error = import(&bench, CsvTable::Products, "商品コード,値段\nA,1\n").unwrap_err();
    assert!(error.contains("line 1, 値段: is no field of products"), "{error}");
    let error = import(&bench, CsvTable::Products, "商品コード,productCode\nA,B\n").unwrap_err();
    assert!(error.contains("productCode is named twice"), "{error}");
    let broken = bench.emulator.import_csv("sb_nobody", CsvTable::Products, b"a\n").unwrap_err();
    assert!(broken.to_string().contains("sb_nobody"), "{broken}");
}

#[tokio::test(start_paused = true)]
async fn levels_come_by_code_and_are_told_as_one_bulk_update() {
    let bench = Bench::new(Settings { limits: relaxed().limits, ..Settings::default() });
    let hub = Hub::default();
    let delivery = bench.emulator.start_delivery(Arc::new(hub.clone()));
    let text = "商品コード,店舗コード,在庫数\nSHIRT,S1,7\nSHIRT,S2,3\nBREAD,S1,5\n";
    assert_eq!(import(&bench, CsvTable::Stock, text), Ok((1, 2)));
    assert_eq!((bench.stock(SHIRT, 1).as_deref(), bench.stock(SHIRT, 2).as_deref()), (Some("7"), Some("3")));
    let last = bench.emulator.history(CONTRACT, SHIRT, 1).pop().unwrap();
    assert_eq!((last.amount, last.stock_amount), (-3, 7));
    settle().await;
    assert_eq!(hub.events(), ["pos:stock bulk-update"]);
    assert_eq!(hub.bodies()[0]["ids"].as_array().unwrap().len(), 2, "a level that was right already has no news");
    let error =
        import(&bench, CsvTable::Stock, "productId,storeId,stockAmount\n1,1,x\n8000001,1,x\n8000001,,5\n").unwrap_err();
    for part in ["line 2, productId: 1 does not exist", "line 3, stockAmount: got x", "line 4, storeId: is required"] {
        assert!(error.contains(part), "{part} is missing in {error}");
    }
    delivery.abort();
}

#[tokio::test(start_paused = true)]
async fn files_come_through_the_control_interface_too() {
    let bench = Bench::new(relaxed());
    let send = |path: &str, body: &'static str| {
        let request = http::Request::post(format!("/control/{path}")).body(bytes::Bytes::from(body)).unwrap();
        bench::read(bench.emulator.handle(&request))
    };
    let answer = send("import/stores", "storeCode,storeName,division\nS9,離島店,1\n");
    assert_eq!((answer.status, &answer.body), (200, &json!({ "table": "stores", "created": 1, "changed": 0 })));
    let answer = send("import/stores", "storeCode\n\n\u{0}\n");
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(send("import/coupons", "a\n").status, 400);
}
