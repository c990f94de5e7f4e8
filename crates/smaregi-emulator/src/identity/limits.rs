//! What a user token may not do although its scopes allow it: role and store (platform-common.md §5.4).
//!
//! Which operations look at which store is written on pages nobody could read. Taken here: the stores a call names in its path, query or
//! body, and the store of the row it is about. Lists that name no store show all (our choice).

use super::spec::Membership;
use crate::{
    http::lists::Query,
    problem::Problem,
    state::{Token, World},
};
use serde_json::Value;
use smaregi_catalogue::Endpoint;

/// The person behind the token as a member of the contract. `Ok(None)`: an app token, or an owner, who has no limits.
pub(crate) fn member(world: &World, token: &Token) -> Result<Option<Membership>, Problem> {
    let Some(user) = &token.user else { return Ok(None) };
    let member = world.identities.user(user).and_then(|user| user.membership(&token.contract_id));
    // Somebody who left has no rights.
    let member = member.ok_or_else(Problem::access_denied)?;
    Ok((!member.is_owner).then(|| member.clone()))
}

/// A function set to 閲覧 can be read; writing with the same resource's write scope is an error.
pub(crate) fn check_role(member: &Membership, endpoint: &Endpoint) -> Result<(), Problem> {
    let function = endpoint.scope.as_deref().and_then(|scope| scope.split_once(':'));
    let Some((function, "write")) = function else { return Ok(()) };
    if member.view_only.iter().any(|limited| limited == function || limited == "*") {
        return Err(Problem::forbidden("ユーザーの役割では閲覧のみ可能です。"));
    }
    Ok(())
}

/// Every store the call names has to be one of the person's own.
pub(crate) fn check_stores(
    member: &Membership,
    params: &[(&str, String)],
    query: &Query,
    body: &Value,
) -> Result<(), Problem> {
    if member.stores.is_empty() {
        return Ok(());
    }
    let path = params.iter().filter(|(name, _)| *name == "store_id").map(|(_, value)| value.as_str());
    let named = path.chain(query.get("store_id"));
    named.map(Some).try_for_each(|store| check_store(member, store))?;
    stores_in(body, &mut |store| check_store(member, Some(store)))
}

/// The row a call is about, as the API shows it.
pub(crate) fn check_row(member: &Membership, row: &Value) -> Result<(), Problem> {
    let store = row.get("storeId").filter(|store| !store.is_null()).map(text);
    check_store(member, store.as_deref())
}

fn check_store(member: &Membership, store: Option<&str>) -> Result<(), Problem> {
    let own = |store: &str| store.trim().parse().is_ok_and(|id: u64| member.stores.contains(&id));
    match store {
        // What is no number is refused later, for what it is.
        Some(store) if store.trim().parse::<u64>().is_ok() && !own(store) => {
            Err(Problem::forbidden("ユーザーが所属していない店舗です。"))
        }
        _ => Ok(()),
    }
}

/// All `storeId` members, however deep. The depth is bounded by the JSON reader.
fn stores_in(value: &Value, check: &mut impl FnMut(&str) -> Result<(), Problem>) -> Result<(), Problem> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| stores_in(item, check)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match name.as_str() {
            "storeId" => check(&text(value)),
            _ => stores_in(value, check),
        }),
        _ => Ok(()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_person_works_with_the_own_stores_only() {
        let member = Membership { stores: vec![1, 2], ..Membership::default() };
        let query = |text: &str| Query(crate::http::form::pairs(text));
        let check = |params: &[(&str, String)], text: &str, body: Value| {
            check_stores(&member, params, &query(text), &body).is_ok()
        };
        assert!(check(&[("store_id", "1".into())], "store_id=2", json!([{ "storeId": 1 }, { "storeId": "2" }])));
        assert!(!check(&[("store_id", "3".into())], "", json!(null)));
        assert!(!check(&[], "store_id=3", json!(null)));
        assert!(!check(&[], "", json!({ "stock": [{ "productId": "3", "storeId": 3 }] })));
        assert!(check(&[], "", json!({ "productId": "3", "storeId": "three" })));
        assert!(check_row(&member, &json!({ "storeId": null })).is_ok());
        assert!(check_row(&member, &json!({ "storeId": "3" })).is_err());
    }
}
