//! What is not known about the real service, or differs between contracts, is a setting (platform-common.md §19).

mod identity;
mod inventory;
mod orders;
mod sales;

pub use identity::{
    GrantError, HostSettings, SignInSettings, TokenAlgorithm, TokenErrorStyle, TokenSettings, UserinfoMethods,
    UserinfoSettings,
};
pub use inventory::{
    BookedDocuments, InspectedGoods, InventorySettings, OrderDivisionUnit, ReceivingShortage, StorageQuantity,
    Uncounted,
};
pub use orders::*;
pub use sales::{ClosingScope, CsvSettings, ImageSettings, LayawaySettings, SalesSettings};
use serde::{Deserialize, Serialize};

/// All settings. `Settings::default()` is the sandbox as far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub environment: Environment,
    pub token: TokenSettings,
    pub sign_in: SignInSettings,
    pub userinfo: UserinfoSettings,
    pub hosts: HostSettings,
    pub errors: ErrorSettings,
    pub limits: LimitSettings,
    pub lists: ListSettings,
    pub pos: PosSettings,
    pub bulk: BulkSettings,
    pub webhook: WebhookSettings,
    pub dates: DateSettings,
    pub answers: AnswerSettings,
    /// 受注管理.
    pub order_shipment: OrderShipmentSettings,
    pub inventory: InventorySettings,
    pub sales: SalesSettings,
    pub images: ImageSettings,
    /// Refuse JSON numbers where the reference says string. Off: accepted, as real clients need (§12).
    pub strict_numbers: bool,
    /// The emulator's own outside address, used in `Link`. `None`: taken from the request's `Host`.
    pub public_base_url: Option<String>,
    /// If set, `/control` wants `Authorization: Bearer <key>`.
    pub control_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    #[default]
    Sandbox,
    Production,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ErrorSettings {
    pub content_type: String,
    /// 403, or 401 with the body of a rejected token.
    pub missing_scope_status: u16,
    pub not_found_title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    pub enabled: bool,
    /// Calls per second; `None`: 10 in the sandbox, 50 in production.
    pub read_per_s: Option<u32>,
    /// `None`: 4 in the sandbox, 20 in production.
    pub write_per_s: Option<u32>,
    pub count_token_requests: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListSettings {
    pub link_header: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PosSettings {
    pub delete_status: u16,
    pub delete_body: String,
    pub create_status: u16,
    /// Refuse to delete what is in use also where only an unverified source says so (a category with products).
    pub doubtful_refusals: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BulkSettings {
    pub accepted_status: u16,
    pub max_rows: usize,
    pub callback_format: CallbackFormat,
    /// How the result of a CSV job is sent; the reference names only the members (§13.2).
    pub csv_callback: CsvCallback,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum CsvCallback {
    #[default]
    Json,
    Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum CallbackFormat {
    /// The rows of §13.1.
    #[default]
    Rows,
    /// Rows with `requestId` only.
    Minimal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    pub event_id_header: bool,
    /// `None`: the one seen on real deliveries, with the environment's suffix.
    pub user_agent: Option<String>,
    pub dispose_action: DisposeAction,
    pub bulk_create_action: BulkCreateAction,
    pub require_scope: bool,
    pub stock_on_sale: bool,
    /// Seconds a receiver has for its answer.
    pub timeout_s: u64,
    /// Events that only unreliable sources name (`pos:stores`, …) and that are sent all the same.
    pub extra_events: Vec<String>,
    /// How many deliveries run side by side; 1 keeps them in the order of the events.
    pub concurrency: usize,
    /// How many deliveries the log remembers.
    pub log_length: usize,
    /// How many bytes of a receiver's answer the log keeps.
    pub answer_length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum DisposeAction {
    #[default]
    Disposed,
    Created,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum BulkCreateAction {
    #[default]
    BulkUpdate,
    Created,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct DateSettings {
    /// Take the clock reading of a date-time in a body as Japan time, whatever its offset says (§2).
    pub ignore_offset_in_body: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerSettings {
    /// Tell in `smaregi-emulator-confidence` how sure the operation itself is: `official`, `client`, `unverified`, …
    pub confidence_header: bool,
}

impl Settings {
    /// Reads settings that name only what differs from the defaults.
    ///
    /// # Errors
    /// The member by its path, what is wrong with it, and where it stands.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let settings = serde_path_to_error::deserialize(&mut parser).map_err(|error| error.to_string())?;
        parser.end().map(|()| settings).map_err(|error| error.to_string())
    }

    pub(crate) fn reads_per_second(&self) -> u32 {
        self.limits.read_per_s.unwrap_or(if self.is_sandbox() { 10 } else { 50 })
    }

    pub(crate) fn writes_per_second(&self) -> u32 {
        self.limits.write_per_s.unwrap_or(if self.is_sandbox() { 4 } else { 20 })
    }

    pub(crate) fn user_agent(&self) -> String {
        let suffix = if self.is_sandbox() { "(sandbox)" } else { "" };
        self.webhook.user_agent.clone().unwrap_or_else(|| format!("Smaregi-Platform-Api-Webhook/1.2.4{suffix}"))
    }

    fn is_sandbox(&self) -> bool {
        self.environment == Environment::Sandbox
    }
}

impl Default for ErrorSettings {
    fn default() -> Self {
        Self {
            content_type: "application/problem+json".into(),
            missing_scope_status: 403,
            not_found_title: "NotFound".into(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { enabled: true, read_per_s: None, write_per_s: None, count_token_requests: true }
    }
}

impl Default for ListSettings {
    fn default() -> Self {
        Self { link_header: true }
    }
}

impl Default for PosSettings {
    fn default() -> Self {
        Self { delete_status: 200, delete_body: String::new(), create_status: 200, doubtful_refusals: true }
    }
}

impl Default for BulkSettings {
    fn default() -> Self {
        let (callback_format, csv_callback) = Default::default();
        Self { accepted_status: 202, max_rows: 100, callback_format, csv_callback }
    }
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            event_id_header: true,
            user_agent: None,
            dispose_action: DisposeAction::default(),
            bulk_create_action: BulkCreateAction::default(),
            require_scope: true,
            stock_on_sale: true,
            timeout_s: 3,
            extra_events: Vec::new(),
            concurrency: 8,
            log_length: 2000,
            answer_length: 4096,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_file_may_name_only_what_differs() {
        let text = r#"{"environment":"production","webhook":{"stock_on_sale":false}}"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.reads_per_second(), 50);
        assert!(!settings.webhook.stock_on_sale);
        assert_eq!(settings.webhook.timeout_s, 3);
        assert!(serde_json::from_str::<Settings>(r#"{"envirnoment":"production"}"#).is_err());
        let wrong = Settings::from_json(r#"{"webhook":{"timeout_s":"3"}}"#).unwrap_err();
        assert!(wrong.contains("webhook.timeout_s") && wrong.contains("line 1"), "{wrong}");
    }
}
