//! What several pages read from a contract's rows.

use super::visit::Choice;
use crate::state::{CUSTOMERS, Columns, Id, Packed, STORES, Shop, TERMINALS};

/// Rows on one page of a list.
pub(crate) const ROWS: usize = 50;

pub(crate) struct Store {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) is_warehouse: bool,
}

pub(crate) struct Product {
    pub(crate) id: Id,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) price: String,
    /// 在庫管理区分 0: pieces are counted.
    pub(crate) is_counted: bool,
}

pub(crate) struct Member {
    pub(crate) id: Id,
    pub(crate) code: String,
    pub(crate) name: String,
}

/// A value without quotes; empty for null.
pub(crate) fn text(row: &Packed, columns: &Columns, name: &str) -> String {
    row.text(columns, name).map(|text| text.into_owned()).unwrap_or_default()
}

pub(crate) fn stores(shop: &Shop) -> Vec<Store> {
    let table = shop.table(STORES);
    let read = |(id, row): (&Id, &Packed)| Store {
        id: *id,
        name: text(row, &table.columns, "storeName"),
        is_warehouse: text(row, &table.columns, "division") == "2",
    };
    table.rows().iter().map(read).collect()
}

pub(crate) fn store_name(shop: &Shop, id: Id) -> String {
    let table = shop.table(STORES);
    let name = table.get(id).map(|row| text(row, &table.columns, "storeName"));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_string())
}

pub(crate) fn store_choices(shop: &Shop, chosen: &str) -> Vec<Choice> {
    stores(shop).into_iter().map(|store| Choice::new(store.id, store.name, chosen)).collect()
}

/// The tills of a store.
pub(crate) fn terminals(shop: &Shop, store: Id, chosen: &str) -> Vec<Choice> {
    let table = shop.table(TERMINALS);
    let store = store.to_string();
    let here = table.rows().iter().filter(|(_, row)| text(row, &table.columns, "storeId") == store);
    here.map(|(id, row)| Choice::new(id, text(row, &table.columns, "terminalName"), chosen)).collect()
}

fn read_product(id: Id, row: &Packed, columns: &Columns) -> Product {
    Product {
        id,
        code: text(row, columns, "productCode"),
        name: text(row, columns, "productName"),
        price: text(row, columns, "price"),
        is_counted: text(row, columns, "stockControlDivision") != "1",
    }
}

pub(crate) fn product(shop: &Shop, id: Id) -> Option<Product> {
    let table = shop.products();
    table.get(id).map(|row| read_product(id, row, &table.columns))
}

pub(crate) fn product_name(shop: &Shop, id: Id) -> String {
    product(shop, id).map_or_else(|| id.to_string(), |product| product.name)
}

/// Products behind `after` whose code, name, kana or id has all the words, by id; and whether there are more than `most`.
pub(crate) fn products(shop: &Shop, words: &str, after: Id, most: usize) -> (Vec<Product>, bool) {
    let table = shop.products();
    let words = split(words);
    let fits = |id: Id, row: &Packed| {
        let read = |name: &str| text(row, &table.columns, name).to_lowercase();
        let haystack = [id.to_string(), read("productCode"), read("productName"), read("productKana")].join("\u{1f}");
        words.iter().all(|word| haystack.contains(word))
    };
    let rows = table.rows().range(after.saturating_add(1)..).filter(|(id, row)| words.is_empty() || fits(**id, row));
    cut(rows.map(|(id, row)| read_product(*id, row, &table.columns)), most)
}

fn read_member(id: Id, row: &Packed, columns: &Columns) -> Member {
    let name = |part: &str| text(row, columns, part);
    let name = format!("{} {}", name("lastName"), name("firstName"));
    Member { id, code: text(row, columns, "customerCode"), name: name.trim().to_owned() }
}

pub(crate) fn member(shop: &Shop, id: Id) -> Option<Member> {
    let table = shop.table(CUSTOMERS);
    table.get(id).map(|row| read_member(id, row, &table.columns))
}

/// Members whose code or name has all the words.
pub(crate) fn members(shop: &Shop, words: &str, most: usize) -> Vec<Member> {
    let table = shop.table(CUSTOMERS);
    let words = split(words);
    let read = table.rows().iter().map(|(id, row)| read_member(*id, row, &table.columns));
    let fits = |member: &Member| {
        let haystack = format!("{}\u{1f}{}", member.code, member.name).to_lowercase();
        words.iter().all(|word| haystack.contains(word))
    };
    read.filter(fits).take(most).collect()
}

fn split(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_lowercase).collect()
}

/// The first `most`, and whether there are more.
pub(crate) fn cut<T>(rows: impl Iterator<Item = T>, most: usize) -> (Vec<T>, bool) {
    let mut rows: Vec<T> = rows.take(most + 1).collect();
    let more = rows.len() > most;
    rows.truncate(most);
    (rows, more)
}
