//! Inventory documents (platform-pos.md §9): what a contract sets itself in 在庫管理設定, and what is not known about the real service.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InventorySettings {
    /// Most rows of a document.
    pub max_rows: usize,
    /// Most rows of a 出荷. One unverified source says 500.
    pub shipment_max_rows: usize,
    /// Accept quantities below zero, as a correction.
    pub negative_quantities: bool,
    /// 発注の分割単位, `divisionUnit`. Split by supplier, a 発注 has to name its supplier.
    pub order_division_unit: OrderDivisionUnit,
    /// Every product of a 発注 has to name every delivery store. Off: the products together have to.
    pub delivery_stores_per_product: bool,
    /// 出庫の承認機能: a 出庫 moves nothing before it is approved.
    pub shipping_approval: bool,
    /// 出荷の承認機能.
    pub shipment_approval: bool,
    /// What `inspectionQuantity` means in PATCH `/storage/{storage_id}`.
    pub storage_quantity: StorageQuantity,
    /// When inspected goods become stock.
    pub inspected_goods: InspectedGoods,
    /// What 欠品 of a 入庫 does to stock.
    pub receiving_shortage: ReceivingShortage,
    /// 入荷完了後の編集可否
    pub edit_completed_storage: bool,
    /// 入庫完了後の編集可否
    pub edit_completed_receiving: bool,
    /// What becomes of moved stock when a 出荷 is changed or deleted, or a 出庫 or ロス deleted.
    pub booked_documents: BookedDocuments,
    /// What the end of a 棚卸 does to products that nobody counted.
    pub uncounted: Uncounted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderDivisionUnit {
    /// 0
    #[default]
    None,
    /// 1 部門グループ
    CategoryGroup,
    /// 2 仕入先
    Supplier,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageQuantity {
    /// All pieces inspected so far.
    #[default]
    Total,
    /// Pieces more than before, as in the admin screen.
    Added,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectedGoods {
    /// At once.
    #[default]
    AtOnce,
    /// When the whole 入荷 or 入庫 is complete.
    WhenComplete,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivingShortage {
    /// The receiving store gets everything (05) and loses what is missing (17).
    #[default]
    WrittenOff,
    /// What is missing goes back to the sending store (17).
    Returned,
    /// Nothing is booked for it.
    Ignored,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookedDocuments {
    /// It is moved back.
    #[default]
    TakeBack,
    /// The change or delete is a 400.
    Refuse,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncounted {
    #[default]
    Keep,
    /// They are not there.
    Zero,
}

impl OrderDivisionUnit {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::CategoryGroup => "1",
            Self::Supplier => "2",
        }
    }
}

impl Default for InventorySettings {
    fn default() -> Self {
        Self {
            max_rows: 1000,
            shipment_max_rows: 1000,
            negative_quantities: false,
            order_division_unit: OrderDivisionUnit::default(),
            delivery_stores_per_product: false,
            shipping_approval: false,
            shipment_approval: false,
            storage_quantity: StorageQuantity::default(),
            inspected_goods: InspectedGoods::default(),
            receiving_shortage: ReceivingShortage::default(),
            edit_completed_storage: true,
            edit_completed_receiving: true,
            booked_documents: BookedDocuments::default(),
            uncounted: Uncounted::default(),
        }
    }
}
