//! Points that a sale grants and spends. They live outside the member row (platform-pos.md §5).

use crate::{
    state::{CUSTOMER_POINTS, CUSTOMERS, Entry, Id, Layouts, Packed, RowBuilder, STORES, Sale, Shop, World, spec},
    time::{self, Seconds},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

/// Changes the member's balance by what the sale grants and spends.
pub(crate) fn book(world: &mut World, contract: &str, sale: &Sale, now: Seconds) {
    change_for(world, contract, sale, 1, now);
}

/// Takes the points of a cancelled sale back.
pub(crate) fn take_back(world: &mut World, contract: &str, sale: &Sale, now: Seconds) {
    change_for(world, contract, sale, -1, now);
}

fn change_for(world: &mut World, contract: &str, sale: &Sale, sign: i64, now: Seconds) {
    let layouts = world.layouts.clone();
    let points = moved(&layouts, sale).saturating_mul(sign);
    let Some(customer) = sale.head.number(&layouts.head, "customerId").map(i64::unsigned_abs) else { return };
    let granted = sale.head.number(&layouts.head, "newPoint").unwrap_or(0);
    let store = sale.head.number(&layouts.head, "storeId").map_or(0, i64::unsigned_abs);
    let until = (granted > 0 && sign > 0).then(|| expiry(world.shop(contract)?, store, sale.times.sold)).flatten();
    change(world, contract, customer, points, until, now);
}

/// Points a sale grants less those it spends.
pub(super) fn moved(layouts: &Layouts, sale: &Sale) -> i64 {
    let number = |name: &str| sale.head.number(&layouts.head, name).unwrap_or(0);
    number("newPoint").saturating_sub(number("spendPoint"))
}

/// Adds to a balance. `until`: its new last day.
pub(super) fn change(
    world: &mut World,
    contract: &str,
    customer: Id,
    points: i64,
    until: Option<String>,
    now: Seconds,
) {
    let layouts = world.layouts.clone();
    let (Some(table), Some(shop)) = (spec(CUSTOMER_POINTS), world.shop(contract)) else { return };
    if points != 0 || until.is_some() {
        let row = balance(&layouts, shop, customer, points, until, now);
        world.record(Entry::Row { contract: contract.into(), table, id: customer, row });
    }
}

fn balance(layouts: &Layouts, shop: &Shop, customer: Id, points: i64, until: Option<String>, now: Seconds) -> Packed {
    let table = shop.table(CUSTOMER_POINTS);
    let columns = &layouts.table(table.spec).columns;
    let at = time::format(now);
    let Some(row) = table.get(customer) else {
        let mut row = RowBuilder::new(columns);
        row.text("customerId", &customer.to_string());
        row.number("mile", 0);
        row.number("point", points);
        if let Some(until) = until {
            row.text("pointExpireDate", &until);
        }
        row.text("insDateTime", &at);
        row.text("updDateTime", &at);
        return row.build();
    };
    let sum = row.number(columns, "point").unwrap_or(0).saturating_add(points);
    let mut changes = vec![("point", json!(sum.to_string())), ("updDateTime", json!(at))];
    changes.extend(until.map(|until| ("pointExpireDate", json!(until))));
    row.with(columns, &changes)
}

/// A store's `pointCondition`; an empty object without one.
fn condition(shop: &Shop, store: Id) -> Value {
    let stores = shop.table(STORES);
    let raw = stores.get(store).and_then(|row| row.raw(&stores.columns, "pointCondition"));
    raw.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_else(|| json!({}))
}

fn number(of: &Value, name: &str) -> Option<Decimal> {
    let value = of.get(name).filter(|value| !value.is_null())?;
    value.as_str().map_or_else(|| value.to_string(), Into::into).parse().ok()
}

/// Last day of points granted now, by the store's rule: a number of days, months or years.
fn expiry(shop: &Shop, store: Id, sold: Seconds) -> Option<String> {
    let rule = condition(shop, store);
    let limit =
        number(&rule, "expireLimit").and_then(|limit| limit.to_i64()).filter(|limit| (1..=9999).contains(limit))?;
    let span = match number(&rule, "expireDivision")?.to_i64()? {
        1 => jiff::Span::new().days(limit),
        2 => jiff::Span::new().months(limit),
        3 => jiff::Span::new().years(limit),
        _ => return None,
    };
    let day: jiff::civil::Date = time::format_date(sold).parse().ok()?;
    day.checked_add(span).ok().map(|day| day.to_string())
}

/// What the sale would grant a member by today's settings: the member's own rate, else the store's (platform-pos.md §2.10).
pub(super) fn by_todays_rule(layouts: &Layouts, shop: &Shop, sale: &Sale, customer: Id) -> i64 {
    let of_sale = |name: &str| Decimal::from(sale.head.number(&layouts.head, name).unwrap_or(0));
    let store = sale.head.number(&layouts.head, "storeId").map_or(0, i64::unsigned_abs);
    let rule = condition(shop, store);
    let customers = shop.table(CUSTOMERS);
    let own = |name: &str| customers.get(customer)?.text(&customers.columns, name)?.parse::<Decimal>().ok();
    let rate = |name: &str| own(name).or_else(|| number(&rule, name));
    let (Some(price), Some(unit)) = (rate("pointGivingUnitPrice"), rate("pointGivingUnit")) else { return 0 };
    let division = number(&rule, "pointGivingDivision").and_then(|division| division.to_i64()).unwrap_or(1);
    // 1, 2: the part paid by points counts too; 2, 4: without tax.
    let spent = if matches!(division, 1 | 2) { of_sale("pointDiscount") } else { Decimal::ZERO };
    let tax = if matches!(division, 2 | 4) { of_sale("taxInclude") + of_sale("taxExclude") } else { Decimal::ZERO };
    let base = of_sale("total") + spent - tax;
    let units = base.checked_div(price).map(|units| units.trunc());
    units.and_then(|units| units.checked_mul(unit)).and_then(|points| points.trunc().to_i64()).unwrap_or(0)
}
