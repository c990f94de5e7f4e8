//! Who may call: contracts and apps.

use serde::{Deserialize, Serialize};
pub use smaregi_catalogue::Plan;

/// One Smaregi contract (契約) with its own data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractSpec {
    /// `sb_…` in the sandbox.
    pub contract_id: String,
    /// Decides which operations answer 403.
    #[serde(default = "best_plan")]
    pub plan: Plan,
}

impl ContractSpec {
    /// A contract on the plan that includes everything (リテールビジネス).
    pub fn new(contract_id: impl Into<String>) -> Self {
        Self { contract_id: contract_id.into(), plan: best_plan() }
    }
}

fn best_plan() -> Plan {
    Plan::RetailBusiness
}

/// One app of a developer. It is active on every contract of the emulator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSpec {
    pub client_id: String,
    pub client_secret: String,
    /// Scopes the app may ask for.
    pub scopes: Vec<String>,
    /// Webhook送信先エンドポイント; `None`: no webhooks.
    pub webhook_url: Option<String>,
    /// Custom headers of every delivery, e.g. a shared secret.
    pub webhook_headers: Vec<(String, String)>,
    /// Events the app wants (`pos:stock`, …); empty: all it has scopes for.
    pub webhook_events: Vec<String>,
}

/// What can go wrong outside of a call.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    #[error("{path}: {source}")]
    Io {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: another emulator is running on this folder")]
    Locked { path: String },
    #[error("{path}, line {line}: {reason}")]
    Journal { path: String, line: usize, reason: String },
    #[error("{place}: {reason}")]
    Data { place: String, reason: String },
    #[error("contract {0} does not exist; add it first")]
    UnknownContract(String),
    #[error("{0}")]
    Refused(String),
}

impl EmulatorError {
    pub(crate) fn data(place: impl Into<String>, reason: impl ToString) -> Self {
        Self::Data { place: place.into(), reason: reason.to_string() }
    }

    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), source }
    }
}
