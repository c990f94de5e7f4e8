//! What goes to a shop and comes from it, in the words every connector shares.

use regihub_domain::{Sku, order::Order};

/// Who answered the connection test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The contract the shop speaks, with its version: `regihub-generic/1`.
    pub contract: String,
    /// What the shop calls itself.
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductPage {
    pub products: Vec<ShopProduct>,
    pub bad: Vec<BadRecord>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Sku>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopProduct {
    pub sku: Sku,
    pub name: String,
    /// Decimal text in the shop's currency.
    pub price: Option<String>,
    pub barcode: Option<String>,
}

/// One absolute stock number for the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockPush {
    pub sku: Sku,
    /// What may be sold, after every order change with a sequence up to `orders_seen`; never negative.
    pub quantity: i64,
    /// Grows with every push of this SKU; 1 to 2^53 − 1.
    pub version: i64,
    /// The highest order sequence the number contains; 0 for none.
    pub orders_seen: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushResult {
    pub sku: Sku,
    pub status: PushStatus,
    /// What the shop holds now, where it said so.
    pub quantity: Option<i64>,
    pub version: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushStatus {
    Applied,
    /// The shop holds an equal or newer version.
    Stale,
    UnknownSku,
    /// The shop refused the item, or its answer for the item cannot be read; the text says why.
    Invalid(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockPage {
    pub items: Vec<ShopStock>,
    pub bad: Vec<BadRecord>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Sku>,
}

/// What the shop holds of one SKU. The first three are what was last applied, `None` before the first push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopStock {
    pub sku: Sku,
    pub quantity: Option<i64>,
    pub version: Option<i64>,
    pub orders_seen: Option<i64>,
    /// What a customer can buy now; negative when the shop sold more than it had.
    pub available: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderPage {
    pub orders: Vec<Order>,
    /// Changes that are there but cannot be used. They never hide the others (I7).
    pub bad: Vec<BadRecord>,
    /// The newest sequence the shop has given out; never below the newest of this page. When it is below the sequence that was asked
    /// behind, the shop lost changes it had already told (a restored backup).
    pub last: i64,
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// For order changes: the sequence as read, or as it follows from the row's place in the feed, which has no gaps; for a hole in
    /// the feed the last sequence that is missing. So the reader can always go on behind it.
    pub sequence: Option<i64>,
    /// The order's id or the product's SKU, where it could be read.
    pub id: Option<String>,
    /// Which member, what was wrong with it, what is allowed.
    pub problem: String,
}
