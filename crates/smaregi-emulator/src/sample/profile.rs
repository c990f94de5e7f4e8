//! Shops of three sizes, made piece by piece so that the largest needs no more memory than the smallest.

use super::{Assortment, SMALL_CHAIN, STORES, Store, categories, member, stock_row, terminals};
use regihub_ports::Dice;
use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// How many rows one piece has at most.
const PIECE: usize = 1000;

/// A sample shop by the number of its products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// One shop, ten products, three members.
    Ten,
    /// Three shops and a warehouse, 1 000 products, 200 members.
    Thousand,
    /// Nineteen shops and a warehouse, 100 000 products, 10 000 members.
    HundredThousand,
}

impl Profile {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Ten, Self::Thousand, Self::HundredThousand];

    /// Number of products.
    pub fn products(self) -> usize {
        match self {
            Self::Ten => 10,
            Self::Thousand => 1_000,
            Self::HundredThousand => 100_000,
        }
    }

    /// Number of members.
    pub fn members(self) -> usize {
        match self {
            Self::Ten => 3,
            Self::Thousand => 200,
            Self::HundredThousand => 10_000,
        }
    }

    fn stores(self) -> &'static [Store] {
        match self {
            Self::Ten => &STORES[..1],
            Self::Thousand => &STORES[..SMALL_CHAIN],
            Self::HundredThousand => &STORES,
        }
    }

    fn assortment(self) -> Assortment {
        match self {
            Self::Ten => Assortment::of_a_corner_shop(),
            _ => Assortment::whole(),
        }
    }

    /// Data sets that together are the shop, each of at most 1 000 rows, to be loaded in this order. The same seed gives the same pieces.
    pub fn pieces(self, dice: &Dice) -> impl Iterator<Item = Value> {
        let frame = json!({
            "stores": self.stores().iter().map(Store::row).collect::<Vec<_>>(),
            "terminals": terminals(self.stores()),
            "categories": categories(),
        });
        // Each kind of row has dice of its own: they are thrown in turns otherwise, and a change of one would change all.
        let (for_goods, for_members, for_stock) = (dice.fork(), dice.fork(), dice.fork());
        let goods = self.assortment();
        let products = (0..self.products()).map(move |index| goods.row(index, &for_goods));
        let shops: Vec<&Store> = self.stores().iter().filter(|store| !store.is_warehouse()).collect();
        let members = (1..=self.members()).map(move |number| {
            let place = for_members.below(shops.len() as u64) as usize;
            member(number, std::slice::from_ref(shops[place]), &for_members)
        });
        let goods = self.assortment();
        let stock = self.shelves().filter_map(move |(store, index)| stock_row(&goods, store, index, &for_stock));
        std::iter::once(frame)
            .chain(in_pieces("products", products))
            .chain(in_pieces("customers", members))
            .chain(in_pieces("stock", stock))
    }

    /// Where a product may lie. The largest chain has each product in its warehouse and in one shop, the others have everything everywhere.
    fn shelves(self) -> impl Iterator<Item = (&'static Store, usize)> {
        let stores = self.stores();
        (0..self.products()).flat_map(move |index| {
            let own = index % stores.len();
            let here =
                move |place: usize| self != Self::HundredThousand || place == own || stores[place].is_warehouse();
            stores.iter().enumerate().filter(move |(place, _)| here(*place)).map(move |(_, store)| (store, index))
        })
    }
}

fn in_pieces(table: &'static str, rows: impl Iterator<Item = Value>) -> impl Iterator<Item = Value> {
    let mut rows = rows;
    std::iter::from_fn(move || {
        let piece: Vec<Value> = rows.by_ref().take(PIECE).collect();
        (!piece.is_empty()).then(|| json!({ table: piece }))
    })
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.products())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|profile| profile.to_string() == text.trim());
        found.ok_or_else(|| format!("got {text}, allowed is 10, 1000 or 100000 products"))
    }
}
