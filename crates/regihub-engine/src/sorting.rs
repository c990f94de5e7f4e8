//! Which jobs a raw notification asks for. It says only that something may have changed; what it is now is read later.

use crate::kinds;
use regihub_storage::{Owner, Verdict, Wanted};
use smaregi::notification::{self, Subject};

/// What a notification of `owner` asks for. Pure, and cheap enough to be done before the sender is answered.
pub fn sort(owner: Owner, event: &str, body: &[u8]) -> Verdict {
    match owner {
        Owner::Connection(_) => from_smaregi(event, body),
        Owner::Shop(_) => from_shop(event),
        Owner::Link(_) | Owner::Node => Verdict::Ignored("nobody sends to this owner".into()),
    }
}

fn from_smaregi(event: &str, body: &[u8]) -> Verdict {
    let notification = match notification::parse(body) {
        Ok(notification) => notification,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    match notification.subject {
        Subject::Transactions(ids) => jobs(kinds::SALE, ids),
        Subject::Stock(ids) => jobs(kinds::STOCK, ids.into_iter().map(|id| id.product_id).collect()),
        Subject::Products(ids) if event == "pos:products" => jobs(kinds::PRODUCT, ids),
        _ => Verdict::Ignored(format!("nothing to do for {event} {}", notification.action)),
    }
}

fn from_shop(event: &str) -> Verdict {
    match event {
        "order" => jobs(kinds::ORDERS, vec!["feed".into()]),
        "product" => jobs(kinds::LISTINGS, vec!["list".into()]),
        event => Verdict::Ignored(format!("nothing to do for {event}")),
    }
}

fn jobs(kind: &'static str, keys: Vec<String>) -> Verdict {
    let priority = kinds::priority(kind);
    Verdict::Jobs(keys.into_iter().map(|key| Wanted { kind, key, priority }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use regihub_domain::{ConnectionId, ShopId};

    const SMAREGI: Owner = Owner::Connection(ConnectionId(1));

    #[test]
    fn every_id_of_a_notification_is_looked_at() {
        let body = br#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[
            {"id":"1","productId":"8000001","storeId":"1"},{"id":"2","productId":"8000002","storeId":"1"}]}"#;
        let Verdict::Jobs(wanted) = sort(SMAREGI, "pos:stock", body) else { panic!("it is of use") };
        let keys: Vec<_> = wanted.iter().map(|wanted| (wanted.kind, wanted.key.as_str())).collect();
        assert_eq!(keys, [(kinds::STOCK, "8000001"), (kinds::STOCK, "8000002")]);
    }

    #[test]
    fn what_is_of_no_use_is_kept_with_the_reason() {
        let coupons = br#"{"contractId":"sb_demo01","event":"pos:coupons","action":"created","couponIds":["1"]}"#;
        assert_eq!(
            sort(SMAREGI, "pos:coupons", coupons),
            Verdict::Ignored("nothing to do for pos:coupons created".into())
        );
        assert!(matches!(sort(Owner::Shop(ShopId(1)), "dance", b"{}"), Verdict::Ignored(_)));
        assert!(matches!(sort(SMAREGI, "pos:stock", b"[]"), Verdict::Unreadable(_)));
    }
}
