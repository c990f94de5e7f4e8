use crate::{
    book::{Book, Entry, OutOfStock, Push, StockTruth},
    faults::FaultSwitch,
    journal::Journal,
    options::{ShopOptions, ShopProduct},
    order::{Order, OrderLine, OrderStatus},
    transport::ShopTransport,
    webhooks::{Hint, Outbox},
};
use jiff::Timestamp;
use regihub_ports::{Dice, SharedClock, SharedTransport};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most pieces of one SKU in one order.
pub(crate) const MOST_PIECES: i64 = 999;

/// A running shop. Clones are the same shop.
#[derive(Clone)]
pub struct Shop(Arc<Inner>);

struct Inner {
    options: ShopOptions,
    products: BTreeMap<String, ShopProduct>,
    clock: SharedClock,
    dice: Dice,
    faults: FaultSwitch,
    outbox: Option<Outbox>,
    state: Mutex<State>,
}

/// Both under one lock: what is sold is sold to one customer only, and the journal has the order in which it happened.
struct State {
    book: Book,
    journal: Option<Journal>,
}

impl State {
    /// Writes down, then does. Nothing is done when it cannot be written down.
    fn record(&mut self, entries: Vec<Entry>) -> Result<(), NotStored> {
        if let Some(journal) = &mut self.journal {
            journal.append(&entries).map_err(|error| NotStored(error.to_string()))?;
        }
        for entry in entries {
            self.book.apply(entry).map_err(NotStored)?;
        }
        Ok(())
    }
}

/// The journal could not be written; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change could not be stored: {0}")]
pub struct NotStored(pub String);

/// Why an order was not taken. Nothing of it was sold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuyError {
    #[error(transparent)]
    OutOfStock(#[from] OutOfStock),
    #[error("sku: this shop does not sell {0:?}")]
    UnknownSku(String),
    #[error("quantity: got {quantity} of {sku:?}, allowed is 1 to {MOST_PIECES}")]
    BadQuantity { sku: String, quantity: i64 },
    #[error("items: an order needs at least one")]
    Empty,
    #[error(transparent)]
    NotStored(#[from] NotStored),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    #[error("id: there is no order {0:?}")]
    UnknownOrder(String),
    #[error("order {0} is already cancelled")]
    AlreadyCancelled(String),
    #[error(transparent)]
    NotStored(#[from] NotStored),
}

/// Everything the shop knows, for comparing with what others believe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShopTruth {
    /// Each SKU on sale.
    pub stock: BTreeMap<String, StockTruth>,
    /// Each order as it is now, oldest first.
    pub orders: Vec<Order>,
    /// Pieces sold beyond what was available at that moment; always 0.
    pub oversold: i64,
}

/// What became of one item of a push (generic.md §3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PushOutcome {
    Applied(Push),
    /// The newer or equal push that is held.
    Stale(Push),
    UnknownSku,
    /// The number claims to contain orders that were never placed here.
    Ahead {
        last_sequence: u64,
    },
}

impl Shop {
    /// Opens the shop, with its past if it has a `data_dir`.
    pub fn open(options: ShopOptions, clock: SharedClock, dice: Dice) -> anyhow::Result<Self> {
        let products = options.checked_products()?;
        let outbox = options.webhook.as_ref().map(Outbox::new).transpose()?;
        let (journal, book) = match &options.data_dir {
            Some(data_dir) => Journal::open(data_dir).map(|(journal, book)| (Some(journal), book))?,
            None => (None, Book::default()),
        };
        let state = Mutex::new(State { book, journal });
        Ok(Self(Arc::new(Inner { options, products, clock, dice, faults: FaultSwitch::default(), outbox, state })))
    }

    /// The pages, the contract and the control interface.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
            .merge(crate::contract::routes(self))
            .merge(crate::control::routes(self))
            .merge(crate::pages::routes(self))
    }

    /// The shop without sockets: the same handlers, for simulations.
    pub fn transport(&self) -> ShopTransport {
        ShopTransport::new(self.router())
    }

    /// Sends a signed webhook for each order change from now on (and for those that waited). Aborting the handle stops all
    /// deliveries under way. A second call finds nothing to do and ends at once.
    pub fn start_webhooks(&self, transport: SharedTransport) -> tokio::task::JoinHandle<()> {
        tokio::spawn(crate::webhooks::deliver_all(self.clone(), transport))
    }

    /// Sells `(sku, pieces)` now, all or nothing. The same SKU twice counts together.
    pub fn buy<S: AsRef<str>>(&self, items: &[(S, i64)]) -> Result<Order, BuyError> {
        self.buy_as(None, items)
    }

    pub(crate) fn buy_as<S: AsRef<str>>(&self, visitor: Option<&str>, items: &[(S, i64)]) -> Result<Order, BuyError> {
        let wanted = self.gathered(items)?;
        let mut state = self.lock();
        for (product, pieces) in &wanted {
            state.book.check_sellable(&product.sku, *pieces)?;
        }
        let order = new_order(&state.book, &wanted, self.now_to_the_second());
        let entry = Entry::Placed { order: order.clone(), visitor: visitor.map(str::to_owned) };
        state.record(vec![entry])?;
        self.announce("order.placed", &order, order.placed_at);
        Ok(order)
    }

    /// Cancels a whole order; its pieces are for sale again.
    pub fn cancel(&self, order_id: &str) -> Result<Order, CancelError> {
        let mut state = self.lock();
        let unknown = || CancelError::UnknownOrder(order_id.to_owned());
        if state.book.order(order_id).ok_or_else(unknown)?.status == OrderStatus::Cancelled {
            return Err(CancelError::AlreadyCancelled(order_id.to_owned()));
        }
        let sequence = state.book.last_sequence() + 1;
        state.record(vec![Entry::Cancelled { id: order_id.to_owned(), sequence }])?;
        let order = state.book.order(order_id).cloned().ok_or_else(unknown)?;
        self.announce("order.cancelled", &order, self.now_to_the_second());
        Ok(order)
    }

    /// Applies stock numbers in the order given, each judged for itself; they count together or, when the journal fails, not at all.
    pub(crate) fn push(&self, items: &[(String, Push)]) -> Result<Vec<PushOutcome>, NotStored> {
        let mut state = self.lock();
        let mut applied: BTreeMap<&str, Push> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(items.len());
        let mut entries = Vec::new();
        for (sku, push) in items {
            let held = applied.get(sku.as_str()).copied().or_else(|| state.book.held(sku));
            let outcome = self.judge(sku, push, held, state.book.last_sequence());
            if let PushOutcome::Applied(_) = outcome {
                applied.insert(sku, *push);
                entries.push(Entry::Stock { sku: sku.clone(), push: *push });
            }
            outcomes.push(outcome);
        }
        if !entries.is_empty() {
            state.record(entries)?;
        }
        Ok(outcomes)
    }

    fn judge(&self, sku: &str, push: &Push, held: Option<Push>, last_sequence: u64) -> PushOutcome {
        if !self.0.products.contains_key(sku) {
            return PushOutcome::UnknownSku;
        }
        match held {
            Some(held) if !push.is_newer_than(Some(&held)) => PushOutcome::Stale(held),
            _ if push.orders_seen > last_sequence => PushOutcome::Ahead { last_sequence },
            _ => PushOutcome::Applied(*push),
        }
    }

    /// What the shop knows, as it is now.
    pub fn truth(&self) -> ShopTruth {
        let state = self.lock();
        ShopTruth {
            stock: self.0.products.keys().map(|sku| (sku.clone(), state.book.stock(sku))).collect(),
            orders: state.book.orders().cloned().collect(),
            oversold: state.book.oversold(),
        }
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> &FaultSwitch {
        &self.0.faults
    }

    pub(crate) fn options(&self) -> &ShopOptions {
        &self.0.options
    }

    pub(crate) fn products(&self) -> &BTreeMap<String, ShopProduct> {
        &self.0.products
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    pub(crate) fn dice(&self) -> &Dice {
        &self.0.dice
    }

    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.0.outbox.as_ref()
    }

    /// Looks something up under the lock; nothing may wait in there.
    pub(crate) fn with_book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.lock().book)
    }

    fn gathered<S: AsRef<str>>(&self, items: &[(S, i64)]) -> Result<Vec<(&ShopProduct, i64)>, BuyError> {
        let mut wanted: Vec<(&ShopProduct, i64)> = Vec::new();
        for (sku, quantity) in items {
            let sku = sku.as_ref();
            let product = self.0.products.get(sku).ok_or_else(|| BuyError::UnknownSku(sku.to_owned()))?;
            let before = wanted.iter().position(|(known, _)| known.sku == sku);
            let pieces = quantity.saturating_add(before.map_or(0, |at| wanted[at].1));
            if *quantity < 1 || pieces > MOST_PIECES {
                return Err(BuyError::BadQuantity { sku: sku.to_owned(), quantity: pieces });
            }
            match before {
                Some(at) => wanted[at].1 = pieces,
                None => wanted.push((product, pieces)),
            }
        }
        if wanted.is_empty() { Err(BuyError::Empty) } else { Ok(wanted) }
    }

    /// Called under the lock, so that hints leave in the order of their sequence.
    fn announce(&self, kind: &'static str, order: &Order, at: Timestamp) {
        if let Some(outbox) = &self.0.outbox {
            outbox.queue(Hint { kind, order_id: order.id.clone(), sequence: order.sequence, at });
        }
    }

    /// Orders carry whole seconds, so that an order reads the same before and after a restart.
    fn now_to_the_second(&self) -> Timestamp {
        let now = self.0.clock.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_order(book: &Book, wanted: &[(&ShopProduct, i64)], placed_at: Timestamp) -> Order {
    let id = book.next_order_id();
    let lines = (1..).zip(wanted).map(|(number, (product, pieces))| OrderLine {
        line_id: i32::to_string(&number),
        sku: product.sku.clone(),
        name: product.name.clone(),
        quantity: *pieces,
        unit_price: product.price,
    });
    Order {
        id: id.to_string(),
        number: format!("W-{id}"),
        sequence: book.last_sequence() + 1,
        status: OrderStatus::Placed,
        placed_at,
        currency: "JPY".to_owned(),
        total: wanted.iter().map(|(product, pieces)| product.price * pieces).sum(),
        lines: lines.collect(),
    }
}
