//! Kinds of jobs, and how urgent each is (DESIGN §5; a smaller number goes first).

/// A POS sale may have changed; key: `transactionHeadId`.
pub const SALE: &str = "sale";
/// Levels of a product may have changed; key: `productId`.
pub const STOCK: &str = "stock";
/// A product may have changed; key: `productId`.
pub const PRODUCT: &str = "product";
/// A level holds pieces that nothing explains yet; key: `productId/storeId`.
pub const HISTORY: &str = "history";
/// The order feed of a shop has news; key: `feed`.
pub const ORDERS: &str = "orders";
/// One state of an order could not be understood and waits for a person; key: its sequence.
pub const ORDER: &str = "order";
/// The product list of a shop may have changed; key: `list`.
pub const LISTINGS: &str = "listings";
/// A person changed what a number is made of (margin); key: SKU. Owner: the link.
pub const PUBLISH: &str = "publish";

pub fn priority(kind: &str) -> i64 {
    match kind {
        PUBLISH => 1,
        ORDERS | ORDER => 2,
        SALE => 3,
        STOCK => 4,
        PRODUCT | LISTINGS => 6,
        _ => 7,
    }
}
