//! All contracts, apps and tokens, and the one door through which they change.

use super::{
    Entry, Id, Identities, IdentityEntry, Journal, Layouts, Sale, Shop, Stored, Token, packed::Packed,
    stock::StockChange,
};
use crate::{
    problem::Problem,
    spec::{AppSpec, EmulatorError},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) layouts: Arc<Layouts>,
    shops: BTreeMap<Arc<str>, Shop>,
    apps: BTreeMap<String, AppSpec>,
    tokens: BTreeMap<String, Arc<Token>>,
    pub(crate) identities: Identities,
    journal: Option<Journal>,
    unsaved: Vec<Stored>,
}

impl World {
    pub(crate) fn new(layouts: Arc<Layouts>) -> Self {
        let (shops, apps, tokens, identities) = Default::default();
        Self { layouts, shops, apps, tokens, identities, journal: None, unsaved: Vec::new() }
    }

    /// From now on every change is also written to this journal.
    pub(crate) fn keep_journal(&mut self, journal: Journal) {
        self.journal = Some(journal);
    }

    pub(crate) fn shop(&self, contract: &str) -> Option<&Shop> {
        self.shops.get(contract)
    }

    pub(crate) fn shops(&self) -> impl Iterator<Item = &Shop> {
        self.shops.values()
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<&AppSpec> {
        self.apps.get(client_id)
    }

    pub(crate) fn apps(&self) -> impl Iterator<Item = &AppSpec> {
        self.apps.values()
    }

    pub(crate) fn token(&self, token: &str) -> Option<&Arc<Token>> {
        self.tokens.get(token)
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.tokens.values()
    }

    pub(crate) fn forget_expired_tokens(&mut self, now: i64) {
        self.tokens.retain(|_, token| token.expires > now);
        self.identities.forget_expired(now);
    }

    /// Changes state and remembers to write it down.
    pub(crate) fn record(&mut self, entry: Entry) {
        if self.journal.is_some() {
            self.unsaved.push(entry.store(&self.layouts));
        }
        self.apply(entry);
    }

    /// Changes state only: for what is being read back.
    pub(crate) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Contract(spec) => {
                let name: Arc<str> = spec.contract_id.as_str().into();
                match self.shops.get_mut(&name) {
                    Some(shop) => shop.spec = spec,
                    None => drop(self.shops.insert(name, Shop::new(spec, &self.layouts))),
                }
            }
            Entry::App(spec) => drop(self.apps.insert(spec.client_id.clone(), spec)),
            Entry::Token(token) => drop(self.tokens.insert(token.token.clone(), Arc::new(token))),
            Entry::Identity(IdentityEntry::TokenGone(token)) => drop(self.tokens.remove(&token)),
            Entry::Identity(entry) => self.identities.apply(entry),
            Entry::Row { contract, table, id, row } => {
                self.with_shop(&contract, |shop| shop.table_mut(table).put(id, row));
            }
            Entry::Gone { contract, table, id } => self.with_shop(&contract, |shop| shop.remove(table, id)),
            Entry::Stock { contract, change } => self.with_shop(&contract, |shop| shop.stock.apply(change)),
            Entry::Sale { contract, id, sale } => {
                let receipt = sale.head.text(&self.layouts.head, "transactionUuid").map(Into::into);
                self.with_shop(&contract, |shop| shop.sales.put(id, receipt, *sale));
            }
        }
    }

    fn with_shop(&mut self, contract: &str, change: impl FnOnce(&mut Shop)) {
        if let Some(shop) = self.shops.get_mut(contract) {
            change(shop);
        }
    }

    /// Writes what was recorded since the last call, as one line.
    pub(crate) fn save(&mut self) -> Result<(), Problem> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let line = serde_json::to_string(&std::mem::take(&mut self.unsaved));
        line.map_err(std::io::Error::from).and_then(|line| journal.append(&line)).map_err(|error| {
            tracing::error!(%error, "the emulator cannot write its journal");
            Problem::internal(&format!("the journal cannot be written: {error}"))
        })
    }

    /// Every entry that makes up the state as it is now.
    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let contracts = self.shops.values().map(|shop| Entry::Contract(shop.spec.clone()));
        let apps = self.apps.values().cloned().map(Entry::App);
        let tokens = self.tokens.values().map(|token| Entry::Token(Token::clone(token)));
        let identities = self.identities.entries().map(Entry::Identity);
        contracts.chain(apps).chain(tokens).chain(identities).chain(self.shops.values().flat_map(shop_entries))
    }

    pub(crate) fn journal_lines(&self) -> impl Iterator<Item = String> + '_ {
        self.entries().filter_map(|entry| serde_json::to_string(&[entry.store(&self.layouts)]).ok())
    }

    /// The whole state as one JSON.
    pub(crate) fn snapshot(&self) -> Value {
        let stored = self.entries().map(|entry| entry.store(&self.layouts));
        let entries: Vec<Value> = stored.filter_map(|entry| serde_json::to_value(entry).ok()).collect();
        json!({ "format": "regihub-emulator-snapshot", "version": 1, "entries": entries })
    }

    /// Replaces the whole state by a snapshot.
    pub(crate) fn restore(&mut self, snapshot: &Value) -> Result<(), EmulatorError> {
        let entries = snapshot["entries"].as_array();
        let entries = entries.ok_or_else(|| EmulatorError::data("entries", "missing, or not a list"))?;
        let mut fresh = Self::new(self.layouts.clone());
        for (number, value) in entries.iter().enumerate() {
            let place = || format!("entries[{number}]");
            let stored: Stored =
                serde_json::from_str(&value.to_string()).map_err(|e| EmulatorError::data(place(), e))?;
            fresh.apply(stored.read(&self.layouts)?);
        }
        self.replace(fresh)
    }

    /// Empties the data of all contracts; contracts, apps, people, tokens and the clock stay.
    pub(crate) fn reset(&mut self) -> Result<(), EmulatorError> {
        let mut fresh = Self::new(self.layouts.clone());
        let kept =
            |entry: &Entry| matches!(entry, Entry::Contract(_) | Entry::App(_) | Entry::Token(_) | Entry::Identity(_));
        self.entries().take_while(kept).for_each(|entry| fresh.apply(entry));
        self.replace(fresh)
    }

    fn replace(&mut self, fresh: Self) -> Result<(), EmulatorError> {
        let journal = self.journal.take();
        *self = fresh;
        let Some(mut journal) = journal else { return Ok(()) };
        let outcome = journal.rewrite(self.journal_lines());
        self.journal = Some(journal);
        outcome.map_err(|e| EmulatorError::data("journal", e))
    }
}

fn shop_entries(shop: &Shop) -> impl Iterator<Item = Entry> + '_ {
    let contract = || shop.id.clone();
    let rows = shop.tables().flat_map(move |table| {
        let entry = move |(id, row): (&Id, &Packed)| (*id, row.clone(), table.spec);
        table.rows().iter().map(entry)
    });
    let rows = rows.map(move |(id, row, table)| Entry::Row { contract: contract(), table, id, row });
    let changes = shop.stock.levels().values().flat_map(|level| level.history.iter().cloned());
    let changes = changes.map(move |change: StockChange| Entry::Stock { contract: contract(), change });
    let sales = shop.sales.sales().iter();
    let sales = sales.map(move |(id, sale): (&Id, &Sale)| {
        let sale = Box::new(sale.clone());
        Entry::Sale { contract: contract(), id: *id, sale }
    });
    rows.chain(changes).chain(sales)
}
