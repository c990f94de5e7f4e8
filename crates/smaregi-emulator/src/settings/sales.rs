//! Settings of sales beyond the plain sale: layaways, temporary sales, points, closing, the CSV job, images (platform-pos.md §13).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SalesSettings {
    pub layaways: LayawaySettings,
    /// Refuse a sale whose `barcode` is that of a temporary sale that is done or cancelled already. Off: it is only a text then.
    pub refuse_settled_barcode: bool,
    /// Tell of the transactions that a change of points makes by `pos:transactions` too, besides `pos:customers`.
    pub point_transaction_events: bool,
    /// Let an addition of a negative number take a balance below zero.
    pub negative_points: bool,
    /// Which adjusted sales a daily closing takes.
    pub closing: ClosingScope,
    /// Let a store close the same day again for sales that were adjusted later.
    pub close_again: bool,
    pub csv: CsvSettings,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayawaySettings {
    /// `status` of a layaway that waits. None of the three values was seen.
    pub open_status: String,
    pub picked_up_status: String,
    pub disposed_status: String,
    /// Pieces move from `stockAmount` to `layawayStockAmount`, as the older API says. Off: `stockAmount` stays.
    pub lowers_stock: bool,
    /// Layaways are rows of `GET /transactions` too.
    pub among_transactions: bool,
    /// Tell of layaways by `pos:transactions`; `pos:layaways` comes only from unreliable sources (see `webhook.extra_events`).
    pub transaction_events: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ClosingScope {
    /// All that the tills adjusted, whatever their day.
    AllAdjusted,
    /// Sales of the day that is closed and of earlier ones.
    #[default]
    UpToDay,
    /// Sales of that day alone.
    SameDay,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvSettings {
    /// Seconds a file can be fetched.
    pub lifetime_s: i64,
    /// Lines of one file; more make further files.
    pub rows_per_file: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSettings {
    /// Fetch `imageUrl` once deliveries run. Off: the address is recorded, and the image counts as good.
    pub fetch: bool,
    /// Largest image. Bytes.
    pub max_bytes: usize,
    /// Fetch from loopback and private addresses too. Addresses of cloud metadata services are never asked.
    pub private_addresses: bool,
    /// Seconds a server has for its answer.
    pub timeout_s: u64,
    /// Images are kept up to this sum; the addresses of further ones lead to where they came from. Bytes.
    pub keep_bytes: usize,
    /// Most fetches that wait; further ones fail at once.
    pub most_waiting: usize,
}

impl Default for SalesSettings {
    fn default() -> Self {
        Self {
            layaways: LayawaySettings::default(),
            refuse_settled_barcode: false,
            point_transaction_events: false,
            negative_points: false,
            closing: ClosingScope::default(),
            close_again: true,
            csv: CsvSettings::default(),
        }
    }
}

impl Default for LayawaySettings {
    fn default() -> Self {
        Self {
            open_status: "0".into(),
            picked_up_status: "1".into(),
            disposed_status: "2".into(),
            lowers_stock: true,
            among_transactions: true,
            transaction_events: false,
        }
    }
}

impl Default for CsvSettings {
    fn default() -> Self {
        Self { lifetime_s: 3600, rows_per_file: 100_000 }
    }
}

impl Default for ImageSettings {
    fn default() -> Self {
        Self {
            fetch: true,
            max_bytes: 10 * 1024 * 1024,
            private_addresses: true,
            timeout_s: 30,
            keep_bytes: 64 * 1024 * 1024,
            most_waiting: 10_000,
        }
    }
}
