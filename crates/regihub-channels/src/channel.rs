//! What Regihub needs of a shop.

use crate::{ChannelError, Health, Hook, HookError, OrderPage, ProductPage, PushResult, StockPage, StockPush};
use regihub_domain::Sku;
use regihub_ports::{BoxFuture, Exchange};

/// One shop, through the connector for its kind.
///
/// Every call sends one request and gives its record back, for the exchange log, with the answer or inside the error.
pub trait Channel: Send + Sync {
    /// The name of the connector, as in the shop's settings: `generic`.
    fn kind(&self) -> &'static str;

    fn limits(&self) -> Limits;

    /// The connection test. It tells a wrong key ([`Unauthorised`](crate::ChannelErrorKind::Unauthorised)) from a dead server
    /// ([`NotSent`](crate::ChannelErrorKind::NotSent), [`Unclear`](crate::ChannelErrorKind::Unclear),
    /// [`Server`](crate::ChannelErrorKind::Server)) from something that is not such a shop
    /// ([`NotFound`](crate::ChannelErrorKind::NotFound), [`Decode`](crate::ChannelErrorKind::Decode)).
    fn check(&self) -> BoxFuture<'_, Result<Answer<Health>, ChannelError>>;

    /// One page of what the shop sells, ascending by SKU, beginning behind `after`.
    fn products(&self, after: Option<Sku>) -> BoxFuture<'_, Result<Answer<ProductPage>, ChannelError>>;

    /// Sends absolute stock numbers, at most [`Limits::push_batch`]; the result has one entry for each item, in the order given.
    ///
    /// An empty list sends nothing and answers with an [`Exchange`] without a status.
    fn push_stock(&self, items: Vec<StockPush>) -> BoxFuture<'_, Result<Answer<Vec<PushResult>>, ChannelError>>;

    /// One page of the stock the shop holds, ascending by SKU, beginning behind `after`.
    fn read_stock(&self, after: Option<Sku>) -> BoxFuture<'_, Result<Answer<StockPage>, ChannelError>>;

    /// One page of order changes with a sequence greater than `sequence` (0: from the beginning), ascending.
    fn orders_after(&self, sequence: i64) -> BoxFuture<'_, Result<Answer<OrderPage>, ChannelError>>;

    /// Proves that a webhook comes from the shop (in constant time) and says what it is about. `now_us`: microseconds since 1970, UTC.
    fn verify_webhook(&self, headers: &http::HeaderMap, body: &[u8], now_us: i64) -> Result<Hook, HookError>;
}

/// How much one call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Stock numbers in one push.
    pub push_batch: usize,
    /// Order changes in one page.
    pub orders_page: usize,
    /// Products, or stock rows, in one page.
    pub products_page: usize,
}

/// What the shop answered, with the record of the request.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub value: T,
    pub exchange: Exchange,
}
