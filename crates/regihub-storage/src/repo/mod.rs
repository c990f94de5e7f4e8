//! The rooms of the storage: one file per kind of thing, each a thin layer of SQL and no decisions.

pub mod accounts;
pub mod exchanges;
pub mod facts;
pub mod inbox;
pub mod intents;
pub mod jobs;
pub mod leases;
pub mod listings;
pub mod orders;
pub mod products;
pub mod publications;
pub mod sales;
pub mod setup;
pub mod stock;
pub mod tidying;

pub use accounts::{Accounts, Session, User};
pub use exchanges::{Exchanges, StoredExchange};
pub use facts::Facts;
pub use inbox::{Appended, Inbox, Message, MessageState, NewMessage, Verdict, Wanted};
pub use intents::{Intent, IntentState, Intents, NewIntent};
pub use jobs::{Dirty, Job, JobCount, JobState, Jobs, LONGEST_WAIT};
pub use leases::{Lease, Leases, Terms};
pub use listings::{ListingRow, Listings};
pub use orders::{OrderRow, Orders};
pub use products::{ProductRow, Products, StoreRow};
pub use publications::{HistoryRow, PublicationRow, Publications};
pub use sales::{SaleRow, Sales};
pub use setup::{Connection, Link, LinkSettings, NewConnection, NewLink, NewShop, Setup, Shop, Workspace};
pub use stock::{ExpectedRow, LevelRow, MovementRow, NewExpected, StockLedger};
pub use tidying::{Old, Pair, Swept, Tidying, Told};
