//! Names of the small facts the engine keeps per owner, so that pages and restarts find them.

use regihub_storage::views::{dashboard::facts as shown, why::tidied};

/// Position in a shop's feed of order changes up to which everything is applied.
pub const ORDERS_CURSOR: &str = "orders_cursor";
/// Update time (µs) up to which a reconciler has read everything.
pub const SALES_WATERMARK: &str = "sales_watermark";
pub const STOCK_WATERMARK: &str = "stock_watermark";
pub const PRODUCTS_WATERMARK: &str = "products_watermark";
/// When the first read of all levels began (µs): sales from before it are inside the opening levels and explain nothing after them.
pub const STOCK_OPENED_AT: &str = "stock_opened_at";
/// When a read of that kind last succeeded (µs).
pub const SALES_READ_AT: &str = shown::SALES_READ;
pub const STOCK_READ_AT: &str = shown::STOCK_READ;
pub const PRODUCTS_READ_AT: &str = shown::PRODUCTS_READ;
pub const ORDERS_READ_AT: &str = shown::ORDERS_READ;
pub const LISTINGS_READ_AT: &str = shown::LISTINGS_READ;
pub const COMPARED_AT: &str = "compared_at";
/// Number of items whose stock in the shop differed at the last compare.
pub const DRIFT: &str = "drift";
pub const PUSHED_AT: &str = "pushed_at";
/// Empty while all is well, otherwise what is wrong in one sentence.
pub const HEALTH: &str = shown::HEALTH_ERROR;
/// Random word of this installation; part of every tag, so that two installations on one contract never share one.
pub const INSTANCE: &str = "instance";

/// Of the installation: how many days are kept ([`crate::Retention`]).
pub const RETAIN_MESSAGES: &str = "retention.messages_days";
pub const RETAIN_EXCHANGES: &str = "retention.exchanges_days";
pub const RETAIN_PUSHES: &str = "retention.pushes_days";
pub const RETAIN_LEDGER: &str = "retention.ledger_days";
/// Of the installation: what was older than this (µs) was tidied away, except what is still needed.
pub const TIDIED_MESSAGES: &str = tidied::MESSAGES;
pub const TIDIED_EXCHANGES: &str = tidied::EXCHANGES;
pub const TIDIED_PUSHES: &str = tidied::PUSHES;
pub const TIDIED_LEDGER: &str = tidied::LEDGER;
/// When the tidying last looked at the clock (µs).
pub const TIDY_LOOKED_AT: &str = "tidy.looked_at";
