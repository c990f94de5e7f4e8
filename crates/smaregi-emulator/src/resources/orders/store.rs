//! 受注店舗: order stores, their place in the admin screen, and the stores whose stock they sell (platform-orders.md §4).

use super::{
    desk::Desk,
    order::{ORDERS, Order, Status},
};
use crate::{
    problem::Problem,
    resources::{documents, maker::RowMaker, maker::text_of},
    settings::{AllocationTrigger, OrderShipmentSettings},
    state::{Entry, Id, STORES, Shop},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) const STORE_TABLE: &str = "orderStores";

/// What only the admin screen knows of an order store. No API reads or writes it (platform-orders.md §4.2, §4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderStoreSetup {
    /// 自動処理 > 引当: allocate when an order is registered. `None`: as `allocation.trigger` has it for new stores.
    pub auto_allocation: Option<bool>,
    /// 在庫同期: stores and warehouses whose stock is sold, in the order in which they are drawn on.
    pub linked_stores: Vec<u64>,
    /// 当日出荷締め時間, `HH:MM`. `None`: `dates.cutoff`.
    pub cutoff: Option<String>,
    /// 受注確認項目設定: every order is stopped for a look.
    pub review_all: bool,
    /// Orders with a note are.
    pub review_memo: bool,
    /// Orders from this total on are. Yen.
    pub review_total_from: Option<i64>,
}

/// An order store as the rules need it.
#[derive(Clone, Debug)]
pub(super) struct OrderStore {
    pub(super) id: Id,
    pub(super) code: Option<String>,
    /// 外税販売
    pub(super) tax_excluded: bool,
    pub(super) paused: bool,
    pub(super) allocates: bool,
    /// Those of the setup that exist.
    pub(super) linked: Vec<Id>,
    pub(super) cutoff: String,
    pub(super) turns_at: String,
    pub(super) point_method: Option<String>,
    setup: OrderStoreSetup,
}

impl OrderStore {
    pub(super) fn read(shop: &Shop, rules: &OrderShipmentSettings, id: Id) -> Option<Self> {
        let table = shop.table(STORE_TABLE);
        let row = table.get(id)?.to_map(&table.columns);
        let text = |name: &str| row.get(name).filter(|value| !value.is_null()).map(text_of);
        let setup = setup_of(&row);
        Some(Self {
            id,
            code: text("storeCode"),
            tax_excluded: text("sellDivision").as_deref() == Some("excluded"),
            paused: text("pauseFlag").as_deref() == Some("true"),
            allocates: setup.auto_allocation.unwrap_or(rules.allocation.trigger == AllocationTrigger::SmaregiAuto),
            linked: setup.linked_stores.iter().copied().filter(|store| shop.has_store(*store)).collect(),
            cutoff: setup.cutoff.clone().unwrap_or_else(|| rules.dates.cutoff.clone()),
            turns_at: text("sumDateChangeTime").unwrap_or_default(),
            point_method: text("pointPaymentMethodId"),
            setup,
        })
    }

    /// Whether a new order is stopped for a look.
    pub(super) fn reviews(&self, order: &Order) -> bool {
        self.setup.review_all
            || (self.setup.review_memo && order.text("memo").is_some())
            || self.setup.review_total_from.is_some_and(|from| order.number("total") >= from)
    }
}

/// The hidden columns, which data sets may give as texts.
fn setup_of(row: &Map<String, Value>) -> OrderStoreSetup {
    let text = |name: &str| row.get(name).filter(|value| !value.is_null()).map(text_of);
    let yes = |name: &str| text(name).map(|text| text == "true" || text == "1");
    let linked = row.get("linkedStores").and_then(Value::as_array).into_iter().flatten();
    OrderStoreSetup {
        auto_allocation: yes("autoAllocation"),
        linked_stores: linked.filter_map(|store| text_of(store).parse().ok()).collect(),
        cutoff: text("shippingCutoff"),
        review_all: yes("reviewAll").unwrap_or(false),
        review_memo: yes("reviewMemo").unwrap_or(false),
        review_total_from: text("reviewTotalFrom").and_then(|text| text.parse().ok()),
    }
}

/// A store as the admin screen shows it: the members of the API and the setup.
pub(super) fn shown(row: &Map<String, Value>) -> Value {
    let mut shown: Map<String, Value> = row.clone();
    for hidden in ["autoAllocation", "linkedStores", "shippingCutoff", "reviewAll", "reviewMemo", "reviewTotalFrom"] {
        shown.shift_remove(hidden);
    }
    shown.insert("setup".into(), json!(setup_of(row)));
    Value::Object(shown)
}

impl Desk<'_> {
    /// 受注店舗登録. The number comes from the same row of numbers as those of ordinary stores (§4.1).
    pub(super) fn add_store(&mut self, values: &Map<String, Value>) -> Result<Id, Problem> {
        let shop = self.shop()?;
        let code = values.get("storeCode").map(text_of).unwrap_or_default();
        let taken =
            [STORE_TABLE, STORES].into_iter().any(|table| shop.table(table).owner_of("storeCode", &code).is_some());
        if taken {
            return Err(Problem::field("storeCode", "既に使用されています。"));
        }
        check_method(shop, values, "pointPaymentMethodId")?;
        let spec = documents::table(STORE_TABLE)?;
        let id = shop.next_id(spec);
        let forced = vec![(spec.key[0].clone(), id.to_string())];
        let layouts = self.world.layouts.clone();
        let maker = RowMaker::new(self.catalogue, self.settings, spec, layouts.table(spec));
        let mut values = values.clone();
        for (name, value) in
            [("displaySequence", json!(0)), ("pauseFlag", json!(false)), ("sumDateChangeTime", json!("00:00"))]
        {
            values.entry(name).or_insert(value);
        }
        let row = maker.create(shop, &forced, &values, self.now);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(id)
    }

    /// A store with orders under way stays, if doubtful refusals are on.
    pub(super) fn remove_store(&mut self, id: Id) -> Result<(), Problem> {
        let orders = self.shop()?.table(ORDERS);
        let holds = |status: Status| {
            let mut of_status = orders.with_value("status", status.word());
            of_status.any(|(_, row)| row.number(&orders.columns, "storeId").map(i64::unsigned_abs) == Some(id))
        };
        if self.settings.pos.doubtful_refusals && Status::UNDER_WAY.into_iter().any(holds) {
            return Err(Problem::bad_request("処理中の受注があるため、削除できません。"));
        }
        let table = documents::table(STORE_TABLE)?;
        self.world.record(Entry::Gone { contract: self.contract.clone(), table, id });
        Ok(())
    }

    /// The tabs 自動処理 and 在庫同期 of the admin screen, 当日出荷締め時間 and 受注確認項目設定.
    pub(super) fn set_up_store(&mut self, id: Id, setup: &OrderStoreSetup) -> Result<(), Problem> {
        let shop = self.shop()?;
        let table = shop.table(STORE_TABLE);
        let row = table.get(id).ok_or_else(|| Problem::not_found("store_id"))?;
        if let Some(unknown) = setup.linked_stores.iter().find(|store| !shop.has_store(**store)) {
            return Err(Problem::field("linked_stores", &format!("店舗{unknown}は存在しません。")));
        }
        let is_clock =
            |text: &String| text.len() == 5 && ("00:00".."24:00").contains(&text.as_str()) && &text[2..3] == ":";
        if let Some(wrong) = setup.cutoff.as_ref().filter(|text| !text.is_ascii() || !is_clock(text)) {
            return Err(Problem::field("cutoff", &format!("HH:MM形式で指定してください。送信値:{wrong}")));
        }
        let mut row = row.to_map(&table.columns);
        let linked: Vec<String> = setup.linked_stores.iter().map(ToString::to_string).collect();
        row.insert("autoAllocation".into(), json!(setup.auto_allocation));
        row.insert("linkedStores".into(), json!(linked));
        row.insert("shippingCutoff".into(), json!(setup.cutoff));
        row.insert("reviewAll".into(), json!(setup.review_all));
        row.insert("reviewMemo".into(), json!(setup.review_memo));
        row.insert("reviewTotalFrom".into(), json!(setup.review_total_from));
        self.put_store(id, &row)
    }

    pub(super) fn setup(&self, id: Id) -> Result<OrderStoreSetup, Problem> {
        let table = self.shop()?.table(STORE_TABLE);
        let row = table.get(id).ok_or_else(|| Problem::not_found("store_id"))?;
        Ok(setup_of(&row.to_map(&table.columns)))
    }
}

/// A payment method that is named has to exist.
pub(super) fn check_method(shop: &Shop, values: &Map<String, Value>, name: &str) -> Result<(), Problem> {
    let named = values.get(name).filter(|value| !value.is_null()).map(text_of);
    match named {
        Some(id) if shop.table("paymentMethods").find(&[id.as_str()]).is_none() => {
            Err(Problem::unknown_reference(name))
        }
        _ => Ok(()),
    }
}
