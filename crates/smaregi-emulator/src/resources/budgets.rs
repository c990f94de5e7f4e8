//! Budgets (予算): a month's target of a store is the sum of its days (platform-pos.md §7). Reading is data; this is what a write does.

use super::{
    documents,
    maker::{Forced, text_of},
    rows::{self, members, shop},
};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    state::{Id, Packed},
    time,
};
use serde_json::{Map, Value, json};

const DAYS: &str = "dailyBudgets";
const MONTHS: &str = "monthlyBudgets";
const STAFFS: &str = "staffBudgets";

pub(crate) fn run(call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    let path = call.endpoint.path.strip_prefix("/budget/{store_id}/{year}/{month}");
    Ok(match (call.endpoint.method.as_str(), path) {
        ("PATCH", Some("")) => Some(set_days(call)?),
        ("DELETE", Some("")) => Some(delete_days(call)?),
        ("PATCH", Some("/staffs/{staff_id}")) => Some(set_staff(call)?),
        _ => None,
    })
}

/// Store, year and month of the path.
struct Month {
    store: String,
    year: u32,
    month: u32,
}

impl Month {
    /// Earlier months are refused with the sentence of the real service (platform-pos.json, DELETE /budget/…).
    fn of_path(call: &Call<'_>) -> Result<Self, Problem> {
        let text = |name: &str| call.params.iter().find(|(param, _)| *param == name).map_or("", |(_, value)| value);
        let year = text("year").parse().ok().filter(|year| (1..=9999).contains(year));
        let year = year.ok_or_else(|| Problem::field("year", "年は4桁の数字で指定してください。"))?;
        let month = text("month").parse().ok().filter(|month| (1..=12).contains(month));
        let month = month.ok_or_else(|| Problem::field("month", "月は1から12で指定してください。"))?;
        if year < 2011 {
            return Err(Problem::bad_request("2011年1月より前のデータは登録できません。"));
        }
        Ok(Self { store: text("store_id").into(), year, month })
    }

    fn ym(&self) -> String {
        format!("{:04}{:02}", self.year, self.month)
    }

    fn holds(&self, date: &str) -> bool {
        date.starts_with(&format!("{:04}-{:02}-", self.year, self.month)) && time::parse_date(date).is_some()
    }

    /// Columns of every row of this month.
    fn columns(&self, further: &[(&str, String)]) -> Forced {
        let own = [("storeId", self.store.clone()), ("year", self.year.to_string()), ("month", self.month.to_string())];
        let all = own.iter().chain(further);
        all.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn tell(&self, call: &mut Call<'_>) {
        let Some(webhook) = call.endpoint.webhook.clone() else { return };
        let id = json!({ "storeId": self.store, "year": self.year.to_string(), "month": self.month.to_string() });
        call.emit(&webhook.event, &webhook.action, vec![id]);
    }
}

fn set_days(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let month = Month::of_path(call)?;
    let days = members(&call.body)?.get("budgets").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut rows: Vec<(String, Map<String, Value>)> = Vec::new();
    for day in &days {
        let day = members(day)?;
        let date = day.get("date").map(text_of).unwrap_or_default();
        if !month.holds(&date) {
            return Err(Problem::field("date", "指定された年月の日付を指定してください。"));
        }
        rows.push((date, day.clone()));
    }
    let spec = documents::table(DAYS)?;
    for (date, row) in rows {
        rows::store_row(call, spec, &month.columns(&[("date", date)]), &row)?;
    }
    sum_up(call, &month)?;
    month.tell(call);
    rows::list(call, spec, None)
}

/// The days of the month, with their numbers.
fn days(call: &Call<'_>, month: &Month) -> Result<Vec<(Id, Packed)>, Problem> {
    let table = shop(call)?.table(DAYS);
    let rows = table.with_value("storeId", &month.store);
    let here = rows.filter(|(_, row)| row.text(&table.columns, "date").is_some_and(|date| month.holds(&date)));
    Ok(here.map(|(id, row)| (id, row.clone())).collect())
}

/// Keeps the month's target at the sum of its days; a month without days has none.
fn sum_up(call: &mut Call<'_>, month: &Month) -> Result<(), Problem> {
    let days = days(call, month)?;
    let columns = call.world.layouts.table(documents::table(DAYS)?).columns.clone();
    let sum = days.iter().filter_map(|(_, day)| day.number(&columns, "salesTargetDaily")).fold(0, i64::saturating_add);
    let spec = documents::table(MONTHS)?;
    if days.is_empty() {
        if let Some(id) = shop(call)?.table_of(spec).find(&[month.store.clone(), month.ym()]) {
            rows::remove(call, spec, id);
        }
        return Ok(());
    }
    let target = ("salesTargetMonthly", sum.to_string());
    rows::store_row(call, spec, &month.columns(&[("ym", month.ym()), target]), &Map::new())?;
    Ok(())
}

fn delete_days(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let month = Month::of_path(call)?;
    let spec = documents::table(DAYS)?;
    for (id, _) in days(call, &month)? {
        rows::remove(call, spec, id);
    }
    sum_up(call, &month)?;
    month.tell(call);
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}

fn set_staff(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let month = Month::of_path(call)?;
    let body = members(&call.body)?.clone();
    let staff = call.id("staff_id").to_string();
    let spec = documents::table(STAFFS)?;
    rows::store_row(call, spec, &month.columns(&[("ym", month.ym()), ("staffId", staff)]), &body)?;
    rows::list(call, spec, None)
}
