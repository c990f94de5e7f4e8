//! POS sales (取引) and what each of them should have done to stock.

use crate::ids::{ProductId, SaleId, StoreId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One Smaregi transaction, reduced to what Regihub decides on. The whole row stays in the exchange log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    pub sale_id: SaleId,
    pub store_id: StoreId,
    /// `transactionHeadDivision`; 1 is a sale or return, the others move money or points only.
    pub head_division: String,
    /// `cancelDivision` 1: the sale was undone (取消), the same row stays.
    pub cancelled: bool,
    /// `disposeDivision`.
    pub dispose: Dispose,
    /// `terminalTranDateTime`: when the till rang it up. Microseconds since 1970, UTC.
    pub sold_at: i64,
    /// `updDateTime`: the version of the row. Microseconds since 1970, UTC.
    pub updated_at: i64,
    pub amounts: Amounts,
    pub lines: Vec<SaleLine>,
}

/// 打消 (return by a counter-entry). Source: platform-pos.md §2.9.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dispose {
    No,
    /// 1: this sale was offset by a later counter-entry.
    Original,
    /// 2: this is the counter-entry; names the sale it offsets.
    CounterEntry(Option<SaleId>),
}

/// Head amounts in yen, exact. Source: platform-pos.md §2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Amounts {
    pub subtotal: Decimal,
    pub subtotal_discount: Decimal,
    pub point_discount: Decimal,
    pub coupon_discount: Decimal,
    pub rounding: Decimal,
    pub tax_exclude: Decimal,
    pub commission: Decimal,
    pub carriage: Decimal,
    /// Tax taken off for tax-free sales (general and consumable goods, inclusive and exclusive).
    pub tax_free: Decimal,
    pub total: Decimal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaleLine {
    /// `transactionDetailId`, 1–999.
    pub line_id: String,
    pub kind: LineKind,
    /// `None` for 部門売り and for products Smaregi does not know.
    pub product_id: Option<ProductId>,
    pub product_code: Option<String>,
    pub name: String,
    /// Always positive; `kind` tells the direction.
    pub quantity: i64,
    pub unit_price: Decimal,
    /// True for a parent of a bundle or set: its children carry the goods.
    pub is_parent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineKind {
    /// `transactionDetailDivision` 1.
    Sale,
    /// 2 返品.
    Return,
    /// 3 部門売り: no product, no stock.
    Department,
}

/// `total` as the row says against `total` as the published formula gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("total: got {got}, but the parts give {computed}")]
pub struct TotalMismatch {
    pub got: Decimal,
    pub computed: Decimal,
}

impl Amounts {
    /// Recomputes `total` (I9). Source: platform-pos.md §2.3.
    pub fn check_total(&self) -> Result<(), TotalMismatch> {
        let computed = self.subtotal - self.subtotal_discount - self.point_discount - self.coupon_discount
            + self.rounding
            + self.tax_exclude
            + self.commission
            + self.carriage
            - self.tax_free;
        if computed == self.total { Ok(()) } else { Err(TotalMismatch { got: self.total, computed }) }
    }
}

impl Sale {
    /// Pieces that this sale, as it stands now, has moved in its store, per product (negative = left the store).
    ///
    /// A cancelled sale has moved nothing. A disposed original keeps its effect, because the counter-entry brings the goods back.
    pub fn stock_effect(&self) -> BTreeMap<ProductId, i64> {
        let mut effect = BTreeMap::new();
        if self.head_division != "1" || self.cancelled {
            return effect;
        }
        for line in self.lines.iter().filter(|l| !l.is_parent) {
            let (Some(product), sign) = (&line.product_id, line.kind.stock_sign()) else { continue };
            if sign != 0 {
                *effect.entry(product.clone()).or_insert(0) += sign * line.quantity;
            }
        }
        effect.retain(|_, moved| *moved != 0);
        effect
    }
}

impl LineKind {
    fn stock_sign(self) -> i64 {
        match self {
            LineKind::Sale => -1,
            LineKind::Return => 1,
            LineKind::Department => 0,
        }
    }
}

/// What a newer version of a sale adds to what an older one already explained: the difference, product by product.
pub fn effect_difference(old: Option<&Sale>, new: &Sale) -> BTreeMap<ProductId, i64> {
    let mut difference = new.stock_effect();
    if let Some(old) = old {
        for (product, moved) in old.stock_effect() {
            *difference.entry(product).or_insert(0) -= moved;
        }
    }
    difference.retain(|_, moved| *moved != 0);
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(cancelled: bool, lines: &[(&str, LineKind, i64, bool)]) -> Sale {
        Sale {
            sale_id: "1".into(),
            store_id: "1".into(),
            head_division: "1".into(),
            cancelled,
            dispose: Dispose::No,
            sold_at: 0,
            updated_at: 0,
            amounts: Amounts::default(),
            lines: lines
                .iter()
                .enumerate()
                .map(|(i, (product, kind, quantity, is_parent))| SaleLine {
                    line_id: (i + 1).to_string(),
                    kind: *kind,
                    product_id: Some((*product).into()),
                    product_code: None,
                    name: "シャツ".into(),
                    quantity: *quantity,
                    unit_price: Decimal::ONE,
                    is_parent: *is_parent,
                })
                .collect(),
        }
    }

    #[test]
    fn a_sale_takes_goods_out_and_a_return_line_brings_them_back() {
        let s = sale(
            false,
            &[
                ("a", LineKind::Sale, 3, false),
                ("a", LineKind::Return, 1, false),
                ("b", LineKind::Department, 1, false),
            ],
        );
        assert_eq!(s.stock_effect(), BTreeMap::from([("a".into(), -2)]));
    }

    #[test]
    fn the_parent_of_a_set_is_not_counted_beside_its_children() {
        let s = sale(false, &[("set", LineKind::Sale, 1, true), ("a", LineKind::Sale, 1, false)]);
        assert_eq!(s.stock_effect(), BTreeMap::from([("a".into(), -1)]));
    }

    #[test]
    fn cancelling_a_sale_gives_back_exactly_what_it_took() {
        let before = sale(false, &[("a", LineKind::Sale, 3, false)]);
        let after = sale(true, &[("a", LineKind::Sale, 3, false)]);
        assert_eq!(effect_difference(Some(&before), &after), BTreeMap::from([("a".into(), 3)]));
        assert!(effect_difference(Some(&after), &after).is_empty());
    }

    #[test]
    fn money_operations_never_touch_stock() {
        let mut s = sale(false, &[("a", LineKind::Sale, 3, false)]);
        s.head_division = "2".into();
        assert!(s.stock_effect().is_empty());
    }

    #[test]
    fn a_total_that_is_off_by_one_yen_is_refused() {
        let mut amounts = Amounts {
            subtotal: 1000.into(),
            point_discount: 100.into(),
            tax_exclude: 90.into(),
            total: 990.into(),
            ..Amounts::default()
        };
        assert!(amounts.check_total().is_ok());
        amounts.total = 991.into();
        assert_eq!(amounts.check_total(), Err(TotalMismatch { got: 991.into(), computed: 990.into() }));
    }
}
