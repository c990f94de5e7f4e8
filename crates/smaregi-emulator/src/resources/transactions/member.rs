//! The member of a transaction, and what becomes of its points when another one takes the place (platform-pos.md §2.10).

use super::{correct, flag, points};
use crate::{
    http::{Answer, api::Call},
    problem::Problem,
    resources::{
        maker::text_of,
        rows::{members, shop},
    },
    state::{CUSTOMER_POINTS, CUSTOMERS, Id, Sale, Shop},
};
use serde_json::{Map, Value, json};

/// Changed head columns.
type Changes = Vec<(String, Value)>;

pub(crate) fn set_customer(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = members(&call.body)?.clone();
    let (customer, mut changes) = wanted(shop(call)?, &body)?;
    let sale = shop(call)?.sales.get(call.id("transaction_id")).cloned();
    let sale = sale.ok_or_else(|| Problem::not_found("transaction_id"))?;
    let division = body.get("pointUpdateDivision").filter(|value| !value.is_null()).map(text_of);
    let is_live = flag(&call.world.layouts.head, &sale, "cancelDivision") != "1";
    let touched = match division.as_deref() {
        Some("1") if is_live => move_points(call, &sale, customer, points::moved(&call.world.layouts, &sale)),
        Some("2") if is_live => recompute(call, &sale, customer, &mut changes)?,
        _ => Vec::new(),
    };
    let answer = correct(call, changes)?;
    call.emit("pos:customers", "edited", touched.iter().map(|id| json!(id.to_string())).collect());
    Ok(answer)
}

/// The member that was named, and the head columns that say so.
fn wanted(shop: &Shop, body: &Map<String, Value>) -> Result<(Option<Id>, Changes), Problem> {
    let customers = shop.table(CUSTOMERS);
    let sent = |name: &str| body.get(name).filter(|value| !value.is_null()).map(text_of);
    let (mut found, mut code) = (None, Value::Null);
    if let Some(text) = sent("customerId") {
        let id = customers.find(&[text]).ok_or_else(|| Problem::unknown_reference("customerId"))?;
        code = json!(customers.get(id).and_then(|row| row.text(&customers.columns, "customerCode")));
        found = Some(id);
    }
    if sent("customerCode").is_some_and(|claimed| code.as_str() != Some(&claimed)) {
        return Err(Problem::field("customerCode", "会員IDと会員コードが一致しません。"));
    }
    let id = json!(found.map(|id| id.to_string()));
    Ok((found, vec![("customerId".into(), id), ("customerCode".into(), code)]))
}

/// Takes what the sale gave and used from its member, and gives `points` to the other one. Says whose balance changed.
fn move_points(call: &mut Call<'_>, sale: &Sale, to: Option<Id>, points: i64) -> Vec<Id> {
    let layouts = call.world.layouts.clone();
    let (contract, now) = (call.contract.clone(), call.now);
    let from = sale.head.number(&layouts.head, "customerId").map(i64::unsigned_abs);
    let back = points::moved(&layouts, sale);
    if from == to && back == points {
        return Vec::new();
    }
    let mut touched = Vec::new();
    for (customer, points) in [(from, -back), (to, points)] {
        if let Some(customer) = customer.filter(|_| points != 0) {
            points::change(call.world, &contract, customer, points, None, now);
            touched.push(customer);
        }
    }
    touched.dedup();
    touched
}

/// What the new member gets is computed anew by today's settings; the old one gets everything undone.
fn recompute(
    call: &mut Call<'_>,
    sale: &Sale,
    customer: Option<Id>,
    changes: &mut Changes,
) -> Result<Vec<Id>, Problem> {
    let layouts = call.world.layouts.clone();
    let number = |name: &str| sale.head.number(&layouts.head, name).unwrap_or(0);
    let (spent, old) = (number("spendPoint"), sale.head.number(&layouts.head, "customerId").map(i64::unsigned_abs));
    let shop = shop(call)?;
    let granted = customer.map_or(0, |customer| points::by_todays_rule(&layouts, shop, sale, customer));
    let balances = shop.table(CUSTOMER_POINTS);
    let balance = customer.and_then(|id| balances.get(id)?.number(&balances.columns, "point")).unwrap_or(0);
    // What this sale did to the same member is not part of what was there before it.
    let before = if old == customer { balance - points::moved(&layouts, sale) } else { balance };
    let texts = [("newPoint", granted), ("point", before), ("totalPoint", before + granted - spent)];
    changes.extend(texts.map(|(name, number)| (name.to_owned(), json!(number.to_string()))));
    Ok(move_points(call, sale, customer, granted - spent))
}
