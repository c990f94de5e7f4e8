//! 取引明細CSV: a job whose files can be fetched for an hour (platform-common.md §13.2).
//!
//! The job is kept, not the file: the lines are written when it is fetched, from the transactions there were when it was ordered.
//! Columns are the fields of a line and, in front of them, fields of the head; `fields` chooses among all of both.

use super::{
    csv_filter::Filter,
    desk::{Desk, columns, sent},
};
use crate::{
    emulator::Inner,
    http::{Answer, api::Call},
    problem::Problem,
    resources::rows::{members, shop},
    state::{Columns, Id, Layouts, Packed, Sale, Shop, World},
    time,
    webhooks::{Callback, CsvJob},
};
use serde_json::{Map, Value, json};

const TABLE: &str = "csvJobs";
/// Fields of the head in front of those of the line, unless `fields` says otherwise. The real order was not seen.
const OF_HEAD: [&str; 18] = [
    "transactionDateTime",
    "transactionHeadDivision",
    "cancelDivision",
    "disposeDivision",
    "returnSales",
    "storeId",
    "storeCode",
    "terminalId",
    "terminalTranId",
    "terminalTranDateTime",
    "adjustmentDateTime",
    "sumDivision",
    "sumDate",
    "customerId",
    "customerCode",
    "staffId",
    "staffName",
    "updDateTime",
];

/// Where a value stands.
enum Place {
    Head(String),
    Line(String),
}

pub(super) fn order(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let layouts = call.world.layouts.clone();
    let filter = Filter::read(&body)?;
    places(&layouts, &body)?;
    let shop = shop(call)?;
    let rows: usize = filter.sales(shop, &layouts).map(|(_, sale)| sale.lines.len()).sum();
    let last = shop.sales.sales().last_key_value().map_or(0, |(id, _)| *id);
    let settings = &call.inner.settings;
    let files = rows.div_ceil(settings.sales.csv.rows_per_file.max(1)).max(1);
    let code: [u8; 16] = call.inner.dice.bytes();
    let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = format!("{}/files/{}/csv/{code}", call.base(), call.contract);
    let expires = time::format(call.now.saturating_add(settings.sales.csv.lifetime_s));
    let row = columns([
        ("requestCode", json!(code)),
        ("request", Value::Object(body.clone())),
        ("lastTransactionHeadId", json!(last.to_string())),
        ("rows", json!(rows.to_string())),
        ("expireDateTime", json!(expires)),
    ]);
    let mut desk = Desk::of(call);
    desk.forget_expired_jobs()?;
    let id = desk.next_id(TABLE)?;
    desk.store(TABLE, id, &row)?;
    let (url, state) = (sent(&body, "callbackUrl").unwrap_or_default(), sent(&body, "state"));
    let urls = (1..=files).map(|number| format!("{folder}/{number}.csv.gz")).collect();
    let job = CsvJob { request_code: &code, state: state.as_deref(), result: Ok(urls) };
    call.callbacks.push(Callback::csv(url.clone(), settings.bulk.csv_callback, &job));
    let answer = json!({ "callbackUrl": url, "state": state, "requestCode": code });
    Ok(Answer::json(200, answer.to_string()))
}

impl Desk<'_> {
    fn forget_expired_jobs(&mut self) -> Result<(), Problem> {
        let spec = crate::resources::documents::table(TABLE)?;
        let table = self.shop()?.table_of(spec);
        let over = table.rows().iter().filter(|(_, row)| expired(&table.columns, row, self.now)).map(|(id, _)| *id);
        for id in over.collect::<Vec<Id>>() {
            let contract = self.contract.clone();
            self.world.record(crate::state::Entry::Gone { contract, table: spec, id });
        }
        Ok(())
    }
}

fn expired(columns: &Columns, row: &Packed, now: i64) -> bool {
    row.text(columns, "expireDateTime").and_then(|text| time::parse(&text)).is_none_or(|expires| expires <= now)
}

/// The columns of a file and where their values stand. A name that is no field is refused.
fn places(layouts: &Layouts, body: &Map<String, Value>) -> Result<Vec<Place>, Problem> {
    let is_line =
        |name: &str| layouts.line.place(name).is_some() && layouts.line_nested.iter().all(|nested| nested != name);
    let place = |name: &str| match name {
        _ if is_line(name) => Some(Place::Line(name.to_owned())),
        _ if layouts.head.place(name).is_some() => Some(Place::Head(name.to_owned())),
        _ => None,
    };
    let Some(fields) = sent(body, "fields") else {
        let of_line = layouts.line.names().iter().filter(|name| is_line(name));
        let of_head = OF_HEAD.iter().map(|name| Place::Head((*name).to_owned()));
        return Ok(of_head.chain(of_line.map(|name| Place::Line(name.clone()))).collect());
    };
    let names = fields.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| place(name).ok_or_else(|| Problem::field("fields", &format!("{name}は指定できません。"))))
        .collect()
}

/// One file of a job: CSV with a line of names, UTF-8. `None` when there is no such file, or no more.
pub(crate) fn file(inner: &Inner, world: &World, contract: &str, code: &str, number: usize) -> Option<String> {
    let shop = world.shop(contract)?;
    let table = shop.table(TABLE);
    let row = table.find(&[code]).and_then(|id| table.get(id))?;
    let number = number.checked_sub(1)?;
    let per_file = inner.settings.sales.csv.rows_per_file.max(1);
    let rows = usize::try_from(row.number(&table.columns, "rows")?).ok()?;
    if expired(&table.columns, row, inner.now()) || number >= rows.div_ceil(per_file).max(1) {
        return None;
    }
    let request: Map<String, Value> = serde_json::from_str(row.raw(&table.columns, "request")?).ok()?;
    let last = row.number(&table.columns, "lastTransactionHeadId")?.unsigned_abs();
    let (filter, places) = (Filter::read(&request).ok()?, places(&world.layouts, &request).ok()?);
    Some(written(shop, &world.layouts, &filter, &places, (last, number * per_file, per_file)))
}

fn written(
    shop: &Shop,
    layouts: &Layouts,
    filter: &Filter,
    places: &[Place],
    (last, skip, take): (Id, usize, usize),
) -> String {
    let names = places.iter().map(|place| match place {
        Place::Head(name) | Place::Line(name) => name.as_str(),
    });
    let mut text = String::new();
    write_row(names.map(Some), &mut text);
    let sales = filter.sales(shop, layouts).filter(|(id, _)| *id <= last);
    let lines = sales.flat_map(|(_, sale)| sale.lines.iter().map(move |line| (sale, line)));
    for (sale, line) in lines.skip(skip).take(take) {
        let values: Vec<_> = places.iter().map(|place| value(layouts, sale, line, place)).collect();
        write_row(values.iter().map(|value| value.as_deref()), &mut text);
    }
    text
}

fn value<'s>(layouts: &Layouts, sale: &'s Sale, line: &'s Packed, place: &Place) -> Option<std::borrow::Cow<'s, str>> {
    match place {
        Place::Head(name) => sale.head.text(&layouts.head, name),
        Place::Line(name) => line.text(&layouts.line, name),
    }
}

/// All values in quotes, CRLF at the end (RFC 4180).
fn write_row<'v>(values: impl Iterator<Item = Option<&'v str>>, out: &mut String) {
    for (place, value) in values.enumerate() {
        out.push_str(if place > 0 { ",\"" } else { "\"" });
        out.push_str(&value.unwrap_or_default().replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}
