//! What the head of a transaction holds when nothing was sent.

/// Head columns that hold 0 when nothing was sent.
pub(super) const ZERO_UNLESS_SENT: [&str; 37] = [
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

/// Other head columns that are not empty when nothing was sent.
pub(super) const DEFAULTS: [(&str, &str); 3] =
    [("roundingDivision", "00"), ("taxRate", "10"), ("pointSpendDivision", "1")];
