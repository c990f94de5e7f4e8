//! 入荷: goods that come from a supplier, expected by a 発注 or not. What is inspected becomes stock.

use super::{
    Clerk, Document,
    clerk::{Booking, STORAGE},
    effect::{Effect, Place},
    lines::{
        check_period, check_unique, copy, copy_values, default, id, line_id, number, required, rows_of, sent,
        sent_some, text,
    },
    purchase_orders,
};
use crate::{
    problem::Problem,
    settings::{InspectedGoods, StorageQuantity},
    state::{Id, StockDivision},
};
use serde_json::{Value, json};

/// Named by one unreliable source only; sent if a setting asks for it (platform-common.md §16.6).
const EVENT: &str = "pos:arrivals";
/// 0 未入荷, 1 検品中, 2 入荷完了
const EXPECTED: &str = "0";
const INSPECTING: &str = "1";
pub(super) const COMPLETE: &str = "2";

pub(super) fn create(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    clerk.must_exist("suppliers", "supplierId", &required(body, "supplierId")?)?;
    clerk.must_exist("stores", "storageStoreId", &required(body, "storageStoreId")?)?;
    let mut receipt = Document::new();
    let plain = ["supplierId", "storageStoreId", "storageExpectedDateFrom", "storageExpectedDateTo", "storageDate"];
    copy(body, &plain, &mut receipt);
    copy(body, &["memo", "staffId", "identificationNo", "roundingDivision"], &mut receipt);
    default(&mut receipt, "roundingDivision", "1");
    check_period(&receipt, "storageExpectedDateFrom", "storageExpectedDateTo")?;
    let receipt_id = clerk.next_id(STORAGE)?;
    let mut lines = Vec::new();
    for (place, row) in sent_some(body, "details", clerk.settings().max_rows)?.into_iter().enumerate() {
        let goods = clerk.goods(row)?;
        let mut line = Document::new();
        copy(row, &["taxRate", "cost"], &mut line);
        default(&mut line, "taxRate", goods.tax_rate);
        default(&mut line, "cost", goods.cost);
        line.insert("productId".into(), json!(goods.id.to_string()));
        let scheduled = clerk.pieces(row, "scheduledQuantity")?.unwrap_or(0);
        let mut line = expected_line(clerk, line_id(receipt_id, place), line, scheduled);
        inspect(clerk, &mut line, row, StorageQuantity::Total)?;
        lines.push(line);
    }
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    let booking = booking(clerk, receipt, lines)?;
    let id = clerk.book(STORAGE, None, booking)?;
    clerk.tell(EVENT, "created", id);
    Ok(id)
}

/// Rows cannot be added; a 入荷 of a 発注 gets its date with the first change (platform-pos.md §9).
pub(super) fn change(clerk: &mut Clerk<'_>, receipt_id: Id, body: &Document) -> Result<(), Problem> {
    let mut receipt = clerk.read(STORAGE, receipt_id)?;
    let is_complete = text(&receipt, "status").is_some_and(|status| status == COMPLETE);
    if is_complete && !clerk.settings().edit_completed_storage {
        return Err(Problem::bad_request("入荷完了後の入荷は更新できません。"));
    }
    copy_values(body, &["storageDate"], &mut receipt);
    required(&receipt, "storageDate")?;
    copy(body, &["identificationNo"], &mut receipt);
    let mut lines = rows_of(&receipt, "details");
    let rows = sent(body, "details", clerk.settings().max_rows)?.unwrap_or_default();
    check_unique("storageDetailId", rows.iter().map(|row| id(row, "storageDetailId")))?;
    for row in rows {
        let wanted = id(row, "storageDetailId");
        let line = lines.iter_mut().find(|line| id(line, "storageDetailId") == wanted);
        let line = line.ok_or_else(|| Problem::unknown_reference("storageDetailId"))?;
        inspect(clerk, line, row, clerk.settings().storage_quantity)?;
    }
    let booking = booking(clerk, receipt, lines)?;
    let order = id(&booking.document, "storageInfoId");
    clerk.book(STORAGE, Some(receipt_id), booking)?;
    clerk.tell(EVENT, "edited", receipt_id);
    if order != 0 { purchase_orders::follow(clerk, order) } else { Ok(()) }
}

/// Puts an inspection into a row.
fn inspect(clerk: &Clerk<'_>, line: &mut Document, row: &Document, meaning: StorageQuantity) -> Result<(), Problem> {
    // As in the admin screen, a negative number then takes some back.
    let before = (meaning == StorageQuantity::Added).then(|| number(line, "inspectionQuantity"));
    if let Some(pieces) = clerk.pieces_after(row, "inspectionQuantity", before)? {
        line.insert("inspectionQuantity".into(), json!(pieces.to_string()));
    }
    if let Some(pieces) = clerk.pieces(row, "stockoutQuantity")? {
        line.insert("stockoutQuantity".into(), json!(pieces.to_string()));
    }
    copy(row, &["stockoutReason", "numberMemo", "dateMemo", "inspectionDate"], line);
    copy_values(row, &["compulsoryCompleteFlag"], line);
    if is_begun(line) {
        required(line, "inspectionDate")?;
    }
    let found = number(line, "inspectionQuantity") + number(line, "stockoutQuantity");
    let is_forced = text(line, "compulsoryCompleteFlag").is_some_and(|flag| flag == "1");
    let is_done = (is_begun(line) && found >= number(line, "scheduledQuantity")) || is_forced;
    line.insert("status".into(), json!(if is_done { "1" } else { "0" }));
    clerk.stamp(line);
    Ok(())
}

fn is_begun(line: &Document) -> bool {
    text(line, "inspectionQuantity").is_some() || text(line, "stockoutQuantity").is_some()
}

fn expected_line(clerk: &Clerk<'_>, line_id: Value, from: Document, scheduled: i64) -> Document {
    let mut line = Document::new();
    copy(&from, &["productId", "taxRate", "cost", "storageInfoId"], &mut line);
    line.insert("storageDetailId".into(), line_id);
    line.insert("scheduledQuantity".into(), json!(scheduled.to_string()));
    line.insert("rfidTags".into(), json!([]));
    line.insert("status".into(), json!("0"));
    line.insert("compulsoryCompleteFlag".into(), json!("0"));
    clerk.stamp(&mut line);
    line
}

fn booking(clerk: &Clerk<'_>, mut receipt: Document, lines: Vec<Document>) -> Result<Booking, Problem> {
    let is_done = |line: &Document| text(line, "status").is_some_and(|status| status == "1");
    let status = match (lines.iter().all(is_done), lines.iter().any(|line| is_begun(line) || is_done(line))) {
        (true, _) => COMPLETE,
        (false, true) => INSPECTING,
        (false, false) => EXPECTED,
    };
    let store = id(&receipt, "storageStoreId");
    let mut effect = Effect::default();
    if status == COMPLETE || clerk.settings().inspected_goods == InspectedGoods::AtOnce {
        for line in &lines {
            let place = Place { product: id(line, "productId"), store, division: StockDivision::GoodsIn };
            effect.add(place, number(line, "inspectionQuantity"));
        }
    }
    let slip = clerk.signed(&receipt)?;
    receipt.insert("status".into(), json!(status));
    receipt.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    Ok(Booking { document: receipt, effect, at: clerk.now, slip })
}

/// Makes the 入荷 an order expects, one for each store with the order's rows and pieces for it; renews or removes those made before.
pub(super) fn expect<'o>(
    clerk: &mut Clerk<'_>,
    order_id: Id,
    order: &Document,
    stores: impl Iterator<Item = (&'o Document, Vec<(Document, i64)>)>,
) -> Result<(), Problem> {
    let mut made = clerk.naming(STORAGE, "storageInfoId", order_id)?;
    for (store, goods) in stores {
        let wanted = id(store, "storageStoreId");
        let place = made.iter().position(|(_, receipt)| id(receipt, "storageStoreId") == wanted);
        let old = place.map(|place| made.swap_remove(place).0);
        let receipt_id = old.map_or_else(|| clerk.next_id(STORAGE), Ok)?;
        let mut receipt = Document::new();
        copy(order, &["memo", "staffId", "roundingDivision", "storageInfoId"], &mut receipt);
        copy(store, &["storageStoreId", "storageExpectedDateFrom", "storageExpectedDateTo"], &mut receipt);
        receipt.insert("supplierId".into(), order.get("recipientOrderId").cloned().unwrap_or_default());
        receipt.insert("status".into(), json!(EXPECTED));
        let lines = goods.into_iter().enumerate().map(|(place, (mut line, pieces))| {
            line.insert("storageInfoId".into(), json!(order_id.to_string()));
            Value::Object(expected_line(clerk, line_id(receipt_id, place), line, pieces))
        });
        receipt.insert("details".into(), lines.collect());
        match old {
            Some(receipt_id) => clerk.change(STORAGE, receipt_id, &receipt)?,
            None => drop(clerk.insert(STORAGE, &receipt)?),
        }
        clerk.tell(EVENT, if old.is_some() { "edited" } else { "created" }, receipt_id);
    }
    made.into_iter().try_for_each(|(receipt_id, _)| forget(clerk, receipt_id))
}

/// Removes the 入荷 of an order that were not begun.
pub(super) fn forget_order(clerk: &mut Clerk<'_>, order_id: Id) -> Result<(), Problem> {
    let made = clerk.naming(STORAGE, "storageInfoId", order_id)?;
    made.into_iter().try_for_each(|(receipt_id, _)| forget(clerk, receipt_id))
}

fn forget(clerk: &mut Clerk<'_>, receipt_id: Id) -> Result<(), Problem> {
    clerk.remove(STORAGE, receipt_id)?;
    clerk.tell(EVENT, "deleted", receipt_id);
    Ok(())
}

/// How far the 入荷 of an order are.
pub(super) struct Progress {
    pub(super) all_complete: bool,
    pub(super) any_begun: bool,
}

pub(super) fn progress_of_order(clerk: &Clerk<'_>, order_id: Id) -> Result<Progress, Problem> {
    let receipts = clerk.naming(STORAGE, "storageInfoId", order_id)?;
    let status: Vec<String> = receipts.iter().filter_map(|(_, receipt)| text(receipt, "status")).collect();
    Ok(Progress {
        all_complete: status.iter().all(|status| status == COMPLETE),
        any_begun: status.iter().any(|status| status != EXPECTED),
    })
}
