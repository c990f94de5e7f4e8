//! Webhooks: what Smaregi tells without being asked (platform-common §15 and §16).
//!
//! A notification names only ids; the data has to be read through the API. It may come twice, in any order, or not at all.

use serde_json::{Map, Value};

/// Header with the contract id. Match header names without regard to case.
pub const HEADER_CONTRACT_ID: &str = "smaregi-contract-id";
/// Header with the event, for example `pos:transactions`.
pub const HEADER_EVENT: &str = "smaregi-event";
/// Header with a UUID per event; seen on real deliveries but not promised, so it may be missing.
pub const HEADER_EVENT_ID: &str = "smaregi-event-id";

/// One notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    pub contract_id: String,
    /// For example `pos:transactions`.
    pub event: String,
    /// For example `created`, `edited`, `bulk-update`; empty when none was given. New ones appear without notice.
    pub action: String,
    pub subject: Subject,
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// `pos:transactions`. Of a return cancellation (返品取消) this is the counter-entry, not the original.
    Transactions(Vec<String>),
    /// `pos:temporary-transactions` (仮販売)
    TemporaryTransactions(Vec<String>),
    /// `pos:stock`
    Stock(Vec<StockId>),
    /// `pos:products`
    Products(Vec<String>),
    /// `pos:product-images`, by product id
    ProductImages(Vec<String>),
    /// `pos:categories`
    Categories(Vec<String>),
    /// `pos:category-groups`
    CategoryGroups(Vec<String>),
    /// `pos:customers`
    Customers(Vec<String>),
    /// `pos:customer-groups`
    CustomerGroups(Vec<String>),
    /// `pos:stores` (the event's name is not confirmed)
    Stores(Vec<String>),
    /// `pos:terminals`
    Terminals(Vec<String>),
    /// `order-shipment:orders` (受注)
    Orders { store_id: Option<String>, order_head_ids: Vec<String> },
    /// Any other event, or a known one in a form this version does not know: all members but the three common ones.
    Other(Map<String, Value>),
}

/// One stock movement of `pos:stock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StockId {
    /// 在庫変動履歴ID: the id a write of ours got back, which is how an echo is recognised.
    pub id: String,
    pub product_id: String,
    pub store_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("the body is not a JSON object")]
    NotAnObject,
    #[error("the member `{0}` is missing, empty or not a text")]
    Missing(&'static str),
}

/// Reads the body of a notification. The caller bounds its size.
pub fn parse(body: &[u8]) -> Result<Notification, NotificationError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| NotificationError::NotJson(e.to_string()))?;
    let Value::Object(mut members) = value else { return Err(NotificationError::NotAnObject) };
    // An old page of the documentation spells the member `contactId` (platform-common §15.2).
    let contract_id = take_text(&mut members, "contractId")
        .or_else(|| take_text(&mut members, "contactId"))
        .ok_or(NotificationError::Missing("contractId"))?;
    let event = take_text(&mut members, "event").ok_or(NotificationError::Missing("event"))?;
    let action = take_text(&mut members, "action").unwrap_or_default();
    let subject = subject(&event, &members).unwrap_or(Subject::Other(members));
    Ok(Notification { contract_id, event, action, subject })
}

fn subject(event: &str, members: &Map<String, Value>) -> Option<Subject> {
    let ids = |name| texts(members, name);
    Some(match event {
        "pos:transactions" => Subject::Transactions(ids("transactionHeadIds")?),
        "pos:temporary-transactions" => Subject::TemporaryTransactions(ids("temporaryTransactionIds")?),
        "pos:stock" => Subject::Stock(stock_ids(members)?),
        "pos:products" => Subject::Products(ids("productIds")?),
        "pos:product-images" => Subject::ProductImages(ids("productIds")?),
        "pos:categories" => Subject::Categories(ids("categoryIds")?),
        "pos:category-groups" => Subject::CategoryGroups(ids("categoryGroupIds")?),
        "pos:customers" => Subject::Customers(ids("customerIds")?),
        "pos:customer-groups" => Subject::CustomerGroups(ids("customerGroupIds")?),
        "pos:stores" => Subject::Stores(ids("storeIds")?),
        "pos:terminals" => Subject::Terminals(ids("terminalIds")?),
        "order-shipment:orders" => {
            Subject::Orders { store_id: members.get("storeId").and_then(text), order_head_ids: ids("orderHeadIds")? }
        }
        _ => return None,
    })
}

fn stock_ids(members: &Map<String, Value>) -> Option<Vec<StockId>> {
    let rows = members.get("ids")?.as_array()?;
    rows.iter()
        .map(|row| {
            let member = |name| text(row.get(name)?);
            Some(StockId { id: member("id")?, product_id: member("productId")?, store_id: member("storeId")? })
        })
        .collect()
}

/// All ids of an array, or `None` when one of them cannot be read: half a list would hide the other half.
fn texts(members: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    members.get(name)?.as_array()?.iter().map(text).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn take_text(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    let found = text(members.get(name)?)?;
    // `preserve_order` maps: a plain remove would swap the last member into the gap.
    members.shift_remove(name);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: Value) -> Notification {
        parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_deliveries_seen_in_the_wild_are_read() {
        // platform-common §15.2, captures with ids replaced.
        let sale =
            br#"{"contractId":"sb_demo01","event":"pos:transactions","action":"created","transactionHeadIds":["25"]}"#;
        let sale = parse(sale).unwrap();
        assert_eq!((sale.contract_id.as_str(), sale.action.as_str()), ("sb_demo01", "created"));
        assert_eq!(sale.subject, Subject::Transactions(vec!["25".to_owned()]));
        let category =
            br#"{"contractId":"sb_demo01","event":"pos:categories","action":"created","categoryIds":["8000002"]}"#;
        assert_eq!(parse(category).unwrap().subject, Subject::Categories(vec!["8000002".to_owned()]));
    }

    #[test]
    fn a_stock_notification_names_history_product_and_store() {
        let stock = br#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[{"id":"901","productId":8000001,"storeId":"0"}]}"#;
        let id = StockId { id: "901".to_owned(), product_id: "8000001".to_owned(), store_id: "0".to_owned() };
        assert_eq!(parse(stock).unwrap().subject, Subject::Stock(vec![id]));
    }

    #[test]
    fn a_shipped_order_names_its_store() {
        let order = read(
            json!({"contractId":"sb_demo01","event":"order-shipment:orders","action":"shipped","storeId":"1","orderHeadIds":["111","222"]}),
        );
        let expected = Subject::Orders {
            store_id: Some("1".to_owned()),
            order_head_ids: vec!["111".to_owned(), "222".to_owned()],
        };
        assert_eq!(order.subject, expected);
    }

    #[test]
    fn thousands_of_ids_after_a_csv_import_all_arrive() {
        let ids: Vec<u32> = (0..10_000).collect();
        let news = read(json!({"contractId":"c","event":"pos:products","action":"bulk-update","productIds":ids}));
        let Subject::Products(products) = news.subject else { panic!("{:?}", news.subject) };
        assert_eq!((products.len(), products[9_999].as_str()), (10_000, "9999"));
    }

    #[test]
    fn an_unknown_event_or_action_is_kept() {
        let news = read(json!({"contractId":"c","event":"pos:holograms","action":"beamed","hologramIds":["1"]}));
        assert_eq!(news.event, "pos:holograms");
        assert_eq!(news.action, "beamed");
        let Subject::Other(members) = news.subject else { panic!("{:?}", news.subject) };
        assert_eq!(Value::Object(members), json!({"hologramIds":["1"]}));
    }

    #[test]
    fn a_known_event_in_an_unknown_form_is_kept_whole_instead_of_half() {
        for ids in [json!(null), json!("25"), json!(["25", null]), json!({"a":1})] {
            let news =
                read(json!({"contractId":"c","event":"pos:transactions","action":"created","transactionHeadIds":ids}));
            assert!(matches!(news.subject, Subject::Other(_)), "{:?}", news.subject);
        }
    }

    #[test]
    fn a_body_that_names_no_contract_or_event_is_refused_with_the_reason() {
        assert_eq!(parse(br#"{"event":"pos:stock"}"#), Err(NotificationError::Missing("contractId")));
        assert_eq!(parse(br#"{"contractId":"c","event":""}"#), Err(NotificationError::Missing("event")));
        assert_eq!(parse(b"[]"), Err(NotificationError::NotAnObject));
        assert!(matches!(parse(b"contractId=c"), Err(NotificationError::NotJson(_))));
    }

    #[test]
    fn the_misspelt_contract_of_an_old_page_is_understood() {
        let news = read(json!({"contactId":"c","event":"pos:stock","action":"edited","ids":[]}));
        assert_eq!((news.contract_id.as_str(), news.subject), ("c", Subject::Stock(vec![])));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("(id|productId|storeId|[a-z]{3})", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_parser(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }

        #[test]
        fn no_json_in_any_place_breaks_the_parser(contract in any_json(), action in any_json(), ids in any_json()) {
            for (event, member) in [("pos:stock", "ids"), ("pos:products", "productIds"), ("order-shipment:orders", "orderHeadIds")] {
                let body = json!({"contractId": contract, "event": event, "action": action, member: ids});
                let _ = parse(body.to_string().as_bytes());
            }
        }
    }
}
