//! Sample data: an invented chain of apparel and sundries shops, for demos, tests and screenshots.
//!
//! Rows use Smaregi's own field names and value conventions: every value is a string, flags are `"0"`/`"1"`, ids are
//! given (platform-pos.md §3–§6). `insDateTime` and `updDateTime` are left out: the server stamps them when it takes a
//! row in. Names, people, addresses and telephone numbers are made up.

mod assortment;
mod members;
mod profile;
mod shops;
#[cfg(test)]
mod tests;

pub use profile::Profile;

use assortment::{Assortment, CATEGORIES, COLOURS, Stocked};
use members::member;
use regihub_ports::Dice;
use serde_json::{Value, json};
use shops::{STORES, Store, terminals};

/// The reduced rate for food (軽減): platform-pos.md §2.3.
const REDUCED_TAX: &str = "10000001";
const FIRST_PRODUCT_ID: usize = 8_000_001;
/// How often a store never had a product that the others have: there is no stock row then, which is not the same as zero.
const NEVER_MOVED_PERCENT: u64 = 6;
/// Stores of the small chain, the warehouse among them.
const SMALL_CHAIN: usize = 4;
const MEMBERS: usize = 24;

/// `stores`, `terminals`, `categories`, `products`, `customers` and `stock` of the chain. The same seed gives the same rows.
pub fn apparel_chain(dice: &Dice) -> Value {
    let (stores, goods) = (&STORES[..SMALL_CHAIN], Assortment::whole());
    let everywhere = stores.iter().flat_map(|store| (0..goods.len()).map(move |index| (store, index)));
    json!({
        "stores": stores.iter().map(Store::row).collect::<Vec<_>>(),
        "terminals": terminals(stores),
        "categories": categories(),
        "products": (0..goods.len()).map(|index| goods.row(index, dice)).collect::<Vec<_>>(),
        "customers": (1..=MEMBERS).map(|number| member(number, &STORES[..1 + SMALL_CHAIN / 2], dice)).collect::<Vec<_>>(),
        "stock": everywhere.filter_map(|(store, index)| stock_row(&goods, store, index, dice)).collect::<Vec<_>>(),
    })
}

/// Cheap product rows for import benchmarks, in groups of ten variants. They refer to the first categories of [`apparel_chain`].
pub fn products_at_scale(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|index| {
        json!({
            "productId": product_id(index),
            "categoryId": category_id(1 + index / 10 % CATEGORIES.len()),
            "productCode": format!("P-{:09}", index + 1),
            "productName": format!("見本商品 {:09}", index + 1),
            "taxDivision": "0",
            "productPriceDivision": "1",
            "price": (500 + index * 37 % 9_500 / 10 * 10).to_string(),
            "color": COLOURS[index % COLOURS.len()].1,
            "groupCode": product_id(index / 10 * 10),
            "salesDivision": "0",
            "stockControlDivision": "0",
            "displayFlag": "1",
            "division": "0",
        })
    })
}

fn categories() -> Vec<Value> {
    (1..).zip(CATEGORIES).map(|(number, category)| category.row(number)).collect()
}

fn product_id(index: usize) -> String {
    (FIRST_PRODUCT_ID + index).to_string()
}

/// `number` counts from 1.
fn category_id(number: usize) -> String {
    (8_000_000 + number).to_string()
}

/// What lies in a store; `None` when the product is not counted or has never moved there.
fn stock_row(goods: &Assortment, store: &Store, index: usize, dice: &Dice) -> Option<Value> {
    if goods.stocked(index) != Stocked::Yes || dice.chance(NEVER_MOVED_PERCENT) {
        return None;
    }
    Some(json!({
        "storeId": store.id.to_string(),
        "productId": product_id(index),
        "stockAmount": pieces(store.most_pieces, dice).to_string(),
        "layawayStockAmount": if dice.chance(3) { "1" } else { "0" },
    }))
}

/// Mostly a few, sometimes many, now and then sold out: the smaller of two throws leans towards zero.
fn pieces(most: u64, dice: &Dice) -> u64 {
    dice.below(most + 1).min(dice.below(most + 1))
}
