use anyhow::{Context, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{collections::BTreeMap, path::PathBuf};

const MOST_SKU_BYTES: usize = 100;
const DEAREST_YEN: i64 = 99_999_999;

/// How a shop is set up. Its assortment is fixed while it runs.
#[derive(Clone, Debug, Default)]
pub struct ShopOptions {
    /// Shown on every page and in `GET /v1/health`.
    pub name: String,
    /// What callers of the contract send as bearer token.
    pub api_key: String,
    pub products: Vec<ShopProduct>,
    /// Where order changes are announced; `None`: the hub finds them by reading the feed.
    pub webhook: Option<WebhookTarget>,
    /// Keeps orders and stock over a restart; `None`: in memory only.
    pub data_dir: Option<PathBuf>,
    /// Bearer token of the control interface; `None`: there is no control interface.
    pub faults_key: Option<String>,
}

/// One thing on sale. Variants of one model share `group`.
#[derive(Clone, Debug, Default)]
pub struct ShopProduct {
    pub sku: String,
    /// With colour and size at its end, when it has any: `オーガニックTシャツ ホワイト M`.
    pub name: String,
    /// Yen, tax included.
    pub price: i64,
    pub group: Option<String>,
    pub color: Option<String>,
    pub size: Option<String>,
    pub barcode: Option<String>,
}

#[derive(Clone)]
pub struct WebhookTarget {
    pub url: String,
    /// `whsec_` + base64 of 24–64 bytes.
    pub secret: String,
}

impl std::fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookTarget").field("url", &self.url).field("secret", &"(hidden)").finish()
    }
}

impl WebhookTarget {
    /// The address and the bytes that sign.
    pub(crate) fn parse(&self) -> anyhow::Result<(http::Uri, Vec<u8>)> {
        let uri = self.url.parse().with_context(|| format!("webhook.url: {:?} is not an address", self.url))?;
        let key = self
            .secret
            .strip_prefix("whsec_")
            .and_then(|base64| STANDARD.decode(base64).ok())
            .filter(|key| (24..=64).contains(&key.len()))
            .context("webhook.secret: must be whsec_ followed by the base64 of 24 to 64 bytes")?;
        Ok((uri, key))
    }
}

impl ShopOptions {
    /// The assortment by SKU (in byte order, as the contract lists it), or which setting is wrong.
    pub(crate) fn checked_products(&self) -> anyhow::Result<BTreeMap<String, ShopProduct>> {
        ensure!(!self.api_key.is_empty(), "api_key: must not be empty");
        ensure!(
            self.faults_key.as_deref() != Some(""),
            "faults_key: must not be empty; leave it out to have no control interface"
        );
        let mut products = BTreeMap::new();
        for product in &self.products {
            let sku = &product.sku;
            ensure!(
                !sku.is_empty() && sku.len() <= MOST_SKU_BYTES && !sku.chars().any(char::is_control),
                "products: sku {sku:?} must have 1 to {MOST_SKU_BYTES} bytes and no control characters"
            );
            ensure!(
                (0..=DEAREST_YEN).contains(&product.price),
                "products: price of {sku:?} is {}, allowed is 0 to {DEAREST_YEN}",
                product.price
            );
            if products.insert(sku.clone(), product.clone()).is_some() {
                bail!("products: sku {sku:?} is there twice; a SKU names exactly one thing");
            }
        }
        Ok(products)
    }
}
