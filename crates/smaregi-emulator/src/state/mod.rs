//! Everything the emulator remembers.

mod describe;
mod entry;
mod identity;
mod journal;
mod layout;
mod packed;
mod sales;
mod shop;
mod snapshot;
mod stock;
mod table;
mod time_index;
mod world;

pub(crate) use describe::{Details, Filter, Join, Member, OnDelete, Reference, TableSpec, View, Writes, spec, tables};
pub(crate) use entry::{Entry, Stored, Token};
pub(crate) use identity::{Code, Grant, Identities, IdentityEntry, RefreshToken};
pub(crate) use journal::{Folder, Journal};
pub(crate) use layout::{Layouts, TableLayout, is_nested, row_fields};
pub(crate) use packed::{Columns, Packed, RowBuilder, Shown};
pub(crate) use sales::{Moved, Sale, SaleTimes, SalesBook};
pub(crate) use shop::Shop;
pub use snapshot::is_snapshot;
pub(crate) use stock::{Level, MOST, StockBook};
pub use stock::{StockChange, StockDivision, StockSlip};
pub(crate) use table::{CUSTOMER_POINTS, CUSTOMERS, Found, INVENTORY_RESERVATIONS, Id, STORES, TERMINALS, Table};
pub(crate) use world::World;
