//! What a head says that nobody sent.

use crate::state::{Layouts, Packed, RowBuilder};

/// A head with these values and the defaults.
pub(crate) fn plain_head(layouts: &Layouts, values: &[(&str, String)]) -> Packed {
    let mut head = RowBuilder::new(&layouts.head);
    write(&mut head);
    head.text("returnSales", "0");
    values.iter().for_each(|(name, value)| head.text(name, value));
    head.build()
}

pub(super) fn write(head: &mut RowBuilder<'_>) {
    ZERO_UNLESS_SENT.iter().for_each(|name| head.text(name, "0"));
    DEFAULTS.iter().for_each(|(name, value)| head.text(name, value));
}

/// Head columns that hold 0 when nothing was sent.
const ZERO_UNLESS_SENT: [&str; 37] = [
    "cancelDivision",
    "unitStaffDiscountsubtotal",
    "unitBargainDiscountsubtotal",
    "subtotalDiscountPrice",
    "pointDiscount",
    "couponDiscount",
    "taxExclude",
    "roundingPrice",
    "deposit",
    "depositCash",
    "depositCredit",
    "change",
    "tipCash",
    "tipCredit",
    "salesHeadDivision",
    "nonSalesTargetTotal",
    "nonSalesTargetOutTaxTotal",
    "nonSalesTargetInTaxTotal",
    "nonSalesTargetTaxFreeTotal",
    "nonSalesTargetCostTotal",
    "nonSalesTargetAmount",
    "nonSalesTargetReturnAmount",
    "newPoint",
    "spendPoint",
    "point",
    "totalPoint",
    "currentMile",
    "earnMile",
    "totalMile",
    "adjustmentMile",
    "carriage",
    "commission",
    "taxFreeSalesDivision",
    "disposeDivision",
    "sellDivision",
    "mileageDivision",
    "discountRoundingDivision",
];

/// … and those that hold something else.
const DEFAULTS: [(&str, &str); 3] = [("roundingDivision", "00"), ("taxRate", "10"), ("pointSpendDivision", "1")];
