//! Bulk jobs: taken at once, done row by row, result sent to the caller's address (platform-common.md §13.1).

use super::{
    operations,
    rows::{change_row, create_row, event_ids, members, shop},
    stock::{Write, event_entry, write_row},
};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::maker::text_of,
    settings::{BulkCreateAction, CallbackFormat},
    state::{Id, Packed, TableSpec},
    webhooks::Callback,
};
use serde_json::{Map, Value, json};

/// Absolute and relative stock, up to 100 rows.
pub(crate) fn stock(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let (rows, url) = job(call, "stock")?;
    let write = if call.endpoint.method == "PATCH" { Write::Absolute } else { Write::Relative };
    let (mut results, mut entries) = (Vec::new(), Vec::new());
    for row in &rows {
        let named = names(row, &["productId", "storeId"]);
        match stock_row(call, row, write) {
            Ok(entry) => {
                entries.push(entry);
                results.push((named, Ok(())));
            }
            Err(problem) => results.push((named, Err(problem))),
        }
    }
    call.emit("pos:stock", "bulk-update", entries);
    Ok(accept(call, url, results))
}

fn stock_row(call: &mut Call<'_>, row: &Map<String, Value>, write: Write) -> Result<Value, Problem> {
    let product: Id = row.get("productId").map(text_of).and_then(|id| id.parse().ok()).unwrap_or(0);
    let known = call.world.shop(&call.contract).is_some_and(|shop| shop.products().get(product).is_some());
    if !known {
        return Err(Problem::unknown_reference("productId"));
    }
    write_row(call, product, row, write).map(|change| event_entry(&change))
}

/// Rows of a table: POST creates, PATCH changes; rows that the caller names are created where they are missing.
pub(crate) fn rows(call: &mut Call<'_>, spec: &'static TableSpec) -> Result<Answer, Problem> {
    let member = spec.bulk.as_ref().map_or(spec.name.as_str(), |bulk| bulk.member.as_str());
    let (rows, url) = job(call, member)?;
    let creates = call.endpoint.method == "POST";
    let key: Vec<&str> = spec.key.iter().chain(&spec.unique).map(String::as_str).collect();
    let (mut results, mut written) = (Vec::new(), Vec::new());
    for row in &rows {
        let mut named = names(row, &key);
        let outcome = if creates { new_row(call, spec, row) } else { changed_row(call, spec, row) };
        if let Ok(stored) = &outcome {
            let table = shop(call)?.table_of(spec);
            named.extend(spec.key.iter().cloned().zip(table.key_of(stored).into_iter().map(|text| json!(text))));
            written.push(stored.clone());
        }
        results.push((named, outcome.map(|_| ())));
    }
    if let Some(webhook) = call.endpoint.webhook.clone() {
        let as_created = creates && call.inner.settings.webhook.bulk_create_action == BulkCreateAction::Created;
        let ids = event_ids(call, spec, &written);
        call.emit(&webhook.event, if as_created { "created" } else { "bulk-update" }, ids);
    }
    Ok(accept(call, url, results))
}

fn new_row(call: &mut Call<'_>, spec: &'static TableSpec, row: &Map<String, Value>) -> Result<Packed, Problem> {
    let forced = operations::path_columns(call, spec);
    create_row(call, spec, &forced, row).map(|(_, row)| row)
}

fn changed_row(call: &mut Call<'_>, spec: &'static TableSpec, row: &Map<String, Value>) -> Result<Packed, Problem> {
    let forced = operations::path_columns(call, spec);
    let value = |column: &String| {
        let of_path = forced.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
        of_path.or_else(|| row.get(column).map(text_of)).unwrap_or_default()
    };
    let key: Vec<String> = spec.key.iter().map(value).collect();
    match shop(call)?.table_of(spec).find(&key) {
        Some(id) => change_row(call, spec, id, row),
        None if spec.first.is_none() => create_row(call, spec, &forced, row).map(|(_, row)| row),
        None => Err(Problem::unknown_reference(&spec.key[0])),
    }
}

/// Rows and callback address of a well-formed job.
pub(super) fn job(call: &Call<'_>, member: &str) -> Result<(Vec<Map<String, Value>>, String), Problem> {
    let body = members(&call.body)?;
    let rows = body.get(member).and_then(Value::as_array).ok_or_else(|| Problem::field(member, "必須です。"))?;
    let most = call.inner.settings.bulk.max_rows;
    if rows.len() > most {
        return Err(Problem::field(member, &format!("{most}件以内で指定してください。")));
    }
    let rows: Option<Vec<_>> = rows.iter().map(|row| row.as_object().cloned()).collect();
    let rows = rows.ok_or_else(|| Problem::field(member, "オブジェクトの配列で指定してください。"))?;
    let url = body.get("callbackUrl").map(text_of).ok_or_else(|| Problem::field("callbackUrl", "必須です。"))?;
    Ok((rows, url))
}

pub(super) fn names(row: &Map<String, Value>, wanted: &[&str]) -> Map<String, Value> {
    let named = wanted.iter().filter_map(|name| Some(((*name).to_owned(), json!(text_of(row.get(*name)?)))));
    named.collect()
}

/// The acceptance, and the callback that follows it.
pub(super) fn accept(
    call: &mut Call<'_>,
    url: String,
    results: Vec<(Map<String, Value>, Result<(), Problem>)>,
) -> Answer {
    let request_id = call.request_id;
    let format = call.inner.settings.bulk.callback_format;
    let rows: Vec<Value> = results.into_iter().map(|(named, result)| row(format, request_id, named, result)).collect();
    call.callbacks.push(Callback::json(url.clone(), rows));
    let answer = json!({ "requestId": request_id, "callbackUrl": url });
    Answer::json(call.inner.settings.bulk.accepted_status, answer.to_string())
}

fn row(format: CallbackFormat, request_id: u64, named: Map<String, Value>, result: Result<(), Problem>) -> Value {
    let mut row = Map::new();
    row.insert("requestId".into(), json!(request_id));
    if format == CallbackFormat::Minimal {
        return Value::Object(row);
    }
    row.insert("status".into(), json!(if result.is_ok() { "success" } else { "error" }));
    row.extend(named);
    if let Err(problem) = result {
        row.insert("title".into(), json!(problem.title));
        row.insert("detail".into(), json!(problem.detail));
    }
    Value::Object(row)
}
