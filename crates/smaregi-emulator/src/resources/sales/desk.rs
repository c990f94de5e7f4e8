//! Where people and API calls meet: one contract's books, open for a change.

use crate::{
    http::api::Call,
    problem::Problem,
    resources::documents,
    state::{Entry, Id, Packed, Sale, Shop, World},
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(crate) struct Desk<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) contract: Arc<str>,
    pub(crate) now: Seconds,
}

impl<'w> Desk<'w> {
    pub(crate) fn new(world: &'w mut World, contract: &str, now: Seconds) -> Self {
        Self { world, contract: contract.into(), now }
    }

    pub(crate) fn of(call: &'w mut Call<'_>) -> Self {
        let (contract, now) = (call.contract.clone(), call.now);
        Self { world: call.world, contract, now }
    }

    pub(crate) fn shop(&self) -> Result<&Shop, Problem> {
        self.world.shop(&self.contract).ok_or_else(Problem::access_denied)
    }

    /// Now, as rows hold it.
    pub(crate) fn at(&self) -> Value {
        json!(time::format(self.now))
    }

    /// A row as a map of all its columns.
    pub(crate) fn row(&self, table: &str, id: Id) -> Option<Map<String, Value>> {
        let table = self.world.shop(&self.contract)?.table(table);
        table.get(id).map(|row| row.to_map(&table.columns))
    }

    /// Stores a row as it stands.
    pub(crate) fn store(&mut self, table: &str, id: Id, values: &Map<String, Value>) -> Result<(), Problem> {
        let spec = documents::table(table)?;
        let row = Packed::from_map(&self.world.layouts.table(spec).columns, values);
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(())
    }

    /// Changes some columns of a row; without the row it does nothing.
    pub(crate) fn amend(&mut self, table: &str, id: Id, changes: &[(&str, Value)]) -> Result<(), Problem> {
        let spec = documents::table(table)?;
        let columns = self.world.layouts.table(spec).columns.clone();
        let Some(row) = self.shop()?.table_of(spec).get(id).map(|row| row.with(&columns, changes)) else {
            return Ok(());
        };
        self.world.record(Entry::Row { contract: self.contract.clone(), table: spec, id, row });
        Ok(())
    }

    /// The number a new row of a table gets.
    pub(crate) fn next_id(&self, table: &str) -> Result<Id, Problem> {
        Ok(self.shop()?.table(table).next_id())
    }

    pub(crate) fn store_sale(&mut self, id: Id, sale: Sale) {
        self.world.record(Entry::Sale { contract: self.contract.clone(), id, sale: Box::new(sale) });
    }

    /// Changes head columns of a transaction; `updDateTime` and the indexes follow.
    pub(crate) fn amend_sale(&mut self, id: Id, changes: &[(&str, Value)]) {
        let Some(mut sale) = self.world.shop(&self.contract).and_then(|shop| shop.sales.get(id)).cloned() else {
            return;
        };
        let mut changes = changes.to_vec();
        changes.push(("updDateTime", self.at()));
        sale.head = sale.head.with(&self.world.layouts.head, &changes);
        sale.times.updated = self.now;
        if let Some((_, day)) = changes.iter().find(|(name, _)| *name == "sumDate") {
            sale.times.summed = day.as_str().and_then(time::parse_date);
        }
        self.store_sale(id, sale);
    }
}

/// A map of columns.
pub(super) fn columns<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What was sent as text; null and the empty text are nothing.
pub(super) fn sent(body: &Map<String, Value>, name: &str) -> Option<String> {
    let text = body.get(name).filter(|value| !value.is_null()).map(crate::resources::maker::text_of);
    text.filter(|text| !text.is_empty())
}

/// A whole number that was sent.
pub(super) fn number(body: &Map<String, Value>, name: &str) -> Result<Option<i64>, Problem> {
    const MOST: i64 = 999_999_999_999;
    let Some(text) = sent(body, name) else { return Ok(None) };
    match text.trim().parse() {
        Ok(number) if (-MOST..=MOST).contains(&number) => Ok(Some(number)),
        _ => Err(Problem::field(name, "整数で指定してください。")),
    }
}
