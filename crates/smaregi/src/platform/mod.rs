//! Client for the platform API (プラットフォームAPI), POS part.
//!
//! ```no_run
//! # use smaregi::platform::{Client, ClientOptions, Environment, Error, ProductQuery};
//! # use futures_util::StreamExt;
//! # async fn story(
//! #     transport: regihub_ports::SharedTransport,
//! #     clock: regihub_ports::SharedClock,
//! #     dice: regihub_ports::Dice,
//! # ) -> Result<(), Error> {
//! let options = ClientOptions::new(Environment::Sandbox, "sb_demo01", "client id", "client secret", ["pos.products:read"]);
//! let client = Client::new(options, transport, clock, dice);
//! let mut pages = std::pin::pin!(client.pages(ProductQuery::default()));
//! while let Some(page) = pages.next().await {
//!     for product in page?.value {
//!         // …
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One `Client` (with all its clones) stands for one app on one contract: they share the token and the rate budget.

mod answer;
mod budget;
mod call;
mod client;
mod customers;
mod error;
mod fault;
mod list;
mod options;
mod products;
mod query;
mod retry;
mod stock;
mod stores;
mod token;
mod transaction;
mod transactions;
mod write;

pub use answer::{Answer, Unreadable};
pub use budget::Priority;
pub use client::{Client, Observer};
pub use customers::{Customer, CustomerQuery, CustomerWrite};
pub use error::{Error, ErrorKind, Outcome};
pub use list::{ListQuery, PageRequest};
pub use options::{ClientOptions, Environment};
pub use products::{
    Category, CategoryQuery, InventoryReservation, Product, ProductPrice, ProductQuery, ProductStore, ProductWrite,
    ReserveItem,
};
pub use query::Query;
pub use stock::{
    BulkAccepted, BulkStockWrite, Stock, StockChange, StockChangeQuery, StockQuery, StockWrite, StockWritten,
};
pub use stores::{PaymentMethod, PaymentMethodQuery, Store, StoreQuery, Terminal, TerminalQuery};
pub use transaction::{DepositOther, LineDiscount, Transaction, TransactionCustomer, TransactionDetail};
pub use transactions::{TransactionParts, TransactionQuery, Window, WindowField};
pub use write::Change;
