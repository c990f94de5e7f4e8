//! What the HTTP side asks of the engine.

use http::HeaderMap;
use regihub_domain::LinkId;
use regihub_ports::BoxFuture;
use regihub_storage::{Owner, Shop, Verdict};
use tokio::sync::watch;

/// The few things a page or a notification needs of the running engine. Whoever puts the program together implements it.
pub trait EngineHandle: Send + Sync {
    /// Counts up whenever anything that a page shows has changed. Pages that are open read again then.
    fn changes(&self) -> watch::Receiver<u64>;

    /// A person asks to read this item again now, before everything else that waits.
    ///
    /// # Errors
    /// A sentence that may be shown to the person, when the wish could not be taken.
    fn refresh<'a>(&'a self, link: LinkId, sku: &'a str) -> BoxFuture<'a, Result<(), String>>;

    /// A person has just written something the engine should look at now: freed what was parked or changed a margin.
    /// Without this the engine finds it the next time it looks by itself.
    fn wake(&self) {}

    /// A person has changed the set-up: switched a link. The engine must hold to it from now on, not after the next start.
    ///
    /// # Errors
    /// A sentence that may be shown to the person, when the engine could not take it over.
    fn set_up_changed(&self) -> BoxFuture<'_, Result<(), String>> {
        self.wake();
        Box::pin(std::future::ready(Ok(())))
    }

    /// What a notification asks for; it is stored with the answer. Decides by the event's name and the ids in the body, reads nothing else.
    fn sort(&self, owner: Owner, event: &str, body: &[u8]) -> Verdict;

    /// A notification of this owner has just been stored.
    fn arrived(&self, _owner: Owner) {}

    /// Checks the signature of a shop's notification as the shop's channel demands it, and reads what it is about.
    ///
    /// # Errors
    /// Why it is refused. The text goes to the log, not to the sender.
    fn check_channel_hook(&self, shop: &Shop, headers: &HeaderMap, body: &[u8]) -> Result<HookInfo, String>;
}

/// What a shop's notification says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookInfo {
    /// The sender's id of this very message; the same on a resend. `None` where the channel gives none.
    pub message_id: Option<String>,
    /// For example `order.placed`.
    pub event: String,
    /// Second part of the name where the channel has one, else empty.
    pub action: String,
}
