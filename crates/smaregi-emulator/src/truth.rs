//! What is really so: for tests, simulations and the screen of the demo.

use crate::{
    emulator::Emulator,
    requests::RequestRecord,
    spec::EmulatorError,
    state::{Shop, StockChange},
    webhooks::{DeliveryRecord, WebhookChaos},
};
use std::collections::BTreeMap;

/// The state of one contract, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// (product, store) → pieces. Pairs that never moved are missing.
    pub levels: BTreeMap<(u64, u64), i64>,
    /// Rows per table.
    pub rows: BTreeMap<&'static str, usize>,
    pub sales: usize,
    /// Id of the newest transaction, 0 when there is none.
    pub last_sale: u64,
}

impl Truth {
    pub(crate) fn of(shop: &Shop) -> Self {
        Self {
            levels: shop.stock.levels().iter().map(|(pair, level)| (*pair, level.amount)).collect(),
            rows: shop.tables().map(|table| (table.spec.name.as_str(), table.len())).collect(),
            sales: shop.sales.len(),
            last_sale: shop.sales.next_id() - 1,
        }
    }
}

impl Emulator {
    /// All levels and counts of a contract.
    ///
    /// # Errors
    /// When the contract does not exist.
    pub fn truth(&self, contract: &str) -> Result<Truth, EmulatorError> {
        let state = self.state();
        let shop = state.world.shop(contract).ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        Ok(Truth::of(shop))
    }

    /// Every movement of a product in a store, oldest first.
    pub fn history(&self, contract: &str, product: u64, store: u64) -> Vec<StockChange> {
        let state = self.state();
        let level = state.world.shop(contract).and_then(|shop| shop.stock.level(product, store));
        level.map(|level| level.history.clone()).unwrap_or_default()
    }

    /// Calls so far, by operation (`GET /stock`, `POST /app/{contract}/token`).
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.state().calls.report()
    }

    /// The newest calls of the API and token hosts, oldest first; at most 1 000 of them.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state().requests.records().iter().cloned().collect()
    }

    /// The newest deliveries, oldest first; `webhook.log_length` of them.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.state().outbox.log.iter().cloned().collect()
    }

    /// All deliveries so far, by outcome.
    pub fn delivery_totals(&self) -> BTreeMap<&'static str, u64> {
        self.state().outbox.totals.clone()
    }

    /// Webhooks and callbacks that wait or are on their way.
    pub fn pending_deliveries(&self) -> usize {
        self.state().outbox.pending()
    }

    /// Disturbs deliveries from now on; `WebhookChaos::default()` ends it.
    pub fn set_webhook_chaos(&self, chaos: WebhookChaos) {
        self.state().outbox.chaos = chaos;
    }
}
