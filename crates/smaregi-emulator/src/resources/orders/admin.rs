//! What people do with orders at the admin screen of 受注管理. No API does it; the console, `/control/orders/…` and tests share these functions.

use super::{
    allocation::OrderPick,
    amounts,
    desk::Desk,
    order::{ORDERS, Order, Status},
    register::fill_amounts,
    store::{self, OrderStoreSetup, STORE_TABLE},
};
use crate::{
    emulator::Emulator,
    problem::Problem,
    resources::documents,
    spec::EmulatorError,
    state::{Columns, Id, Packed, TableSpec},
    time,
};
use serde_json::{Map, Value, json};

/// What a person can do to an order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    Allocate(Vec<OrderPick>),
    Release(Vec<OrderPick>),
    Confirm,
    Prepare,
    /// On this day, or the order's own, or today.
    Ship(Option<String>),
    Cancel,
    Pay(bool),
    /// (line, pieces)
    Split(Vec<(u64, i64)>),
}

impl Desk<'_> {
    /// An order that can be allocated.
    fn waiting(&self, id: Id) -> Result<Order, Problem> {
        let order = self.order(id)?;
        match order.status {
            Status::Open | Status::Preparing => Ok(order),
            Status::Review => Err(Problem::bad_request("受注確認中の受注は引当できません。")),
            Status::Shipped => Err(Problem::bad_request("出荷済みの受注は引当できません。")),
            Status::Canceled => Err(Problem::bad_request("キャンセル済みの受注は引当できません。")),
        }
    }

    /// Sets aside what is there now.
    pub(super) fn allocate_again(&mut self, id: Id) -> Result<Order, Problem> {
        let mut order = self.waiting(id)?;
        self.allocate(&mut order)?;
        Ok(order)
    }

    fn allocate_picked(&mut self, id: Id, picks: &[OrderPick]) -> Result<Order, Problem> {
        if picks.is_empty() {
            return self.allocate_again(id);
        }
        let mut order = self.waiting(id)?;
        self.allocate_by_hand(&mut order, picks)?;
        Ok(order)
    }

    fn release(&mut self, id: Id, picks: &[OrderPick]) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        if !order.is_under_way() {
            return Err(Problem::bad_request("出荷済み、またはキャンセル済みの受注の引当は解除できません。"));
        }
        self.release_by_hand(&mut order, picks)?;
        Ok(order)
    }

    /// An order as the API answers with it.
    pub(crate) fn shown(&self, id: Id) -> Result<Value, Problem> {
        let table = self.shop()?.table(ORDERS);
        let row = table.get(id).ok_or_else(|| Problem::not_found("order_head_id"))?;
        Ok(as_shown(documents::table(ORDERS)?, &table.columns, row))
    }

    pub(crate) fn shown_orders(&self, status: Option<&str>) -> Result<Vec<Value>, Problem> {
        let (spec, table) = (documents::table(ORDERS)?, self.shop()?.table(ORDERS));
        let rows = match status {
            Some(status) => table.with_value("status", status),
            None => table.in_order(),
        };
        Ok(rows.map(|(_, row)| as_shown(spec, &table.columns, row)).collect())
    }

    fn shown_store(&self, id: Id) -> Result<Value, Problem> {
        let table = self.shop()?.table(STORE_TABLE);
        let row = table.get(id).ok_or_else(|| Problem::not_found("store_id"))?;
        Ok(store::shown(&row.to_map(&table.columns)))
    }

    pub(crate) fn link_store(&mut self, id: Id, stores: &[u64]) -> Result<Value, Problem> {
        let setup = OrderStoreSetup { linked_stores: stores.to_vec(), ..self.setup(id)? };
        self.arrange_store(id, &setup)
    }

    pub(crate) fn arrange_store(&mut self, id: Id, setup: &OrderStoreSetup) -> Result<Value, Problem> {
        self.set_up_store(id, setup)?;
        self.shown_store(id)
    }

    /// 受注登録 at the screen, with the members of `POST /orders` of 受注管理. A total that is left out is computed, with the tax on top.
    pub(crate) fn enter_order(&mut self, values: &Map<String, Value>) -> Result<Value, Problem> {
        let mut values = values.clone();
        if !values.contains_key("total") {
            let store = self.selling_store(&values)?;
            let mut draft = self.draft(&self.whole(&values, None)?)?;
            fill_amounts(&mut draft);
            draft.set("taxExclude", json!(amounts::tax_on_top(&draft, store.tax_excluded, &self.rules().tax)));
            let total = i64::try_from(amounts::total(&draft)).unwrap_or(i64::MAX);
            values.insert("taxExclude".into(), json!(draft.number("taxExclude")));
            values.insert("total".into(), json!(total));
        }
        let id = self.register(&values)?.id;
        self.shown(id)
    }

    pub(crate) fn new_store(&mut self, values: &Map<String, Value>) -> Result<Value, Problem> {
        let id = self.add_store(values)?;
        self.shown_store(id)
    }

    pub(crate) fn shown_stores(&self) -> Result<Vec<Value>, Problem> {
        let table = self.shop()?.table(STORE_TABLE);
        Ok(table.in_order().map(|(_, row)| store::shown(&row.to_map(&table.columns))).collect())
    }
}

fn as_shown(spec: &TableSpec, columns: &Columns, row: &Packed) -> Value {
    let mut row = row.to_map(columns);
    spec.hidden.iter().for_each(|name| drop(row.shift_remove(name)));
    Value::Object(row)
}

impl Desk<'_> {
    /// Does it, and gives the order as the API answers with it; a split gives the new one.
    pub(crate) fn work_on(&mut self, id: Id, deed: &Deed) -> Result<Value, Problem> {
        let order = match deed {
            Deed::Allocate(picks) => self.allocate_picked(id, picks),
            Deed::Release(picks) => self.release(id, picks),
            Deed::Confirm => self.confirm(id),
            Deed::Prepare => self.prepare(id),
            Deed::Ship(date) => {
                let date = date.clone().or(self.order(id)?.text("shippedDate"));
                self.ship(id, Some(&date.unwrap_or_else(|| time::format_date(self.now))))
            }
            Deed::Cancel => self.cancel(id),
            Deed::Pay(paid) => self.pay(id, *paid),
            Deed::Split(pieces) => self.split(id, pieces),
        };
        self.shown(order?.id)
    }
}

/// Functions that work on an order give it as `GET /orders/{order_head_id}` answers with it, or refuse in the words of the API.
impl Emulator {
    fn work_on_order(&self, contract: &str, order: u64, deed: &Deed) -> Result<Value, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.work_on(order, deed))
    }

    /// 引当 by hand. No picks: all lines, as far as the linked stores have the pieces.
    ///
    /// # Errors
    /// When the order is not open, or a pick asks for more than is missing or there.
    pub fn allocate_order(&self, contract: &str, order: u64, picks: &[OrderPick]) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Allocate(picks.to_vec()))
    }

    /// 引当解除. No picks: everything.
    ///
    /// # Errors
    /// When the order is shipped or cancelled, or a pick names more than is set aside.
    pub fn release_order(&self, contract: &str, order: u64, picks: &[OrderPick]) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Release(picks.to_vec()))
    }

    /// 受注確認 is done: the order goes on.
    ///
    /// # Errors
    /// When it is not in review.
    pub fn confirm_order(&self, contract: &str, order: u64) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Confirm)
    }

    /// 出荷準備 begins.
    ///
    /// # Errors
    /// When the order is not open.
    pub fn prepare_order(&self, contract: &str, order: u64) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Prepare)
    }

    /// 出荷. `date` is `YYYY-MM-DD`; `None`: the order's own, or today.
    ///
    /// # Errors
    /// When the order is in review, shipped or cancelled, or not allocated as `ship.require_allocation` wants it.
    pub fn ship_order(&self, contract: &str, order: u64, date: Option<&str>) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Ship(date.map(Into::into)))
    }

    /// キャンセル.
    ///
    /// # Errors
    /// When the order is cancelled, or shipped and `cancel.after_ship` is off.
    pub fn cancel_order(&self, contract: &str, order: u64) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Cancel)
    }

    /// 入金 (`paid`), or its undoing.
    ///
    /// # Errors
    /// When it is so already, or the order is shipped or cancelled.
    pub fn pay_order(&self, contract: &str, order: u64, paid: bool) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Pay(paid))
    }

    /// 受注分割: takes (line, pieces) into a second order, which is given.
    ///
    /// # Errors
    /// When a line has fewer pieces, one of the two would have none, or the order is closed.
    pub fn split_order(&self, contract: &str, order: u64, pieces: &[(u64, i64)]) -> Result<Value, EmulatorError> {
        self.work_on_order(contract, order, &Deed::Split(pieces.to_vec()))
    }

    /// One order.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn order(&self, contract: &str, order: u64) -> Result<Value, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.shown(order))
    }

    /// All orders, or those with a status (`review`, `open`, `preparing`, `shipped`, `canceled`), oldest first.
    ///
    /// # Errors
    /// When the contract does not exist.
    pub fn orders(&self, contract: &str, status: Option<&str>) -> Result<Vec<Value>, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.shown_orders(status))
    }

    /// 受注店舗登録 with the members of `POST /stores` of 受注管理.
    ///
    /// # Errors
    /// When the code is taken or the payment method does not exist.
    pub fn add_order_store(&self, contract: &str, values: &Map<String, Value>) -> Result<Value, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.new_store(values))
    }

    /// 在庫同期: from now on the order store sells the stock of these stores and warehouses, the first one first.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub fn link_order_store(&self, contract: &str, store: u64, stores: &[u64]) -> Result<Value, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.link_store(store, stores))
    }

    /// Everything the admin screen sets for an order store.
    ///
    /// # Errors
    /// When a linked store does not exist or the cut-off is no time of day.
    pub fn set_up_order_store(
        &self,
        contract: &str,
        store: u64,
        setup: &OrderStoreSetup,
    ) -> Result<Value, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.arrange_store(store, setup))
    }

    /// All order stores: the members of the API, and `setup`.
    ///
    /// # Errors
    /// When the contract does not exist.
    pub fn order_stores(&self, contract: &str) -> Result<Vec<Value>, EmulatorError> {
        self.inner.at_the_desk(&mut self.state(), contract, |desk| desk.shown_stores())
    }
}
