//! What an order comes to (platform-orders.md §3.2) and its tax (§9).

use super::order::{Line, Order};
use crate::{
    money::{self, REDUCED_RATE, Rounding, STANDARD_RATE},
    problem::Problem,
    settings::OrderTaxSettings,
};

const FEES: [&str; 3] = ["carriage", "commission", "giftWrapPrice"];
const DISCOUNTS: [&str; 4] =
    ["totalPointDiscount", "totalCouponDiscount", "subtotalCouponDiscount", "totalPromotionDiscount"];

/// Amounts that are 0 when nothing was sent.
pub(super) const AMOUNTS: [&str; 8] = [
    "carriage",
    "commission",
    "giftWrapPrice",
    "totalPointDiscount",
    "totalCouponDiscount",
    "subtotalCouponDiscount",
    "totalPromotionDiscount",
    "taxExclude",
];

pub(super) fn of_lines<'l>(lines: impl IntoIterator<Item = &'l Line>) -> i128 {
    lines.into_iter().map(|line| i128::from(line.price) * i128::from(line.quantity)).sum()
}

/// lines + tax on top + fees − discounts.
pub(super) fn total(order: &Order) -> i128 {
    let sum = |names: &[&str]| names.iter().map(|name| i128::from(order.number(name))).sum::<i128>();
    of_lines(&order.lines) + sum(&["taxExclude"]) + sum(&FEES) - sum(&DISCOUNTS)
}

/// The refusal names both numbers; its words are ours (§3.2).
pub(super) fn check(order: &Order, tax_excluded: bool, rules: &OrderTaxSettings) -> Result<(), Problem> {
    let (sent, computed) = (order.number("total"), total(order));
    if i128::from(sent) != computed {
        let detail = format!("計算結果と一致しません。送信値:{sent} 計算値:{computed}");
        return Err(Problem::field("total", &detail));
    }
    let (sent, computed) = (order.number("taxExclude"), tax_on_top(order, tax_excluded, rules));
    if rules.checked && sent != computed {
        let detail = format!("店舗の販売区分による計算結果と一致しません。送信値:{sent} 計算値:{computed}");
        return Err(Problem::field("taxExclude", &detail));
    }
    Ok(())
}

/// 外税: rate by rate, once for all lines; 内税 has none on top.
pub(super) fn tax_on_top(order: &Order, tax_excluded: bool, rules: &OrderTaxSettings) -> i64 {
    if !tax_excluded {
        return 0;
    }
    let fees: i64 = if rules.fees_inclusive { 0 } else { FEES.iter().map(|name| order.number(name)).sum() };
    let at = |rate: i64| {
        let lines = order.lines.iter().filter(|line| line.rate == rate);
        let fees = if rate == STANDARD_RATE { fees } else { 0 };
        i64::try_from(of_lines(lines)).unwrap_or(i64::MAX / 2).saturating_add(fees)
    };
    [STANDARD_RATE, REDUCED_RATE].into_iter().map(|rate| money::tax_on_top(at(rate), rate, Rounding::default())).sum()
}
