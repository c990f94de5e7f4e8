//! What a shop's webhook says, once it is proven to come from the shop.

use regihub_domain::{OrderId, Sku};

/// A proven message. It is a hint: the feed has the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The same on a resend.
    pub message_id: String,
    /// What it is about: `order`, `product`, or whatever stands before the first dot of the shop's own type.
    pub event: String,
    /// What happened: `placed`, `cancelled`, `updated`; empty when the type has no dot.
    pub action: String,
    pub subject: HookSubject,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookSubject {
    Order {
        id: OrderId,
        sequence: i64,
    },
    Product {
        sku: Sku,
    },
    /// A type this program does not know: stored and ignored.
    Unknown,
}

/// Why a webhook was not accepted. None of these tells a sender anything about the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    #[error("this shop has no webhook secret; enter one in its settings first")]
    NoSecret,
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    #[error("the header {0} cannot be read; {1}")]
    BadHeader(&'static str, &'static str),
    #[error("the message is {seconds} seconds away from now, more than {allowed} are not accepted; compare the clocks")]
    OutOfTime { seconds: u64, allowed: u64 },
    #[error("no signature fits the message and the secret")]
    BadSignature,
    /// The signature is right, the body is not.
    #[error("the message is signed correctly but cannot be read: {0}")]
    Body(String),
}

impl HookError {
    /// Whether the sender proved to be the shop: answer 400 instead of 401.
    pub fn is_from_the_shop(&self) -> bool {
        matches!(self, Self::Body(_))
    }
}
