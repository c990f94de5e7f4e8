//! Webhooks, notifications and callbacks: what is sent, to whom, and what became of it (platform-common.md §13–17).

mod callback;
mod log;
mod outbox;
mod send;

pub(crate) use callback::{Callback, CsvJob};
pub(crate) use log::{DeliveryFilter, report};
pub(crate) use outbox::{Delivery, Outbox};
pub use outbox::{DeliveryRecord, WebhookChaos};

use crate::{
    emulator::{Inner, State},
    spec::AppSpec,
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::{Catalogue, Confidence, Webhook};
use std::{collections::BTreeMap, sync::Arc};

/// Something happened that apps may want to know. Which events there are, with which actions and members, is data of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) contract: Arc<str>,
    pub(crate) name: String,
    pub(crate) action: String,
    /// Strings, or objects of several ids.
    pub(crate) ids: Vec<Value>,
    /// What some events carry beside the ids: `cashAdjustment`, `storeId`.
    pub(crate) members: Vec<(String, Value)>,
}

impl Event {
    pub(crate) fn new(contract: Arc<str>, name: &str, action: &str, ids: Vec<Value>) -> Self {
        Self { contract, name: name.into(), action: action.into(), ids, members: Vec::new() }
    }

    /// Compact, members in the order of real deliveries (§15.2); `None` when a member is missing.
    fn body(&self, webhook: &Webhook) -> Option<String> {
        let mut body = Map::new();
        for field in webhook.body.iter() {
            let value = match field.name.as_str() {
                "contractId" => json!(&*self.contract),
                "event" => json!(self.name),
                "action" => json!(self.action),
                name if Some(name) == webhook.ids_key.as_deref() => Value::Array(self.ids.clone()),
                name => self.members.iter().find(|(member, _)| member == name)?.1.clone(),
            };
            body.insert(field.name.clone(), value);
        }
        Some(Value::Object(body).to_string())
    }
}

/// Which read scope an app needs to be told of an event, as `pos.stock` for `pos:stock`; taken from the operations that set it off.
pub(crate) fn scopes_by_event(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let causes = catalogue.endpoints().iter().filter_map(|endpoint| {
        let scope = endpoint.scope.as_ref()?.split(':').next()?;
        Some((endpoint.webhook.as_ref()?.event.clone(), scope.to_owned()))
    });
    // No operation sets this one off: a stocktaking is only read through the API.
    let unseen = ("pos:stocktaking".to_owned(), "pos.stocktaking".to_owned());
    // The first operation decides; later ones may touch the event only in passing.
    causes.chain([unseen]).fold(BTreeMap::new(), |mut scopes, (event, scope)| {
        scopes.entry(event).or_insert(scope);
        scopes
    })
}

impl Inner {
    /// Queues what a committed change has to tell.
    pub(crate) fn publish(&self, state: &mut State, events: Vec<Event>, callbacks: Vec<Callback>) {
        for callback in callbacks {
            let event_id = self.event_id();
            self.enqueue(state, callback.into_delivery(event_id));
        }
        for event in events {
            self.publish_event(state, &event);
        }
        self.wake.notify_one();
    }

    /// Tells every app that wants to know; says how many are told.
    pub(crate) fn publish_event(&self, state: &mut State, event: &Event) -> usize {
        let webhook = self.catalogue.webhook(&event.name).filter(|webhook| self.is_sent(webhook));
        let Some(webhook) = webhook else { return 0 };
        let Some(body) = event.body(webhook).filter(|_| self.is_action(webhook, &event.action)) else {
            tracing::error!(event = event.name, action = event.action, "not an event of the catalogue, nobody is told");
            return 0;
        };
        let event_id = self.event_id();
        let (identities, apps) = (&state.world.identities, state.world.apps());
        let apps = apps.filter(|app| identities.is_active(&app.client_id, &event.contract));
        let apps = apps.filter(|app| self.app_wants(app, &event.name));
        let deliveries: Vec<Delivery> =
            apps.filter_map(|app| self.delivery(app, event, &event_id, body.clone())).collect();
        let told = deliveries.len();
        deliveries.into_iter().for_each(|delivery| self.enqueue(state, delivery));
        told
    }

    /// `AppSubscription`: to the address for notifications, never to the webhook endpoint (§14).
    pub(crate) fn publish_notification(
        &self,
        state: &mut State,
        url: String,
        client_id: &str,
        contract: &str,
        body: String,
    ) {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "application/json"),
            header("smaregi-contract-id", contract),
            header("smaregi-event", "AppSubscription"),
        ];
        let delivery = Delivery {
            client_id: client_id.into(),
            contract: contract.into(),
            ..Delivery::new(url, headers, body, "AppSubscription", self.event_id())
        };
        self.enqueue(state, delivery);
        self.wake.notify_one();
    }

    /// Of the catalogue, or one a setting adds for orders (platform-orders.md §13).
    fn is_action(&self, webhook: &Webhook, action: &str) -> bool {
        let further = &self.settings.order_shipment.webhook.orders.actions;
        let is_order = webhook.event == "order-shipment:orders";
        webhook.actions.iter().any(|known| known == action) || (is_order && further.iter().any(|known| known == action))
    }

    /// Events that only unreliable sources name are not sent unless a setting adds them (§16.6).
    fn is_sent(&self, webhook: &Webhook) -> bool {
        webhook.confidence != Confidence::Unverified || self.settings.webhook.extra_events.contains(&webhook.event)
    }

    fn app_wants(&self, app: &AppSpec, event: &str) -> bool {
        let chosen = app.webhook_events.is_empty() || app.webhook_events.iter().any(|wanted| wanted == event);
        let needed = self.event_scopes.get(event);
        let granted = |scope: &String| app.scopes.iter().any(|have| have.split(':').next() == Some(scope));
        chosen && (!self.settings.webhook.require_scope || needed.is_none_or(granted))
    }

    fn delivery(&self, app: &AppSpec, event: &Event, event_id: &str, body: String) -> Option<Delivery> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header("content-type", "application/json"),
            header("smaregi-contract-id", &event.contract),
            header("smaregi-event", &event.name),
        ];
        if self.settings.webhook.event_id_header {
            headers.push(header("smaregi-event-id", event_id));
        }
        headers.push(header("user-agent", &self.settings.user_agent()));
        headers.push(header("accept-encoding", "gzip, deflate, br"));
        headers.extend(app.webhook_headers.iter().cloned());
        let delivery = Delivery::new(app.webhook_url.clone()?, headers, body, &event.name, event_id.into());
        Some(Delivery { client_id: app.client_id.clone(), contract: event.contract.to_string(), ..delivery })
    }

    fn event_id(&self) -> String {
        uuid::Builder::from_random_bytes(self.dice.bytes()).into_uuid().to_string()
    }
}

/// `productId` → the members of a stock event's entry, all strings.
pub(crate) fn id_object(members: &[(&str, u64)]) -> Value {
    Value::Object(members.iter().map(|(name, id)| ((*name).to_owned(), json!(id.to_string()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(field: &smaregi_catalogue::Field) -> Value {
        if field.name == "cashAdjustment" { json!(true) } else { json!("1") }
    }

    /// One row of the catalogue is one kind of event: whatever it lists can be said.
    #[test]
    fn every_event_of_the_catalogue_has_a_body_that_fits_it() {
        let catalogue = Catalogue::bundled();
        for webhook in catalogue.webhooks() {
            let members: Vec<_> = webhook.body.iter().map(|field| (field.name.clone(), sample(field))).collect();
            assert!(!webhook.actions.is_empty(), "{}", webhook.event);
            for action in &webhook.actions {
                let members = members.clone();
                let event = Event { members, ..Event::new("sb_a".into(), &webhook.event, action, vec![]) };
                let body = event.body(webhook).unwrap();
                assert!(body.starts_with(&format!(r#"{{"contractId":"sb_a","event":"{}""#, webhook.event)), "{body}");
                let problems = catalogue.check_webhook_body(&serde_json::from_str(&body).unwrap());
                assert!(problems.is_empty(), "{body}: {problems:?}");
            }
        }
    }

    #[test]
    fn members_stand_where_the_reference_has_them() {
        let webhook = |name: &str| Catalogue::bundled().webhook(name).unwrap();
        let with = |name: &str, action: &str, member: (&str, Value)| {
            let members = vec![(member.0.to_owned(), member.1)];
            Event { members, ..Event::new("sb_a".into(), name, action, vec![json!("7")]) }.body(webhook(name))
        };
        assert_eq!(
            with("order-shipment:orders", "shipped", ("storeId", json!("1"))).unwrap(),
            r#"{"contractId":"sb_a","event":"order-shipment:orders","action":"shipped","storeId":"1","orderHeadIds":["7"]}"#
        );
        assert_eq!(
            with("pos:adjustments", "executed", ("cashAdjustment", json!(false))).unwrap(),
            r#"{"contractId":"sb_a","event":"pos:adjustments","action":"executed","ids":["7"],"cashAdjustment":false}"#
        );
        assert_eq!(with("pos:adjustments", "executed", ("x", json!(false))), None);
    }
}
