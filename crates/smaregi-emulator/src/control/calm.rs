//! `POST /control/calm`: every disturbance ends at once.

use crate::{emulator::State, faults::Maintenance, webhooks::WebhookChaos};
use serde_json::{Value, json};

pub(super) fn calm(state: &mut State) -> Value {
    state.faults.clear();
    state.outbox.chaos = WebhookChaos::default();
    state.maintenance = Maintenance::default();
    json!({})
}
