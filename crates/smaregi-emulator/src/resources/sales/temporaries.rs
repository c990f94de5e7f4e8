//! 仮販売: a sale that is parked until a terminal calls it up and settles it by its barcode (platform-pos.md §2.11).

use super::desk::{Desk, number, sent};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::{
        documents,
        rows::members,
        transactions::{Kind, compose},
    },
    settings::Settings,
    state::{Id, Shop},
};
use serde_json::{Map, Value, json};

const TABLE: &str = "temporaries";
pub(crate) const EVENT: &str = "pos:temporary-transactions";
const OPEN: &str = "0";
const DONE: &str = "1";
const CANCELLED: &str = "2";
/// Heads the emulator's own barcodes, so that they read like a code printed in the shop (in-store EAN prefixes begin with 2).
const BARCODE_PREFIX: &str = "29";

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let inner = call.inner;
    let id = Desk::of(call).park(&inner.settings, &body)?;
    documents::emit(call, TABLE, id)?;
    documents::answer(call, TABLE, id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let id = documents::named_in_path(call, TABLE)?;
    if status(&documents::read(call, TABLE, id)?) == DONE {
        return Err(Problem::bad_request("既に完了済みの為、削除できません。"));
    }
    documents::remove(call, TABLE, id)?;
    documents::emit_as(call, EVENT, "deleted", &[id]);
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}

/// What is done or cancelled stays so; that a temporary sale can be opened again was not seen.
pub(super) fn set_status(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let id = documents::named_in_path(call, TABLE)?;
    let wanted = members(&call.body)?.get("status").and_then(Value::as_str).unwrap_or(OPEN).to_owned();
    let was = status(&documents::read(call, TABLE, id)?);
    if was != wanted {
        match was.as_str() {
            DONE => return Err(Problem::field("status", "既に完了済みの為、変更できません。")),
            CANCELLED => return Err(Problem::field("status", "既に取消済みの為、変更できません。")),
            _ => Desk::of(call).set_temporary(id, &wanted)?,
        }
        // Cancelling is told as a deletion (staff answer, platform-pos.md §2.11).
        let action = if wanted == CANCELLED { "deleted" } else { "edited" };
        documents::emit_as(call, EVENT, action, &[id]);
    }
    documents::answer(call, TABLE, id)
}

fn status(row: &Option<Map<String, Value>>) -> String {
    let status = row.as_ref().and_then(|row| row.get("status")).and_then(Value::as_str);
    status.unwrap_or(OPEN).to_owned()
}

/// Barcodes of a sale, separated by commas.
fn barcodes(body: &Map<String, Value>) -> Vec<String> {
    let text = sent(body, "barcode").unwrap_or_default();
    text.split(',').map(str::trim).filter(|code| !code.is_empty()).map(Into::into).collect()
}

/// The open temporary sales that a sale settles by its barcodes.
pub(crate) fn named(shop: &Shop, settings: &Settings, body: &Map<String, Value>) -> Result<Vec<Id>, Problem> {
    let table = shop.table(TABLE);
    let mut found = Vec::new();
    for code in barcodes(body) {
        let rows: Vec<_> = table.with_value("barcode", &code).collect();
        let is_open = |row: &crate::state::Packed| row.text(&table.columns, "status").as_deref() == Some(OPEN);
        let open = rows.iter().filter(|(_, row)| is_open(row)).map(|(id, _)| *id);
        let before = found.len();
        found.extend(open);
        if found.len() == before && !rows.is_empty() && settings.sales.refuse_settled_barcode {
            return Err(Problem::field("barcode", &format!("{code}の仮販売は既に完了または取消されています。")));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

impl Desk<'_> {
    /// Parks a sale: checked like a sale, but neither stock nor points move.
    pub(crate) fn park(&mut self, settings: &Settings, body: &Map<String, Value>) -> Result<Id, Problem> {
        if number(body, "couponDiscount")?.is_some_and(|number| number != 0) {
            return Err(Problem::field("couponDiscount", "仮販売ではクーポン値引きを指定できません。"));
        }
        let layouts = self.world.layouts.clone();
        let made = compose(&layouts, settings, self.shop()?, Kind::Parked, body, self.now)?.sale;
        let id = self.next_id(TABLE)?;
        let code = barcodes(body).into_iter().next().unwrap_or_else(|| format!("{BARCODE_PREFIX}{id:010}"));
        if self.shop()?.table(TABLE).with_value("barcode", &code).next().is_some() {
            return Err(Problem::field("barcode", "既に使用されています。"));
        }
        let list = |rows: &[crate::state::Packed], columns| {
            Value::Array(rows.iter().map(|row| Value::Object(row.to_map(columns))).collect())
        };
        let mut row = made.head.to_map(&layouts.head);
        // Both names of the id are in the catalogue; it is no transaction, and the sale that settles it gets a number of its own.
        for name in ["transactionHeadId", "tempTransactionHeadId"] {
            row.insert(name.into(), json!(id.to_string()));
        }
        row.insert("barcode".into(), json!(code));
        for name in ["status", "sequentialNumber", "preRegistrationName"] {
            row.insert(name.into(), json!(sent(body, name)));
        }
        row.insert("details".into(), list(&made.lines, &layouts.line));
        row.insert("depositOthers".into(), list(&made.deposits, &layouts.deposit));
        self.store(TABLE, id, &row)?;
        Ok(id)
    }

    fn set_temporary(&mut self, id: Id, status: &str) -> Result<(), Problem> {
        let at = self.at();
        self.amend(TABLE, id, &[("status", json!(status)), ("updDateTime", at)])
    }

    /// A sale with their barcodes completes temporary sales.
    pub(crate) fn settle(&mut self, parked: &[Id]) -> Result<(), Problem> {
        parked.iter().try_for_each(|id| self.set_temporary(*id, DONE))
    }
}
