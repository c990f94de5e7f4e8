//! `regihub connection`, `regihub shop`, `regihub link`: what the hub connects. The hub must not run on the folder meanwhile.

use crate::Exit;
use anyhow::{Context, bail};
use clap::Subcommand;
use regihub_domain::{ConnectionId, LinkId, ShopId, StoreId, WorkspaceId};
use regihub_engine::{EngineOptions, Hub, Transports};
use regihub_ports::{AddressPolicy, Clock, Dice, NetworkOptions, NetworkTransport, SystemClock};
use regihub_storage::{
    LinkSettings, Location, MasterKey, Mode, NewConnection, NewLink, NewShop, Options, Secret, Storage, Unit,
};
use smaregi::platform::Environment;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What the flows of this version read and write.
pub(crate) const DEFAULT_SCOPES: &str = "pos.products:read pos.products:write pos.stock:read pos.stock:write pos.stock-changes:read \
    pos.transactions:read pos.transactions:write pos.customers:read pos.customers:write pos.stores:read pos.stores:write";

#[derive(clap::Args)]
pub(crate) struct Data {
    /// Folder that holds everything: database, keys
    #[arg(long, env = "REGIHUB_DATA", default_value = "regihub-data")]
    pub(super) data: PathBuf,
    /// PostgreSQL instead of SQLite
    #[arg(long, env = "REGIHUB_DATABASE_URL")]
    pub(super) database: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Adds a connection to one Smaregi contract
    Add(AddConnection),
    /// Lists connections
    List(Data),
    /// Fetches a token and reads one store: tells a wrong secret from a wrong contract from a dead server
    Check {
        #[command(flatten)]
        data: Data,
        id: i64,
        /// Allow private addresses
        #[arg(long)]
        allow_private_addresses: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct AddConnection {
    #[command(flatten)]
    data: Data,
    #[arg(long)]
    name: String,
    /// 契約ID
    #[arg(long)]
    contract: String,
    /// production (api.smaregi.jp) or sandbox (api.smaregi.dev)
    #[arg(long)]
    environment: String,
    #[arg(long)]
    client_id: String,
    /// Client secret; better given in the environment than on the command line
    #[arg(long, env = "REGIHUB_CLIENT_SECRET", hide_env_values = true)]
    client_secret: String,
    #[arg(long, default_value = DEFAULT_SCOPES)]
    scopes: String,
    /// Other address of the API, for the emulator
    #[arg(long)]
    api_base: Option<String>,
    /// Other address of the token host, for the emulator
    #[arg(long)]
    token_base: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum ShopCommand {
    /// Adds a shop that speaks the generic contract
    Add {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "generic")]
        channel: String,
        #[arg(long)]
        base_url: String,
        #[arg(long, env = "REGIHUB_SHOP_API_KEY", hide_env_values = true)]
        api_key: String,
    },
    /// Lists shops
    List(Data),
}

#[derive(Subcommand)]
pub(crate) enum LinkCommand {
    /// Links a connection with a shop
    Add {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        connection: i64,
        #[arg(long)]
        shop: i64,
        /// Stores whose stock is summed, by id
        #[arg(long, value_delimiter = ',', required = true)]
        stock_stores: Vec<String>,
        /// Store that web orders are taken from
        #[arg(long)]
        order_store: String,
        /// 余裕数: pieces of each product that the shop must not sell
        #[arg(long, default_value_t = 0)]
        margin: i64,
    },
    /// Lists links
    List(Data),
    /// Starts a link
    Start {
        #[command(flatten)]
        data: Data,
        id: i64,
    },
    /// Stops a link: nothing is pushed and no orders are taken
    Stop {
        #[command(flatten)]
        data: Data,
        id: i64,
    },
}

/// Opens the folder's storage, making folder and key when they are missing.
pub(crate) fn open_storage(data: &Path, database: Option<&str>, dice: &Dice) -> anyhow::Result<Storage> {
    std::fs::create_dir_all(data).with_context(|| format!("making the data folder {}", data.display()))?;
    let master_key = MasterKey::load_or_create(&data.join("master.key"), dice)?;
    let location = match database {
        Some(url) => Location::Postgres(url.to_owned()),
        None => Location::Sqlite(data.to_owned()),
    };
    Ok(Storage::open(Options { location, mode: Mode::Threads, master_key })?)
}

/// The first workspace, made when there is none.
pub(crate) fn workspace(unit: &mut Unit<'_>, now: i64) -> regihub_storage::Result<WorkspaceId> {
    match unit.setup().workspaces()?.first() {
        Some(known) => Ok(known.id),
        None => unit.setup().add_workspace("Regihub", now),
    }
}

/// 256 random bits that can stand in an address.
pub(crate) fn random_key(dice: &Dice) -> String {
    dice.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) async fn connection(command: ConnectionCommand) -> anyhow::Result<Exit> {
    match command {
        ConnectionCommand::Add(args) => add_connection(args).await,
        ConnectionCommand::List(data) => list_connections(data).await,
        ConnectionCommand::Check { data, id, allow_private_addresses } => {
            check_connection(data, id, allow_private_addresses).await
        }
    }
}

async fn add_connection(args: AddConnection) -> anyhow::Result<Exit> {
    let dice = Dice::from_os();
    let environment = match args.environment.as_str() {
        "production" => Environment::Production,
        "sandbox" => Environment::Sandbox,
        other => bail!("--environment: got {other}, allowed is production or sandbox"),
    };
    let now = SystemClock.now_us();
    let (hook_key, hook_secret) = (random_key(&dice), random_key(&dice));
    let (shown_key, shown_secret) = (hook_key.clone(), hook_secret.clone());
    let storage = open_storage(&args.data.data, args.data.database.as_deref(), &dice)?;
    let id = storage
        .write(move |unit| {
            let new = NewConnection {
                workspace_id: workspace(unit, now)?,
                name: args.name,
                contract_id: args.contract,
                environment: args.environment,
                api_base: args.api_base.unwrap_or_else(|| environment.api_base().to_owned()),
                token_base: args.token_base.unwrap_or_else(|| environment.token_base().to_owned()),
                client_id: args.client_id,
                client_secret: Secret::new(args.client_secret),
                scopes: args.scopes,
                hook_key,
                hook_header: "X-Regihub-Secret".into(),
                hook_secret: Secret::new(hook_secret),
                reads_per_second: environment.reads_per_second().into(),
                writes_per_second: environment.writes_per_second().into(),
            };
            unit.setup().add_connection(&new, now)
        })
        .await?;
    if args.data.json {
        println!(
            "{}",
            serde_json::json!({"id": id.0, "hook_path": format!("/hooks/smaregi/{shown_key}"), "hook_header": "X-Regihub-Secret", "hook_secret": shown_secret})
        );
    } else {
        println!("Connection {id} added. Enter in the app's webhook settings at Smaregi:");
        println!("  endpoint  https://<this hub>/hooks/smaregi/{shown_key}");
        println!("  header    X-Regihub-Secret: {shown_secret}");
    }
    storage.close().await;
    Ok(Exit::Done)
}

async fn list_connections(data: Data) -> anyhow::Result<Exit> {
    let storage = open_storage(&data.data, data.database.as_deref(), &Dice::from_os())?;
    let rows = storage.read(|unit| unit.setup().connections()).await?;
    for row in rows {
        if data.json {
            println!(
                "{}",
                serde_json::json!({"id": row.id.0, "name": row.name, "contract_id": row.contract_id, "environment": row.environment, "api_base": row.api_base})
            );
        } else {
            println!("{}\t{}\t{}\t{} ({})", row.id, row.name, row.contract_id, row.environment, row.api_base);
        }
    }
    storage.close().await;
    Ok(Exit::Done)
}

async fn check_connection(data: Data, id: i64, private: bool) -> anyhow::Result<Exit> {
    let dice = Dice::from_os();
    let storage = open_storage(&data.data, data.database.as_deref(), &dice)?;
    let known = storage.read(move |unit| unit.setup().connection(ConnectionId(id))).await?;
    let connection = known.with_context(|| format!("there is no connection {id}"))?;
    let addresses = if private { AddressPolicy::Any } else { AddressPolicy::PublicOnly };
    let network = Arc::new(NetworkTransport::new(NetworkOptions { addresses, ..NetworkOptions::default() }));
    let transports = Transports { smaregi: network.clone(), shops: network };
    let hub = Hub::open(storage.clone(), Arc::new(SystemClock), dice, EngineOptions::default(), transports).await?;
    let outcome = hub.check_connection(&connection).await;
    storage.close().await;
    match outcome {
        Ok(()) => println!("Connection {id} works: token fetched, one store read from {}.", connection.api_base),
        Err(error) => bail!("connection {id} does not work: {error}"),
    }
    Ok(Exit::Done)
}

pub(crate) async fn shop(command: ShopCommand) -> anyhow::Result<Exit> {
    match command {
        ShopCommand::Add { data, name, channel, base_url, api_key } => {
            let dice = Dice::from_os();
            let now = SystemClock.now_us();
            let storage = open_storage(&data.data, data.database.as_deref(), &dice)?;
            let (hook_key, hook_secret) =
                (random_key(&dice), regihub_channels::standard_webhooks::Secret::generate(&dice).to_text());
            let (shown_key, shown_secret) = (hook_key.clone(), hook_secret.clone());
            let new = move |workspace_id| NewShop {
                workspace_id,
                name,
                channel,
                base_url,
                api_key: Secret::new(api_key),
                hook_key,
                hook_secret: Secret::new(hook_secret),
            };
            let id = storage
                .write(move |unit| {
                    workspace(unit, now).and_then(|workspace| unit.setup().add_shop(&new(workspace), now))
                })
                .await?;
            if data.json {
                println!(
                    "{}",
                    serde_json::json!({"id": id.0, "hook_path": format!("/hooks/shop/{shown_key}"), "hook_secret": shown_secret})
                );
            } else {
                println!(
                    "Shop {id} added. Let it send its webhooks to https://<this hub>/hooks/shop/{shown_key}, signed with {shown_secret}"
                );
            }
            storage.close().await;
        }
        ShopCommand::List(data) => {
            let storage = open_storage(&data.data, data.database.as_deref(), &Dice::from_os())?;
            for row in storage.read(|unit| unit.setup().shops()).await? {
                if data.json {
                    println!(
                        "{}",
                        serde_json::json!({"id": row.id.0, "name": row.name, "channel": row.channel, "base_url": row.base_url})
                    );
                } else {
                    println!("{}\t{}\t{}\t{}", row.id, row.name, row.channel, row.base_url);
                }
            }
            storage.close().await;
        }
    }
    Ok(Exit::Done)
}

pub(crate) async fn link(command: LinkCommand) -> anyhow::Result<Exit> {
    match command {
        LinkCommand::Add { data, connection, shop, stock_stores, order_store, margin } => {
            let storage = open_storage(&data.data, data.database.as_deref(), &Dice::from_os())?;
            let now = SystemClock.now_us();
            let settings = LinkSettings {
                stock_stores: stock_stores.into_iter().map(StoreId).collect(),
                order_store: StoreId(order_store),
                margin,
            };
            let id = storage
                .write(move |unit| {
                    let workspace_id = workspace(unit, now)?;
                    let new = NewLink {
                        workspace_id,
                        connection_id: ConnectionId(connection),
                        shop_id: ShopId(shop),
                        running: true,
                        settings,
                    };
                    unit.setup().add_link(&new, now)
                })
                .await?;
            if data.json {
                println!("{}", serde_json::json!({"id": id.0}))
            } else {
                println!("Link {id} added and running.")
            }
            storage.close().await;
        }
        LinkCommand::List(data) => {
            let storage = open_storage(&data.data, data.database.as_deref(), &Dice::from_os())?;
            for row in storage.read(|unit| unit.setup().links()).await? {
                let settings = serde_json::to_value(&row.settings)?;
                if data.json {
                    println!(
                        "{}",
                        serde_json::json!({"id": row.id.0, "connection": row.connection_id.0, "shop": row.shop_id.0, "running": row.running, "settings": settings})
                    );
                } else {
                    println!(
                        "{}\tconnection {}\tshop {}\t{}\t{settings}",
                        row.id,
                        row.connection_id,
                        row.shop_id,
                        if row.running { "running" } else { "stopped" }
                    );
                }
            }
            storage.close().await;
        }
        LinkCommand::Start { data, id } => set_running(data, id, true).await?,
        LinkCommand::Stop { data, id } => set_running(data, id, false).await?,
    }
    Ok(Exit::Done)
}

async fn set_running(data: Data, id: i64, running: bool) -> anyhow::Result<()> {
    let storage = open_storage(&data.data, data.database.as_deref(), &Dice::from_os())?;
    storage.write(move |unit| unit.setup().set_link_running(LinkId(id), running)).await?;
    println!("Link {id} is {}.", if running { "running" } else { "stopped" });
    storage.close().await;
    Ok(())
}
