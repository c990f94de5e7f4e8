//! What people do in the shops and at the admin screen: sell, take goods in, count, take sales back. The same paths as the API, without tokens.

use crate::{
    emulator::{Emulator, Inner, State},
    problem::Problem,
    resources::{
        dataset,
        sales::temporaries,
        stock::{Movement, check_level, event_entry, move_stock},
        transactions::{self, cancel_sale, dispose_events, dispose_sale, register},
    },
    settings::Settings,
    spec::EmulatorError,
    state::{Id, StockChange, StockDivision, World},
    time::Seconds,
    webhooks::Event,
};
use serde_json::{Map, Value, json};

impl From<Problem> for EmulatorError {
    fn from(problem: Problem) -> Self {
        Self::Refused(format!("{} {}: {}", problem.status, problem.title, problem.detail.unwrap_or_default()))
    }
}

/// Something that was done, and the events it sets off.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    /// Action and stock changes of `pos:transactions` events about this id.
    pub(crate) sale: Vec<(Id, &'static str)>,
    pub(crate) changes: Vec<StockChange>,
    /// Whether the stock changes are told although no sale caused them.
    pub(crate) tell_stock: bool,
    /// Temporary sales that are done with it.
    pub(crate) parked: Vec<Id>,
}

impl Inner {
    /// Does something on the shop floor, writes it down and tells the apps.
    pub(crate) fn act<T>(
        &self,
        state: &mut State,
        contract: &str,
        act: impl FnOnce(&mut World, Seconds) -> Result<Done<T>, Problem>,
    ) -> Result<T, EmulatorError> {
        let known = state.world.shop(contract).map(|shop| shop.id.clone());
        let contract = known.ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        let before = state.world.shop(&contract).map_or(0, |shop| shop.stock.next_change_id());
        let done = act(&mut state.world, self.now())?;
        let restocked = self.restock(&mut state.world, &contract, before)?;
        state.world.save()?;
        let event = |name: &str, action: &str, ids: Vec<Value>| Event::new(contract.clone(), name, action, ids);
        let sales = done.sale.iter().map(|(id, action)| event("pos:transactions", action, vec![json!(id.to_string())]));
        let tell = (done.tell_stock || self.settings.webhook.stock_on_sale) && !done.changes.is_empty();
        let stock = tell.then(|| event("pos:stock", "edited", done.changes.iter().map(event_entry).collect()));
        let parked = done.parked.iter().map(|id| json!(id.to_string())).collect::<Vec<_>>();
        let parked = (!parked.is_empty()).then(|| event(temporaries::EVENT, "edited", parked));
        let events = sales.chain(stock).chain(parked).chain(restocked).collect();
        self.publish(state, events, Vec::new());
        Ok(done.value)
    }
}

/// Registers a transaction body, as a till or POST `/transactions` sends it.
pub(crate) fn sell(
    world: &mut World,
    settings: &Settings,
    contract: &str,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<Done<Id>, Problem> {
    let done = register(world, settings, contract, body, now)?;
    let (sale, changes, parked) = (vec![(done.id, "created")], done.changes, done.parked);
    Ok(Done { value: done.id, sale, changes, tell_stock: false, parked })
}

pub(crate) fn cancel(world: &mut World, contract: &str, id: Id, now: Seconds) -> Result<Done<()>, Problem> {
    let done = cancel_sale(world, contract, id, now)?;
    Ok(Done {
        value: (),
        sale: vec![(done.id, "canceled")],
        changes: done.changes,
        tell_stock: false,
        parked: Vec::new(),
    })
}

pub(crate) fn dispose(
    world: &mut World,
    settings: &Settings,
    contract: &str,
    id: Id,
    now: Seconds,
) -> Result<Done<Id>, Problem> {
    let done = dispose_sale(world, contract, id, &Map::new(), now)?;
    let events = dispose_events(settings.webhook.dispose_action, &done);
    let sale = events.iter().map(|(action, _)| (done.id, *action)).collect();
    Ok(Done { value: done.id, sale, changes: done.changes, tell_stock: false, parked: Vec::new() })
}

/// A change of stock by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ByHand {
    /// 仕入: so many pieces more.
    Receive(i64),
    /// 修正: so many pieces there are.
    Correct(i64),
}

pub(crate) fn move_by_hand(
    world: &mut World,
    contract: &str,
    (product, store): (Id, Id),
    change: ByHand,
    memo: Option<String>,
    now: Seconds,
) -> Result<Done<StockChange>, Problem> {
    let shop = world.shop(contract).ok_or_else(Problem::access_denied)?;
    if shop.products().get(product).is_none() {
        return Err(Problem::unknown_reference("productId"));
    }
    if !shop.has_store(store) {
        return Err(Problem::unknown_reference("storeId"));
    }
    let level = shop.stock.amount(product, store);
    let (division, target) = match change {
        ByHand::Receive(amount) => (StockDivision::GoodsIn, level.saturating_add(amount)),
        ByHand::Correct(target) => (StockDivision::Correction, target),
    };
    check_level(target)?;
    let movement = Movement { product, store, amount: target - level, division, effective_at: now, memo };
    let change = move_stock(world, contract, movement, now).ok_or_else(Problem::access_denied)?;
    Ok(Done { value: change.clone(), sale: Vec::new(), changes: vec![change], tell_stock: true, parked: Vec::new() })
}

impl Emulator {
    /// Registers a transaction body as POST `/transactions` takes it; gives its id.
    ///
    /// # Errors
    /// When the body breaks a rule; the text names the field.
    pub fn sell(&self, contract: &str, body: &Map<String, Value>) -> Result<u64, EmulatorError> {
        let inner = &self.inner;
        inner.act(&mut self.state(), contract, |world, now| sell(world, &inner.settings, contract, body, now))
    }

    /// 取消 of a sale.
    ///
    /// # Errors
    /// When it does not exist or was taken back already.
    pub fn cancel_sale(&self, contract: &str, sale: u64) -> Result<(), EmulatorError> {
        self.inner.act(&mut self.state(), contract, |world, now| cancel(world, contract, sale, now))
    }

    /// 打消 of a sale; gives the id of the counter-entry.
    ///
    /// # Errors
    /// When it does not exist or was taken back already.
    pub fn dispose_sale(&self, contract: &str, sale: u64) -> Result<u64, EmulatorError> {
        let inner = &self.inner;
        inner.act(&mut self.state(), contract, |world, now| dispose(world, &inner.settings, contract, sale, now))
    }

    /// Goods in (division 03).
    ///
    /// # Errors
    /// When the product or store does not exist, or the level leaves ±999,999,999.
    pub fn receive(&self, contract: &str, product: u64, store: u64, amount: i64) -> Result<StockChange, EmulatorError> {
        self.by_hand(contract, (product, store), ByHand::Receive(amount), None)
    }

    /// A person sets the level (division 01).
    ///
    /// # Errors
    /// When the product or store does not exist, or the level leaves ±999,999,999.
    pub fn correct(&self, contract: &str, product: u64, store: u64, level: i64) -> Result<StockChange, EmulatorError> {
        self.by_hand(contract, (product, store), ByHand::Correct(level), None)
    }

    pub(crate) fn by_hand(
        &self,
        contract: &str,
        pair: (Id, Id),
        change: ByHand,
        memo: Option<String>,
    ) -> Result<StockChange, EmulatorError> {
        let mut state = self.state();
        self.inner.act(&mut state, contract, |world, now| move_by_hand(world, contract, pair, change, memo, now))
    }

    /// Adds a data set (see the sample) to a contract. Nothing is told to apps.
    ///
    /// # Errors
    /// When it is malformed; the text names the row. Rows before it are loaded then.
    pub fn load_dataset(&self, contract: &str, dataset: &Value) -> Result<(), EmulatorError> {
        self.inner.load_dataset(&mut self.state(), contract, dataset)
    }

    /// A transaction as POST `/transactions` answers with it.
    pub fn sale(&self, contract: &str, id: u64) -> Option<Value> {
        let state = self.state();
        let sale = state.world.shop(contract)?.sales.get(id)?;
        Some(transactions::render(&state.world.layouts, sale))
    }
}

impl Inner {
    pub(crate) fn load_dataset(&self, state: &mut State, contract: &str, dataset: &Value) -> Result<(), EmulatorError> {
        let world = &mut state.world;
        let outcome = dataset::load(world, self.catalogue, &self.settings, contract, dataset, self.now());
        world.save()?;
        outcome
    }
}
