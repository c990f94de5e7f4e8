//! 日次締め: a store with manual closing closes what its tills adjusted (platform-pos.md §8).

use super::{
    adjustments::shop_floor,
    desk::{Desk, columns, sent},
};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::rows::members,
    settings::{ClosingScope, Settings},
    state::{Id, STORES, Shop, TERMINALS},
    time::{self, Days},
};
use serde_json::{Map, Value, json};

const TABLE: &str = "dailySummaries";

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let inner = call.inner;
    let (store, day, _) = Desk::of(call).close_day(&inner.settings, &body)?;
    // The real answer was not seen.
    let answer = json!({ "storeId": store.to_string(), "sumDate": time::format_days(day) });
    Ok(Answer::json(call.inner.settings.pos.create_status, answer.to_string()))
}

/// Automatic closing does it alone, and a cash drawer has to be closed in the admin screen.
fn check_store(shop: &Shop, store: Id) -> Result<(), Problem> {
    let stores = shop.table(STORES);
    let automatic = stores.get(store).and_then(|row| row.text(&stores.columns, "sumProcDivision"));
    if automatic.as_deref() == Some("1") {
        return Err(Problem::field("storeId", "自動締めの店舗は日次締めを実行できません。"));
    }
    let terminals = shop.table(TERMINALS);
    let here =
        |row: &crate::state::Packed| row.number(&terminals.columns, "storeId").map(i64::unsigned_abs) == Some(store);
    let drawer = |row: &crate::state::Packed| {
        row.text(&terminals.columns, "cashDrawerId").is_some_and(|id| !id.is_empty() && id != "0")
    };
    if terminals.rows().values().any(|row| here(row) && drawer(row)) {
        let why = "キャッシュドロア設定のある店舗は管理画面から日次締めを実行してください。";
        return Err(Problem::field("storeId", why));
    }
    Ok(())
}

impl Desk<'_> {
    /// Closes a day of a store; gives the transactions that were closed.
    pub(crate) fn close_day(
        &mut self,
        settings: &Settings,
        body: &Map<String, Value>,
    ) -> Result<(Id, Days, Vec<Id>), Problem> {
        let shop = self.shop()?;
        let store = shop_floor(shop, body)?;
        check_store(shop, store)?;
        let day = sent(body, "sumDate").and_then(|text| time::parse_date(&text));
        let day = day.ok_or_else(|| Problem::field("sumDate", "YYYY-MM-DD形式で指定してください。"))?;
        if day > time::days(self.now) {
            return Err(Problem::field("sumDate", "未来の日付は指定できません。"));
        }
        let text = time::format_days(day);
        let known = shop.table(TABLE).find(&[store.to_string(), text.clone()]);
        if known.is_some() && !settings.sales.close_again {
            return Err(Problem::field("sumDate", "既に締め処理済みです。"));
        }
        let ids = self.adjusted(store, day, settings.sales.closing);
        for id in &ids {
            self.amend_sale(*id, &[("sumDivision", json!("2")), ("sumDate", json!(text))]);
        }
        let id = known.map_or_else(|| self.next_id(TABLE), Ok)?;
        let row = columns([("storeId", json!(store.to_string())), ("sumDate", json!(text))]);
        self.store(TABLE, id, &row)?;
        Ok((store, day, ids))
    }

    /// Transactions of a store that were adjusted and wait to be closed.
    fn adjusted(&self, store: Id, day: Days, scope: ClosingScope) -> Vec<Id> {
        let head = &self.world.layouts.head;
        let Some(shop) = self.world.shop(&self.contract) else { return Vec::new() };
        let taken = |sold: Days| match scope {
            ClosingScope::AllAdjusted => true,
            ClosingScope::UpToDay => sold <= day,
            ClosingScope::SameDay => sold == day,
        };
        let waiting = shop.sales.sales().iter().filter(|(_, sale)| {
            sale.times.summed.is_none()
                && taken(time::days(sale.times.sold))
                && sale.head.text(head, "sumDivision").as_deref() == Some("1")
                && sale.head.number(head, "storeId").map(i64::unsigned_abs) == Some(store)
        });
        waiting.map(|(id, _)| *id).collect()
    }
}
