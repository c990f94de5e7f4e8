//! The rows of one resource, and the indexes by which they are found.

use super::{
    describe::TableSpec,
    packed::{Columns, Packed},
};
use crate::time::{self, Seconds};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

/// Number of a row. For a table whose key is one number, that number; for others it only counts the rows.
pub(crate) type Id = u64;

pub(crate) const STORES: &str = "stores";
pub(crate) const TERMINALS: &str = "terminals";
pub(crate) const CATEGORIES: &str = "categories";
pub(crate) const PRODUCTS: &str = "products";
pub(crate) const CUSTOMERS: &str = "customers";
pub(crate) const INVENTORY_RESERVATIONS: &str = "inventoryReservations";
pub(crate) const CUSTOMER_POINTS: &str = "customerPoints";

/// One column of a key. Numbers sort by value, before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Number(i64),
    Text(Box<str>),
}

impl Part {
    /// `01` is a text: as a code it differs from `1`.
    pub(crate) fn of(text: &str) -> Self {
        let text = text.trim();
        let first = text.trim_start_matches('-').as_bytes().first();
        let number = if first == Some(&b'0') && text != "0" { None } else { text.parse().ok() };
        number.map_or_else(|| Self::Text(text.into()), Self::Number)
    }
}

type Key = Box<[Part]>;

/// Rows with their numbers.
pub(crate) type Found<'t> = Box<dyn Iterator<Item = (Id, &'t Packed)> + 't>;

/// The rows of one resource of one contract.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) spec: &'static TableSpec,
    pub(crate) columns: Arc<Columns>,
    rows: BTreeMap<Id, Packed>,
    /// Unused when the row's number is its key.
    by_key: BTreeMap<Key, Id>,
    /// One map for each unique code.
    by_code: Vec<BTreeMap<Box<str>, Id>>,
    by_column: Vec<(&'static str, BTreeSet<(Part, Id)>)>,
    by_update: BTreeSet<(Seconds, Id)>,
}

impl Table {
    pub(crate) fn new(spec: &'static TableSpec, columns: Arc<Columns>) -> Self {
        let parent = spec.parent_column().filter(|column| spec.key.first().map(String::as_str) != Some(column));
        let indexed = parent.into_iter().chain(spec.index.iter().map(String::as_str));
        Self {
            spec,
            columns,
            rows: BTreeMap::new(),
            by_key: BTreeMap::new(),
            by_code: spec.unique.iter().map(|_| BTreeMap::new()).collect(),
            by_column: indexed.map(|column| (column, BTreeSet::new())).collect(),
            by_update: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Packed> {
        self.rows.get(&id)
    }

    pub(crate) fn rows(&self) -> &BTreeMap<Id, Packed> {
        &self.rows
    }

    pub(crate) fn by_update(&self) -> &BTreeSet<(Seconds, Id)> {
        &self.by_update
    }

    /// The row with this key, as texts in the order of the key's columns.
    pub(crate) fn find<T: AsRef<str>>(&self, key: &[T]) -> Option<Id> {
        if self.spec.is_plain() {
            let id = key.first()?.as_ref().parse().ok()?;
            return self.rows.contains_key(&id).then_some(id);
        }
        let key: Key = key.iter().map(|text| Part::of(text.as_ref())).collect();
        self.by_key.get(&key).copied()
    }

    /// All rows in the order of their keys.
    pub(crate) fn in_order(&self) -> Found<'_> {
        if self.spec.is_plain() {
            return Box::new(self.rows.iter().map(|(id, row)| (*id, row)));
        }
        Box::new(self.by_key.values().filter_map(|id| Some((*id, self.rows.get(id)?))))
    }

    /// Rows with this value in a column; in the order of their keys if the column is the key's first.
    pub(crate) fn with_value<'t>(&'t self, column: &'t str, value: &str) -> Found<'t> {
        let row = |id: Id| Some((id, self.rows.get(&id)?));
        let wanted = Part::of(value);
        if self.spec.key.first().is_some_and(|first| first == column) {
            if self.spec.is_plain() {
                return Box::new(self.find(&[value]).and_then(row).into_iter());
            }
            let from: &[Part] = std::slice::from_ref(&wanted);
            let rows = self.by_key.range::<[Part], _>((Bound::Included(from), Bound::Unbounded));
            let first = wanted.clone();
            let rows = rows.take_while(move |(key, _)| key.first() == Some(&first));
            return Box::new(rows.filter_map(move |(_, id)| row(*id)));
        }
        if let Some((_, index)) = self.by_column.iter().find(|(name, _)| *name == column) {
            let rows = index.range((wanted.clone(), 0)..).take_while(move |(part, _)| *part == wanted);
            return Box::new(rows.filter_map(move |(_, id)| row(*id)));
        }
        let has = move |row: &Packed| row.text(&self.columns, column).is_some_and(|text| Part::of(&text) == wanted);
        Box::new(self.in_order().filter(move |(_, row)| has(row)))
    }

    /// Whose code this is.
    pub(crate) fn owner_of(&self, unique: &str, code: &str) -> Option<Id> {
        let place = self.spec.unique.iter().position(|name| name == unique)?;
        self.by_code.get(place)?.get(code).copied()
    }

    /// The largest existing number + 1, as the real service numbers (platform-common.md §12).
    pub(crate) fn next_id(&self) -> Id {
        self.rows.last_key_value().map_or(self.spec.first.unwrap_or(1), |(last, _)| last + 1)
    }

    /// The key's columns of a row, as texts.
    pub(crate) fn key_of(&self, row: &Packed) -> Vec<String> {
        let text = |column: &String| row.text(&self.columns, column).unwrap_or_default().into_owned();
        self.spec.key.iter().map(text).collect()
    }

    pub(crate) fn put(&mut self, id: Id, row: Packed) {
        self.remove(id);
        if !self.spec.is_plain() {
            self.by_key.insert(self.parts(&row), id);
        }
        for (name, codes) in self.spec.unique.iter().zip(&mut self.by_code) {
            codes.extend(row.text(&self.columns, name).map(|code| (code.into(), id)));
        }
        for (column, index) in &mut self.by_column {
            index.extend(row.text(&self.columns, column).map(|text| (Part::of(&text), id)));
        }
        self.by_update.insert((self.updated(&row), id));
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<Packed> {
        let row = self.rows.remove(&id)?;
        let key = self.parts(&row);
        if self.by_key.get(&key) == Some(&id) {
            self.by_key.remove(&key);
        }
        for (name, codes) in self.spec.unique.iter().zip(&mut self.by_code) {
            let code = row.text(&self.columns, name);
            if let Some(code) = code.filter(|code| codes.get(code.as_ref()) == Some(&id)) {
                codes.remove(code.as_ref());
            }
        }
        for (column, index) in &mut self.by_column {
            if let Some(text) = row.text(&self.columns, column) {
                index.remove(&(Part::of(&text), id));
            }
        }
        self.by_update.remove(&(self.updated(&row), id));
        Some(row)
    }

    fn parts(&self, row: &Packed) -> Key {
        if self.spec.is_plain() {
            return Key::default();
        }
        let part = |column: &String| Part::of(&row.text(&self.columns, column).unwrap_or_default());
        self.spec.key.iter().map(part).collect()
    }

    fn updated(&self, row: &Packed) -> Seconds {
        row.text(&self.columns, "updDateTime").and_then(|text| time::parse(&text)).unwrap_or(0)
    }
}
