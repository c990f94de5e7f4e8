//! One chain of shops with its contract at Smaregi and its web shop.

use crate::{
    office::{self, Office},
    trace::Way,
    wire::Wire,
    world::Plan,
};
use regihub_demo_shop::{Shop, ShopOptions, ShopProduct, WebhookTarget};
use regihub_domain::{ConnectionId, LinkId, ShopId, StoreId, WorkspaceId};
use regihub_ports::{Dice, SharedClock, SharedTransport};
use regihub_storage::{LinkSettings, NewConnection, NewLink, NewShop, Secret, Storage};
use serde_json::Value;
use smaregi_emulator::{AppSpec, ContractSpec, Emulator, Till};
use std::sync::Arc;

const SCOPES: &str =
    "pos.products:read pos.stock:read pos.stock:write pos.stock-changes:read pos.transactions:read pos.stores:read";
const HOOK_HEADER: &str = "X-Regihub-Secret";
/// All stores of the sample chain; the last is the warehouse of the web shop.
pub const STORES: [u64; 4] = [1, 2, 3, 4];
pub const WAREHOUSE: u64 = 4;
/// Codes that the web shop lists and Smaregi does not know yet.
pub const NEW_CODES: [&str; 4] = ["NEW-1", "NEW-2", "NEW-3", "NEW-4"];

pub struct Tenant {
    pub contract: String,
    /// Host of its shop.
    pub host: String,
    pub shop: Shop,
    /// Hub to this shop.
    pub wire: Wire,
    pub office: Office,
    pub till: Till,
    pub connection: ConnectionId,
    pub shop_id: ShopId,
    pub link: LinkId,
    /// What the shop sells, in its order.
    pub skus: Vec<String>,
}

pub(crate) async fn open(
    number: usize,
    plan: &Plan,
    emulator: &Emulator,
    storage: &Storage,
    clock: &SharedClock,
    dice: &Dice,
    line: &impl Fn(Way, SharedTransport) -> Wire,
) -> Tenant {
    let contract = format!("chain{number}");
    let dataset = smaregi_emulator::sample::apparel_chain(&dice.fork());
    emulator.add_contract(ContractSpec::new(&contract)).expect("a contract");
    emulator.add_app(app(number)).expect("an app");
    emulator.add_app(office_app()).expect("an app");
    emulator.load_dataset(&contract, &dataset).expect("sample data");
    let host = format!("shop-{number}.test");
    let hook_secret = regihub_channels::standard_webhooks::Secret::generate(dice).to_text();
    let options = shop_options(&host, number, &dataset, &hook_secret);
    let skus = options.products.iter().map(|product| product.sku.clone()).collect();
    let shop = Shop::open(options, clock.clone(), dice.fork()).expect("a shop");
    let wire = line(Way::Shop(host.clone()), Arc::new(shop.transport()));
    let (new_connection, new_shop) = (connection(&contract, number, plan), shop_row(&host, number, &hook_secret));
    let margin = plan.margin;
    let (connection, shop_id, link) = storage
        .write(move |unit| {
            let workspace = unit.setup().add_workspace("みほん", 0)?;
            let connection =
                unit.setup().add_connection(&NewConnection { workspace_id: workspace, ..new_connection }, 0)?;
            let shop = unit.setup().add_shop(&NewShop { workspace_id: workspace, ..new_shop }, 0)?;
            let stock_stores = STORES.iter().map(|store| StoreId(store.to_string())).collect();
            let settings = LinkSettings { stock_stores, order_store: StoreId(WAREHOUSE.to_string()), margin };
            let link =
                NewLink { workspace_id: workspace, connection_id: connection, shop_id: shop, running: true, settings };
            Ok((connection, shop, unit.setup().add_link(&link, 0)?))
        })
        .await
        .expect("the set-up is stored");
    let (office, till) = (Office::new(emulator.clone(), &contract, &dataset), emulator.till(&contract));
    Tenant { contract, host, shop, wire, office, till, connection, shop_id, link, skus }
}

/// Each tenant has its own app, because an app has one address. It hears of the other contracts too; the hub refuses those.
fn app(number: usize) -> AppSpec {
    AppSpec {
        client_id: format!("hub-{number}"),
        client_secret: "hub-secret".into(),
        scopes: SCOPES.split_whitespace().map(str::to_owned).collect(),
        webhook_url: Some(format!("http://hub.test/hooks/smaregi/connection-{number}")),
        webhook_headers: vec![(HOOK_HEADER.into(), "smaregi-hook-secret".into())],
        webhook_events: vec![],
    }
}

fn office_app() -> AppSpec {
    AppSpec {
        client_id: office::CLIENT_ID.into(),
        client_secret: office::CLIENT_SECRET.into(),
        scopes: office::SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
        ..AppSpec::default()
    }
}

fn connection(contract: &str, number: usize, plan: &Plan) -> NewConnection {
    NewConnection {
        workspace_id: WorkspaceId(0),
        name: "スマレジ".into(),
        contract_id: contract.into(),
        environment: "production".into(),
        api_base: "http://smaregi.test".into(),
        token_base: "http://smaregi.test".into(),
        client_id: format!("hub-{number}"),
        client_secret: Secret::new("hub-secret"),
        scopes: SCOPES.into(),
        hook_key: format!("connection-{number}"),
        hook_header: HOOK_HEADER.into(),
        hook_secret: Secret::new("smaregi-hook-secret"),
        reads_per_second: plan.believed_limits.0,
        writes_per_second: plan.believed_limits.1,
    }
}

fn shop_row(host: &str, number: usize, hook_secret: &str) -> NewShop {
    NewShop {
        workspace_id: WorkspaceId(0),
        name: "みほん雑貨店".into(),
        channel: "generic".into(),
        base_url: format!("http://{host}"),
        api_key: Secret::new("shop-key"),
        hook_key: format!("shop-{number}"),
        hook_secret: Secret::new(hook_secret),
    }
}

/// The shop sells every product whose stock Smaregi manages, and some that Smaregi will know later.
fn shop_options(host: &str, number: usize, dataset: &Value, hook_secret: &str) -> ShopOptions {
    let products = dataset["products"].as_array().into_iter().flatten();
    let managed = products.filter(|product| product["stockControlDivision"] != "1");
    let text = |product: &Value, name: &str| product[name].as_str().unwrap_or_default().to_owned();
    let known = managed.map(|product| ShopProduct {
        sku: text(product, "productCode"),
        name: text(product, "productName"),
        price: text(product, "price").parse().unwrap_or(0),
        ..ShopProduct::default()
    });
    let unknown =
        NEW_CODES.map(|code| ShopProduct { sku: code.into(), name: code.into(), price: 1980, ..Default::default() });
    ShopOptions {
        name: host.into(),
        api_key: "shop-key".into(),
        products: known.chain(unknown).collect(),
        webhook: Some(WebhookTarget {
            url: format!("http://hub.test/hooks/shop/shop-{number}"),
            secret: hook_secret.into(),
        }),
        data_dir: None,
        faults_key: None,
    }
}
