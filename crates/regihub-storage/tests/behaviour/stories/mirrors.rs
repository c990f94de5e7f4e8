use crate::place::*;
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId,
    order::{Order, OrderLine, OrderStatus},
    product::Product,
    sale::{Amounts, Dispose, Sale},
};
use regihub_ports::Exchange;
use regihub_storage::*;

fn product(id: &str, code: &str) -> Product {
    Product {
        product_id: id.into(),
        code: code.into(),
        name: "シャツ 'M' \"白\"".into(),
        group_code: None,
        color: Some("白".into()),
        size: Some("M".into()),
        price: Some("1980".into()),
        stock_managed: true,
        updated_at: NOON,
    }
}

pub async fn products_are_kept_by_id_and_found_by_code(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            let newer = Product { name: "新しい名前".into(), ..product("1", "A-1") };
            unit.products().save(SMAREGI, &[product("1", "A-1"), product("2", "A-1"), newer], Some(ExchangeId(3)))?;
            unit.products().save(SMAREGI, &[product("3", "A-3")], None)?;
            unit.products().save(ConnectionId(2), &[product("9", "A-1")], None)?;
            unit.products().mark_deleted(SMAREGI, &["2".into()])?;
            let store =
                StoreRow { store_id: "1".into(), code: "S1".into(), name: "本店".into(), division: "1".into() };
            unit.products().save_stores(SMAREGI, std::slice::from_ref(&store))?;
            unit.products().save_stores(SMAREGI, &[StoreRow { name: "渋谷本店".into(), ..store }])
        })
        .await
        .unwrap();
    storage
        .read(|unit| {
            let mut products = unit.products();
            let found = products.by_codes(SMAREGI, &["A-1".into(), "A-3".into(), "A-9".into()])?;
            let names: Vec<_> = found.iter().map(|p| (p.product_id.as_str(), p.name.as_str())).collect();
            assert_eq!(names, [("1", "新しい名前"), ("3", "シャツ 'M' \"白\"")]);
            assert_eq!(products.ids(SMAREGI)?, ["1".into(), "3".into()]);
            assert_eq!(products.count(SMAREGI)?, 2);
            let deleted = ProductRow { product: product("2", "A-1"), deleted: true, exchange_id: Some(ExchangeId(3)) };
            assert_eq!(products.get(SMAREGI, &"2".into())?.as_ref(), Some(&deleted));
            assert_eq!(products.get_many(SMAREGI, &["2".into(), "8".into()])?, [deleted]);
            assert_eq!(products.stores(SMAREGI)?[0].name, "渋谷本店");
            Ok(())
        })
        .await
        .unwrap();
    storage.write(|unit| unit.products().save(SMAREGI, &[product("2", "A-1")], None)).await.unwrap();
    assert_eq!(storage.read(|unit| unit.products().count(SMAREGI)).await, Ok(3), "a product can come back");
    storage.close().await;
}

pub async fn a_thousand_products_are_saved_at_once(place: Place) {
    let storage = place.open();
    let all: Vec<_> = (0..1003).map(|n| product(&n.to_string(), &format!("C-{n}"))).collect();
    for _ in 0..2 {
        let all = all.clone();
        storage.write(move |unit| unit.products().save(SMAREGI, &all, None)).await.unwrap();
    }
    let codes: Vec<_> = (0..1003).map(|n| format!("C-{n}")).collect();
    let found = storage.read(move |unit| unit.products().by_codes(SMAREGI, &codes)).await.unwrap();
    assert_eq!(found.len(), 1003);
    storage.close().await;
}

fn sale(id: &str, sold_at: i64) -> Sale {
    Sale {
        sale_id: id.into(),
        store_id: "1".into(),
        head_division: "1".into(),
        cancelled: false,
        dispose: Dispose::No,
        sold_at,
        updated_at: sold_at,
        amounts: Amounts::default(),
        lines: vec![],
    }
}

pub async fn sales_keep_their_newest_version_and_are_listed_by_time(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            let mut sales = unit.sales();
            sales.save(SMAREGI, &sale("1", NOON), None, Some(ExchangeId(1)), Some(InboxId(2)), NOON)?;
            let cancelled = Sale { cancelled: true, ..sale("1", NOON) };
            sales.save(SMAREGI, &cancelled, Some("合計が合いません"), None, None, NOON + 9)?;
            sales.save(SMAREGI, &sale("2", NOON), None, None, None, NOON)?;
            sales.save(SMAREGI, &sale("3", NOON - 1), None, None, None, NOON)
        })
        .await
        .unwrap();
    storage
        .read(|unit| {
            let mut sales = unit.sales();
            let first = sales.get(SMAREGI, &"1".into())?.unwrap();
            assert_eq!((first.sale.cancelled, first.versions, first.recorded_at), (true, 2, NOON + 9));
            assert_eq!((first.problem.as_deref(), first.exchange_id), (Some("合計が合いません"), None));
            assert_eq!(sales.get_many(SMAREGI, &["1".into(), "8".into()])?, [first]);
            let page = sales.list(SMAREGI, None, 2)?;
            assert_eq!(page.iter().map(|r| r.sale.sale_id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
            let rest = sales.list(SMAREGI, Some((page[1].sale.sold_at, page[1].sale.sale_id.clone())), 2)?;
            assert_eq!(rest.iter().map(|r| r.sale.sale_id.as_str()).collect::<Vec<_>>(), ["3"]);
            assert_eq!((sales.count(SMAREGI)?, sales.count(ConnectionId(2))?), (3, 0));
            Ok(())
        })
        .await
        .unwrap();
    storage.close().await;
}

fn order(id: &str, placed_at: i64) -> Order {
    Order {
        order_id: id.into(),
        number: format!("W-{id}"),
        sequence: 1,
        status: OrderStatus::Placed,
        placed_at,
        currency: "JPY".into(),
        total: "1980".into(),
        lines: vec![OrderLine {
            line_id: "1".into(),
            sku: "A-1".into(),
            name: "シャツ".into(),
            quantity: 1,
            unit_price: "1980".into(),
        }],
    }
}

pub async fn orders_read_back_and_are_listed_by_time(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            let mut orders = unit.orders();
            for n in 1..=3 {
                orders.save(SHOP, &order(&n.to_string(), NOON + n), None, Some(ExchangeId(n)), None, NOON)?;
            }
            let cancelled = Order { status: OrderStatus::Cancelled, sequence: 9, ..order("2", NOON + 2) };
            orders.save(SHOP, &cancelled, Some("?"), None, Some(InboxId(1)), NOON + 9)
        })
        .await
        .unwrap();
    storage
        .read(|unit| {
            let mut orders = unit.orders();
            let two = orders.get(SHOP, &"2".into())?.unwrap();
            assert_eq!((two.order.status, two.problem.as_deref()), (OrderStatus::Cancelled, Some("?")));
            assert_eq!((two.exchange_id, two.inbox_id, two.recorded_at), (None, Some(InboxId(1)), NOON + 9));
            let page = orders.list(SHOP, None, 2)?;
            assert_eq!(page.iter().map(|r| r.order.order_id.as_str()).collect::<Vec<_>>(), ["3", "2"]);
            let rest = orders.list(SHOP, Some((NOON + 2, "2".into())), 2)?;
            assert_eq!(rest[0].order, order("1", NOON + 1));
            assert_eq!(orders.count(SHOP)?, 3);
            Ok(())
        })
        .await
        .unwrap();
    storage.close().await;
}

pub async fn listings_keep_the_margin_a_person_set(place: Place) {
    let storage = place.open();
    let listing = |sku: &str, product: Option<&str>| ListingRow {
        sku: sku.into(),
        name: "シャツ".into(),
        product_id: product.map(Into::into),
        margin: None,
        problem: None,
    };
    let (a, b) = (listing("A", Some("1")), listing("B", None));
    storage
        .write(move |unit| {
            let mut listings = unit.listings();
            listings.save(SHOP, &[a.clone(), b.clone()], NOON)?;
            listings.set_margin(SHOP, &"A".into(), Some(3))?;
            listings.save(SHOP, std::slice::from_ref(&a), NOON + 1)?;
            let kept = ListingRow { margin: Some(3), ..a };
            assert_eq!(listings.get(SHOP, &"A".into())?.as_ref(), Some(&kept));
            assert_eq!(listings.by_products(SHOP, &["1".into(), "2".into()])?, std::slice::from_ref(&kept));
            assert_eq!(listings.all(SHOP)?, [kept, b]);
            listings.set_margin(SHOP, &"A".into(), None)?;
            assert_eq!(listings.get(SHOP, &"A".into())?.unwrap().margin, None);
            assert_eq!(listings.remove_unseen(SHOP, NOON + 1)?, 1, "B is not sold any more");
            assert_eq!(listings.all(SHOP)?.len(), 1);
            let unknown = listings.set_margin(SHOP, &"B".into(), None);
            assert!(matches!(unknown, Err(StorageError::NotFound { .. })));
            Ok(())
        })
        .await
        .unwrap();
    storage.close().await;
}

pub async fn exchanges_are_masked_cut_and_packed(place: Place) {
    let storage = place.open();
    let answer = format!(r#"{{"access_token":"hush-hush","rows":[{}0]}}"#, "1234567890,".repeat(40_000));
    let exchange = Exchange {
        at: NOON,
        method: "POST".into(),
        url: "https://shop.example/token?api_key=hush-hush".into(),
        request_body: "grant_type=client_credentials&client_secret=hush-hush".into(),
        status: Some(200),
        response_body: answer.clone().into(),
        error: None,
        elapsed_us: 1234,
    };
    let failed =
        Exchange { status: None, error: Some("time-out".into()), response_body: "".into(), ..exchange.clone() };
    let (id, last) = storage
        .write(move |unit| {
            let id = unit.exchanges().add(Owner::Shop(SHOP), &exchange)?;
            Ok((id, unit.exchanges().add(Owner::Connection(SMAREGI), &failed)?))
        })
        .await
        .unwrap();
    let stored = storage.read(move |unit| unit.exchanges().get(id)).await.unwrap().unwrap();
    assert_eq!(stored.url, "https://shop.example/token?api_key=•••");
    assert_eq!(String::from_utf8(stored.request_body).unwrap(), "grant_type=client_credentials&client_secret=•••");
    assert!(stored.response_body.starts_with(r#"{"access_token":"•••","rows":[1234567890,"#.as_bytes()));
    assert_eq!(stored.response_body.len(), body::LIMIT);
    assert_eq!((stored.response_size, stored.status), (answer.len() as i64, Some(200)));
    let all = storage.read(|unit| unit.exchanges().list(None, None, 9)).await.unwrap();
    assert_eq!(all.iter().map(|e| e.id).collect::<Vec<_>>(), [last, id]);
    assert_eq!((all[0].status, all[0].error.as_deref(), all[0].response_body.len()), (None, Some("time-out"), 0));
    let of_shop = storage.read(|unit| unit.exchanges().list(Some(Owner::Shop(SHOP)), None, 9)).await.unwrap();
    assert_eq!(of_shop.len(), 1);
    storage.close().await;
}

pub async fn facts_are_kept_by_owner_and_name(place: Place) {
    let storage = place.open();
    let shop = Owner::Shop(SHOP);
    storage
        .write(move |unit| {
            unit.facts().set(shop, "cursor", "1", NOON)?;
            unit.facts().set(shop, "cursor", "2", NOON + 1)?;
            unit.facts().set(Owner::Node, "cursor", "other", NOON)
        })
        .await
        .unwrap();
    let (cursor, all) =
        storage.read(move |unit| Ok((unit.facts().get(shop, "cursor")?, unit.facts().all(shop)?))).await.unwrap();
    assert_eq!(cursor.as_deref(), Some("2"));
    assert_eq!(all, [("cursor".to_owned(), "2".to_owned(), NOON + 1)]);
    storage.close().await;
}
