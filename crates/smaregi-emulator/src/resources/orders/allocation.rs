//! 引当: setting pieces of the linked stores aside for the lines of an order (platform-orders.md §7). Not to be mixed up with 在庫引当商品, a
//! product that draws down another one.

use super::{
    desk::Desk,
    order::{Line, ORDERS, Order, Part, Status},
    store::OrderStore,
};
use crate::{
    problem::Problem,
    resources::transactions::Sold,
    settings::{AllocationSettings, PartialAllocation, StockMovesAt},
    state::{Id, Shop, StockDivision},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Pieces of a line that a person names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPick {
    pub order_detail_id: u64,
    /// `None`: all there are to allocate, or to release.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// `None`: whichever has them.
    #[serde(default)]
    pub store_id: Option<u64>,
}

/// What can still be set aside.
struct Shelf<'s> {
    shop: &'s Shop,
    /// Promised to orders and not yet taken from stock.
    taken: BTreeMap<(Id, Id), i64>,
}

impl<'s> Shelf<'s> {
    fn new(shop: &'s Shop, moves_at: StockMovesAt) -> Self {
        // Elsewhere the promise has lowered the stock itself.
        let taken = if moves_at == StockMovesAt::Shipment { promised(shop) } else { BTreeMap::new() };
        Self { shop, taken }
    }

    fn left(&self, product: Id, store: Id) -> i64 {
        let taken = self.taken.get(&(product, store)).copied().unwrap_or(0);
        (self.shop.stock.amount(product, store) - taken).max(0)
    }

    /// How many pieces of a product a store can give; without end if no stock goes with it.
    fn pieces(&self, goods: &[(Id, i64)], store: Id) -> i64 {
        goods.iter().map(|(product, each)| self.left(*product, store) / each.max(&1)).min().unwrap_or(i64::MAX)
    }

    fn take(&mut self, goods: &[(Id, i64)], store: Id, pieces: i64) {
        for (product, each) in goods {
            *self.taken.entry((*product, store)).or_default() += pieces.saturating_mul(*each);
        }
    }
}

/// Pieces set aside for orders under way whose stock has not moved, by product and store.
pub(super) fn promised(shop: &Shop) -> BTreeMap<(Id, Id), i64> {
    let mut promised = BTreeMap::new();
    for order in under_way(shop) {
        for part in order.parts.iter().filter(|part| !part.moved) {
            let goods = order.line(part.line).and_then(|line| Sold::find(shop, line.product));
            for (product, each) in goods.iter().flat_map(Sold::goods) {
                *promised.entry((product, part.store)).or_default() += part.quantity.saturating_mul(each);
            }
        }
    }
    promised
}

/// Every order that is neither shipped nor cancelled.
pub(super) fn under_way(shop: &Shop) -> impl Iterator<Item = Order> + '_ {
    let table = shop.table(ORDERS);
    let rows = Status::UNDER_WAY.into_iter().flat_map(|status| table.with_value("status", status.word()));
    rows.map(|(id, row)| Order::read(id, &table.columns, row))
}

/// From which stores the pieces come: top-down, or from one that has them all, else from the one that has most.
fn draw(wanted: i64, stores: &[Id], split: bool, pieces: impl Fn(Id) -> i64) -> Vec<(Id, i64)> {
    if split {
        let mut left = wanted;
        let take = |store: &Id| {
            let taken = pieces(*store).min(left);
            left -= taken;
            (*store, taken)
        };
        return stores.iter().map(take).filter(|(_, taken)| *taken > 0).collect();
    }
    let whole = stores.iter().find(|store| pieces(**store) >= wanted);
    // The first of several that have as many.
    let most = || stores.iter().rev().max_by_key(|store| pieces(**store));
    let chosen = whole.or_else(most).map(|store| (*store, pieces(*store).min(wanted)));
    chosen.into_iter().filter(|(_, taken)| *taken > 0).collect()
}

impl Desk<'_> {
    /// Sets aside what is there for all lines, as far as the settings allow parts. Stores the order.
    pub(super) fn allocate(&mut self, order: &mut Order) -> Result<(), Problem> {
        let store = self.store(order.store)?;
        let parts = self.plan(order, &store)?;
        self.set_aside(order, parts)
    }

    fn plan(&self, order: &Order, store: &OrderStore) -> Result<Vec<Part>, Problem> {
        let AllocationSettings { partial, split, .. } = self.rules().allocation;
        let shop = self.shop()?;
        let mut shelf = Shelf::new(shop, self.rules().stock.moves_at);
        let (mut plan, mut complete) = (Vec::new(), true);
        for line in order.lines.iter().filter(|line| order.missing(line) > 0) {
            let (goods, missing) = (self.goods(line.product)?, order.missing(line));
            // What has no stock needs no store to come from.
            let stores = if goods.is_empty() { std::slice::from_ref(&store.id) } else { &store.linked };
            let drawn = draw(missing, stores, split, |store| shelf.pieces(&goods, store));
            let whole = drawn.iter().map(|(_, taken)| taken).sum::<i64>() == missing;
            complete &= whole;
            if !whole && partial != PartialAllocation::PerLinePartial {
                continue;
            }
            for (store, quantity) in drawn {
                shelf.take(&goods, store, quantity);
                plan.push(Part { line: line.id, store, quantity, moved: false });
            }
        }
        let nothing = partial == PartialAllocation::AllOrNothingOrder && !complete;
        Ok(if nothing { Vec::new() } else { plan })
    }

    /// What a person names is set aside as named, or refused.
    pub(super) fn allocate_by_hand(&mut self, order: &mut Order, picks: &[OrderPick]) -> Result<(), Problem> {
        let store = self.store(order.store)?;
        let shop = self.shop()?;
        let mut shelf = Shelf::new(shop, self.rules().stock.moves_at);
        let mut plan: Vec<Part> = Vec::new();
        for pick in picks {
            let line = named(order, pick)?;
            let planned: i64 = plan.iter().filter(|part| part.line == line.id).map(|part| part.quantity).sum();
            let missing = order.missing(line) - planned;
            let wanted = pick.quantity.unwrap_or(missing);
            if !(1..=missing).contains(&wanted) {
                return Err(Problem::field("quantity", &format!("1から{missing}までの整数で指定してください。")));
            }
            let goods = self.goods(line.product)?;
            let stores: Vec<Id> = match pick.store_id {
                _ if goods.is_empty() => vec![store.id],
                Some(named) if store.linked.contains(&named) => vec![named],
                Some(_) => return Err(Problem::field("store_id", "在庫同期の対象店舗ではありません。")),
                None => store.linked.clone(),
            };
            let drawn = draw(wanted, &stores, self.rules().allocation.split, |store| shelf.pieces(&goods, store));
            if drawn.iter().map(|(_, taken)| taken).sum::<i64>() < wanted {
                return Err(Problem::field("order_detail_id", &format!("明細{}の在庫が不足しています。", line.id)));
            }
            for (store, quantity) in drawn {
                shelf.take(&goods, store, quantity);
                plan.push(Part { line: line.id, store, quantity, moved: false });
            }
        }
        self.set_aside(order, plan)
    }

    fn set_aside(&mut self, order: &mut Order, parts: Vec<Part>) -> Result<(), Problem> {
        if parts.is_empty() {
            return Ok(());
        }
        let moves = self.rules().stock.moves_at != StockMovesAt::Shipment;
        for part in parts {
            let product = order.line(part.line).map_or(0, |line| line.product);
            if moves {
                self.move_goods(product, part.store, -part.quantity, StockDivision::OrderAllocation)?;
            }
            let same = |p: &&mut Part| (p.line, p.store, p.moved) == (part.line, part.store, moves);
            match order.parts.iter_mut().find(same) {
                Some(known) => known.quantity += part.quantity,
                None => order.parts.push(Part { moved: moves, ..part }),
            }
        }
        self.put(order)?;
        if order.is_allocated() {
            self.tell_order("allocated", order);
        }
        Ok(())
    }

    /// Gives back what a person names; nothing named: everything.
    pub(super) fn release_by_hand(&mut self, order: &mut Order, picks: &[OrderPick]) -> Result<(), Problem> {
        let give_back = self.rules().stock.return_on_edit;
        if picks.is_empty() {
            self.release_all(order, give_back)?;
            return self.put(order);
        }
        let mut after = order.clone();
        let mut released: Vec<Part> = Vec::new();
        for pick in picks {
            let line = named(order, pick)?.id;
            let here = |part: &Part| part.line == line && pick.store_id.is_none_or(|store| store == part.store);
            let there: i64 = after.parts.iter().filter(|part| here(part)).map(|part| part.quantity).sum();
            let wanted = pick.quantity.unwrap_or(there);
            if !(1..=there).contains(&wanted) {
                return Err(Problem::field("quantity", &format!("1から{there}までの整数で指定してください。")));
            }
            released.extend(take_off(&mut after.parts, wanted, here));
        }
        *order = after;
        self.bring_back(&order.lines.clone(), &released, give_back)?;
        self.put(order)
    }

    /// Takes all parts from an order. Does not store it.
    pub(super) fn release_all(&mut self, order: &mut Order, give_back: bool) -> Result<(), Problem> {
        let parts = std::mem::take(&mut order.parts);
        self.bring_back(&order.lines.clone(), &parts, give_back)
    }

    /// Stock of parts that an order no longer has. `lines` are those for which they were set aside.
    pub(super) fn bring_back(&mut self, lines: &[Line], parts: &[Part], give_back: bool) -> Result<(), Problem> {
        for part in parts.iter().filter(|part| part.moved && give_back) {
            let product = lines.iter().find(|line| line.id == part.line).map_or(0, |line| line.product);
            self.move_goods(product, part.store, part.quantity, StockDivision::OrderAllocation)?;
        }
        Ok(())
    }
}

fn named<'o>(order: &'o Order, pick: &OrderPick) -> Result<&'o Line, Problem> {
    order.line(pick.order_detail_id).ok_or_else(|| Problem::unknown_reference("order_detail_id"))
}

/// Takes pieces off the newest parts first; gives what was taken.
pub(super) fn take_off(parts: &mut Vec<Part>, pieces: i64, of: impl Fn(&Part) -> bool) -> Vec<Part> {
    let (mut left, mut taken) = (pieces, Vec::new());
    for part in parts.iter_mut().rev().filter(|part| of(part)) {
        let off = part.quantity.min(left);
        part.quantity -= off;
        left -= off;
        taken.push(Part { quantity: off, ..*part });
    }
    parts.retain(|part| part.quantity > 0);
    taken.retain(|part| part.quantity > 0);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn on(shelf: &[(Id, i64)]) -> impl Fn(Id) -> i64 + '_ {
        |store| shelf.iter().find(|(id, _)| *id == store).map_or(0, |(_, pieces)| *pieces)
    }

    #[test]
    fn stores_are_drawn_on_from_the_top() {
        let shelf = [(3, 2), (1, 5)];
        assert_eq!(draw(4, &[3, 1], true, on(&shelf)), [(3, 2), (1, 2)]);
        assert_eq!(draw(4, &[3, 1], false, on(&shelf)), [(1, 4)]);
        assert_eq!(draw(9, &[3, 1], false, on(&shelf)), [(1, 5)]);
        assert_eq!(draw(9, &[3, 1], true, on(&shelf)), [(3, 2), (1, 5)]);
        assert_eq!(draw(1, &[], true, on(&shelf)), []);
    }

    proptest! {
        #[test]
        fn nobody_gives_what_he_has_not(wanted in 1_i64..50, have in prop::collection::vec(0_i64..20, 0..5), split: bool) {
            let shelf: Vec<(Id, i64)> = have.iter().enumerate().map(|(id, pieces)| (id as Id, *pieces)).collect();
            let stores: Vec<Id> = shelf.iter().map(|(id, _)| *id).collect();
            let drawn = draw(wanted, &stores, split, on(&shelf));
            let sum: i64 = drawn.iter().map(|(_, pieces)| pieces).sum();
            prop_assert!(drawn.iter().all(|(store, pieces)| *pieces > 0 && *pieces <= on(&shelf)(*store)));
            prop_assert!(sum <= wanted);
            if split {
                prop_assert_eq!(sum, wanted.min(have.iter().sum()));
            }
        }

        #[test]
        fn what_is_taken_off_is_what_is_missing_then(pieces in 0_i64..30, have in prop::collection::vec(1_i64..9, 0..5)) {
            let part = |(store, quantity): (usize, &i64)| Part { line: 1, store: store as Id, quantity: *quantity, moved: true };
            let before: Vec<Part> = have.iter().enumerate().map(part).collect();
            let mut after = before.clone();
            let taken = take_off(&mut after, pieces, |_| true);
            let sum = |parts: &[Part]| parts.iter().map(|part| part.quantity).sum::<i64>();
            prop_assert_eq!(sum(&after) + sum(&taken), sum(&before));
            prop_assert_eq!(sum(&taken), pieces.min(sum(&before)));
        }
    }
}
