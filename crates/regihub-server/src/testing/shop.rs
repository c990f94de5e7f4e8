//! One shop's day, through the storage's own doors: 7 shirts, 2 sold at the till, 1 sold online, 1 kept back, so the web shop says 3.

use super::TestHub;
use bytes::Bytes;
use regihub_domain::{
    ConnectionId, ExchangeId, InboxId, IntentId, JobId, LinkId, ShopId, WorkspaceId,
    order::{Order, OrderLine, OrderStatus},
    product::Product,
    publish::PublishInputs,
    sale::{Amounts, Dispose, LineKind, Sale, SaleLine},
    stock::{Cause, Entry, Level},
};
use regihub_ports::Exchange;
use regihub_storage::{
    Dirty, LevelRow, LinkSettings, ListingRow, NewConnection, NewIntent, NewLink, NewShop, Owner, PublicationRow,
    Result, Secret, StoreRow, Unit, views::dashboard::facts,
};
use rust_decimal::Decimal;

const CONNECTION: ConnectionId = ConnectionId(1);
const SHOP: ShopId = ShopId(1);
const LINK: LinkId = LinkId(1);

pub(super) fn fill(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let workspace = WorkspaceId(1);
    assert_eq!(unit.setup().add_connection(&connection(workspace), now)?, CONNECTION);
    assert_eq!(unit.setup().add_shop(&shop(workspace), now)?, SHOP);
    let settings = LinkSettings { stock_stores: vec!["1".into()], order_store: "1".into(), margin: 1 };
    let link = NewLink { workspace_id: workspace, connection_id: CONNECTION, shop_id: SHOP, running: true, settings };
    assert_eq!(unit.setup().add_link(&link, now)?, LINK);
    for (owner, name) in [
        (Owner::Connection(CONNECTION), facts::STOCK_READ),
        (Owner::Connection(CONNECTION), facts::SALES_READ),
        (Owner::Shop(SHOP), facts::ORDERS_READ),
    ] {
        unit.facts().set(owner, name, &(now - 3_000_000).to_string(), now)?;
    }
    exchanges(unit, now)?;
    products(unit, now)?;
    sales(unit, now)?;
    order(unit, now)?;
    publication(unit, now)
}

fn connection(workspace_id: WorkspaceId) -> NewConnection {
    NewConnection {
        workspace_id,
        name: "青山本店".into(),
        contract_id: "sb_demo01".into(),
        environment: "sandbox".into(),
        api_base: "https://api.smaregi.dev".into(),
        token_base: "https://id.smaregi.dev".into(),
        client_id: "client".into(),
        client_secret: Secret::new("the-client-secret"),
        scopes: "pos.stock:read".into(),
        hook_key: "hook-key-1".into(),
        hook_header: "x-regihub-secret".into(),
        hook_secret: Secret::new("the-hook-secret"),
        reads_per_second: 5,
        writes_per_second: 2,
    }
}

fn shop(workspace_id: WorkspaceId) -> NewShop {
    NewShop {
        workspace_id,
        name: "オンライン店".into(),
        channel: "generic".into(),
        base_url: "https://shop.example".into(),
        api_key: Secret::new("the-api-key"),
        hook_key: "shop-key-1".into(),
        hook_secret: Secret::new("whsec_c2VjcmV0"),
    }
}

fn exchanges(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let exchange = |method: &str, url: &str, body: &'static str| Exchange {
        at: now - 3_000_000,
        method: method.into(),
        url: url.into(),
        request_body: Bytes::from_static(body.as_bytes()),
        status: Some(200),
        response_body: Bytes::from_static(b"{}"),
        error: None,
        elapsed_us: 120_000,
    };
    let read = exchange("GET", "https://api.smaregi.dev/sb_demo01/pos/transactions", "");
    assert_eq!(unit.exchanges().add(Owner::Connection(CONNECTION), &read)?, ExchangeId(1));
    let push = exchange("PUT", "https://shop.example/v1/stock", r#"{"items":[{"sku":"TS-1","quantity":3}]}"#);
    assert_eq!(unit.exchanges().add(Owner::Shop(SHOP), &push)?, ExchangeId(2));
    Ok(())
}

fn products(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let store = StoreRow { store_id: "1".into(), code: "1".into(), name: "青山本店".into(), division: "1".into() };
    unit.products().save_stores(CONNECTION, &[store])?;
    let product = Product {
        product_id: "8".into(),
        code: "TS-1".into(),
        name: "Tシャツ".into(),
        group_code: None,
        color: None,
        size: None,
        price: Some("990".into()),
        stock_managed: true,
        updated_at: now,
    };
    unit.products().save(CONNECTION, &[product], None)?;
    let level = Level { amount: 5, unattributed: 0 };
    let level = LevelRow {
        product_id: "8".into(),
        store_id: "1".into(),
        level,
        seen_at: now - 3_000_000,
        changed_at: now - 3_000_000,
        exchange_id: Some(ExchangeId(1)),
    };
    unit.stock().save_level(CONNECTION, &level)?;
    let entry = |cause, delta, level_after| (Entry { cause, delta, level_after }, Some(ExchangeId(1)), None::<InboxId>);
    let entries = [entry(Cause::Opening, 7, 7), entry(Cause::Sale("25".into()), -2, 5)];
    unit.stock().book(CONNECTION, &"8".into(), &"1".into(), now - 3_000_000, &entries)?;
    let linked = ListingRow {
        sku: "TS-1".into(),
        name: "Tシャツ".into(),
        product_id: Some("8".into()),
        margin: None,
        problem: None,
    };
    let unlinked = ListingRow {
        sku: "CAP/1".into(),
        name: "帽子".into(),
        product_id: None,
        margin: None,
        problem: Some("no product has the code CAP/1".into()),
    };
    unit.listings().save(SHOP, &[linked, unlinked], now)
}

fn sales(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let line = SaleLine {
        line_id: "1".into(),
        kind: LineKind::Sale,
        product_id: Some("8".into()),
        product_code: Some("TS-1".into()),
        name: "Tシャツ<script>".into(),
        quantity: 2,
        unit_price: Decimal::from(990),
        is_parent: false,
    };
    let sale = Sale {
        sale_id: "25".into(),
        store_id: "1".into(),
        head_division: "1".into(),
        cancelled: false,
        dispose: Dispose::No,
        sold_at: now - 60_000_000,
        updated_at: now - 60_000_000,
        amounts: Amounts { subtotal: 1980.into(), point_discount: 80.into(), total: 1900.into(), ..Amounts::default() },
        lines: vec![line],
    };
    unit.sales().save(CONNECTION, &sale, None, Some(ExchangeId(1)), None, now)?;
    let wrong = Sale { sale_id: "26".into(), ..sale };
    unit.sales().save(CONNECTION, &wrong, Some("total: got 1901, but the parts give 1900"), None, None, now)
}

fn order(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let line = OrderLine {
        line_id: "1".into(),
        sku: "TS-1".into(),
        name: "Tシャツ".into(),
        quantity: 1,
        unit_price: "990".into(),
    };
    let order = Order {
        order_id: "1001".into(),
        number: "W-1001".into(),
        sequence: 1,
        status: OrderStatus::Placed,
        placed_at: now - 30_000_000,
        currency: "JPY".into(),
        total: "990".into(),
        lines: vec![line],
    };
    unit.orders().save(SHOP, &order, None, Some(ExchangeId(2)), None, now)?;
    let intent = NewIntent {
        connection_id: CONNECTION,
        tag: "rh-1".into(),
        shop_id: SHOP,
        order_id: "1001".into(),
        line_id: "1".into(),
        product_id: "8".into(),
        store_id: "1".into(),
        delta: -1,
        run_after: now,
        created_at: now - 30_000_000,
    };
    let id = unit.intents().plan(&intent)?;
    unit.intents().sent(id, now - 20_000_000, now)?;
    Ok(())
}

fn publication(unit: &mut Unit<'_>, now: i64) -> Result<()> {
    let inputs = PublishInputs { levels: vec![("1".into(), Some(5))], demand: 1, margin: 1 };
    let row = PublicationRow {
        sku: "TS-1".into(),
        product_id: "8".into(),
        quantity: Some(3),
        version: 10,
        orders_seen: 1,
        inputs,
        computed_at: now - 3_000_000,
        dirty_since: Some(now - 3_000_000),
        pushed_quantity: None,
        pushed_version: None,
        pushed_at: None,
        push_exchange_id: None,
        problem: None,
    };
    unit.publications().save(LINK, &row)?;
    unit.publications().taken(LINK, &row, now - 2_000_000, Some(ExchangeId(2)), "applied")
}

impl TestHub {
    pub(crate) async fn newest_message(&self) -> InboxId {
        self.read(|unit| Ok(unit.inbox().list(None, None, 1)?[0].id)).await
    }

    /// `item-000`, `item-001` …: listed, without numbers.
    pub(crate) async fn add_items(&self, count: usize) {
        let now = self.now();
        let items: Vec<ListingRow> = (0..count)
            .map(|n| ListingRow {
                sku: format!("item-{n:03}").into(),
                name: "品".into(),
                product_id: None,
                margin: None,
                problem: None,
            })
            .collect();
        self.write(move |unit| unit.listings().save(SHOP, &items, now)).await;
    }

    pub(crate) async fn park_a_job(&self, error: &'static str) -> JobId {
        let now = self.now();
        let owner = Owner::Connection(CONNECTION);
        self.write(move |unit| {
            let wish = Dirty { owner, kind: "sale".into(), key: "25".into(), priority: 3, at: now, inbox_id: None };
            unit.jobs().mark(&[wish])?;
            let job = unit.jobs().ready(owner, "sale", 1, now)?.remove(0);
            unit.jobs().park(job.id, error)?;
            Ok(job.id)
        })
        .await
    }

    pub(crate) async fn park_the_intent(&self) -> IntentId {
        self.write(|unit| {
            let intent = unit.intents().get_by_tag("rh-1")?.unwrap();
            unit.intents().parked(intent.id, "400: stock")?;
            Ok(intent.id)
        })
        .await
    }
}
