//! Which transactions a CSV job is about.

use super::desk::sent;
use crate::{
    problem::Problem,
    state::{Id, Layouts, Sale, Shop},
    time::{self, Days, Seconds},
};
use serde_json::{Map, Value};

const LONGEST_DAYS: i64 = 31;

/// The parameters of a job, read.
pub(super) struct Filter {
    /// When the server received it. Always given.
    received: (Seconds, Seconds),
    sold: Option<(Seconds, Seconds)>,
    updated: Option<(Seconds, Seconds)>,
    summed: Option<(Days, Days)>,
    ids: (Id, Id),
    division: Option<String>,
    store: Option<String>,
    of_member: Option<bool>,
    /// Newest first.
    descending: bool,
}

impl Filter {
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Problem> {
        let moment = |text: &str| time::parse(text);
        let received = window(body, "transactionDateTime", moment)?;
        let received = received.ok_or_else(|| Problem::field("transactionDateTimeFrom", "必須です。"))?;
        let day = sent(body, "sumDate").map(|text| {
            time::parse_date(&text).ok_or_else(|| Problem::field("sumDate", "YYYY-MM-DD形式で指定してください。"))
        });
        let day = day.transpose()?.map(|day| (day, day));
        let id = |name: &str, default: Id| match sent(body, name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| Problem::field(name, "整数で指定してください。")),
        };
        Ok(Self {
            received,
            sold: window(body, "terminalTranDateTime", moment)?,
            updated: window(body, "updDateTime", moment)?,
            summed: day.or(window(body, "sumDate", time::parse_date)?),
            ids: (id("transactionHeadIdFrom", 0)?, id("transactionHeadIdTo", Id::MAX)?),
            division: sent(body, "transactionHeadDivision"),
            store: sent(body, "storeId"),
            of_member: sent(body, "customerSaleDivision").map(|division| division == "1"),
            descending: descending(body)?,
        })
    }

    /// The transactions, in the wanted order.
    pub(super) fn sales<'s>(
        &'s self,
        shop: &'s Shop,
        layouts: &'s Layouts,
    ) -> Box<dyn Iterator<Item = (Id, &'s Sale)> + 's> {
        let (from, to) = self.received;
        let mut ids: Vec<Id> = shop.sales.between("transactionDateTime", from, to).collect();
        ids.sort_unstable();
        if self.descending {
            ids.reverse();
        }
        let sale = |id: Id| Some((id, shop.sales.get(id)?));
        Box::new(ids.into_iter().filter_map(sale).filter(|(id, sale)| self.takes(layouts, *id, sale)))
    }

    fn takes(&self, layouts: &Layouts, id: Id, sale: &Sale) -> bool {
        let within = |window: &Option<(i64, i64)>, at: i64| window.is_none_or(|(from, to)| (from..=to).contains(&at));
        let text = |name: &str| sale.head.text(&layouts.head, name);
        let is = |wanted: &Option<String>, name: &str| {
            wanted.as_ref().is_none_or(|wanted| text(name).as_deref() == Some(wanted))
        };
        (self.ids.0..=self.ids.1).contains(&id)
            && within(&self.sold, sale.times.sold)
            && within(&self.updated, sale.times.updated)
            && (self.summed.is_none() || sale.times.summed.is_some_and(|day| within(&self.summed, day)))
            && is(&self.division, "transactionHeadDivision")
            && is(&self.store, "storeId")
            && self.of_member.is_none_or(|of_member| text("customerId").is_some() == of_member)
    }
}

/// Only the number of the transaction orders a file; other keys were not seen.
fn descending(body: &Map<String, Value>) -> Result<bool, Problem> {
    let Some(sort) = sent(body, "sort") else { return Ok(false) };
    let (name, direction) = sort.split_once(':').unwrap_or((&sort, "asc"));
    if name.trim() != "transactionHeadId" {
        return Err(Problem::field("sort", &format!("{name}は指定できません。")));
    }
    Ok(direction.trim().eq_ignore_ascii_case("desc"))
}

/// `…From` and `…To`: both or none, at most 31 days apart (platform-common.md §11).
fn window(
    body: &Map<String, Value>,
    name: &str,
    parse: impl Fn(&str) -> Option<i64>,
) -> Result<Option<(i64, i64)>, Problem> {
    let (from, to) = (format!("{name}From"), format!("{name}To"));
    let bound = |name: &String| match sent(body, name) {
        None => Ok(None),
        Some(text) => parse(&text).map(Some).ok_or_else(|| Problem::field(name, "日時の形式が不正です。")),
    };
    match (bound(&from)?, bound(&to)?) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::field(&to, "必須です。")),
        (None, Some(_)) => Err(Problem::field(&from, "必須です。")),
        (Some(first), Some(last)) if last < first => Err(Problem::field(&to, "開始より前の日時は指定できません。")),
        (Some(first), Some(last)) => {
            // Days for dates, seconds for moments.
            let unit = if name == "sumDate" { 1 } else { 86_400 };
            if last - first > LONGEST_DAYS * unit {
                return Err(Problem::field(&to, &format!("期間は{LONGEST_DAYS}日以内で指定してください。")));
            }
            Ok(Some((first, last)))
        }
    }
}
