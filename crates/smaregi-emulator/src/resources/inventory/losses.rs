//! ロス: goods that are spoilt, stolen or otherwise gone.

use super::{
    Clerk, Document,
    clerk::{Booking, LOSSES},
    effect::{Effect, Place},
    lines::{
        check_count, check_unique, copy, copy_values, default, id, line_id, number, required, rows_of, sent, sent_some,
        text,
    },
};
use crate::{
    problem::Problem,
    state::{Id, StockDivision},
    time,
};
use serde_json::{Value, json};

const EVENT: &str = "pos:losses";

pub(super) fn create(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    clerk.must_exist("stores", "storeId", &required(body, "storeId")?)?;
    let mut loss = Document::new();
    copy(body, &["storeId", "lossDateTime", "memo", "identificationNo", "staffId"], &mut loss);
    loss.insert("division".into(), json!(division(clerk, &required(body, "division")?)?));
    let loss_id = clerk.next_id(LOSSES)?;
    let mut lines = Vec::new();
    for row in sent_some(body, "details", clerk.settings().max_rows)? {
        lines.push(new_line(clerk, loss_id, lines.len(), row)?);
    }
    let booking = booking(clerk, loss, lines)?;
    let id = clerk.book(LOSSES, None, booking)?;
    clerk.tell(EVENT, "created", id);
    Ok(id)
}

/// Rows with a `lossDetailId` are changed, the others added (platform-pos.json, PATCH /losses/{loss_id}). Store and time stay.
pub(super) fn change(clerk: &mut Clerk<'_>, loss_id: Id, body: &Document) -> Result<(), Problem> {
    let mut loss = clerk.read(LOSSES, loss_id)?;
    copy(body, &["memo", "identificationNo", "staffId"], &mut loss);
    if let Some(code) = text(body, "division") {
        loss.insert("division".into(), json!(division(clerk, &code)?));
    }
    let mut lines = rows_of(&loss, "details");
    for row in sent(body, "details", clerk.settings().max_rows)?.unwrap_or_default() {
        match text(row, "lossDetailId") {
            Some(wanted) => {
                let line = lines.iter_mut().find(|line| text(line, "lossDetailId").as_ref() == Some(&wanted));
                change_line(clerk, line.ok_or_else(|| Problem::unknown_reference("lossDetailId"))?, row)?;
            }
            None => lines.push(new_line(clerk, loss_id, lines.len(), row)?),
        }
    }
    check_count("details", lines.len(), clerk.settings().max_rows)?;
    let booking = booking(clerk, loss, lines)?;
    clerk.book(LOSSES, Some(loss_id), booking)?;
    clerk.tell(EVENT, "edited", loss_id);
    Ok(())
}

pub(super) fn delete(clerk: &mut Clerk<'_>, loss_id: Id) -> Result<(), Problem> {
    let loss = clerk.read(LOSSES, loss_id)?;
    let slip = clerk.signed(&loss).unwrap_or_default();
    clerk.scrap(LOSSES, loss_id, at(clerk, &loss), &slip)?;
    clerk.tell(EVENT, "deleted", loss_id);
    Ok(())
}

/// The code of an existing ロス区分. The real service has been seen to take `2` for `02` (field list of the older API).
fn division(clerk: &Clerk<'_>, code: &str) -> Result<String, Problem> {
    let divisions = clerk.table("lossDivisions")?;
    let padded = format!("{code:0>2}");
    let found = divisions.find(&[code]).or_else(|| divisions.find(&[&padded])).and_then(|id| divisions.get(id));
    let key = found.map(|row| divisions.key_of(row).swap_remove(0));
    key.ok_or_else(|| Problem::unknown_reference("division"))
}

fn new_line(clerk: &Clerk<'_>, loss: Id, place: usize, row: &Document) -> Result<Document, Problem> {
    let goods = clerk.goods(row)?;
    let mut line = Document::new();
    copy(row, &["taxRate"], &mut line);
    default(&mut line, "taxRate", goods.tax_rate);
    line.insert("lossDetailId".into(), line_id(loss, place));
    line.insert("productId".into(), json!(goods.id.to_string()));
    line.insert("cost".into(), json!(goods.cost));
    line.insert("quantity".into(), json!(clerk.required_pieces(row, "quantity")?.to_string()));
    Ok(line)
}

fn change_line(clerk: &Clerk<'_>, line: &mut Document, row: &Document) -> Result<(), Problem> {
    if text(row, "productId").is_some_and(|product| text(line, "productId") != Some(product)) {
        return Err(Problem::field("productId", "登録済みの明細の商品は変更できません。"));
    }
    copy_values(row, &["taxRate"], line);
    if let Some(pieces) = clerk.pieces(row, "quantity")? {
        line.insert("quantity".into(), json!(pieces.to_string()));
    }
    Ok(())
}

/// A loss may be dated back; its movements then take effect on that day (platform-pos.md §4).
fn at(clerk: &Clerk<'_>, loss: &Document) -> i64 {
    text(loss, "lossDateTime").and_then(|text| time::parse(&text)).unwrap_or(clerk.now)
}

fn booking(clerk: &Clerk<'_>, mut loss: Document, lines: Vec<Document>) -> Result<Booking, Problem> {
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    let slip = clerk.signed(&loss)?;
    let store = id(&loss, "storeId");
    let mut effect = Effect::default();
    for line in &lines {
        let place = Place { product: id(line, "productId"), store, division: StockDivision::Loss };
        effect.add(place, -number(line, "quantity"));
    }
    let at = at(clerk, &loss);
    loss.insert("staffName".into(), json!(slip.staff_name));
    loss.insert("details".into(), lines.into_iter().map(Value::Object).collect());
    Ok(Booking { document: loss, effect, at, slip })
}
