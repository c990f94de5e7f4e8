//! The delivery log for the person in front of it. Smaregi has neither a log nor a second sending (platform-common.md §15.3);
//! both are tools of the emulator.

use super::{DeliveryRecord, Outbox};
use crate::{
    emulator::{Emulator, Inner, State},
    spec::EmulatorError,
};
use serde_json::{Value, json};

/// Which deliveries to show. Everything that is `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFilter {
    pub(crate) contract: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) status: Option<u16>,
    /// Text in the address, headers or body.
    pub(crate) text: Option<String>,
    /// Only deliveries with a smaller number: the next page of older ones.
    pub(crate) before: Option<u64>,
    /// At most so many, the newest.
    pub(crate) limit: Option<usize>,
}

impl DeliveryFilter {
    fn accepts(&self, record: &DeliveryRecord) -> bool {
        let same = |wanted: &Option<String>, have: &str| wanted.as_ref().is_none_or(|wanted| wanted == have);
        same(&self.contract, &record.contract)
            && same(&self.client_id, &record.client_id)
            && same(&self.event, &record.event)
            && same(&self.outcome, record.outcome)
            && self.status.is_none_or(|status| record.status == Some(status))
            && self.before.is_none_or(|before| record.number < before)
            && self.text.as_ref().is_none_or(|text| has_text(record, text))
    }

    /// The newest that fit, oldest first, and whether there are more before them.
    pub(crate) fn page<'o>(&self, outbox: &'o Outbox) -> (Vec<&'o DeliveryRecord>, bool) {
        let most = self.limit.unwrap_or(usize::MAX);
        let mut fitting = outbox.log.iter().rev().filter(|record| self.accepts(record));
        let mut page: Vec<&DeliveryRecord> = fitting.by_ref().take(most).collect();
        page.reverse();
        (page, fitting.next().is_some())
    }
}

fn has_text(record: &DeliveryRecord, text: &str) -> bool {
    let headers = record.headers.iter().any(|(name, value)| name.contains(text) || value.contains(text));
    headers || record.url.contains(text) || record.body.contains(text)
}

/// `GET /control/deliveries`.
pub(crate) fn report(outbox: &Outbox, filter: &DeliveryFilter) -> Value {
    let (log, more) = filter.page(outbox);
    let waiting: Vec<_> = outbox.waiting().take(filter.limit.unwrap_or(100)).collect();
    json!({
        "pending": outbox.pending(),
        "totals": outbox.totals,
        "waiting": waiting,
        "log": log,
        "more": more,
    })
}

impl Inner {
    /// Queues the same request again, undisturbed; gives the number of the new delivery.
    pub(crate) fn resend(&self, state: &mut State, number: u64) -> Result<u64, EmulatorError> {
        let found = state.outbox.log.iter().find(|record| record.number == number);
        let again = found.ok_or_else(|| {
            EmulatorError::data("number", format!("the log has no delivery {number}; it keeps the newest ones"))
        })?;
        let again = again.again();
        let number = state.outbox.push(again);
        self.wake.notify_one();
        Ok(number)
    }
}

impl Emulator {
    /// Sends a delivery of the log once more: the same address, headers and body. Gives the number of the new one.
    ///
    /// # Errors
    /// When the log does not have it (any more).
    pub fn resend(&self, number: u64) -> Result<u64, EmulatorError> {
        self.inner.resend(&mut self.state(), number)
    }
}
