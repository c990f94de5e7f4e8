//! Who keeps the documents: the same for the API and for people at the admin screen.

use super::{
    Document,
    effect::{Effect, Place},
};
use crate::{
    emulator::{Inner, State},
    http::api::Call,
    problem::Problem,
    resources::{
        documents::table as table_named,
        maker::{Forced, RowMaker, text_of},
        stock::{Movement, check_level, event_entry, move_with_slip},
    },
    settings::{BookedDocuments, InventorySettings, Settings},
    spec::EmulatorError,
    state::{Entry, Id, Shop, StockChange, StockSlip, Table, World},
    time::{self, Seconds},
    webhooks::Event,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

pub(super) const PURCHASE_ORDERS: &str = "purchaseOrders";
pub(super) const STORAGE: &str = "storage";
pub(super) const SHIPMENTS: &str = "shipments";
pub(super) const SHIPPING: &str = "shipping";
pub(super) const RECEIVING: &str = "receiving";
pub(super) const LOSSES: &str = "losses";
pub(super) const STOCKTAKING: &str = "stocktaking";

/// Writes into one contract and remembers what has to be told of it.
pub(crate) struct Clerk<'a> {
    inner: &'a Inner,
    world: &'a mut World,
    contract: Arc<str>,
    pub(super) now: Seconds,
    events: Vec<Event>,
    changes: Vec<StockChange>,
}

/// A document about to be stored, and what it does to stock.
pub(super) struct Booking {
    pub(super) document: Document,
    pub(super) effect: Effect,
    /// When it takes effect.
    pub(super) at: Seconds,
    pub(super) slip: StockSlip,
}

/// Does a clerk's work within a call; what happened is told if the call succeeds.
pub(super) fn with<T>(
    call: &mut Call<'_>,
    work: impl FnOnce(&mut Clerk<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut clerk = Clerk::new(call.inner, call.world, call.contract.clone(), call.now);
    let outcome = work(&mut clerk);
    let events = clerk.told();
    call.events.extend(events);
    outcome
}

impl Inner {
    /// Does a clerk's work outside of a call, writes it down and tells the apps.
    pub(crate) fn let_clerk<T>(
        &self,
        state: &mut State,
        contract: &str,
        work: impl FnOnce(&mut Clerk<'_>) -> Result<T, Problem>,
    ) -> Result<T, EmulatorError> {
        let known = state.world.shop(contract).map(|shop| shop.id.clone());
        let contract = known.ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        let mut clerk = Clerk::new(self, &mut state.world, contract, self.now());
        let outcome = work(&mut clerk);
        let events = clerk.told();
        state.world.save()?;
        let outcome = outcome?;
        self.publish(state, events, Vec::new());
        Ok(outcome)
    }
}

impl<'a> Clerk<'a> {
    fn new(inner: &'a Inner, world: &'a mut World, contract: Arc<str>, now: Seconds) -> Self {
        Self { inner, world, contract, now, events: Vec::new(), changes: Vec::new() }
    }

    /// Documents first, then one `pos:stock` with an entry for each movement (platform-common.md §17).
    fn told(self) -> Vec<Event> {
        let ids: Vec<Value> = self.changes.iter().map(event_entry).collect();
        let stock = (!ids.is_empty()).then(|| Event::new(self.contract, "pos:stock", "edited", ids));
        self.events.into_iter().chain(stock).collect()
    }

    /// An event about a document. Told twice, it is sent once.
    pub(super) fn tell(&mut self, event: &str, action: &str, id: Id) {
        let ids = vec![json!(id.to_string())];
        let event = Event::new(self.contract.clone(), event, action, ids);
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    pub(super) fn settings(&self) -> &'a InventorySettings {
        &self.all_settings().inventory
    }

    fn all_settings(&self) -> &'a Settings {
        &self.inner.settings
    }

    pub(super) fn shop(&self) -> Result<&Shop, Problem> {
        self.world.shop(&self.contract).ok_or_else(Problem::access_denied)
    }

    pub(super) fn table(&self, name: &str) -> Result<&Table, Problem> {
        Ok(self.shop()?.table_of(table_named(name)?))
    }

    pub(super) fn today(&self) -> String {
        time::format_date(self.now)
    }

    pub(super) fn moment(&self) -> Value {
        json!(time::format(self.now))
    }

    pub(super) fn next_id(&self, table: &str) -> Result<Id, Problem> {
        Ok(self.table(table)?.next_id())
    }

    /// A document with all its columns.
    pub(super) fn read(&self, table: &str, id: Id) -> Result<Document, Problem> {
        let rows = self.table(table)?;
        rows.get(id).map(|row| row.to_map(&rows.columns)).ok_or_else(|| Problem::not_found(table))
    }

    /// Documents that name another one in a column.
    pub(super) fn naming(&self, table: &str, column: &str, id: Id) -> Result<Vec<(Id, Document)>, Problem> {
        let rows = self.table(table)?;
        let found = rows.with_value(column, &id.to_string());
        Ok(found.map(|(id, row)| (id, row.to_map(&rows.columns))).collect())
    }

    /// Refuses a body that names a row that does not exist: 400 `[field] …`.
    pub(super) fn must_exist(&self, table: &str, field: &str, key: &str) -> Result<Id, Problem> {
        self.table(table)?.find(&[key]).ok_or_else(|| Problem::unknown_reference(field))
    }

    pub(super) fn insert(&mut self, table: &str, document: &Document) -> Result<Id, Problem> {
        let id = self.next_id(table)?;
        let key = table_named(table)?.key[0].clone();
        self.put(table, id, &vec![(key, id.to_string())], document)?;
        Ok(id)
    }

    /// A new row whose key is the caller's choice.
    pub(super) fn insert_under(&mut self, table: &str, key: &Forced, document: &Document) -> Result<(), Problem> {
        let id = self.next_id(table)?;
        self.put(table, id, key, document)
    }

    fn put(&mut self, table: &str, id: Id, key: &Forced, document: &Document) -> Result<(), Problem> {
        let (spec, layouts) = (table_named(table)?, self.world.layouts.clone());
        let maker = RowMaker::new(self.inner.catalogue, self.all_settings(), spec, layouts.table(spec));
        let row = maker.create(self.shop()?, key, document, self.now);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(())
    }

    /// Changes the members given; everything else stays.
    pub(super) fn change(&mut self, table: &str, id: Id, members: &Document) -> Result<(), Problem> {
        let (spec, layouts) = (table_named(table)?, self.world.layouts.clone());
        let maker = RowMaker::new(self.inner.catalogue, self.all_settings(), spec, layouts.table(spec));
        let shop = self.shop()?;
        let old = shop.table_of(spec).get(id).ok_or_else(|| Problem::not_found(table))?;
        let row = maker.change(shop, old, members, self.now);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(())
    }

    pub(super) fn remove(&mut self, table: &str, id: Id) -> Result<(), Problem> {
        let spec = table_named(table)?;
        self.world.record(Entry::Gone { contract: self.contract.clone(), table: spec, id });
        Ok(())
    }

    /// Stores a new document (`None`) or changes one, and moves stock so that exactly its effect is booked. Nothing is stored when
    /// stock would leave its bounds.
    pub(super) fn book(&mut self, table: &str, id: Option<Id>, booking: Booking) -> Result<Id, Problem> {
        let Booking { mut document, mut effect, at, slip } = booking;
        let booked = id.map(|id| self.read(table, id)).transpose()?.map(|old| Effect::booked_by(&old));
        let booked = booked.unwrap_or_default();
        // Goods whose stock is not managed do not move, but what has moved stays comparable.
        effect.retain(|place| booked.names(place.product) || self.is_managed(place.product));
        let steps = effect.minus(&booked);
        self.check(&steps)?;
        document.insert("booked".into(), effect.to_json());
        let id = match id {
            Some(id) => self.change(table, id, &document).map(|()| id)?,
            None => self.insert(table, &document)?,
        };
        self.move_goods(&steps, at, &slip)?;
        Ok(id)
    }

    /// Deletes a document; what it moved is moved back, or the delete refused if the contract is set so.
    pub(super) fn scrap(&mut self, table: &str, id: Id, at: Seconds, slip: &StockSlip) -> Result<(), Problem> {
        let booked = Effect::booked_by(&self.read(table, id)?);
        self.check_unbooked(&booked)?;
        let steps = Effect::default().minus(&booked);
        self.check(&steps)?;
        self.remove(table, id)?;
        self.move_goods(&steps, at, slip)
    }

    /// Refuses to undo what was booked where the setting says so.
    pub(super) fn check_unbooked(&self, booked: &Effect) -> Result<(), Problem> {
        let refuses = self.settings().booked_documents == BookedDocuments::Refuse;
        match refuses && !booked.is_empty() {
            true => Err(Problem::bad_request("在庫に反映済みのため、変更・削除できません。")),
            false => Ok(()),
        }
    }

    fn is_managed(&self, product: Id) -> bool {
        let Ok(products) = self.shop().map(Shop::products) else { return false };
        let row = products.get(product);
        row.is_some_and(|row| row.text(&products.columns, "stockControlDivision").is_none_or(|code| code != "1"))
    }

    /// Whether stock stays within its bounds.
    pub(super) fn check(&self, steps: &Effect) -> Result<(), Problem> {
        let shop = self.shop()?;
        let mut sums: BTreeMap<(Id, Id), i64> = BTreeMap::new();
        for (place, pieces) in steps.iter() {
            let sum = sums.entry((place.product, place.store)).or_default();
            *sum = sum.saturating_add(pieces);
        }
        let after = |(product, store), pieces| shop.stock.amount(product, store).saturating_add(pieces);
        sums.into_iter().try_for_each(|(pair, pieces)| check_level(after(pair, pieces)))
    }

    /// Books movements. Products and stores that are gone have no stock any more.
    pub(super) fn move_goods(&mut self, steps: &Effect, at: Seconds, slip: &StockSlip) -> Result<(), Problem> {
        for (Place { product, store, division }, amount) in steps.iter() {
            let shop = self.shop()?;
            if shop.products().get(product).is_none() || !shop.has_store(store) {
                continue;
            }
            let movement = Movement { product, store, amount, division, effective_at: at, memo: None };
            let slip = (*slip != StockSlip::default()).then(|| Box::new(slip.clone()));
            let contract = self.contract.clone();
            self.changes.extend(move_with_slip(self.world, &contract, movement, slip, self.now));
        }
        Ok(())
    }

    /// The slip of a document with a `staffId`. An unknown member of staff is a 400.
    pub(super) fn signed(&self, document: &Document) -> Result<StockSlip, Problem> {
        let Some(id) = document.get("staffId").filter(|id| !id.is_null()).map(text_of).filter(|id| !id.is_empty())
        else {
            return Ok(StockSlip::default());
        };
        let staffs = self.table("staffs")?;
        let id = self.must_exist("staffs", "staffId", &id)?;
        let name = staffs.get(id).and_then(|row| row.text(&staffs.columns, "staffName")).map(|name| name.into_owned());
        Ok(StockSlip { staff_id: Some(id), staff_name: name, ..StockSlip::default() })
    }
}
