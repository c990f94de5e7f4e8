use crate::place::*;
use regihub_domain::{
    ExchangeId, InboxId, LinkId, ProductId,
    order::{Order, OrderStatus},
    publish::PublishInputs,
    stock::{Cause, Entry, Level},
};
use regihub_ports::Exchange;
use regihub_storage::{
    views::{
        LinkInfo, Scope,
        why::{self, Tidied, Why, WhyPaging, tidied},
    },
    *,
};

const DAY: i64 = 86_400 * SECOND;
const LINK: LinkId = LinkId(1);
const OWNER: Owner = Owner::Connection(SMAREGI);

fn shirt() -> ProductId {
    "8000001".into()
}

fn call(unit: &mut Unit<'_>, at: i64) -> Result<ExchangeId> {
    let exchange = Exchange {
        at,
        method: "GET".into(),
        url: "https://api.smaregi.dev/stock".into(),
        request_body: "".into(),
        status: Some(200),
        response_body: "[]".into(),
        error: None,
        elapsed_us: 1,
    };
    unit.exchanges().add(OWNER, &exchange)
}

fn told(unit: &mut Unit<'_>, id: &str, at: i64, state: MessageState) -> Result<InboxId> {
    let verdict = match state {
        MessageState::Sorted => Verdict::Jobs(vec![]),
        MessageState::Ignored => Verdict::Ignored("nothing to do".into()),
        MessageState::Unreadable => Verdict::Unreadable("ids: no list".into()),
    };
    let new = NewMessage { received_at: at, verdict, ..message(id) };
    let Appended::New(id) = unit.inbox().append_now(&new)? else { panic!("it is new") };
    Ok(id)
}

/// Books a change of the shirt's level in store 1.
fn move_by(unit: &mut Unit<'_>, at: i64, cause: Cause, delta: i64, proof: (ExchangeId, InboxId)) -> Result<()> {
    let before = unit.stock().levels(SMAREGI, &[shirt()])?.first().map_or(0, |row| row.level.amount);
    let entry = Entry { cause, delta, level_after: before + delta };
    unit.stock().book(SMAREGI, &shirt(), &"1".into(), at, &[(entry, Some(proof.0), Some(proof.1))])?;
    let row = LevelRow {
        product_id: shirt(),
        store_id: "1".into(),
        level: Level { amount: before + delta, unattributed: 0 },
        seen_at: at,
        changed_at: at,
        exchange_id: Some(proof.0),
    };
    unit.stock().save_level(SMAREGI, &row)
}

async fn movements(storage: &Storage) -> Vec<MovementRow> {
    storage.read(|unit| unit.stock().movements(SMAREGI, &shirt(), None, None, 100)).await.unwrap()
}

/// Folds what is older than `before`, `limit` entries at once, until there is nothing left to fold. Returns how often.
async fn fold(storage: &Storage, before: i64, limit: usize) -> usize {
    let folded = storage.write(move |unit| {
        let mut times = 0;
        let mut last: Option<Pair> = None;
        loop {
            let Some(pair) = unit.tidying().pairs(last.as_ref(), 1)?.pop() else { return Ok(times) };
            while let Some(boundary) = unit.tidying().foldable(&pair, before, limit)? {
                unit.tidying().fold(&pair, boundary)?;
                times += 1;
            }
            last = Some(pair);
        }
    });
    folded.await.unwrap()
}

pub async fn old_entries_are_folded_into_one_and_the_ledger_still_adds_up(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            let proof = (call(unit, NOON)?, told(unit, "m", NOON, MessageState::Sorted)?);
            move_by(unit, NOON, Cause::Opening, 50, proof)?;
            for n in 1..=30 {
                move_by(unit, NOON + n * DAY, Cause::Sale(n.to_string().as_str().into()), -1, proof)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(fold(&storage, NOON + 21 * DAY, 8).await, 3, "eight at a time");
    let kept = movements(&storage).await;
    assert_eq!(kept.len(), 11, "ten sales and what stands for the rest");
    let first = &kept[10];
    assert_eq!(first.entry, Entry { cause: Cause::Opening, delta: 30, level_after: 30 });
    assert_eq!((first.at, first.exchange_id, first.inbox_id), (NOON + 20 * DAY, None, None));
    assert_eq!(kept[9].entry, Entry { cause: Cause::Sale("21".into()), delta: -1, level_after: 29 });
    assert_eq!(stands_for(&storage).await, "21", "the opening and twenty sales");
    assert_eq!(storage.read(|unit| unit.stock().check_sums(SMAREGI)).await, Ok(vec![]));
    assert_eq!(fold(&storage, NOON + 21 * DAY, 8).await, 0, "one entry is not folded again");
    fold(&storage, NOON + 99 * DAY, 100).await;
    let kept = movements(&storage).await;
    assert_eq!(kept.len(), 2, "the newest is kept, however old: it made the level what it is");
    assert_eq!(kept[0].entry.cause, Cause::Sale("30".into()));
    assert_eq!(stands_for(&storage).await, "30");
    assert_eq!(storage.read(|unit| unit.stock().check_sums(SMAREGI)).await, Ok(vec![]));
    storage.close().await;
}

async fn stands_for(storage: &Storage) -> String {
    let sql = "select cause_ref from movement where cause_kind = 'opening'";
    storage.read(move |unit| unit.sql().rows(sql, &[], |row| row.get())).await.unwrap().remove(0)
}

/// Once all levels have been read, a pair begins with its first sale and not with an opening.
pub async fn a_ledger_that_begins_with_a_sale_is_folded_like_any_other(place: Place) {
    let storage = place.open();
    storage
        .write(|unit| {
            let proof = (call(unit, NOON)?, told(unit, "m", NOON, MessageState::Sorted)?);
            for sale in ["55", "56", "57"] {
                move_by(unit, NOON, Cause::Sale(sale.into()), -1, proof)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    fold(&storage, NOON + DAY, 100).await;
    assert_eq!(stands_for(&storage).await, "2", "two sales, not fifty-five");
    assert_eq!(movements(&storage).await[1].entry, Entry { cause: Cause::Opening, delta: -2, level_after: -2 });
    assert_eq!(storage.read(|unit| unit.stock().check_sums(SMAREGI)).await, Ok(vec![]));
    storage.close().await;
}

/// Marks and sweeps as a whole run would.
async fn sweep(storage: &Storage, before: i64) {
    let run = storage.write(move |unit| {
        while unit.tidying().forget_marks(10)? > 0 {}
        for pair in unit.tidying().pairs(None, 100)? {
            unit.tidying().keep(&pair.messages, &pair.exchanges)?;
        }
        for told in unit.tidying().told(None, 100)? {
            unit.tidying().keep(&[], &told.exchange_id.into_iter().collect::<Vec<_>>())?;
        }
        for what in [Old::Messages, Old::Exchanges, Old::Pushes] {
            let mut after = 0;
            while let Some(last) = unit.tidying().sweep(what, after, before, 2)?.last {
                assert!(last > after);
                after = last;
            }
        }
        Ok(())
    });
    run.await.unwrap();
}

async fn left(storage: &Storage) -> (Vec<InboxId>, Vec<ExchangeId>) {
    let found = storage.read(|unit| {
        let mut messages: Vec<InboxId> = unit.inbox().list(None, None, 100)?.into_iter().map(|m| m.id).collect();
        let mut exchanges: Vec<ExchangeId> =
            unit.exchanges().list(None, None, 100)?.into_iter().map(|e| e.id).collect();
        messages.sort();
        exchanges.sort();
        Ok((messages, exchanges))
    });
    found.await.unwrap()
}

pub async fn old_messages_and_calls_go_and_young_ones_stay(place: Place) {
    let storage = place.open();
    let young = storage
        .write(|unit| {
            for n in 0..5 {
                told(unit, &format!("old-{n}"), NOON, MessageState::Sorted)?;
                call(unit, NOON)?;
            }
            told(unit, "useless", NOON, MessageState::Ignored)?;
            told(unit, "broken", NOON, MessageState::Unreadable)?;
            Ok((told(unit, "young", NOON + DAY, MessageState::Sorted)?, call(unit, NOON + DAY)?))
        })
        .await
        .unwrap();
    sweep(&storage, NOON + DAY).await;
    assert_eq!(left(&storage).await, (vec![young.0], vec![young.1]));
    storage.close().await;
}

/// I6: whatever explains the number of today is there, however long ago it came about.
pub async fn what_explains_the_number_of_today_is_kept(place: Place) {
    let storage = place.open();
    let (last, push) = storage
        .write(|unit| {
            let mut last = None;
            for n in 0..3 {
                let proof = (call(unit, NOON)?, told(unit, &n.to_string(), NOON, MessageState::Sorted)?);
                move_by(unit, NOON, Cause::Sale(n.to_string().as_str().into()), -1, proof)?;
                last = Some(proof);
            }
            let push = call(unit, NOON)?;
            let earlier = call(unit, NOON)?;
            publish(unit, 1, earlier)?;
            publish(unit, 2, push)?;
            Ok((last.unwrap(), push))
        })
        .await
        .unwrap();
    sweep(&storage, NOON + 400 * DAY).await;
    assert_eq!(left(&storage).await, (vec![last.1], vec![last.0, push]));
    let history = storage.read(|unit| unit.publications().history(LINK, &"A".into(), None, 10)).await.unwrap();
    assert_eq!(history.iter().map(|sent| sent.version).collect::<Vec<_>>(), [2], "the last number the shop was told");
    storage.close().await;
}

fn publish(unit: &mut Unit<'_>, version: i64, exchange: ExchangeId) -> Result<()> {
    let row = PublicationRow {
        sku: "A".into(),
        product_id: shirt(),
        quantity: Some(3),
        version,
        orders_seen: 0,
        inputs: PublishInputs { levels: vec![("1".into(), Some(3))], demand: 0, margin: 0 },
        computed_at: NOON,
        dirty_since: Some(NOON),
        pushed_quantity: None,
        pushed_version: None,
        pushed_at: None,
        push_exchange_id: None,
        problem: None,
    };
    unit.publications().save(LINK, &row)?;
    unit.publications().taken(LINK, &row, NOON, Some(exchange), "applied")
}

pub async fn what_open_work_rests_on_is_kept(place: Place) {
    let storage = place.open();
    let kept = storage
        .write(|unit| {
            told(unit, "nobody's", NOON, MessageState::Sorted)?;
            call(unit, NOON)?;
            let waiting = told(unit, "not worked on yet", NOON, MessageState::Sorted)?;
            let parked = told(unit, "parked", NOON, MessageState::Sorted)?;
            let wish = |key: &str, message| Dirty {
                owner: OWNER,
                kind: "sale".into(),
                key: key.into(),
                priority: 3,
                at: NOON,
                inbox_id: Some(message),
            };
            unit.jobs().mark(&[wish("1", parked), wish("2", waiting)])?;
            unit.jobs().park_key(OWNER, "sale", "1", "?")?;
            let (order_call, ordered) = (call(unit, NOON)?, told(unit, "order", NOON, MessageState::Sorted)?);
            let intent_call = call(unit, NOON)?;
            plan(unit, "W-1", order_call, ordered, intent_call)?;
            let expected = (call(unit, NOON)?, told(unit, "expected", NOON, MessageState::Sorted)?);
            expect(unit, expected)?;
            Ok((vec![waiting, parked, ordered, expected.1], vec![order_call, intent_call, expected.0]))
        })
        .await
        .unwrap();
    sweep(&storage, NOON + 400 * DAY).await;
    assert_eq!(left(&storage).await, kept);
    // Once the intent is through, nobody needs its order's call any more.
    let done = storage.write(|unit| {
        let intent = unit.intents().get_by_tag("W-1")?.unwrap();
        unit.intents().confirmed(intent.id, None, None, NOON)
    });
    done.await.unwrap();
    sweep(&storage, NOON + 400 * DAY).await;
    let (messages, calls) = left(&storage).await;
    assert_eq!((messages.len(), calls.len()), (3, 1));
    storage.close().await;
}

fn plan(unit: &mut Unit<'_>, id: &str, order_call: ExchangeId, ordered: InboxId, call: ExchangeId) -> Result<()> {
    let order = Order {
        order_id: id.into(),
        number: id.into(),
        sequence: 1,
        status: OrderStatus::Placed,
        placed_at: NOON,
        currency: "JPY".into(),
        total: "0".into(),
        lines: vec![],
    };
    unit.orders().save(SHOP, &order, None, Some(order_call), Some(ordered), NOON)?;
    let intent = unit.intents().plan(&NewIntent {
        connection_id: SMAREGI,
        tag: id.into(),
        shop_id: SHOP,
        order_id: id.into(),
        line_id: "1".into(),
        product_id: shirt(),
        store_id: "1".into(),
        delta: -1,
        run_after: NOON,
        created_at: NOON,
    })?;
    unit.intents().parked(intent, "403")?;
    unit.intents().answered_by(intent, call)
}

fn expect(unit: &mut Unit<'_>, proof: (ExchangeId, InboxId)) -> Result<()> {
    let new = NewExpected {
        product_id: shirt(),
        store_id: "1".into(),
        cause: Cause::Sale("9".into()),
        delta: -1,
        exchange_id: Some(proof.0),
        inbox_id: Some(proof.1),
        created_at: NOON,
    };
    unit.stock().expect(SMAREGI, &new)
}

/// The page of a number says what was tidied away, and points at nothing that is gone.
pub async fn a_page_points_at_nothing_that_is_gone(place: Place) {
    let storage = place.open();
    let link = storage
        .write(|unit| {
            let link = shop_that_sells_the_shirt(unit)?;
            for n in 0..3 {
                let proof = (call(unit, NOON)?, told(unit, &n.to_string(), NOON, MessageState::Sorted)?);
                move_by(unit, NOON, Cause::Sale(n.to_string().as_str().into()), -1, proof)?;
            }
            let push = call(unit, NOON)?;
            publish(unit, 1, push)?;
            Ok(link)
        })
        .await
        .unwrap();
    let of_shirt = link.clone();
    let look = || {
        let link = of_shirt.clone();
        storage.read(move |unit| Ok(why::find(unit.sql(), &link, &"A".into(), &WhyPaging::default())?.unwrap()))
    };
    let proofs = |why: &Why| {
        why.stores[0].movements.iter().map(|m| (m.exchange.is_some(), m.message.is_some())).collect::<Vec<_>>()
    };
    let before = look().await.unwrap();
    assert_eq!(before.tidied, Tidied::default());
    assert_eq!(proofs(&before), vec![(true, true); 3]);

    sweep(&storage, NOON + DAY).await;
    storage.write(|unit| unit.facts().set(Owner::Node, tidied::MESSAGES, "7", NOON)).await.unwrap();
    storage.write(|unit| unit.facts().set(Owner::Node, tidied::EXCHANGES, "9", NOON)).await.unwrap();
    let after = look().await.unwrap();
    assert_eq!(after.tidied, Tidied { raw: Some(9), pushes: None });
    assert_eq!(proofs(&after), vec![(true, true), (false, false), (false, false)], "the newest explains the level");
    assert!(after.stores[0].level.as_ref().unwrap().exchange.is_some());
    assert!(after.publication.unwrap().push_exchange.is_some() && after.pushes[0].exchange.is_some());

    fold(&storage, NOON + DAY, 100).await;
    let entries = look().await.unwrap().stores.remove(0).movements;
    let told: Vec<_> = entries.iter().map(|m| (m.cause_kind.as_str(), m.cause_ref.as_str(), m.delta)).collect();
    assert_eq!(told, [("sale", "2", -1), ("opening", "2", -2)]);
    storage.close().await;
}

fn shop_that_sells_the_shirt(unit: &mut Unit<'_>) -> Result<LinkInfo> {
    let workspace_id = unit.setup().add_workspace("みほん", NOON)?;
    let connection_id = unit.setup().add_connection(&connection(workspace_id, "hook-a"), NOON)?;
    let shop_id = unit.setup().add_shop(&shop(workspace_id, "hook-b"), NOON)?;
    let settings = LinkSettings { stock_stores: vec!["1".into()], order_store: "1".into(), margin: 0 };
    unit.setup().add_link(&NewLink { workspace_id, connection_id, shop_id, running: true, settings }, NOON)?;
    let (sku, name) = ("A".into(), "シャツ".into());
    let listing = ListingRow { sku, name, product_id: Some(shirt()), margin: None, problem: None };
    unit.listings().save(shop_id, &[listing], NOON)?;
    Ok(Scope::load(unit.sql(), workspace_id)?.links.remove(0))
}
