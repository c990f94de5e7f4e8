//! Connectors to online shops and back offices.
//!
//! [`Channel`] is what Regihub needs of a shop; [`open`] makes one from a shop's settings. Each kind of shop is a folder of the same six
//! parts, so a reader who knows one knows all:
//!
//! | part | what it does |
//! |---|---|
//! | `config` | checks the settings before anything is sent |
//! | `wire` | the bodies as the shop writes them, and how a row becomes ours |
//! | `requests` | the requests, built and bounded |
//! | `service` | the [`Channel`]: one request for each call |
//! | `hook` | proves and reads the shop's webhooks |
//! | `tests` | a stand-in shop, the test kit on it, and broken answers |
//!
//! A connector sends exactly one request for each call and never retries, waits or remembers: that is the engine's business.
//! A new connector is done when it passes every story of [`testkit`].

mod call;
mod channel;
mod config;
mod decode;
mod error;
pub mod generic;
mod hook;
mod registry;
pub mod standard_webhooks;
pub mod testkit;
mod values;

pub use channel::{Answer, Channel, Limits};
pub use config::{ChannelConfig, ConfigError};
pub use error::{ChannelError, ChannelErrorKind};
pub use hook::{Hook, HookError, HookSubject};
pub use registry::{kinds, open};
pub use values::{
    BadRecord, Health, OrderPage, ProductPage, PushResult, PushStatus, ShopProduct, ShopStock, StockPage, StockPush,
};
