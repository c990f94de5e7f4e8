//! 発注: an order to a supplier. Once ordered it expects one 入荷 per delivery store.

use super::{
    Clerk, Document,
    clerk::PURCHASE_ORDERS,
    lines::{
        check_period, check_unique, copy, copy_values, default, id, line_id, number, required, rows_of, sent,
        sent_some, text,
    },
    storage,
};
use crate::{problem::Problem, settings::OrderDivisionUnit, state::Id};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const EVENT: &str = "pos:purchase-orders";
/// 2 発注済, 3 入荷検品中, 4 入荷完了, 5 仮発注
const ORDERED: &str = "2";
const INSPECTING: &str = "3";
const RECEIVED: &str = "4";
const DRAFT: &str = "5";

pub(super) fn create(clerk: &mut Clerk<'_>, body: &Document) -> Result<Id, Problem> {
    let mut order = Document::new();
    order.insert("divisionUnit".into(), json!(clerk.settings().order_division_unit.code()));
    default(&mut order, "roundingDivision", "1");
    default(&mut order, "orderedDate", clerk.today());
    let id = clerk.next_id(PURCHASE_ORDERS)?;
    fill(clerk, id, body, &mut order)?;
    let id = clerk.insert(PURCHASE_ORDERS, &order)?;
    expect_goods(clerk, id)?;
    clerk.tell(EVENT, "created", id);
    Ok(id)
}

/// A 仮発注 can be changed freely; an order only while nothing of it was received, and neither in its supplier nor back to 仮発注.
pub(super) fn change(clerk: &mut Clerk<'_>, id: Id, body: &Document) -> Result<(), Problem> {
    let mut order = clerk.read(PURCHASE_ORDERS, id)?;
    let status = text(&order, "status").unwrap_or_default();
    if status != ORDERED && status != DRAFT {
        return Err(Problem::field("status", "入荷が開始された発注は更新できません。"));
    }
    if status == ORDERED {
        if text(body, "status").is_some_and(|wanted| wanted == DRAFT) {
            return Err(Problem::field("status", "発注済の発注を仮発注に戻すことはできません。"));
        }
        let supplier = text(&order, "recipientOrderId");
        if body.contains_key("recipientOrderId") && text(body, "recipientOrderId") != supplier {
            return Err(Problem::field("recipientOrderId", "発注先は仮発注の場合のみ変更できます。"));
        }
    }
    fill(clerk, id, body, &mut order)?;
    clerk.change(PURCHASE_ORDERS, id, &order)?;
    expect_goods(clerk, id)?;
    clerk.tell(EVENT, "edited", id);
    Ok(())
}

/// Only a 仮発注, or an order of which nothing was received (field list of the older API), goes; its 入荷 go with it.
pub(super) fn delete(clerk: &mut Clerk<'_>, id: Id) -> Result<(), Problem> {
    let status = text(&clerk.read(PURCHASE_ORDERS, id)?, "status").unwrap_or_default();
    if status != ORDERED && status != DRAFT {
        return Err(Problem::bad_request("入荷が開始された発注は削除できません。"));
    }
    storage::forget_order(clerk, id)?;
    clerk.remove(PURCHASE_ORDERS, id)?;
    clerk.tell(EVENT, "deleted", id);
    Ok(())
}

/// Puts what the body sends into the order and checks the whole.
fn fill(clerk: &Clerk<'_>, order_id: Id, body: &Document, order: &mut Document) -> Result<(), Problem> {
    let plain = ["recipientOrderId", "memo", "identificationNo", "status", "staffId"];
    copy(body, &plain, order);
    copy_values(body, &["orderedDate", "roundingDivision"], order);
    match text(order, "recipientOrderId") {
        Some(supplier) => drop(clerk.must_exist("suppliers", "recipientOrderId", &supplier)?),
        None if clerk.settings().order_division_unit == OrderDivisionUnit::Supplier => {
            return Err(Problem::field("recipientOrderId", "必須項目です。"));
        }
        None => {}
    }
    order.insert("orderStaffName".into(), json!(clerk.signed(order)?.staff_name));
    if sent(body, "products", clerk.settings().max_rows)?.is_some() || !order.contains_key("products") {
        order.insert("products".into(), products(clerk, order_id, body)?);
    }
    if sent(body, "stores", clerk.settings().max_rows)?.is_some() || !order.contains_key("stores") {
        order.insert("stores".into(), stores(clerk, order_id, body)?);
    }
    check_stores(clerk, order)
}

fn products(clerk: &Clerk<'_>, order: Id, body: &Document) -> Result<Value, Problem> {
    let mut lines = Vec::new();
    for (place, row) in sent_some(body, "products", clerk.settings().max_rows)?.into_iter().enumerate() {
        let goods = clerk.goods(row)?;
        let mut deliveries = Vec::new();
        let mut sum = 0;
        for delivery in sent_some(row, "deliveryStore", clerk.settings().max_rows)? {
            let store = clerk.must_exist("stores", "storeId", &required(delivery, "storeId")?)?;
            let pieces = clerk.required_pieces(delivery, "quantity")?;
            sum += pieces;
            deliveries.push((store, json!({ "storeId": store.to_string(), "quantity": pieces.to_string() })));
        }
        check_unique("storeId", deliveries.iter().map(|(store, _)| *store))?;
        let deliveries: Vec<Value> = deliveries.into_iter().map(|(_, delivery)| delivery).collect();
        let mut line = Document::new();
        copy(row, &["taxRate", "cost"], &mut line);
        default(&mut line, "taxRate", goods.tax_rate);
        default(&mut line, "cost", goods.cost);
        line.insert("storageInfoProductId".into(), line_id(order, place));
        line.insert("productId".into(), json!(goods.id.to_string()));
        line.insert("taxDivision".into(), json!(goods.tax_division));
        line.insert("quantity".into(), json!(sum.to_string()));
        line.insert("deliveryStore".into(), Value::Array(deliveries));
        clerk.stamp(&mut line);
        lines.push(line);
    }
    check_unique("productId", lines.iter().map(|line| id(line, "productId")))?;
    Ok(lines.into_iter().map(Value::Object).collect())
}

fn stores(clerk: &Clerk<'_>, order: Id, body: &Document) -> Result<Value, Problem> {
    let mut lines = Vec::new();
    for (place, row) in sent_some(body, "stores", clerk.settings().max_rows)?.into_iter().enumerate() {
        let store = clerk.must_exist("stores", "storageStoreId", &required(row, "storageStoreId")?)?;
        let mut line = Document::new();
        copy(row, &["storageExpectedDateFrom", "storageExpectedDateTo"], &mut line);
        // Both are today by default in the older API's field list.
        default(&mut line, "storageExpectedDateFrom", clerk.today());
        let from = line["storageExpectedDateFrom"].clone();
        default(&mut line, "storageExpectedDateTo", from);
        check_period(&line, "storageExpectedDateFrom", "storageExpectedDateTo")?;
        line.insert("storageInfoDeliveryId".into(), line_id(order, place));
        line.insert("storageStoreId".into(), json!(store.to_string()));
        clerk.stamp(&mut line);
        lines.push(line);
    }
    check_unique("storageStoreId", lines.iter().map(|line| id(line, "storageStoreId")))?;
    Ok(lines.into_iter().map(Value::Object).collect())
}

/// The stores of the products have to be those of the order (platform-pos.md §9).
fn check_stores(clerk: &Clerk<'_>, order: &Document) -> Result<(), Problem> {
    let wanted: BTreeSet<Id> = rows_of(order, "stores").iter().map(|row| id(row, "storageStoreId")).collect();
    let of_line = |line: &Document| -> BTreeSet<Id> {
        rows_of(line, "deliveryStore").iter().map(|row| id(row, "storeId")).collect()
    };
    let lines = rows_of(order, "products");
    let fits = match clerk.settings().delivery_stores_per_product {
        true => lines.iter().all(|line| of_line(line) == wanted),
        false => lines.iter().flat_map(of_line).collect::<BTreeSet<Id>>() == wanted,
    };
    if fits {
        return Ok(());
    }
    Err(Problem::field("deliveryStore", "storesで指定した店舗と一致していません。"))
}

/// Makes or renews the 入荷 of an order; a 仮発注 has none.
fn expect_goods(clerk: &mut Clerk<'_>, order_id: Id) -> Result<(), Problem> {
    let order = clerk.read(PURCHASE_ORDERS, order_id)?;
    if text(&order, "status").is_none_or(|status| status != ORDERED) {
        return Ok(());
    }
    let mut expected: BTreeMap<Id, Vec<(Document, i64)>> = BTreeMap::new();
    for line in rows_of(&order, "products") {
        for delivery in rows_of(&line, "deliveryStore").iter().filter(|row| number(row, "quantity") != 0) {
            let pieces = number(delivery, "quantity");
            expected.entry(id(delivery, "storeId")).or_default().push((line.clone(), pieces));
        }
    }
    let stores = rows_of(&order, "stores");
    let known = stores.iter().filter_map(|store| Some((store, expected.remove(&id(store, "storageStoreId"))?)));
    storage::expect(clerk, order_id, &order, known)
}

/// An order is as far as its 入荷 are.
pub(super) fn follow(clerk: &mut Clerk<'_>, order_id: Id) -> Result<(), Problem> {
    let Ok(order) = clerk.read(PURCHASE_ORDERS, order_id) else { return Ok(()) };
    let progress = storage::progress_of_order(clerk, order_id)?;
    let status = match (progress.all_complete, progress.any_begun) {
        (true, _) => RECEIVED,
        (false, true) => INSPECTING,
        (false, false) => ORDERED,
    };
    if text(&order, "status").is_some_and(|now| now != status) {
        let members = Document::from_iter([("status".to_owned(), json!(status))]);
        clerk.change(PURCHASE_ORDERS, order_id, &members)?;
        clerk.tell(EVENT, "edited", order_id);
    }
    Ok(())
}
