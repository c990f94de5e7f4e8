//! 出庫: goods that one store sends to another. Sent and approved they leave the sending store, and the receiving store expects them (入庫).

use super::{
    Clerk, Document,
    clerk::{Booking, SHIPPING},
    effect::{Effect, Place},
    lines::{
        check_count, check_period, check_unique, copy, default, id, line_id, number, required, rows_of, sent,
        sent_some, text,
    },
    receiving,
};
use crate::{
    problem::Problem,
    state::{Id, StockDivision, StockSlip},
};
use serde_json::{Value, json};

const EVENT: &str = "pos:shipping";
/// 0 未出庫, 1 未入庫, 2 入庫検品中, 3 入庫完了
const PLANNED: &str = "0";
pub(super) const SENT: &str = "1";
pub(super) const INSPECTING: &str = "2";
pub(super) const RECEIVED: &str = "3";
/// 0 未承認, 1 承認済, 2 承認拒否, 3 依頼未承認
const APPROVED: &str = "1";
const REQUESTED: &str = "3";
/// 修正依頼: 0 none, 1 requested, 2 done
const OPEN: &str = "1";

const DATES: [&str; 3] = ["receivingExpectedDateFrom", "receivingExpectedDateTo", "shippingDate"];

pub(super) fn create(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    let mut transfer = begin(clerk, body)?;
    copy(body, &DATES, &mut transfer);
    copy(body, &["staffId", "status", "approvalStatus"], &mut transfer);
    default(&mut transfer, "approvalStatus", if clerk.settings().shipping_approval { "0" } else { APPROVED });
    if clerk.settings().shipping_approval && is(&transfer, "approvalStatus", APPROVED) {
        transfer.insert("approvalDateTime".into(), clerk.moment());
    }
    store_new(clerk, transfer, body, "quantity")
}

/// 出庫依頼: the receiving store asks for goods; the sending store approves.
pub(super) fn request(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    let mut transfer = begin(clerk, body)?;
    copy(body, &["receivingDesiredDate", "requestStaffId"], &mut transfer);
    if let Some(staff) = text(body, "requestStaffId") {
        clerk.must_exist("staffs", "requestStaffId", &staff)?;
    }
    transfer.insert("status".into(), json!(PLANNED));
    transfer.insert("approvalStatus".into(), json!(REQUESTED));
    store_new(clerk, transfer, body, "requestQuantity")
}

fn begin(clerk: &Clerk<'_>, body: &Document) -> Result<Document, Problem> {
    let from = clerk.must_exist("stores", "shippingStoreId", &required(body, "shippingStoreId")?)?;
    let to = clerk.must_exist("stores", "receivingStoreId", &required(body, "receivingStoreId")?)?;
    if from == to {
        return Err(Problem::field("receivingStoreId", "出庫店舗と異なる店舗を指定してください。"));
    }
    let mut transfer = Document::new();
    copy(body, &["shippingStoreId", "receivingStoreId", "memo", "identificationNo"], &mut transfer);
    transfer.insert("modificationRequestStatus".into(), json!("0"));
    Ok(transfer)
}

fn store_new(clerk: &mut Clerk<'_>, mut transfer: Document, body: &Document, pieces: &str) -> Result<Id, Problem> {
    let transfer_id = clerk.next_id(SHIPPING)?;
    let mut lines = Vec::new();
    for row in sent_some(body, "details", clerk.settings().max_rows)? {
        required(row, pieces)?;
        lines.push(new_line(clerk, transfer_id, lines.len(), row)?);
    }
    transfer.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    settle(clerk, None, transfer, Some("created"))
}

fn new_line(clerk: &Clerk<'_>, transfer: Id, place: usize, row: &Document) -> Result<Document, Problem> {
    let mut line = Document::new();
    line.insert("shippingDetailId".into(), line_id(transfer, place));
    line.insert("productId".into(), json!(clerk.goods(row)?.id.to_string()));
    line.insert("rfidTags".into(), json!([]));
    set_pieces(clerk, &mut line, row)?;
    Ok(line)
}

fn set_pieces(clerk: &Clerk<'_>, line: &mut Document, row: &Document) -> Result<(), Problem> {
    for name in ["requestQuantity", "quantity"] {
        if let Some(pieces) = clerk.pieces(row, name)? {
            line.insert(name.into(), json!(pieces.to_string()));
        }
    }
    Ok(())
}

/// The status does not change here, approval has its own operation; while the goods are under way the dates have to be sent
/// (platform-pos.json, PATCH /shipping/{shipping_id}).
pub(super) fn change(clerk: &mut Clerk<'_>, transfer_id: Id, body: &Document) -> Result<(), Problem> {
    let mut transfer = clerk.read(SHIPPING, transfer_id)?;
    if text(body, "status").is_some_and(|wanted| !is(&transfer, "status", &wanted)) {
        return Err(Problem::field("status", "ステータスは変更できません。"));
    }
    if is(&transfer, "status", SENT) {
        DATES.iter().try_for_each(|name| required(body, name).map(drop))?;
    }
    copy(body, &DATES, &mut transfer);
    copy(body, &["staffId", "memo", "identificationNo"], &mut transfer);
    if let Some(rows) = sent(body, "details", clerk.settings().max_rows)? {
        check_changeable(&transfer)?;
        let lines = changed_lines(clerk, transfer_id, &transfer, &rows)?;
        transfer.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    }
    settle(clerk, Some(transfer_id), transfer, Some("edited")).map(drop)
}

/// Goods that are being inspected change only at the receiver's request, those received not at all.
fn check_changeable(transfer: &Document) -> Result<(), Problem> {
    let inspecting = is(transfer, "status", INSPECTING) && !is(transfer, "modificationRequestStatus", OPEN);
    match is(transfer, "status", RECEIVED) || inspecting {
        true => Err(Problem::field("details", "入庫検品が開始された出庫の明細は変更できません。")),
        false => Ok(()),
    }
}

/// Rows with a `shippingDetailId` are changed, the others added, as in the other documents; the reference does not say.
fn changed_lines(
    clerk: &Clerk<'_>,
    transfer_id: Id,
    transfer: &Document,
    rows: &[&Document],
) -> Result<Vec<Document>, Problem> {
    let mut lines = rows_of(transfer, "details");
    for row in rows {
        let Some(wanted) = text(row, "shippingDetailId") else {
            lines.push(new_line(clerk, transfer_id, lines.len(), row)?);
            continue;
        };
        let line = lines.iter_mut().find(|line| text(line, "shippingDetailId").as_ref() == Some(&wanted));
        let line = line.ok_or_else(|| Problem::unknown_reference("shippingDetailId"))?;
        set_pieces(clerk, line, row)?;
    }
    check_count("details", lines.len(), clerk.settings().max_rows)?;
    Ok(lines)
}

/// 承認: approved goods are sent; not approved any more, they are back. What the receiver has begun to inspect stays.
pub(super) fn approve(clerk: &mut Clerk<'_>, transfer_id: Id, body: &Document) -> Result<(), Problem> {
    let mut transfer = clerk.read(SHIPPING, transfer_id)?;
    if is(&transfer, "status", INSPECTING) || is(&transfer, "status", RECEIVED) {
        return Err(Problem::field("approvalStatus", "入庫検品が開始された出庫の承認は変更できません。"));
    }
    let wanted = required(body, "approvalStatus")?;
    copy(body, &DATES, &mut transfer);
    copy(body, &["memo"], &mut transfer);
    let decided = wanted == APPROVED || wanted == "2";
    transfer.insert("approvalDateTime".into(), if decided { clerk.moment() } else { Value::Null });
    if wanted == APPROVED {
        transfer.insert("status".into(), json!(SENT));
        send_as_requested(clerk, &mut transfer);
    } else if is_sent(&transfer) {
        clerk.check_unbooked(&Effect::booked_by(&transfer))?;
        transfer.insert("status".into(), json!(PLANNED));
    }
    transfer.insert("approvalStatus".into(), json!(wanted));
    settle(clerk, Some(transfer_id), transfer, Some("edited")).map(drop)
}

/// What a request leaves open is filled in: its pieces, today, the day it wants the goods on.
fn send_as_requested(clerk: &Clerk<'_>, transfer: &mut Document) {
    default(transfer, "shippingDate", clerk.today());
    let shipped = text(transfer, "shippingDate").unwrap_or_default();
    let desired = text(transfer, "receivingDesiredDate").unwrap_or(shipped);
    default(transfer, "receivingExpectedDateFrom", desired);
    let from = text(transfer, "receivingExpectedDateFrom").unwrap_or_default();
    default(transfer, "receivingExpectedDateTo", from);
    let lines = rows_of(transfer, "details").into_iter().map(|mut line| {
        let asked = number(&line, "requestQuantity").to_string();
        default(&mut line, "quantity", asked);
        Value::Object(line)
    });
    let lines = lines.collect();
    transfer.insert("details".into(), lines);
}

/// 修正依頼: the receiver asks the sender to correct what was sent.
pub(super) fn ask_for_correction(clerk: &mut Clerk<'_>, transfer_id: Id, body: &Document) -> Result<(), Problem> {
    let mut transfer = clerk.read(SHIPPING, transfer_id)?;
    if !is(&transfer, "status", SENT) && !is(&transfer, "status", INSPECTING) {
        return Err(Problem::bad_request("未入庫または入庫検品中の出庫のみ修正を依頼できます。"));
    }
    copy(body, &["memo"], &mut transfer);
    transfer.insert("modificationRequestStatus".into(), json!(OPEN));
    transfer.insert("modificationRequestCheckedDateTime".into(), Value::Null);
    settle(clerk, Some(transfer_id), transfer, None).map(drop)
}

/// Completing what nobody asked for is a 409 (platform-pos.json).
pub(super) fn complete_correction(clerk: &mut Clerk<'_>, transfer_id: Id, _: &Document) -> Result<(), Problem> {
    let mut transfer = clerk.read(SHIPPING, transfer_id)?;
    if !is(&transfer, "modificationRequestStatus", OPEN) {
        return Err(Problem::conflict("未完了の修正依頼がありません。"));
    }
    transfer.insert("modificationRequestStatus".into(), json!("2"));
    transfer.insert("modificationRequestCheckedDateTime".into(), clerk.moment());
    settle(clerk, Some(transfer_id), transfer, None).map(drop)
}

/// Only before inspection has begun (field list of the older API); what was sent is back in the sending store.
pub(super) fn delete(clerk: &mut Clerk<'_>, transfer_id: Id) -> Result<(), Problem> {
    let transfer = clerk.read(SHIPPING, transfer_id)?;
    if !is(&transfer, "status", PLANNED) && !is(&transfer, "status", SENT) {
        return Err(Problem::bad_request("入庫検品が開始された出庫は削除できません。"));
    }
    let slip = slip(clerk, &transfer).unwrap_or_default();
    clerk.scrap(SHIPPING, transfer_id, clerk.now, &slip)?;
    clerk.tell(EVENT, "deleted", transfer_id);
    receiving::forget(clerk, transfer_id)
}

/// Stores a 出庫 with everything that follows from it: stock of the sending store, and the 入庫. `action`: of the event, if there is one.
fn settle(
    clerk: &mut Clerk<'_>,
    old: Option<Id>,
    transfer: Document,
    action: Option<&'static str>,
) -> Result<Id, Problem> {
    let lines = rows_of(&transfer, "details");
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    check_period(&transfer, "receivingExpectedDateFrom", "receivingExpectedDateTo")?;
    let is_sent = is_sent(&transfer);
    let mut effect = Effect::default();
    if is_sent {
        for line in &lines {
            required(line, "quantity")?;
            effect.add(place(&transfer, line), -number(line, "quantity"));
        }
    }
    let slip = slip(clerk, &transfer)?;
    let id = clerk.book(SHIPPING, old, Booking { document: transfer, effect, at: clerk.now, slip })?;
    if let Some(action) = action {
        clerk.tell(EVENT, action, id);
    }
    if is_sent {
        receiving::expect(clerk, id)?
    } else {
        receiving::forget(clerk, id)?
    }
    Ok(id)
}

fn place(transfer: &Document, line: &Document) -> Place {
    let (product, store) = (id(line, "productId"), id(transfer, "shippingStoreId"));
    Place { product, store, division: StockDivision::TransferOut }
}

/// Where transferred goods come from and go to, and who sends or receives them.
pub(super) fn slip(clerk: &Clerk<'_>, document: &Document) -> Result<StockSlip, Problem> {
    let (from, to) = (id(document, "shippingStoreId"), id(document, "receivingStoreId"));
    Ok(StockSlip { from_store_id: Some(from), to_store_id: Some(to), ..clerk.signed(document)? })
}

/// Goods are under way or arrived: with the approval feature nothing moves before it is approved.
fn is_sent(transfer: &Document) -> bool {
    !is(transfer, "status", PLANNED) && is(transfer, "approvalStatus", APPROVED)
}

fn is(document: &Document, name: &str, value: &str) -> bool {
    text(document, name).is_some_and(|text| text == value)
}

/// A 出庫 is as far as its 入庫, and shares its memo.
pub(super) fn follow(
    clerk: &mut Clerk<'_>,
    transfer_id: Id,
    status: &str,
    memo: Option<&Value>,
) -> Result<(), Problem> {
    let Ok(transfer) = clerk.read(SHIPPING, transfer_id) else { return Ok(()) };
    let mut members = Document::new();
    if !is(&transfer, "status", status) {
        members.insert("status".into(), json!(status));
    }
    members.extend(memo.filter(|memo| transfer.get("memo") != Some(*memo)).map(|memo| ("memo".into(), memo.clone())));
    if !members.is_empty() {
        clerk.change(SHIPPING, transfer_id, &members)?;
        clerk.tell(EVENT, "edited", transfer_id);
    }
    Ok(())
}
