//! What the catalogue says about one endpoint, webhook, scope, header or error. Plain data, no rules.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::{Fields, Format, Kind, Members};

/// How sure a fact is. The words are those of the data files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A page of Smaregi's own reference, help or staff says it.
    Official,
    /// Seen in a program that evidently runs against the real service, or in captured traffic.
    Client,
    /// In one place only, which may be wrong.
    Unverified,
    /// From the field list of the older API, whose names the platform API reuses.
    Legacy,
    /// Nobody says it; it follows from what was seen.
    Inferred,
    /// Not known; the name or value is Regihub's own choice until somebody knows better.
    Unknown,
}

/// The contract plans of Smaregi, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// スタンダード
    Standard,
    /// プレミアム
    Premium,
    /// プレミアムプラス
    PremiumPlus,
    /// フードビジネス
    FoodBusiness,
    /// リテールビジネス
    RetailBusiness,
}

/// A product is one segment of the base address: `https://{host}/{contract}/{product}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Product {
    /// `pos`, including the inventory movements.
    #[serde(rename = "pos")]
    Pos,
    /// `order-shipment` (受注管理).
    #[serde(rename = "order-shipment")]
    OrderShipment,
}

impl Product {
    /// The segment as it stands in addresses.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Pos => "pos",
            Self::OrderShipment => "order-shipment",
        }
    }

    /// The product of an address segment, if the catalogue covers it.
    pub fn from_segment(segment: &str) -> Option<Self> {
        match segment {
            "pos" => Some(Self::Pos),
            "order-shipment" => Some(Self::OrderShipment),
            _ => None,
        }
    }
}

/// One operation: a method on a path.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where the path begins.
    pub product: Product,
    /// The group of the operation, e.g. `stock`.
    pub resource: String,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path below the product segment, with parameters in braces: `/stock/{product_id}/add`.
    pub path: String,
    /// Smaregi's title of the operation.
    pub title_ja: String,
    /// One English sentence.
    pub summary: String,
    /// The scope a token needs.
    pub scope: Option<String>,
    /// Names of the path parameters, in order.
    pub path_params: Vec<String>,
    /// Query parameters.
    pub query: Vec<Param>,
    /// At least one of these query parameters has to be given (empty: no such rule).
    pub at_least_one_of: Vec<String>,
    /// Exactly one of these query parameters has to be given (empty: no such rule).
    pub exactly_one_of: Vec<String>,
    /// Shape of the request body; `None` when the operation takes none.
    pub request: Option<Shape>,
    /// Shape of the answer's body on success.
    pub response: Option<Shape>,
    /// HTTP status on success.
    pub success_status: u16,
    /// The event a success sets off.
    pub webhook: Option<WebhookRef>,
    /// Plans that may call the operation; empty when the plans are not known.
    pub plans: Vec<Plan>,
    /// How sure the operation itself is; also holds for fields without a mark of their own.
    pub confidence: Confidence,
    /// How sure the scope is.
    pub scope_confidence: Option<Confidence>,
    /// How sure the webhook is.
    pub webhook_confidence: Option<Confidence>,
    /// Whether the work happens later and the result is sent to a callback address.
    pub is_async: bool,
    /// Further rules in words.
    pub notes: Option<String>,
    /// Where the facts come from.
    pub sources: Vec<String>,
}

impl Endpoint {
    /// Method and path pattern: `POST /stock/{product_id}/add`.
    pub fn id(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the answer is a list that comes in pages.
    pub fn is_paged(&self) -> bool {
        self.query.iter().any(|param| param.name == "page" || param.name == "limit")
    }

    /// Whether a contract on this plan may call the operation. Unknown plans exclude nobody.
    pub fn allowed_on(&self, plan: Plan) -> bool {
        self.plans.is_empty() || self.plans.contains(&plan)
    }
}

/// The event and action an operation sets off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WebhookRef {
    /// E.g. `pos:stock`.
    pub event: String,
    /// E.g. `edited`.
    pub action: String,
}

/// One query parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// snake_case, with `-from` / `-to` for ranges.
    pub name: String,
    /// Text or a whole number.
    pub kind: Kind,
    /// `date` and `date-time` make a `-from`/`-to` pair a window of at most 31 days.
    pub format: Option<Format>,
    /// Allowed values; empty: any.
    pub choices: Vec<String>,
    /// Smallest number.
    pub min: Option<Decimal>,
    /// Largest number.
    pub max: Option<Decimal>,
    /// Value the service takes when the parameter is missing.
    pub default: Option<Value>,
    /// Whether a call without it is refused.
    pub required: bool,
    /// For `sort`: the keys the operation accepts, when they were seen.
    pub sort_keys: Option<Vec<String>>,
    /// When this parameter is given and is not `none`, `limit` may be at most this.
    pub caps_limit: Option<u32>,
    /// Own mark; `None`: as sure as the endpoint.
    pub confidence: Option<Confidence>,
    /// Remarks.
    pub note: Option<String>,
}

/// The body of a request or an answer.
#[derive(Debug, Clone)]
pub struct Shape {
    /// What the body is.
    pub body: Body,
    /// Text fields that may also arrive as JSON numbers in this answer (platform-common.md §12).
    pub numbers: Vec<String>,
    /// Remarks, e.g. that the body was never seen.
    pub note: Option<String>,
}

/// What a body is.
#[derive(Debug, Clone)]
pub enum Body {
    /// No body.
    Empty,
    /// One object.
    Object(Members),
    /// A bare array of objects.
    List(Members),
}

/// One webhook event (or the user notification of platform-common.md §14).
#[derive(Debug, Clone)]
pub struct Webhook {
    /// E.g. `pos:stock`.
    pub event: String,
    /// Smaregi's word for it, when known.
    pub title_ja: Option<String>,
    /// Actions the event is sent with.
    pub actions: Vec<String>,
    /// All members in the order they are sent: `contractId`, `event`, `action`, then the event's own.
    pub body: Fields,
    /// Name of the member that lists the ids; `None` for events without ids.
    pub ids_key: Option<String>,
    /// How sure the event is.
    pub confidence: Confidence,
    /// Remarks.
    pub note: Option<String>,
}

/// One scope an app can be granted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// E.g. `pos.products:read`.
    pub name: String,
    /// What it covers, in Smaregi's words.
    pub title_ja: String,
    /// Whether it only makes sense in a token of a signed-in user.
    #[serde(default)]
    pub user_only: bool,
    /// How sure the name is.
    pub confidence: Confidence,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// A header of a webhook request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Lower case, as it arrives.
    pub name: String,
    /// What it carries.
    pub value: String,
    /// Whether the user notification carries it too.
    #[serde(default)]
    pub on_notification: bool,
    /// How sure it is.
    pub confidence: Confidence,
}

/// An error answer of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorAnswer {
    /// HTTP status.
    pub status: u16,
    /// Member `title`.
    pub title: String,
    /// Member `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it is sent.
    pub when: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How many requests per second one app may send to one contract.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// GET requests per second.
    pub reads_per_second: u32,
    /// POST, PUT, PATCH and DELETE requests per second, together.
    pub writes_per_second: u32,
    /// How sure the numbers are.
    pub confidence: Confidence,
}
