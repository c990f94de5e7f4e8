//! The desk at which orders are worked on: the API and the admin screen share it. It holds the state, and collects what apps have to be told.

use super::{
    order::{ORDERS, Order},
    store::{OrderStore, STORE_TABLE},
};
use crate::{
    emulator::{Inner, State},
    http::api::Call,
    problem::Problem,
    resources::{
        documents,
        maker::RowMaker,
        stock::{Movement, event_entry, move_stock},
        transactions::Sold,
    },
    settings::{OrderShipmentSettings, Settings},
    spec::EmulatorError,
    state::{Entry, Id, Packed, Shop, StockChange, StockDivision, World},
    time::{self, Seconds},
    webhooks::Event,
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::Catalogue;
use std::{collections::BTreeMap, sync::Arc};

const EVENT: &str = "order-shipment:orders";

pub(crate) struct Desk<'w> {
    pub(super) world: &'w mut World,
    pub(super) settings: &'w Settings,
    pub(super) catalogue: &'static Catalogue,
    pub(super) contract: Arc<str>,
    pub(super) now: Seconds,
    told: Told,
}

/// What was done, as apps are told of it.
#[derive(Default)]
struct Told {
    sales: Vec<(Id, &'static str)>,
    changes: Vec<StockChange>,
    /// Orders by action and 受注店舗: one webhook names all of a store (platform-orders.md §10.1).
    orders: BTreeMap<(&'static str, Id), Vec<Id>>,
}

impl<'w> Desk<'w> {
    pub(super) fn rules(&self) -> &'w OrderShipmentSettings {
        &self.settings.order_shipment
    }

    pub(super) fn shop(&self) -> Result<&Shop, Problem> {
        self.world.shop(&self.contract).ok_or_else(Problem::access_denied)
    }

    pub(crate) fn order(&self, id: Id) -> Result<Order, Problem> {
        let table = self.shop()?.table(ORDERS);
        let row = table.get(id).ok_or_else(|| Problem::not_found("order_head_id"))?;
        Ok(Order::read(id, &table.columns, row))
    }

    pub(super) fn store(&self, id: Id) -> Result<OrderStore, Problem> {
        OrderStore::read(self.shop()?, self.rules(), id).ok_or_else(|| Problem::unknown_reference("storeId"))
    }

    /// An order of these values under the next number; not stored yet.
    pub(super) fn draft(&self, values: &Map<String, Value>) -> Result<Order, Problem> {
        let shop = self.shop()?;
        let spec = documents::table(ORDERS)?;
        let id = shop.next_id(spec);
        let forced = vec![(spec.key[0].clone(), id.to_string())];
        let layout = self.world.layouts.table(spec);
        let row = RowMaker::new(self.catalogue, self.settings, spec, layout).create(shop, &forced, values, self.now);
        Ok(Order::read(id, &layout.columns, &row))
    }

    /// The order with some members changed; not stored yet.
    pub(super) fn changed(&self, id: Id, values: &Map<String, Value>) -> Result<Order, Problem> {
        let shop = self.shop()?;
        let spec = documents::table(ORDERS)?;
        let layout = self.world.layouts.table(spec);
        let old = shop.table_of(spec).get(id).ok_or_else(|| Problem::not_found("order_head_id"))?;
        let row = RowMaker::new(self.catalogue, self.settings, spec, layout).change(shop, old, values, self.now);
        Ok(Order::read(id, &layout.columns, &row))
    }

    pub(super) fn put(&mut self, order: &mut Order) -> Result<(), Problem> {
        order.set("updDateTime", json!(time::format(self.now)));
        let spec = documents::table(ORDERS)?;
        let row: Packed = order.pack(&self.world.layouts.table(spec).columns);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id: order.id, row });
        Ok(())
    }

    pub(super) fn put_store(&mut self, id: Id, row: &Map<String, Value>) -> Result<(), Problem> {
        let spec = documents::table(STORE_TABLE)?;
        let row = Packed::from_map(&self.world.layouts.table(spec).columns, row);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(())
    }

    /// What one piece of a product takes from the shelf.
    pub(super) fn goods(&self, product: Id) -> Result<Vec<(Id, i64)>, Problem> {
        Ok(Sold::find(self.shop()?, product).map(|sold| sold.goods().collect()).unwrap_or_default())
    }

    /// Books pieces of a product, signed, with all that goes with them. Nothing happens where there is no such store.
    pub(super) fn move_goods(
        &mut self,
        product: Id,
        store: Id,
        pieces: i64,
        division: StockDivision,
    ) -> Result<(), Problem> {
        if pieces == 0 || !self.shop()?.has_store(store) {
            return Ok(());
        }
        for (product, each) in self.goods(product)? {
            let amount = pieces.saturating_mul(each);
            let movement = Movement { product, store, amount, division, effective_at: self.now, memo: None };
            self.told.changes.extend(move_stock(self.world, &self.contract, movement, self.now));
        }
        Ok(())
    }

    pub(super) fn tell_order(&mut self, action: &'static str, order: &Order) {
        if self.rules().webhook.orders.actions.iter().any(|wanted| wanted == action) {
            self.told.orders.entry((action, order.store)).or_default().push(order.id);
        }
    }

    pub(super) fn tell_sale(&mut self, action: &'static str, sale: Id) {
        self.told.sales.push((sale, action));
    }

    /// Stock changes of orders are always told (platform-orders.md §6, 2).
    fn events(&mut self) -> Vec<Event> {
        let told = std::mem::take(&mut self.told);
        let event = |name: &str, action: &str, ids: Vec<Value>| Event::new(self.contract.clone(), name, action, ids);
        let mut events: Vec<Event> = Vec::new();
        let sales =
            told.sales.iter().map(|(id, action)| event("pos:transactions", action, vec![json!(id.to_string())]));
        events.extend(sales);
        if !told.changes.is_empty() {
            events.push(event("pos:stock", "edited", told.changes.iter().map(event_entry).collect()));
        }
        events.extend(told.orders.iter().map(|((action, store), ids)| Event {
            members: vec![("storeId".into(), json!(store.to_string()))],
            ..event(EVENT, action, ids.iter().map(|id| json!(id.to_string())).collect())
        }));
        events
    }
}

/// Works on orders in a call of the API.
pub(super) fn in_call<T>(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut Desk<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut desk = Desk {
        settings: &call.inner.settings,
        catalogue: call.inner.catalogue,
        contract: call.contract.clone(),
        now: call.now,
        told: Told::default(),
        world: call.world,
    };
    let value = work(&mut desk)?;
    let events = desk.events();
    call.events.extend(events);
    Ok(value)
}

impl Inner {
    /// Works on orders at the admin screen: writes down what is done and tells the apps.
    pub(crate) fn at_the_desk<T>(
        &self,
        state: &mut State,
        contract: &str,
        work: impl FnOnce(&mut Desk<'_>) -> Result<T, Problem>,
    ) -> Result<T, EmulatorError> {
        let known = state.world.shop(contract).map(|shop| shop.id.clone());
        let contract = known.ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        let mut desk = self.desk(&mut state.world, contract);
        let before = desk.last_change()?;
        desk.keep_time()?;
        let value = work(&mut desk)?;
        desk.restock(before)?;
        let events = desk.events();
        state.world.save()?;
        self.publish(state, events, Vec::new());
        Ok(value)
    }

    fn desk<'w>(&'w self, world: &'w mut World, contract: Arc<str>) -> Desk<'w> {
        let (settings, catalogue, now) = (&self.settings, self.catalogue, self.now());
        Desk { world, settings, catalogue, contract, now, told: Told::default() }
    }

    /// Tries waiting orders again when stock has moved since `before`; gives what apps are told of it.
    pub(crate) fn restock(&self, world: &mut World, contract: &Arc<str>, before: u64) -> Result<Vec<Event>, Problem> {
        let mut desk = self.desk(world, contract.clone());
        desk.restock(before)?;
        Ok(desk.events())
    }
}
