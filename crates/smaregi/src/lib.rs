//! Typed client for Smaregi's platform API (スマレジ・プラットフォームAPI).
//!
//! * [`platform`]: the [`Client`](platform::Client) with tokens, paging, retries by the server's hints and a rate budget that all its clones share.
//! * [`notification`]: the webhooks Smaregi sends.
//! * [`windows`]: splits a long span of time into pieces that one list call may ask for.
//!
//! Time, randomness and the network are parameters (`regihub-ports`), so everything here also runs in virtual time against an emulator.
//! Section marks in comments (platform-common §…, platform-pos §…) name the chapter of the project's reference notes that a fact comes from.

mod codes;
pub mod notification;
pub mod platform;
mod time;
mod wire;

pub use codes::{
    CustomerStatus, DetailDivision, DisposeDivision, Flag, HeadDivision, PriceDivision, ProductDivision, SellDivision,
    StockDivision, StoreDivision, SumDivision, TaxDivision, TaxRounding,
};
pub use time::{japan_date, japan_time, windows};
