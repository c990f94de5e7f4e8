//! Yen and tax. Whole yen only; platform-pos.md §2.3 holds the formulas.

/// How a fraction of a yen is rounded: `taxRounding`, `discountRoundingDivision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Rounding {
    /// 0 四捨五入
    HalfUp,
    /// 1 切り捨て
    #[default]
    Down,
    /// 2 切り上げ
    Up,
}

impl Rounding {
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            "0" => Some(Self::HalfUp),
            "1" => Some(Self::Down),
            "2" => Some(Self::Up),
            _ => None,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::HalfUp => "0",
            Self::Down => "1",
            Self::Up => "2",
        }
    }

    /// `part / whole`, rounded away from or towards zero alike on both sides of it. `whole` is positive.
    fn divide(self, part: i128, whole: i128) -> i64 {
        let (size, sign) = (part.abs(), part.signum());
        let rounded = match self {
            Self::HalfUp => (2 * size + whole) / (2 * whole),
            Self::Down => size / whole,
            Self::Up => (size + whole - 1) / whole,
        };
        i64::try_from(sign * rounded).unwrap_or(0)
    }
}

/// Standard rate in percent.
pub(crate) const STANDARD_RATE: i64 = 10;
/// Reduced rate in percent.
pub(crate) const REDUCED_RATE: i64 = 8;
/// `reduceTaxId` of 軽減 (platform-pos.md §2.3).
pub(crate) const REDUCED_TAX_ID: &str = "10000001";

/// The rate for a `reduceTaxId`. The variants a cashier chooses between (10000002–10000004) count as standard until one is chosen.
pub(crate) fn rate_of(reduce_tax_id: Option<&str>) -> i64 {
    if reduce_tax_id == Some(REDUCED_TAX_ID) { REDUCED_RATE } else { STANDARD_RATE }
}

/// Tax contained in an amount.
pub(crate) fn tax_inside(gross: i64, rate: i64, rounding: Rounding) -> i64 {
    rounding.divide(i128::from(gross) * i128::from(rate), i128::from(100 + rate))
}

/// Tax that comes on top of an amount.
pub(crate) fn tax_on_top(net: i64, rate: i64, rounding: Rounding) -> i64 {
    rounding.divide(i128::from(net) * i128::from(rate), 100)
}

/// Splits a head amount over the lines by their sums: half to even, what is left over on the last line (platform-pos.md §2.3).
pub(crate) fn apportion(amount: i64, sums: &[i64]) -> Vec<i64> {
    let whole: i128 = sums.iter().map(|sum| i128::from(*sum)).sum();
    if amount == 0 || whole == 0 {
        return vec![0; sums.len()];
    }
    let mut parts: Vec<i64> = sums.iter().map(|sum| half_even(i128::from(amount) * i128::from(*sum), whole)).collect();
    let rest = amount - parts.iter().sum::<i64>();
    if let Some(last) = parts.last_mut() {
        *last += rest;
    }
    parts
}

fn half_even(part: i128, whole: i128) -> i64 {
    let (part, whole) = if whole < 0 { (-part, -whole) } else { (part, whole) };
    let (floor, rest) = (part.div_euclid(whole), part.rem_euclid(whole));
    let up = 2 * rest > whole || (2 * rest == whole && floor % 2 != 0);
    i64::try_from(floor + i128::from(up)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tax_follows_the_published_formulas() {
        assert_eq!(tax_inside(1100, 10, Rounding::Down), 100);
        assert_eq!(tax_inside(999, 8, Rounding::Down), 74);
        assert_eq!(tax_inside(-999, 8, Rounding::Up), -74);
        assert_eq!(tax_on_top(1005, 10, Rounding::HalfUp), 101);
        assert_eq!(tax_on_top(1005, 10, Rounding::Down), 100);
    }

    proptest! {
        #[test]
        fn no_yen_is_lost_when_a_discount_is_split(amount in -100_000_i64..100_000, sums in prop::collection::vec(1_i64..1_000_000, 1..20)) {
            prop_assert_eq!(apportion(amount, &sums).iter().sum::<i64>(), amount);
        }
    }
}
