//! Names of things. A number that names a connection can never be passed where a shop is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
    )+};
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl $name {
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl From<&str> for $name {
            fn from(s: &str) -> Self { Self(s.to_owned()) }
        }
        impl From<String> for $name {
            fn from(s: String) -> Self { Self(s) }
        }
    )+};
}

row_id! {
    /// A tenant (ワークスペース).
    WorkspaceId,
    /// One Smaregi contract through one API generation (接続).
    ConnectionId,
    /// One online shop or back office (ショップ).
    ShopId,
    /// One connection × one shop with the settings of their flows (連携).
    LinkId,
    /// A raw notification as it arrived.
    InboxId,
    /// One HTTP request with its response, in or out (通信ログ).
    ExchangeId,
    /// One durable intent to write to Smaregi.
    IntentId,
    /// One line of the stock ledger (在庫変動).
    MovementId,
    UserId,
    JobId,
}

text_id! {
    /// Smaregi's `productId`: up to 15 decimal digits, kept as the text it came as.
    ProductId,
    /// Smaregi's `storeId`.
    StoreId,
    /// Smaregi's `transactionHeadId`.
    SaleId,
    /// The shop's own id of an order.
    OrderId,
    /// The shop's stock-keeping unit; linked to Smaregi's `productCode`.
    Sku,
}
