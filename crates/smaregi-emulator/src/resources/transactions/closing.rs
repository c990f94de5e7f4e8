//! `sumDivision` and `sumDate` of a new transaction (platform-pos.md §2.8).

use crate::{
    problem::Problem,
    resources::maker::text_of,
    state::{STORES, Shop},
    time::{self, Days, Seconds},
};
use serde_json::{Map, Value};

/// Whether a transaction is closed already, and for which day.
pub(super) struct Closing {
    pub(super) division: String,
    pub(super) day: Option<Days>,
}

impl Closing {
    /// 未処理
    pub(super) fn open() -> Self {
        Self { division: "0".into(), day: None }
    }

    fn closed(day: Days) -> Self {
        Self { division: "2".into(), day: Some(day) }
    }

    /// By what was sent and the store's way of closing.
    pub(super) fn of(shop: &Shop, body: &Map<String, Value>, sold: Seconds, now: Seconds) -> Result<Self, Problem> {
        let sent = |name: &str| body.get(name).filter(|value| !value.is_null()).map(text_of);
        let stores = shop.table(STORES);
        let store = sent("storeId").and_then(|id| stores.get(id.parse().ok()?));
        let of_store = |name: &str| store.and_then(|row| row.text(&stores.columns, name)).map(|text| text.into_owned());
        let automatic = of_store("sumProcDivision").as_deref() == Some("1");
        let day = sent("sumDate").and_then(|text| time::parse_date(&text));
        match (sent("sumDivision").as_deref(), day) {
            (None, _) if automatic => {
                let moment = if of_store("sumRefColumn").as_deref() == Some("0") { sold } else { now };
                Ok(Self::closed(day.unwrap_or_else(|| business_day(moment, of_store("sumDateChangeTime")))))
            }
            (Some("0" | "1"), _) if automatic => {
                Err(Problem::field("sumDivision", "自動締めの店舗では0または1を指定できません。"))
            }
            (None | Some("0"), Some(_)) => Err(Problem::field("sumDate", "締め区分が0の場合は指定できません。")),
            (Some("2"), None) => Err(Problem::field("sumDate", "締め区分が2の場合は必須です。")),
            (None, None) => Ok(Self::open()),
            (Some(other), day) => Ok(Self { division: other.into(), day }),
        }
    }
}

/// The day a moment counts for, when a day ends at `change` (HHMM) of the next one.
fn business_day(moment: Seconds, change: Option<String>) -> Days {
    let digits = change.unwrap_or_default().replace(':', "");
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    time::days(moment - part(0..2) * 3600 - part(2..4) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_after_midnight_counts_for_the_day_before_until_the_day_changes() {
        let at = |text: &str| time::parse(text).unwrap();
        let day = |text: &str, change: &str| time::format_days(business_day(at(text), Some(change.into())));
        assert_eq!(day("2026-11-21T04:59:59+09:00", "0500"), "2026-11-20");
        assert_eq!(day("2026-11-21T05:00:00+09:00", "0500"), "2026-11-21");
        assert_eq!(day("2026-11-21T00:00:00+09:00", ""), "2026-11-21");
        assert_eq!(day("2026-11-21T00:00:00+09:00", "深夜"), "2026-11-21");
    }
}
