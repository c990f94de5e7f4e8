use crate::place::*;
use regihub_domain::{ExchangeId, LinkId, Sku, publish::PublishInputs};
use regihub_storage::*;

const LINK: LinkId = LinkId(1);

/// "The shop may sell `quantity`", computed at `version`.
fn number(sku: &str, quantity: Option<i64>, version: i64) -> PublicationRow {
    PublicationRow {
        sku: sku.into(),
        product_id: "8000001".into(),
        quantity,
        version,
        orders_seen: 7,
        inputs: PublishInputs { levels: vec![("1".into(), quantity)], demand: 0, margin: 0 },
        computed_at: version,
        dirty_since: quantity.map(|_| version),
        pushed_quantity: None,
        pushed_version: None,
        pushed_at: None,
        push_exchange_id: None,
        problem: None,
    }
}

async fn save(storage: &Storage, row: PublicationRow) {
    storage.write(move |unit| unit.publications().save(LINK, &row)).await.unwrap();
}

async fn dirty(storage: &Storage) -> Vec<String> {
    let rows = storage.read(|unit| unit.publications().dirty(LINK, 10)).await.unwrap();
    rows.into_iter().map(|row| row.sku.0).collect()
}

/// The shop took the number as it was when it was sent.
async fn taken(storage: &Storage, sent: &PublicationRow) {
    let sent = sent.clone();
    let exchange = Some(ExchangeId(sent.version));
    storage.write(move |unit| unit.publications().taken(LINK, &sent, NOON, exchange, "applied")).await.unwrap();
}

async fn row(storage: &Storage, sku: &str) -> PublicationRow {
    let sku: Sku = sku.into();
    storage.read(move |unit| unit.publications().get_many(LINK, &[sku])).await.unwrap().remove(0)
}

async fn history(storage: &Storage, sku: &str) -> Vec<HistoryRow> {
    let sku: Sku = sku.into();
    storage.read(move |unit| unit.publications().history(LINK, &sku, None, 10)).await.unwrap()
}

pub async fn numbers_are_sent_first_in_first_out(place: Place) {
    let storage = place.open();
    save(&storage, number("B", Some(2), 20)).await;
    save(&storage, number("A", Some(1), 30)).await;
    save(&storage, number("C", Some(3), 10)).await;
    save(&storage, number("unknown", None, 5)).await;
    assert_eq!(dirty(&storage).await, ["C", "B", "A"]);
    assert_eq!(storage.read(|unit| unit.publications().dirty_count(LINK)).await, Ok((3, Some(10))));
    taken(&storage, &number("C", Some(3), 10)).await;
    assert_eq!(dirty(&storage).await, ["B", "A"]);
    assert_eq!(storage.read(|unit| unit.publications().dirty_count(LinkId(2))).await, Ok((0, None)));
    storage.close().await;
}

pub async fn a_newer_number_computed_during_a_push_stays_dirty(place: Place) {
    let storage = place.open();
    save(&storage, number("A", Some(3), 10)).await;
    // The push of 3 is on its way; a sale makes it 2.
    save(&storage, PublicationRow { dirty_since: Some(10), ..number("A", Some(2), 11) }).await;
    taken(&storage, &number("A", Some(3), 10)).await;
    assert_eq!(dirty(&storage).await, ["A"]);
    let now = row(&storage, "A").await;
    assert_eq!((now.version, now.pushed_version, now.pushed_quantity), (11, Some(10), Some(3)));
    taken(&storage, &number("A", Some(2), 11)).await;
    assert!(dirty(&storage).await.is_empty());
    storage.close().await;
}

pub async fn every_sent_number_keeps_what_made_it(place: Place) {
    let storage = place.open();
    save(&storage, number("A", Some(3), 10)).await;
    save(&storage, number("A", Some(2), 11)).await;
    save(&storage, number("A", Some(1), 12)).await;
    assert_eq!(history(&storage, "A").await, [], "nothing was sent yet");
    taken(&storage, &number("A", Some(2), 11)).await;
    // The stock becomes unknown while 1 is on its way: nothing more is sent, but 1 arrives.
    save(&storage, PublicationRow { version: 12, ..number("A", None, 13) }).await;
    taken(&storage, &number("A", Some(1), 12)).await;
    let sent = history(&storage, "A").await;
    let told: Vec<_> = sent.iter().map(|h| (h.quantity, h.version, h.exchange_id)).collect();
    assert_eq!(told, [(1, 12, Some(ExchangeId(12))), (2, 11, Some(ExchangeId(11)))]);
    assert_eq!(sent[0].inputs, number("A", Some(1), 12).inputs);
    assert_eq!(sent[1].inputs, number("A", Some(2), 11).inputs);
    assert_eq!(sent[1].result, "applied");
    storage.close().await;
}

pub async fn a_refused_item_does_not_stop_the_others(place: Place) {
    let storage = place.open();
    save(&storage, number("A", Some(3), 10)).await;
    save(&storage, number("B", Some(3), 11)).await;
    let refuse = |version| {
        storage.write(move |unit| {
            unit.publications().refused(LINK, &number("A", Some(3), version), "SKU がありません", NOON, None)
        })
    };
    refuse(10).await.unwrap();
    assert_eq!(dirty(&storage).await, ["B"]);
    assert_eq!(row(&storage, "A").await.problem.as_deref(), Some("SKU がありません"));
    assert_eq!(history(&storage, "A").await[0].result, "SKU がありません");
    save(&storage, number("A", Some(4), 12)).await;
    refuse(10).await.unwrap();
    assert_eq!(dirty(&storage).await, ["B", "A"], "a refusal of an old version says nothing about the new one");
    assert_eq!(row(&storage, "A").await.problem, None);
    storage.close().await;
}
