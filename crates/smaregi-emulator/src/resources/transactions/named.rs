//! Rows that a transaction names besides its goods.

use crate::{
    problem::Problem,
    resources::maker::text_of,
    state::{CUSTOMERS, STORES, Shop},
};
use serde_json::{Map, Value};

/// Members of the head and the sections their 客層 belong to (legacy field list: unknown → error).
const GROUPS: [(&str, &str); 5] = [
    ("customerGroupId", "1"),
    ("customerGroupId2", "2"),
    ("customerGroupId3", "3"),
    ("customerGroupId4", "4"),
    ("customerGroupId5", "5"),
];

/// Refuses a head that names what does not exist, or a receipt number that was used before: 400 with the member's name.
pub(super) fn check_all(shop: &Shop, body: &Map<String, Value>) -> Result<(), Problem> {
    let stores = shop.table(STORES);
    let store = sent(body, "storeId").and_then(|id| stores.get(stores.find(&[id])?));
    let store = store.ok_or_else(|| Problem::unknown_reference("storeId"))?;
    if store.text(&stores.columns, "pauseFlag").as_deref() == Some("1") {
        return Err(Problem::field("storeId", "休止中の店舗です。"));
    }
    check_named(shop, body)?;
    let customers = shop.table(CUSTOMERS);
    if let Some(customer) = sent(body, "customerId") {
        let row = customers.find(&[customer]).and_then(|id| customers.get(id));
        let row = row.ok_or_else(|| Problem::unknown_reference("customerId"))?;
        let code = row.text(&customers.columns, "customerCode");
        if sent(body, "customerCode").is_some_and(|claimed| code.as_deref() != Some(&claimed)) {
            return Err(Problem::field("customerCode", "会員IDと会員コードが一致しません。"));
        }
    }
    if sent(body, "transactionUuid").is_some_and(|uuid| shop.sales.has_receipt(&uuid)) {
        return Err(Problem::field("transactionUuid", "既に使用されています。"));
    }
    Ok(())
}

/// Null and the empty text name nothing.
fn sent(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).filter(|value| !value.is_null()).map(text_of).filter(|text| !text.is_empty())
}

/// Refuses a staff member, visitor group or payment method that does not exist: 400 with the member's name. A terminal may be invented
/// (platform-pos.md §2.8), and lines keep what the till says of bundles and rates.
pub(crate) fn check_named(shop: &Shop, body: &Map<String, Value>) -> Result<(), Problem> {
    let exists = |table: &str, key: &str| shop.table(table).find(&[key]);
    if sent(body, "staffId").is_some_and(|id| exists("staffs", &id).is_none()) {
        return Err(Problem::unknown_reference("staffId"));
    }
    let groups = shop.table("customerGroups");
    for (name, section) in GROUPS {
        let Some(group) = sent(body, name) else { continue };
        let row = exists("customerGroups", &group).and_then(|id| groups.get(id));
        let its_section = row.and_then(|row| row.text(&groups.columns, "customerGroupSectionId"));
        if its_section.as_deref() != Some(section) {
            return Err(Problem::unknown_reference(name));
        }
    }
    let others = body.get("depositOthers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let mut methods = others.filter_map(|other| sent(other, "paymentMethodId"));
    match methods.find(|id| exists("paymentMethods", id).is_none()) {
        Some(_) => Err(Problem::unknown_reference("paymentMethodId")),
        None => Ok(()),
    }
}
