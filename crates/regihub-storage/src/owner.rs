//! Whose work or message something is.

use crate::error::StorageError;
use regihub_domain::{ConnectionId, LinkId, ShopId};
use std::{fmt, str::FromStr};

/// Stored as text: `connection:3`, `shop:2`, `link:1`, `node`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Connection(ConnectionId),
    Shop(ShopId),
    Link(LinkId),
    /// The installation itself.
    Node,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(id) => write!(f, "connection:{id}"),
            Self::Shop(id) => write!(f, "shop:{id}"),
            Self::Link(id) => write!(f, "link:{id}"),
            Self::Node => f.write_str("node"),
        }
    }
}

impl FromStr for Owner {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        let unreadable = || StorageError::unreadable("owner", text, "connection:<id>, shop:<id>, link:<id>, node");
        if text == "node" {
            return Ok(Self::Node);
        }
        let (kind, id) = text.split_once(':').ok_or_else(unreadable)?;
        let id: i64 = id.parse().map_err(|_| unreadable())?;
        match kind {
            "connection" => Ok(Self::Connection(ConnectionId(id))),
            "shop" => Ok(Self::Shop(ShopId(id))),
            "link" => Ok(Self::Link(LinkId(id))),
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_reads_back_as_it_was_written() {
        for owner in
            [Owner::Connection(ConnectionId(3)), Owner::Shop(ShopId(2)), Owner::Link(LinkId(i64::MAX)), Owner::Node]
        {
            assert_eq!(owner.to_string().parse::<Owner>(), Ok(owner));
        }
    }

    #[test]
    fn an_unknown_owner_is_refused_with_what_is_allowed() {
        for text in ["", "shop", "shop:", "shop:x", "planet:1"] {
            let error = text.parse::<Owner>().unwrap_err().to_string();
            assert!(error.contains("connection:<id>") && error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
