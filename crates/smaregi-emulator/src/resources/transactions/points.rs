//! Points that a sale grants and spends. They live outside the member row (platform-pos.md §5).

use crate::{
    state::{CUSTOMER_POINTS, Entry, Id, Layouts, Packed, RowBuilder, Sale, Shop, World, spec},
    time::{self, Seconds},
};
use serde_json::json;

/// Changes the member's balance by what the sale grants and spends.
pub(crate) fn book(world: &mut World, contract: &str, sale: &Sale, now: Seconds) {
    change(world, contract, sale, 1, now);
}

/// Takes the points of a cancelled sale back.
pub(crate) fn take_back(world: &mut World, contract: &str, sale: &Sale, now: Seconds) {
    change(world, contract, sale, -1, now);
}

fn change(world: &mut World, contract: &str, sale: &Sale, sign: i64, now: Seconds) {
    let layouts = world.layouts.clone();
    let number = |name: &str| sale.head.number(&layouts.head, name).unwrap_or(0);
    let points = number("newPoint").saturating_sub(number("spendPoint")).saturating_mul(sign);
    let customer = sale.head.number(&layouts.head, "customerId").map(i64::unsigned_abs);
    let (Some(customer), Some(table), Some(shop)) = (customer, spec(CUSTOMER_POINTS), world.shop(contract)) else {
        return;
    };
    if points != 0 {
        let row = balance(&layouts, shop, customer, points, now);
        world.record(Entry::Row { contract: contract.into(), table, id: customer, row });
    }
}

fn balance(layouts: &Layouts, shop: &Shop, customer: Id, points: i64, now: Seconds) -> Packed {
    let table = shop.table(CUSTOMER_POINTS);
    let columns = &layouts.table(table.spec).columns;
    let at = time::format(now);
    let Some(row) = table.get(customer) else {
        let mut row = RowBuilder::new(columns);
        row.text("customerId", &customer.to_string());
        row.number("mile", 0);
        row.number("point", points);
        row.text("insDateTime", &at);
        row.text("updDateTime", &at);
        return row.build();
    };
    let sum = row.number(columns, "point").unwrap_or(0).saturating_add(points);
    row.with(columns, &[("point", json!(sum.to_string())), ("updDateTime", json!(at))])
}
