//! Products as the mirror keeps them.

use crate::ids::ProductId;
use serde::{Deserialize, Serialize};

/// A Smaregi product, reduced to what linking, stock and pages need. Source: platform-pos.md §3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub product_id: ProductId,
    /// `productCode`: at most 20 printable ASCII characters; what a shop calls SKU.
    pub code: String,
    pub name: String,
    /// `groupCode` ties the colours and sizes of one article together.
    pub group_code: Option<String>,
    pub color: Option<String>,
    pub size: Option<String>,
    /// Tax-inclusive or not as the product says; kept as Smaregi's text, no rounding.
    pub price: Option<String>,
    /// `stockControlDivision` 0. A product whose stock is not managed is never published.
    pub stock_managed: bool,
    /// Microseconds since 1970, UTC.
    pub updated_at: i64,
}
