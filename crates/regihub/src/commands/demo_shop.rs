//! `regihub demo-shop`: a small storefront that speaks the generic channel's contract.

use crate::{Exit, process};
use anyhow::Context;
use regihub_demo_shop::{Shop, ShopOptions, ShopProduct, WebhookTarget};
use regihub_ports::{AddressPolicy, Dice, NetworkOptions, NetworkTransport, SystemClock};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8091")]
    listen: String,
    /// Folder that keeps orders and stock; in memory only without it
    #[arg(long)]
    data: Option<PathBuf>,
    /// JSON file: name, api_key, control_key, webhook {url, secret}, products [{sku, name, price, …}]
    #[arg(long)]
    config: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when the parent process does
    #[arg(long, hide = true)]
    with_parent: bool,
}

/// What the shop sells and whom it talks to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) name: String,
    pub(crate) api_key: String,
    pub(crate) control_key: Option<String>,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) products: Vec<Product>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) price: i64,
    pub(crate) group: Option<String>,
    pub(crate) color: Option<String>,
    pub(crate) size: Option<String>,
}

impl Config {
    pub(crate) fn into_options(self, data_dir: Option<PathBuf>) -> ShopOptions {
        ShopOptions {
            name: self.name,
            api_key: self.api_key,
            products: self
                .products
                .into_iter()
                .map(|p| ShopProduct {
                    sku: p.sku,
                    name: p.name,
                    price: p.price,
                    group: p.group,
                    color: p.color,
                    size: p.size,
                    barcode: None,
                })
                .collect(),
            webhook: self.webhook.map(|webhook| WebhookTarget { url: webhook.url, secret: webhook.secret }),
            data_dir,
            faults_key: self.control_key,
        }
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let file = args.config.display().to_string();
    let text = std::fs::read_to_string(&args.config).with_context(|| format!("reading {file}"))?;
    let config: Config =
        serde_json::from_str(&text).with_context(|| format!("{file} is not a shop's configuration"))?;
    let shop = Shop::open(config.into_options(args.data), Arc::new(SystemClock), Dice::from_seed(args.seed))?;
    let network = NetworkOptions { addresses: AddressPolicy::Any, ..NetworkOptions::default() };
    let _webhooks = shop.start_webhooks(Arc::new(NetworkTransport::new(network)));
    let (listener, _) = process::listen("demo shop", &args.listen).await?;
    regihub_demo_shop::serve(shop, listener, process::asked_to_end(args.with_parent)).await?;
    Ok(Exit::Done)
}
