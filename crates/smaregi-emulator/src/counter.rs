//! What people at the counter do besides ringing up: put goods aside, park a sale, sell tickets, adjust the till, close the day.
//! The same paths as the API, without tokens.

use crate::{
    emulator::{Emulator, Inner, State},
    problem::Problem,
    resources::{
        TicketSale,
        sales::{Desk, adjustments, temporaries},
        stock::event_entry,
    },
    settings::Settings,
    spec::EmulatorError,
    state::StockChange,
    time,
    webhooks::Event,
};
use serde_json::{Map, Value, json};

/// Tickets that were sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// 取引ID
    pub sale: u64,
    /// 取引回数券ID
    pub product_set: u64,
}

/// A day that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    pub store: u64,
    /// `YYYY-MM-DD`
    pub sum_date: String,
    /// The transactions that were closed.
    pub transactions: Vec<u64>,
}

/// What a deed tells the apps: event, action, ids.
type Told = Vec<(&'static str, &'static str, Vec<Value>)>;

impl Inner {
    /// Does something at the counter, writes it down and tells the apps.
    fn work<T>(
        &self,
        state: &mut State,
        contract: &str,
        work: impl FnOnce(&mut Desk<'_>, &Settings) -> Result<(T, Told), Problem>,
    ) -> Result<T, EmulatorError> {
        let known = state.world.shop(contract).map(|shop| shop.id.clone());
        let contract = known.ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        let (value, told) = work(&mut Desk::new(&mut state.world, &contract, self.now()), &self.settings)?;
        state.world.save()?;
        let told = told.into_iter().filter(|(_, _, ids)| !ids.is_empty());
        let events = told.map(|(name, action, ids)| Event::new(contract.clone(), name, action, ids));
        self.publish(state, events.collect(), Vec::new());
        Ok(value)
    }

    pub(crate) fn lay_away(
        &self,
        state: &mut State,
        contract: &str,
        body: &Map<String, Value>,
    ) -> Result<u64, EmulatorError> {
        self.work(state, contract, |desk, settings| {
            let (id, changes) = desk.lay_away(settings, body)?;
            let mut told = layaway_told(settings, "created", id, &changes);
            told.push(("pos:layaways", "created", ids(&[id])));
            Ok((id, told))
        })
    }

    pub(crate) fn dispose_layaway(&self, state: &mut State, contract: &str, id: u64) -> Result<u64, EmulatorError> {
        self.work(state, contract, |desk, settings| {
            let done = desk.dispose_layaway(id, &Map::new())?;
            Ok((done.id, layaway_told(settings, "disposed", done.id, &done.changes)))
        })
    }

    pub(crate) fn park(
        &self,
        state: &mut State,
        contract: &str,
        body: &Map<String, Value>,
    ) -> Result<u64, EmulatorError> {
        self.work(state, contract, |desk, settings| {
            let id = desk.park(settings, body)?;
            Ok((id, vec![(temporaries::EVENT, "created", ids(&[id]))]))
        })
    }

    pub(crate) fn sell_tickets(
        &self,
        state: &mut State,
        contract: &str,
        order: &TicketSale,
    ) -> Result<Sold, EmulatorError> {
        self.work(state, contract, |desk, settings| {
            let (sale, product_set) = desk.sell_tickets(settings, order)?;
            Ok((Sold { sale, product_set }, vec![("pos:transactions", "created", ids(&[sale]))]))
        })
    }

    /// Gives the time of the adjustment.
    pub(crate) fn adjust(
        &self,
        state: &mut State,
        contract: &str,
        body: &Map<String, Value>,
    ) -> Result<String, EmulatorError> {
        let done = self.work(state, contract, |desk, _| Ok((desk.adjust(body)?, Vec::new())))?;
        self.publish(state, vec![adjustments::event(contract.into(), &done)], Vec::new());
        Ok(done.at)
    }

    pub(crate) fn close_day(
        &self,
        state: &mut State,
        contract: &str,
        body: &Map<String, Value>,
    ) -> Result<Closed, EmulatorError> {
        self.work(state, contract, |desk, settings| {
            let (store, day, transactions) = desk.close_day(settings, body)?;
            Ok((Closed { store, sum_date: time::format_days(day), transactions }, Vec::new()))
        })
    }
}

fn ids(ids: &[u64]) -> Vec<Value> {
    ids.iter().map(|id| json!(id.to_string())).collect()
}

fn layaway_told(settings: &Settings, action: &'static str, id: u64, changes: &[StockChange]) -> Told {
    let mut told = Told::new();
    if settings.sales.layaways.transaction_events {
        told.push(("pos:transactions", action, ids(&[id])));
    }
    if settings.webhook.stock_on_sale {
        told.push(("pos:stock", "edited", changes.iter().map(event_entry).collect()));
    }
    told
}

impl Emulator {
    /// 取置き: registers a body as POST `/transactions/layaways` takes it; gives its id.
    ///
    /// # Errors
    /// When the body breaks a rule; the text names the field.
    pub fn lay_away(&self, contract: &str, body: &Map<String, Value>) -> Result<u64, EmulatorError> {
        self.inner.lay_away(&mut self.state(), contract, body)
    }

    /// 打消 of a layaway that nobody picked up; gives the id of the counter-entry.
    ///
    /// # Errors
    /// When it does not exist, was picked up or disposed already.
    pub fn dispose_layaway(&self, contract: &str, layaway: u64) -> Result<u64, EmulatorError> {
        self.inner.dispose_layaway(&mut self.state(), contract, layaway)
    }

    /// 仮販売: parks a sale, with a body as POST `/transactions/temporaries` takes it; gives its id.
    ///
    /// # Errors
    /// When the body breaks a rule; the text names the field.
    pub fn park(&self, contract: &str, body: &Map<String, Value>) -> Result<u64, EmulatorError> {
        self.inner.park(&mut self.state(), contract, body)
    }

    /// Sells 回数券, which the API cannot.
    ///
    /// # Errors
    /// When the product is none of tickets, or a row named does not exist.
    pub fn sell_tickets(&self, contract: &str, order: &TicketSale) -> Result<Sold, EmulatorError> {
        self.inner.sell_tickets(&mut self.state(), contract, order)
    }

    /// 精算 of a till, with a body as POST `/adjustments` takes it; gives its time (`YYYY-MM-DDThh:mm:ss+09:00`).
    ///
    /// # Errors
    /// When the store or till does not exist, or the store wants its cash counted.
    pub fn adjust(&self, contract: &str, body: &Map<String, Value>) -> Result<String, EmulatorError> {
        self.inner.adjust(&mut self.state(), contract, body)
    }

    /// 日次締め of a store, with a body as POST `/daily_summaries` takes it.
    ///
    /// # Errors
    /// When the store closes by itself or has a cash drawer, or the day is to come.
    pub fn close_day(&self, contract: &str, body: &Map<String, Value>) -> Result<Closed, EmulatorError> {
        self.inner.close_day(&mut self.state(), contract, body)
    }
}
