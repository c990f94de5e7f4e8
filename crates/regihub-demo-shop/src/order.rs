use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

/// An order, in memory and on the wire as the contract writes it (generic.md §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub number: String,
    /// Of the newest change of this order.
    pub sequence: u64,
    pub status: OrderStatus,
    #[serde(with = "japanese_time")]
    pub placed_at: Timestamp,
    pub currency: String,
    /// Yen, tax included.
    #[serde(with = "digits")]
    pub total: i64,
    pub lines: Vec<OrderLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Placed,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub line_id: String,
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    /// Yen, tax included.
    #[serde(with = "digits")]
    pub unit_price: i64,
}

/// RFC 3339 at Japan's offset, to the second.
pub(crate) fn at_japanese_offset(time: Timestamp) -> String {
    time.display_with_offset(Offset::constant(9)).to_string()
}

mod japanese_time {
    use super::*;
    use serde::{Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at_japanese_offset(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Money is a string of decimal digits in the contract.
mod digits {
    use super::*;
    use serde::{Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(yen: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(yen)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
