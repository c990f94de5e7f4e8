//! What is not known about 受注管理. The names are those of platform-orders.md §13; `stock.source`, `stock.basis` and the parts of `ship.mode`
//! and `allocation.trigger` that only a client decides have no meaning here.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderShipmentSettings {
    pub wire: OrderWireSettings,
    pub orders: OrderSettings,
    pub allocation: AllocationSettings,
    pub stock: OrderStockSettings,
    pub ship: ShipSettings,
    pub cancel: OrderCancelSettings,
    pub tax: OrderTaxSettings,
    pub dates: ShipDateSettings,
    pub list: OrderListSettings,
    pub webhook: OrderWebhookSettings,
    pub transaction: OrderTransactionSettings,
}

/// Names and paths that were never seen (§3.1, §2), for whoever knows the real ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderWireSettings {
    /// The catalogue's name of a member → its name on the wire: `{"details": "orderDetails"}`. Query parameters and `sort` follow.
    pub names: BTreeMap<String, String>,
    /// The catalogue's operation → method and path on the wire: `{"POST /orders/shipped": "PATCH /orders/bulk/ship"}`. The old one is gone then.
    pub paths: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderSettings {
    /// Among which orders an `orderCode` may stand only once.
    pub unique: OrderCodeUnique,
    pub shipped_endpoint: ShippedEndpoint,
    /// Stands between the code of a split order and the number of its part.
    pub split_suffix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OrderCodeUnique {
    #[default]
    PerStore,
    PerContract,
    None,
}

/// The two readings of `POST /orders/shipped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ShippedEndpoint {
    /// Marks a list of orders as shipped.
    #[default]
    Bulk,
    /// Registers an order that is shipped already.
    Create,
    /// Whichever the body looks like.
    Both,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllocationSettings {
    /// What a new order store does by itself.
    pub trigger: AllocationTrigger,
    /// Method and path that allocate an order, if `trigger` is `api`.
    pub route: String,
    pub partial: PartialAllocation,
    /// Whether waiting orders are tried again when stock arrives.
    pub retry_on_stock_in: bool,
    /// Whether the pieces of a line may come from several stores.
    pub split: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AllocationTrigger {
    /// 自動処理 > 引当 is ON: every order is allocated when it is registered.
    #[default]
    SmaregiAuto,
    /// OFF: a person allocates, apps look.
    Inquire,
    /// OFF: apps call `route`, an operation that the real service is not known to have.
    Api,
}

/// What happens when there is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PartialAllocation {
    /// Every line takes what is there.
    #[default]
    PerLinePartial,
    AllOrNothingLine,
    AllOrNothingOrder,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderStockSettings {
    pub moves_at: StockMovesAt,
    /// Whether a cancel gives the pieces back.
    pub return_on_cancel: bool,
    /// Whether fewer pieces, a line taken out or a release by hand give pieces back.
    pub return_on_edit: bool,
    /// Which stores `GET /stores/{store_id}/stock_list` counts.
    pub scope: StockScope,
}

/// When the stock of the linked stores changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum StockMovesAt {
    /// Division 18 at allocation, nothing at shipment.
    #[default]
    Allocation,
    /// Nothing at allocation, division 02 at shipment.
    Shipment,
    /// Division 18 at allocation; at shipment that is taken back and 02 is booked.
    AllocationThenReversed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum StockScope {
    /// Those linked with the order store.
    #[default]
    OrderStore,
    AllStores,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShipSettings {
    pub mode: ShipMode,
    /// Only orders whose lines are all allocated can be shipped.
    pub require_allocation: bool,
    /// An order without a day of shipment is not shipped. Off: today.
    pub require_date: bool,
    /// Whether one order that cannot be shipped holds back the others of the same call.
    pub all_or_nothing: bool,
    /// Whether an order goes over to 出荷準備 by itself on its 出荷準備開始予定日.
    pub prepare_by_date: bool,
}

/// What `shippedDate` in `PATCH /orders/{order_head_id}` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ShipMode {
    /// It ships the order.
    #[default]
    PatchEach,
    /// It is only kept, until `POST /orders/shipped` ships the order.
    BulkEndpoint,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderCancelSettings {
    /// Whether a shipped order can be cancelled.
    pub after_ship: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderTaxSettings {
    /// Whether 送料, 手数料 and ギフト料 contain their tax in a store that sells without (外税販売).
    pub fees_inclusive: bool,
    /// Whether `taxExclude` is recomputed and refused when it differs.
    pub checked: bool,
}

/// How 出荷予定日 and 出荷準備開始予定日 follow from the desired delivery date (§3.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShipDateSettings {
    /// 当日出荷締め時間, `HH:MM` in Japan, unless the order store has its own.
    pub cutoff: String,
    /// Days from shipment to a desired delivery that is far off.
    pub lead_days: i64,
    /// Days from the start of preparation to such a shipment.
    pub prepare_days: i64,
    /// A desired delivery within so many days counts as near.
    pub window_days: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderListSettings {
    /// Largest `limit`. The catalogue's own bound holds beside it.
    pub max_limit: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderWebhookSettings {
    pub orders: OrderEventSettings,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderEventSettings {
    /// Actions of `order-shipment:orders` that are told. Besides the two that are known: `created`, `edited`, `allocated`, `paid`.
    pub actions: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderTransactionSettings {
    /// When the 取引 of the order store is made.
    pub created_at: TransactionCreatedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TransactionCreatedAt {
    #[default]
    Shipment,
    Registration,
    Never,
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self {
            unique: OrderCodeUnique::default(),
            shipped_endpoint: ShippedEndpoint::default(),
            split_suffix: "-".into(),
        }
    }
}

impl Default for AllocationSettings {
    fn default() -> Self {
        Self {
            trigger: AllocationTrigger::default(),
            route: "POST /orders/{order_head_id}/allocation".into(),
            partial: PartialAllocation::default(),
            retry_on_stock_in: false,
            split: true,
        }
    }
}

impl Default for OrderStockSettings {
    fn default() -> Self {
        Self {
            moves_at: StockMovesAt::default(),
            return_on_cancel: true,
            return_on_edit: true,
            scope: StockScope::default(),
        }
    }
}

impl Default for ShipSettings {
    fn default() -> Self {
        Self {
            mode: ShipMode::default(),
            require_allocation: true,
            require_date: true,
            all_or_nothing: false,
            prepare_by_date: true,
        }
    }
}

impl Default for OrderTaxSettings {
    fn default() -> Self {
        Self { fees_inclusive: true, checked: false }
    }
}

impl Default for ShipDateSettings {
    fn default() -> Self {
        Self { cutoff: "14:00".into(), lead_days: 2, prepare_days: 1, window_days: 7 }
    }
}

impl Default for OrderListSettings {
    fn default() -> Self {
        Self { max_limit: 1000 }
    }
}

impl Default for OrderEventSettings {
    fn default() -> Self {
        Self { actions: vec!["shipped".into(), "canceled".into()] }
    }
}
