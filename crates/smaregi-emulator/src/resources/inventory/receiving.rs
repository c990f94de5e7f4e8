//! 入庫: goods that another store has sent. Made by its 出庫; what is inspected becomes stock of the receiving store.

use super::{
    Clerk, Document,
    clerk::{Booking, RECEIVING, SHIPPING},
    effect::{Effect, Place},
    lines::{check_count, check_unique, copy, id, line_id, number, required, rows_of, sent, text},
    shipping,
};
use crate::{
    problem::Problem,
    settings::{InspectedGoods, ReceivingShortage},
    state::{Id, StockDivision},
};
use serde_json::{Value, json};

const EVENT: &str = "pos:receiving";
/// 0 未入庫, 1 検品中, 2 入庫完了
const EXPECTED: &str = "0";
const INSPECTING: &str = "1";
pub(super) const COMPLETE: &str = "2";

/// Makes the 入庫 of goods that were sent, or brings it up to date.
pub(super) fn expect(clerk: &mut Clerk<'_>, transfer_id: Id) -> Result<(), Problem> {
    let transfer = clerk.read(SHIPPING, transfer_id)?;
    let mut receipt = Document::new();
    let shared = [
        "shippingId",
        "receivingStoreId",
        "shippingStoreId",
        "receivingExpectedDateFrom",
        "receivingExpectedDateTo",
        "memo",
        "identificationNo",
    ];
    copy(&transfer, &shared, &mut receipt);
    let old = clerk.naming(RECEIVING, "shippingId", transfer_id)?.pop();
    let receipt_id = old.as_ref().map_or_else(|| clerk.next_id(RECEIVING), |(id, _)| Ok(*id))?;
    let before = old.as_ref().map(|(_, old)| rows_of(old, "details")).unwrap_or_default();
    let mut lines = before.clone();
    for sent in rows_of(&transfer, "details") {
        let product = id(&sent, "productId");
        match lines.iter_mut().find(|line| id(line, "productId") == product) {
            Some(line) => set_scheduled(clerk, line, number(&sent, "quantity")),
            None => lines.push(new_line(clerk, receipt_id, lines.len(), product, number(&sent, "quantity"))),
        }
    }
    receipt.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    match old {
        None => {
            receipt.insert("status".into(), json!(EXPECTED));
            clerk.insert(RECEIVING, &receipt)?;
            clerk.tell(EVENT, "created", receipt_id);
        }
        Some((_, old)) if receipt.iter().any(|(name, value)| old.get(name) != Some(value)) => {
            clerk.change(RECEIVING, receipt_id, &receipt)?;
            clerk.tell(EVENT, "edited", receipt_id);
        }
        Some(_) => {}
    }
    Ok(())
}

/// Removes the 入庫 of goods that were not sent after all.
pub(super) fn forget(clerk: &mut Clerk<'_>, transfer_id: Id) -> Result<(), Problem> {
    for (receipt_id, _) in clerk.naming(RECEIVING, "shippingId", transfer_id)? {
        clerk.remove(RECEIVING, receipt_id)?;
        clerk.tell(EVENT, "deleted", receipt_id);
    }
    Ok(())
}

fn set_scheduled(clerk: &Clerk<'_>, line: &mut Document, pieces: i64) {
    if number(line, "scheduledQuantity") != pieces {
        line.insert("scheduledQuantity".into(), json!(pieces.to_string()));
        judge(line);
        clerk.stamp(line);
    }
}

fn new_line(clerk: &Clerk<'_>, receipt: Id, place: usize, product: Id, scheduled: i64) -> Document {
    let mut line = Document::new();
    line.insert("receivingDetailId".into(), line_id(receipt, place));
    line.insert("productId".into(), json!(product.to_string()));
    line.insert("scheduledQuantity".into(), json!(scheduled.to_string()));
    line.insert("inspectionQuantity".into(), json!("0"));
    line.insert("stockoutQuantity".into(), json!("0"));
    line.insert("rfidTags".into(), json!([]));
    line.insert("status".into(), json!("0"));
    clerk.stamp(&mut line);
    line
}

/// Records what was found. A receipt to which rows are added stays 検品中 (platform-pos.json, PATCH /receiving/{receiving_id}).
pub(super) fn change(clerk: &mut Clerk<'_>, receipt_id: Id, body: &Document) -> Result<(), Problem> {
    let mut receipt = clerk.read(RECEIVING, receipt_id)?;
    let is_complete = text(&receipt, "status").is_some_and(|status| status == COMPLETE);
    if is_complete && !clerk.settings().edit_completed_receiving {
        return Err(Problem::bad_request("入庫完了後の入庫は更新できません。"));
    }
    required(body, "receivingDate")?;
    copy(body, &["receivingDate", "memo", "staffId"], &mut receipt);
    let mut lines = rows_of(&receipt, "details");
    let before = lines.len();
    for row in sent(body, "details", clerk.settings().max_rows)?.unwrap_or_default() {
        let place = match text(row, "receivingDetailId") {
            Some(wanted) => lines.iter().position(|line| text(line, "receivingDetailId").as_ref() == Some(&wanted)),
            None => {
                let product = clerk.goods(row)?.id;
                lines.push(new_line(clerk, receipt_id, lines.len(), product, 0));
                Some(lines.len() - 1)
            }
        };
        let line = place.and_then(|place| lines.get_mut(place));
        inspect(clerk, line.ok_or_else(|| Problem::unknown_reference("receivingDetailId"))?, row)?;
    }
    check_count("details", lines.len(), clerk.settings().max_rows)?;
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    let status = status(&lines, lines.len() > before);
    let effect = effect(clerk, &receipt, &lines, status);
    let slip = shipping::slip(clerk, &receipt)?;
    receipt.insert("status".into(), json!(status));
    receipt.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    let (transfer, memo) = (id(&receipt, "shippingId"), body.get("memo").cloned());
    clerk.book(RECEIVING, Some(receipt_id), Booking { document: receipt, effect, at: clerk.now, slip })?;
    clerk.tell(EVENT, "edited", receipt_id);
    let sent_as = match status {
        COMPLETE => shipping::RECEIVED,
        INSPECTING => shipping::INSPECTING,
        _ => shipping::SENT,
    };
    shipping::follow(clerk, transfer, sent_as, memo.as_ref())
}

fn inspect(clerk: &Clerk<'_>, line: &mut Document, row: &Document) -> Result<(), Problem> {
    for name in ["inspectionQuantity", "stockoutQuantity"] {
        line.insert(name.into(), json!(clerk.required_pieces(row, name)?.to_string()));
    }
    required(row, "inspectionDate")?;
    copy(row, &["inspectionDate", "stockoutReason"], line);
    judge(line);
    clerk.stamp(line);
    Ok(())
}

/// A row is done when everything that was sent is found or known to be missing.
fn judge(line: &mut Document) {
    let known = number(line, "inspectionQuantity") + number(line, "stockoutQuantity");
    let is_done = is_begun(line) && known >= number(line, "scheduledQuantity");
    line.insert("status".into(), json!(if is_done { "1" } else { "0" }));
}

fn is_begun(line: &Document) -> bool {
    text(line, "inspectionDate").is_some()
}

fn status(lines: &[Document], has_new: bool) -> &'static str {
    let all = lines.iter().all(|line| text(line, "status").is_some_and(|status| status == "1"));
    match (all && !has_new, lines.iter().any(is_begun)) {
        (true, _) => COMPLETE,
        (false, true) => INSPECTING,
        (false, false) => EXPECTED,
    }
}

fn effect(clerk: &Clerk<'_>, receipt: &Document, lines: &[Document], status: &str) -> Effect {
    let (here, sender) = (id(receipt, "receivingStoreId"), id(receipt, "shippingStoreId"));
    let mut effect = Effect::default();
    if status != COMPLETE && clerk.settings().inspected_goods == InspectedGoods::WhenComplete {
        return effect;
    }
    for line in lines.iter().filter(|line| is_begun(line)) {
        let product = id(line, "productId");
        let (found, missing) = (number(line, "inspectionQuantity"), number(line, "stockoutQuantity"));
        let arrived = Place { product, store: here, division: StockDivision::TransferIn };
        let short = |store| Place { product, store, division: StockDivision::TransferShortage };
        effect.add(arrived, found);
        match clerk.settings().receiving_shortage {
            ReceivingShortage::WrittenOff => {
                effect.add(arrived, missing);
                effect.add(short(here), -missing);
            }
            ReceivingShortage::Returned => effect.add(short(sender), missing),
            ReceivingShortage::Ignored => {}
        }
    }
    effect
}
