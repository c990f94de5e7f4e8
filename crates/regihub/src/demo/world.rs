//! The demo's world: folder, sample data, set-up, and the three processes.

use super::{
    api::Api,
    children::{Process, free_address},
};
use crate::commands::{
    demo_shop::{Config, Product, Webhook},
    setup::{DEFAULT_SCOPES, open_storage, random_key, workspace},
};
use anyhow::Context;
use regihub_domain::{LinkId, StoreId};
use regihub_ports::{Clock, Dice, SystemClock};
use regihub_storage::{LinkSettings, NewConnection, NewLink, NewShop, Secret, Storage};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub(crate) const CONTRACT: &str = "demo01";
const CLIENT_ID: &str = "demo-client";
/// Plain products get ids behind those of the sample.
const FIRST_PLAIN: usize = 1_000;
const HOOK_HEADER: &str = "X-Regihub-Secret";
/// Log-in of the demo's administrator; the demo prints it.
pub(crate) const LOGIN: &str = "demo";
pub(crate) const PASSWORD: &str = "demo-password";

/// Everything the demo runs on.
pub(crate) struct World {
    folder: PathBuf,
    database: Option<String>,
    /// Key and secret of the connection's notification address.
    hook: (String, String),
    /// From starting the hub's process until it listened (µs).
    pub(crate) hub_started_in: i64,
    pub(crate) hub_ready_at: i64,
    pub(crate) link: LinkId,
    /// Smaregi's product id and name by SKU, of everything the shop sells.
    pub(crate) products: BTreeMap<String, (String, String)>,
    pub(crate) store_names: BTreeMap<String, String>,
    pub(crate) hub: Process,
    pub(crate) emulator: Process,
    pub(crate) shop: Process,
    pub(crate) emulator_api: Api,
    pub(crate) shop_api: Api,
    pub(crate) hub_api: Api,
}

/// The hub's data and the demo's one link in it.
pub(crate) struct Ledgers {
    folder: PathBuf,
    database: Option<String>,
    pub(crate) link: LinkId,
}

impl Ledgers {
    pub(crate) fn open(&self) -> anyhow::Result<Storage> {
        open_storage(&self.folder, self.database.as_deref(), &Dice::from_os())
    }
}

pub(crate) struct WorldOptions {
    pub(crate) seed: u64,
    /// The hub reads both sides this often by itself.
    pub(crate) reconcile_seconds: u64,
    pub(crate) bench_routes: bool,
    /// So many plain products instead of the sample's own; the shop sells the sample's all the same.
    pub(crate) products: Option<usize>,
    /// PostgreSQL for the hub instead of SQLite; must be empty at the first start.
    pub(crate) database: Option<String>,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { seed: 1, reconcile_seconds: 2, bench_routes: false, products: None, database: None }
    }
}

/// Secrets of one demo folder, kept in it so that a second start finds them.
#[derive(serde::Serialize, serde::Deserialize)]
struct Keys {
    client_secret: String,
    connection_key: String,
    connection_secret: String,
    shop_api_key: String,
    shop_control_key: String,
    shop_key: String,
    shop_secret: String,
    hub_address: String,
    emulator_address: String,
    shop_address: String,
    link: i64,
}

impl World {
    /// Makes the folder ready (or takes it as it was left) and starts emulator, shop and hub.
    pub(crate) async fn start(folder: &Path, options: WorldOptions) -> anyhow::Result<Self> {
        let seed = options.seed;
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let data = smaregi_emulator::sample::apparel_chain(&Dice::from_seed(seed));
        let keys_file = folder.join("demo.json");
        let keys = match std::fs::read_to_string(&keys_file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is not of this version", keys_file.display()))?,
            Err(_) => {
                let keys = set_up(folder, options.database.as_deref()).await?;
                std::fs::write(&keys_file, serde_json::to_string_pretty(&keys)?)?;
                keys
            }
        };
        std::fs::write(folder.join("shop.json"), serde_json::to_string_pretty(&shop_config(&keys, &data))?)?;
        let emulator = Process::start("emulator", folder, &emulator_args(folder, &keys, seed)).await?;
        let shop = Process::start("shop", folder, &shop_args(folder, &keys, seed)).await?;
        if let Some(products) = options.products {
            load_products(&Api::new(&emulator.url, None), products).await?;
        }
        let spawned_at = SystemClock.now_us();
        let hub = Process::start("hub", folder, &hub_args(folder, &keys, &options)).await?;
        let hub_ready_at = SystemClock.now_us();
        Ok(Self {
            hub_started_in: hub_ready_at - spawned_at,
            hub_ready_at,
            hook: (keys.connection_key.clone(), keys.connection_secret.clone()),
            folder: folder.to_owned(),
            database: options.database.clone(),
            link: LinkId(keys.link),
            products: sold(&data)
                .map(|p| (text(p, "productCode"), (text(p, "productId"), text(p, "productName"))))
                .collect(),
            store_names: rows(&data, "stores").iter().map(|s| (text(s, "storeId"), text(s, "storeName"))).collect(),
            emulator_api: Api::new(&emulator.url, None),
            shop_api: Api::new(&shop.url, Some(&keys.shop_control_key)),
            hub_api: Api::new(&hub.url, None),
            hub,
            emulator,
            shop,
        })
    }

    /// A notification as Smaregi sends it, ready for the wire. `route` ends with a slash.
    pub(crate) fn notification(&self, route: &str, event: &str, event_id: &str, body: &str) -> Vec<u8> {
        let (key, secret) = &self.hook;
        format!(
            "POST {route}{key} HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\nsmaregi-contract-id: {CONTRACT}\r\n\
             smaregi-event: {event}\r\nsmaregi-event-id: {event_id}\r\n{HOOK_HEADER}: {secret}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// Ends all three, the hub first, so that nobody it talks to is gone before it.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.hub.stop().await?;
        self.shop.stop().await?;
        self.emulator.stop().await
    }

    /// Where the hub's ledgers are, for a look at them after it has ended.
    pub(crate) fn ledgers(&self) -> Ledgers {
        Ledgers { folder: hub_folder(&self.folder), database: self.database.clone(), link: self.link }
    }
}

async fn load_products(emulator: &Api, count: usize) -> anyhow::Result<()> {
    let mut rows = smaregi_emulator::sample::products_at_scale(count + FIRST_PLAIN).skip(FIRST_PLAIN);
    loop {
        let some: Vec<Value> = rows.by_ref().take(1000).collect();
        if some.is_empty() {
            return Ok(());
        }
        emulator.post("/control/load", &serde_json::json!({ "products": some })).await?;
    }
}

fn hub_folder(folder: &Path) -> PathBuf {
    folder.join("hub")
}

/// Makes the hub's data folder with one connection, one shop, one link and an administrator.
async fn set_up(folder: &Path, database: Option<&str>) -> anyhow::Result<Keys> {
    let dice = Dice::from_os();
    let mut keys = Keys {
        client_secret: random_key(&dice),
        connection_key: random_key(&dice),
        connection_secret: random_key(&dice),
        shop_api_key: random_key(&dice),
        shop_control_key: random_key(&dice),
        shop_key: random_key(&dice),
        shop_secret: regihub_channels::standard_webhooks::Secret::generate(&dice).to_text(),
        hub_address: free_address()?,
        emulator_address: free_address()?,
        shop_address: free_address()?,
        link: 0,
    };
    let storage = open_storage(&hub_folder(folder), database, &dice)?;
    let (connection, shop) = (new_connection(&keys), new_shop(&keys));
    let password = regihub_server::hash_password(&dice, PASSWORD).await;
    let now = SystemClock.now_us();
    let link = storage.write(move |unit| {
        let workspace_id = workspace(unit, now)?;
        unit.accounts().add_user(workspace_id, LOGIN, &password, "ja", now)?;
        let connection_id = unit.setup().add_connection(&NewConnection { workspace_id, ..connection }, now)?;
        let shop_id = unit.setup().add_shop(&NewShop { workspace_id, ..shop }, now)?;
        let settings = LinkSettings {
            stock_stores: ["1", "2", "3", "4"].into_iter().map(StoreId::from).collect(),
            order_store: "4".into(),
            margin: 0,
        };
        unit.setup().add_link(&NewLink { workspace_id, connection_id, shop_id, running: true, settings }, now)
    });
    keys.link = link.await?.0;
    storage.close().await;
    Ok(keys)
}

fn new_connection(keys: &Keys) -> NewConnection {
    let emulator = format!("http://{}", keys.emulator_address);
    NewConnection {
        workspace_id: regihub_domain::WorkspaceId(0),
        name: "スマレジ (エミュレータ)".into(),
        contract_id: CONTRACT.into(),
        environment: "production".into(),
        api_base: emulator.clone(),
        token_base: emulator,
        client_id: CLIENT_ID.into(),
        client_secret: Secret::new(keys.client_secret.clone()),
        scopes: DEFAULT_SCOPES.into(),
        hook_key: keys.connection_key.clone(),
        hook_header: HOOK_HEADER.into(),
        hook_secret: Secret::new(keys.connection_secret.clone()),
        reads_per_second: 45,
        writes_per_second: 18,
    }
}

fn new_shop(keys: &Keys) -> NewShop {
    NewShop {
        workspace_id: regihub_domain::WorkspaceId(0),
        name: "デモショップ".into(),
        channel: "generic".into(),
        base_url: format!("http://{}", keys.shop_address),
        api_key: Secret::new(keys.shop_api_key.clone()),
        hook_key: keys.shop_key.clone(),
        hook_secret: Secret::new(keys.shop_secret.clone()),
    }
}

fn emulator_args(folder: &Path, keys: &Keys, seed: u64) -> Vec<String> {
    let hook = format!("http://{}/hooks/smaregi/{}", keys.hub_address, keys.connection_key);
    let header = format!("{HOOK_HEADER}: {}", keys.connection_secret);
    let data = folder.join("emulator").display().to_string();
    [
        "emulator",
        "--sample",
        "--environment",
        "production",
        "--contract",
        CONTRACT,
        "--client-id",
        CLIENT_ID,
        "--client-secret",
        &keys.client_secret,
        "--scopes",
        DEFAULT_SCOPES,
        "--listen",
        &keys.emulator_address,
        "--data",
        &data,
        "--webhook-url",
        &hook,
        "--webhook-header",
        &header,
        "--seed",
        &seed.to_string(),
    ]
    .map(str::to_owned)
    .to_vec()
}

fn shop_args(folder: &Path, keys: &Keys, seed: u64) -> Vec<String> {
    let (data, config) = (folder.join("shop").display().to_string(), folder.join("shop.json").display().to_string());
    ["demo-shop", "--listen", &keys.shop_address, "--data", &data, "--config", &config, "--seed", &seed.to_string()]
        .map(str::to_owned)
        .to_vec()
}

fn hub_args(folder: &Path, keys: &Keys, options: &WorldOptions) -> Vec<String> {
    let (data, every) = (hub_folder(folder).display().to_string(), options.reconcile_seconds.to_string());
    let fixed = [
        "serve",
        "--listen",
        &keys.hub_address,
        "--data",
        &data,
        "--allow-private-addresses",
        "--reconcile-seconds",
        &every,
    ];
    let bench = options.bench_routes.then_some("--bench-routes");
    let database = options.database.as_deref().into_iter().flat_map(|url| ["--database", url]);
    fixed.into_iter().chain(bench).chain(database).map(str::to_owned).collect()
}

/// The shop sells every product whose stock Smaregi manages.
fn shop_config(keys: &Keys, data: &Value) -> Config {
    let some = |p: &Value, name: &str| p[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Config {
        name: "みほん雑貨店".into(),
        api_key: keys.shop_api_key.clone(),
        control_key: Some(keys.shop_control_key.clone()),
        webhook: Some(Webhook {
            url: format!("http://{}/hooks/shop/{}", keys.hub_address, keys.shop_key),
            secret: keys.shop_secret.clone(),
        }),
        products: sold(data)
            .map(|p| Product {
                sku: text(p, "productCode"),
                name: text(p, "productName"),
                price: text(p, "price").parse().unwrap_or(0),
                group: some(p, "groupCode"),
                color: some(p, "color"),
                size: some(p, "size"),
            })
            .collect(),
    }
}

fn sold(data: &Value) -> impl Iterator<Item = &Value> {
    rows(data, "products").iter().filter(|product| product["stockControlDivision"] != "1")
}

fn rows<'a>(data: &'a Value, name: &str) -> &'a [Value] {
    data[name].as_array().map_or(&[], Vec::as_slice)
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}
