//! 出荷: goods that go to a supplier or to an outsider, go back to a supplier, or are given away.

use super::{
    Clerk, Document,
    clerk::{Booking, SHIPMENTS},
    effect::{Effect, Place},
    lines::{check_unique, copy, copy_values, default, id, line_id, number, required, rows_of, sent, sent_some, text},
};
use crate::{
    money::STANDARD_RATE,
    problem::Problem,
    state::{Id, StockDivision},
};
use serde_json::{Value, json};

/// Named by one unreliable source only; sent if a setting asks for it (platform-common.md §16.6).
const EVENT: &str = "pos:shipments";
/// Of 0 未出荷, 2 出荷済, 3 検品中.
const SHIPPED: &str = "2";
const APPROVED: &str = "1";

pub(super) fn create(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    let mut shipment = Document::new();
    default(&mut shipment, "roundingDivision", "1");
    default(&mut shipment, "taxRate", STANDARD_RATE.to_string());
    default(&mut shipment, "shipmentDate", clerk.today());
    default(&mut shipment, "approvalStatus", if clerk.settings().shipment_approval { "0" } else { APPROVED });
    let id = clerk.next_id(SHIPMENTS)?;
    let booking = fill(clerk, id, body, shipment)?;
    let id = clerk.book(SHIPMENTS, None, booking)?;
    clerk.tell(EVENT, "created", id);
    Ok(id)
}

/// What was shipped is shipped anew, or stays as it is if the contract is set so.
pub(super) fn change(clerk: &mut Clerk<'_>, id: Id, body: &Document) -> Result<(), Problem> {
    let shipment = clerk.read(SHIPMENTS, id)?;
    clerk.check_unbooked(&Effect::booked_by(&shipment))?;
    let booking = fill(clerk, id, body, shipment)?;
    clerk.book(SHIPMENTS, Some(id), booking)?;
    clerk.tell(EVENT, "edited", id);
    Ok(())
}

pub(super) fn delete(clerk: &mut Clerk<'_>, id: Id) -> Result<(), Problem> {
    let slip = clerk.signed(&clerk.read(SHIPMENTS, id)?).unwrap_or_default();
    clerk.scrap(SHIPMENTS, id, clerk.now, &slip)?;
    clerk.tell(EVENT, "deleted", id);
    Ok(())
}

fn fill(clerk: &Clerk<'_>, id: Id, body: &Document, mut shipment: Document) -> Result<Booking, Problem> {
    copy(body, &["recipientId", "recipientName", "memo", "staffId", "identificationNo"], &mut shipment);
    let always = ["shipmentStoreId", "recipientType", "shipmentDivision", "shipmentDate", "status", "taxRate"];
    copy_values(body, &always, &mut shipment);
    copy_values(body, &["roundingDivision", "approvalStatus"], &mut shipment);
    clerk.must_exist("stores", "shipmentStoreId", &required(&shipment, "shipmentStoreId")?)?;
    set_recipient(clerk, body, &mut shipment)?;
    let slip = clerk.signed(&shipment)?;
    if sent(body, "details", clerk.settings().shipment_max_rows)?.is_some() || !shipment.contains_key("details") {
        shipment.insert("details".into(), lines(clerk, id, body)?);
    }
    let is_approved = text(&shipment, "approvalStatus").is_some_and(|status| status == APPROVED);
    if !is_approved {
        shipment.insert("approvalDateTime".into(), Value::Null);
    } else if clerk.settings().shipment_approval {
        default(&mut shipment, "approvalDateTime", clerk.moment());
    }
    let is_shipped = is_approved && text(&shipment, "status").is_some_and(|status| status == SHIPPED);
    let effect = if is_shipped { effect(&shipment) } else { Effect::default() };
    Ok(Booking { document: shipment, effect, at: clerk.now, slip })
}

/// A supplier (1) is named by id, anybody else (3) by name, and not otherwise (field list of the older API).
fn set_recipient(clerk: &Clerk<'_>, body: &Document, shipment: &mut Document) -> Result<(), Problem> {
    let is_supplier = text(shipment, "recipientType").is_some_and(|kind| kind == "1");
    let (wanted, other) = if is_supplier { ("recipientId", "recipientName") } else { ("recipientName", "recipientId") };
    let key = required(shipment, wanted)?;
    if text(body, other).is_some() {
        return Err(Problem::field(other, "この受取先タイプでは指定できません。"));
    }
    shipment.insert(other.into(), Value::Null);
    if is_supplier {
        clerk.must_exist("suppliers", "recipientId", &key)?;
    }
    Ok(())
}

fn lines(clerk: &Clerk<'_>, shipment: Id, body: &Document) -> Result<Value, Problem> {
    let mut lines = Vec::new();
    for (place, row) in sent_some(body, "details", clerk.settings().shipment_max_rows)?.into_iter().enumerate() {
        let goods = clerk.goods(row)?;
        let mut line = Document::new();
        copy(row, &["taxRate", "cost", "memo"], &mut line);
        default(&mut line, "taxRate", goods.tax_rate);
        default(&mut line, "cost", goods.cost);
        line.insert("shipmentDetailId".into(), line_id(shipment, place));
        line.insert("productId".into(), json!(goods.id.to_string()));
        line.insert("price".into(), json!(goods.price));
        line.insert("quantity".into(), json!(clerk.required_pieces(row, "quantity")?.to_string()));
        lines.push(line);
    }
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    Ok(lines.into_iter().map(Value::Object).collect())
}

fn effect(shipment: &Document) -> Effect {
    let store = id(shipment, "shipmentStoreId");
    let division = match text(shipment, "shipmentDivision").as_deref() {
        Some("1") => StockDivision::Return,
        Some("2") => StockDivision::Promotion,
        _ => StockDivision::Shipment,
    };
    let mut effect = Effect::default();
    for line in rows_of(shipment, "details") {
        effect.add(Place { product: id(&line, "productId"), store, division }, -number(&line, "quantity"));
    }
    effect
}
