//! 利用者契約: which contract uses which app, and the notification `AppSubscription` about it (platform-common.md §14).

use crate::{
    emulator::{Emulator, Inner, State},
    spec::EmulatorError,
    state::{Entry, IdentityEntry},
    time,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A contract's use of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub client_id: String,
    pub contract_id: String,
    pub status: SubscriptionStatus,
    #[serde(default)]
    pub plan: Option<SubscriptionPlan>,
    #[serde(default)]
    pub options: Vec<SubscriptionOption>,
    /// Scopes the contract agreed to; `None`: all the app has (platform-common.md §3, §7.7).
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionStatus {
    Active,
    /// Stopped by Smaregi.
    Stopped,
    Ended,
}

/// The app's plan that a contract is on. Prices in yen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionPlan {
    pub trial_days: i64,
    pub price: i64,
    pub unit_price: i64,
    pub quantity: i64,
    pub name: String,
}

/// An option beside the plan. Prices in yen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionOption {
    pub price: i64,
    pub unit_price: i64,
    pub quantity: i64,
    pub name: String,
}

/// What happens to a subscription; the words are those of the notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriptionAction {
    Start,
    End,
    ChangePlan,
    ChangeOptions,
    ForceStop,
    CancelForceStop,
}

/// What a person orders for a contract and an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionOrder {
    pub client_id: String,
    pub contract_id: String,
    pub action: SubscriptionAction,
    /// The new plan; left out: as it was.
    #[serde(default)]
    pub plan: Option<SubscriptionPlan>,
    /// The new options; left out: as they were.
    #[serde(default)]
    pub options: Option<Vec<SubscriptionOption>>,
    /// Scopes the contract agrees to from now on; left out: as it was, and all for a new one.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

impl SubscriptionOrder {
    pub fn new(client_id: &str, contract_id: &str, action: SubscriptionAction) -> Self {
        let (plan, options, scopes) = Default::default();
        Self { client_id: client_id.into(), contract_id: contract_id.into(), action, plan, options, scopes }
    }
}

impl SubscriptionAction {
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::ChangePlan => "change-plan",
            Self::ChangeOptions => "change-options",
            Self::ForceStop => "force-stop",
            Self::CancelForceStop => "cancel-force-stop",
        }
    }

    /// The status after it; `None`: impossible now. A repeated `start` is harmless (platform-common.md §14).
    fn leads_to(self, now: Option<SubscriptionStatus>) -> Option<SubscriptionStatus> {
        use SubscriptionStatus::{Active, Ended, Stopped};
        match (self, now) {
            (Self::Start, None | Some(Active | Ended)) => Some(Active),
            (Self::End, None | Some(Active | Stopped)) => Some(Ended),
            (Self::ChangePlan | Self::ChangeOptions, Some(Active)) => Some(Active),
            (Self::ForceStop, None | Some(Active)) => Some(Stopped),
            (Self::CancelForceStop, Some(Stopped)) => Some(Active),
            _ => None,
        }
    }
}

impl Inner {
    /// Changes a subscription, writes it down and tells the app.
    pub(crate) fn subscribe(
        &self,
        state: &mut State,
        order: &SubscriptionOrder,
    ) -> Result<Subscription, EmulatorError> {
        if state.world.shop(&order.contract_id).is_none() {
            return Err(EmulatorError::UnknownContract(order.contract_id.clone()));
        }
        if state.world.app(&order.client_id).is_none() {
            return Err(EmulatorError::data("client_id", format!("there is no app {}", order.client_id)));
        }
        let next = changed(state.world.identities.subscription(&order.client_id, &order.contract_id), order)?;
        state.world.record(Entry::Identity(IdentityEntry::Subscription(next.clone())));
        state.world.save()?;
        let url = state.world.identities.profile(&order.client_id).and_then(|profile| profile.notification_url.clone());
        if let Some(url) = url {
            self.notify_subscription(state, url, &next, order.action);
        }
        Ok(next)
    }

    fn notify_subscription(&self, state: &mut State, url: String, now: &Subscription, action: SubscriptionAction) {
        let mut body = Map::new();
        body.insert("contractId".into(), json!(now.contract_id));
        body.insert("event".into(), json!("AppSubscription"));
        body.insert("action".into(), json!(action.word()));
        body.insert("date".into(), json!(time::format_date(self.now())));
        body.insert("clientId".into(), json!(now.client_id));
        // `plan` and `options` may be missing, says the reference: they are when there are none.
        body.extend(now.plan.as_ref().map(|plan| ("plan".into(), json!(plan))));
        if !now.options.is_empty() {
            body.insert("options".into(), json!(now.options));
        }
        self.publish_notification(state, url, &now.client_id, &now.contract_id, Value::Object(body).to_string());
    }
}

fn changed(before: Option<&Subscription>, order: &SubscriptionOrder) -> Result<Subscription, EmulatorError> {
    let status = order.action.leads_to(before.map(|before| before.status)).ok_or_else(|| {
        let now = before.map_or("not known".into(), |before| format!("{:?}", before.status).to_lowercase());
        EmulatorError::data("action", format!("{} is not possible, the subscription is {now}", order.action.word()))
    })?;
    // A new start does not inherit what an ended use had.
    let kept = before.filter(|before| before.status != SubscriptionStatus::Ended);
    Ok(Subscription {
        client_id: order.client_id.clone(),
        contract_id: order.contract_id.clone(),
        status,
        plan: order.plan.clone().or_else(|| kept?.plan.clone()),
        options: order.options.clone().or_else(|| Some(kept?.options.clone())).unwrap_or_default(),
        scopes: order.scopes.clone().or_else(|| kept?.scopes.clone()),
    })
}

impl Emulator {
    /// Starts, changes or ends a contract's use of an app, and notifies the app.
    ///
    /// # Errors
    /// When the contract or app does not exist, or the action is not possible now.
    pub fn subscribe(&self, order: &SubscriptionOrder) -> Result<Subscription, EmulatorError> {
        self.inner.subscribe(&mut self.state(), order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_starts_changes_stops_goes_on_and_ends() {
        use SubscriptionAction::{CancelForceStop, ChangePlan, End, ForceStop, Start};
        let mut now: Option<Subscription> = None;
        for (action, possible) in [
            (ChangePlan, false),
            (Start, true),
            (Start, true),
            (ChangePlan, true),
            (CancelForceStop, false),
            (ForceStop, true),
            (Start, false),
            (CancelForceStop, true),
            (End, true),
            (End, false),
            (Start, true),
        ] {
            let next = changed(now.as_ref(), &SubscriptionOrder::new("app", "sb_a", action));
            assert_eq!(next.is_ok(), possible, "{action:?}");
            now = next.ok().or(now);
        }
    }
}
