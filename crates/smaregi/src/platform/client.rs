use super::{
    ClientOptions, Error, Priority,
    budget::Budget,
    token::{Token, TokenKeeper},
};
use bytes::Bytes;
use http::{Request, Response};
use regihub_ports::{Dice, Exchange, SharedClock, SharedTransport, TransportError};
use std::{sync::Arc, time::Duration};

/// Sees every HTTP exchange: also token calls (secrets masked) and attempts that failed. Called in the middle of a call, so it must be quick.
pub trait Observer: Send + Sync {
    fn exchanged(&self, exchange: &Exchange);
}

/// One app on one contract. Clones share the token and the rate budget; each has its own priority and observer.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    priority: Priority,
    observer: Option<Arc<dyn Observer>>,
}

struct Shared {
    options: ClientOptions,
    transport: SharedTransport,
    clock: SharedClock,
    dice: Dice,
    token: TokenKeeper,
    reads: Budget,
    writes: Budget,
}

impl Client {
    /// Sends nothing yet. Calls go out with [`Priority::Person`] until [`Client::with_priority`] says otherwise.
    pub fn new(mut options: ClientOptions, transport: SharedTransport, clock: SharedClock, dice: Dice) -> Self {
        for base in [&mut options.api_base, &mut options.token_base] {
            base.truncate(base.trim_end_matches('/').len());
        }
        let shared = Shared {
            reads: Budget::new(options.reads_per_second, clock.clone()),
            writes: Budget::new(options.writes_per_second, clock.clone()),
            token: TokenKeeper::default(),
            options,
            transport,
            clock,
            dice,
        };
        Self { shared: Arc::new(shared), priority: Priority::Person, observer: None }
    }

    /// The same client for work of another urgency.
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    /// The same client, watched.
    pub fn with_observer(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    pub fn priority(&self) -> Priority {
        self.priority
    }

    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// Fetches a token and reads one store. The error tells a wrong secret, a wrong contract, a missing scope and a dead server apart.
    pub async fn check(&self) -> Result<(), Error> {
        let one = super::StoreQuery { page: super::PageRequest { limit: 1, page: 1 }, ..Default::default() };
        self.stores(&one).await.map(|_| ())
    }

    /// Waits for a place in the budget and returns a token that is fresh *after* the wait, which may be long for patient work.
    pub(crate) async fn turn_with_token(&self, writes: bool) -> Result<Token, Error> {
        self.shared.token.get(self).await?;
        self.budget(writes).acquire(self.priority).await;
        self.shared.token.get(self).await
    }

    /// Token calls count as writes, and everybody waits for them.
    pub(crate) async fn write_turn_for_token(&self) {
        self.shared.writes.acquire(Priority::Person).await;
    }

    pub(crate) async fn forget(&self, token: &Token) {
        self.shared.token.forget(token).await;
    }

    pub(crate) fn budget(&self, writes: bool) -> &Budget {
        if writes { &self.shared.writes } else { &self.shared.reads }
    }

    /// One attempt. The record never holds headers, so never the token.
    pub(crate) async fn transmit(
        &self,
        request: Request<Bytes>,
    ) -> (Result<Response<Bytes>, TransportError>, Exchange) {
        regihub_ports::exchange(&*self.shared.transport, &*self.shared.clock, request).await
    }

    pub(crate) fn observe(&self, record: &Exchange) {
        if let Some(observer) = &self.observer {
            observer.exchanged(record);
        }
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.shared.clock.now_us()
    }

    pub(crate) fn dice(&self) -> &Dice {
        &self.shared.dice
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        self.shared.clock.sleep(duration).await;
    }
}
