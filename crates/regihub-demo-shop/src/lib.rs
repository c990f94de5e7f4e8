//! A small storefront that implements the contract `regihub-generic/1` (docs/channels/generic.md) and knows nothing of the hub.
//!
//! It is the shop of the demo and the shop of the simulations: pages where people buy, the contract's API for the hub,
//! signed webhooks, and a control interface with which a test or a curious person makes it misbehave.
//!
//! | room | what lives there |
//! |---|---|
//! | `book` | the rules: what may be sold, what a push may change, the feed of order changes; pure |
//! | `journal` | the changes on disk, replayed at the next start |
//! | `shop` | one lock around book and journal; every purchase and push passes here |
//! | `contract` | the API of the contract |
//! | `webhooks`, `faults` | the hints sent to the hub, and what may go wrong on purpose |
//! | `control` | buying, cancelling and faults by HTTP, for demos |
//! | `pages` | what a customer sees |

mod book;
mod contract;
mod control;
mod faults;
mod journal;
mod options;
mod order;
mod pages;
mod shop;
mod transport;
mod webhooks;

pub use book::{OutOfStock, StockTruth};
pub use faults::{FaultSwitch, Faults};
pub use options::{ShopOptions, ShopProduct, WebhookTarget};
pub use order::{Order, OrderLine, OrderStatus};
pub use shop::{BuyError, CancelError, NotStored, Shop, ShopTruth};
pub use transport::ShopTransport;

/// Serves the shop's pages, contract and control interface until `shutdown` is done; requests under way are finished first.
pub async fn serve(
    shop: Shop,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, shop.router()).with_graceful_shutdown(shutdown).await
}
