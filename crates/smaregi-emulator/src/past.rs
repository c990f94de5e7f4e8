//! A past for a sample shop: sales of the last weeks, rung up through the same path as every other sale.

use crate::{
    emulator::Emulator,
    floor,
    problem::Problem,
    resources::stock::{Movement, move_stock},
    spec::EmulatorError,
    state::{Id, STORES, Shop, StockDivision, TERMINALS, World},
    till::{self, Basket},
    time::Seconds,
};
use regihub_ports::Dice;
use std::collections::BTreeMap;

/// How many sales wait in memory before they are written to the journal.
const SALES_PER_LINE: usize = 200;
/// Pieces that arrive when a shelf is empty.
const CARTON: i64 = 48;
/// How many of 100 customers are members.
const MEMBERS_PERCENT: u64 = 30;

/// A till and what lies on the shelves around it.
struct Counter {
    store: Id,
    terminal: Id,
    goods: Vec<Id>,
}

impl Emulator {
    /// Rings up `count` sales evenly spread over the last `days` days, the oldest first; gives how many there were. Shelves that run empty are filled
    /// (仕入) on the way. Nothing is told to apps. A contract without open tills or without stock has no past: the answer is 0.
    ///
    /// # Errors
    /// When the contract does not exist, a row of it cannot be sold, or the journal cannot be written.
    pub fn ring_up_past(&self, contract: &str, count: usize, days: u32, dice: &Dice) -> Result<usize, EmulatorError> {
        let now = self.inner.now();
        let span = i64::from(days.max(1)) * 86_400;
        let mut state = self.state();
        let world = &mut state.world;
        let shop = world.shop(contract).ok_or_else(|| EmulatorError::UnknownContract(contract.into()))?;
        let counters = counters(shop);
        let members = i64::try_from(shop.table(crate::state::CUSTOMERS).len()).unwrap_or(0).unsigned_abs();
        if counters.is_empty() {
            return Ok(0);
        }
        for number in 0..count {
            let ago = span - span * i64::try_from(number).unwrap_or(0) / i64::try_from(count).unwrap_or(1).max(1);
            let basket = basket(&counters, members, dice);
            self.sell_then(world, contract, &basket, now - ago)?;
            if number % SALES_PER_LINE == SALES_PER_LINE - 1 {
                world.save()?;
            }
        }
        world.save()?;
        Ok(count)
    }

    fn sell_then(&self, world: &mut World, contract: &str, basket: &Basket, at: Seconds) -> Result<(), Problem> {
        for (product, pieces) in &basket.lines {
            fill_shelf(world, contract, (*product, basket.store_id), *pieces, at);
        }
        let shop = world.shop(contract).ok_or_else(Problem::access_denied)?;
        let body = till::receipt(shop, basket, at)?;
        floor::sell(world, &self.inner.settings, contract, &body, at).map(drop)
    }
}

fn fill_shelf(world: &mut World, contract: &str, (product, store): (Id, Id), pieces: i64, at: Seconds) {
    let there = world.shop(contract).map_or(0, |shop| shop.stock.amount(product, store));
    if there < pieces {
        let (amount, division) = (CARTON, StockDivision::GoodsIn);
        let arrival = Movement { product, store, amount, division, effective_at: at, memo: None };
        move_stock(world, contract, arrival, at);
    }
}

/// The tills of the stores in which something lies.
fn counters(shop: &Shop) -> Vec<Counter> {
    let mut shelves: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (store, product) in shop.stock.by_store() {
        shelves.entry(*store).or_default().push(*product);
    }
    let (stores, terminals) = (shop.table(STORES), shop.table(TERMINALS));
    let paused =
        |store: Id| stores.get(store).and_then(|row| row.text(&stores.columns, "pauseFlag")).as_deref() == Some("1");
    let tills = terminals.rows().iter().filter_map(|(id, row)| {
        let store = row.number(&terminals.columns, "storeId")?.unsigned_abs();
        let goods = shelves.get(&store).filter(|_| !paused(store))?;
        Some(Counter { store, terminal: *id, goods: goods.clone() })
    });
    tills.collect()
}

/// One to three products, now and then two pieces, by a member or by somebody unknown.
fn basket(counters: &[Counter], members: u64, dice: &Dice) -> Basket {
    let pick = |most: usize| usize::try_from(dice.below(most as u64)).unwrap_or(0);
    let counter = &counters[pick(counters.len())];
    let mut lines: BTreeMap<Id, i64> = BTreeMap::new();
    for _ in 0..=dice.below(3) {
        *lines.entry(counter.goods[pick(counter.goods.len())]).or_default() += 1 + i64::from(dice.chance(20));
    }
    let customer_id = (members > 0 && dice.chance(MEMBERS_PERCENT)).then(|| 1 + dice.below(members));
    Basket {
        store_id: counter.store,
        terminal_id: counter.terminal,
        lines: lines.into_iter().collect(),
        customer_id,
        ..Basket::default()
    }
}
