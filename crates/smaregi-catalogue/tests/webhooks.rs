//! The webhook bodies of the reference pass; changed ones do not.

use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, Rule};

fn check(body: Value) -> Vec<(String, Rule)> {
    let problems = Catalogue::bundled().check_webhook_body(&body);
    problems.into_iter().map(|problem| (problem.field, problem.rule)).collect()
}

fn only(field: &str, rule: Rule) -> Vec<(String, Rule)> {
    vec![(field.to_owned(), rule)]
}

#[test]
fn the_examples_of_the_reference_pass() {
    // platform-common.md §14, §15.2, §16.2, §16.4
    for body in [
        json!({"contractId":"sb_demo01","event":"pos:transactions","action":"created","transactionHeadIds":["25"]}),
        json!({"contractId":"sb_demo01","event":"pos:categories","action":"created","categoryIds":["8000002"]}),
        json!({"contractId":"sb_demo01","event":"pos:adjustments","action":"executed",
            "ids":[{"storeId":"1","terminalId":"5","adjustmentDateTime":"2022-10-26T15:22:35+09:00"}],
            "cashAdjustment":true}),
        json!({"contractId":"sb_demo01","event":"pos:stock","action":"edited",
            "ids":[{"id":"901","productId":"8000001","storeId":"1"}]}),
        json!({"contractId":"sb_demo01","event":"order-shipment:orders","action":"shipped",
            "storeId":"1","orderHeadIds":["111","222"]}),
        json!({"contractId":"sb_demo01","event":"AppSubscription","action":"start","date":"2025-04-01",
            "clientId":"0123456789abcdef0123456789abcdef",
            "plan":{"trial_days":15,"price":3000,"unit_price":1000,"quantity":3,"name":"標準"},
            "options":[{"price":500,"unit_price":500,"quantity":1,"name":"追加"}]}),
        json!({"contractId":"sb_demo01","event":"AppSubscription","action":"end"}),
    ] {
        assert_eq!(check(body.clone()), [], "{body}");
    }
}

#[test]
fn every_event_with_the_members_the_catalogue_lists_passes() {
    let catalogue = Catalogue::bundled();
    for webhook in catalogue.webhooks() {
        let names: Vec<&str> = webhook.body.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(&names[..3], ["contractId", "event", "action"], "{}", webhook.event);
        let ids = webhook.ids_key.as_deref().expect("ids");
        assert!(names.contains(&ids), "{}", webhook.event);
    }
}

#[test]
fn a_wrong_body_is_told_what_is_wrong() {
    let body = |change: Value| {
        let mut body =
            json!({"contractId":"sb_demo01","event":"pos:products","action":"edited","productIds":["8000001"]});
        body.as_object_mut().expect("object").extend(change.as_object().expect("object").clone());
        check(body)
    };
    assert_eq!(body(json!({})), []);
    assert_eq!(body(json!({"action": "updated"})), only("action", Rule::Enum), "POS says edited");
    assert_eq!(body(json!({"event": "pos:orders"})), only("event", Rule::Enum), "an invented event");
    assert_eq!(body(json!({"productIds": [8000001]})), only("productIds[0]", Rule::Type), "ids are strings");
    assert_eq!(body(json!({"productIds": null})), only("productIds", Rule::Required));
    assert_eq!(body(json!({"contactId": "x"})), only("contactId", Rule::UnknownField), "a typo of an old page");
    assert_eq!(body(json!({"contractId": 1})), only("contractId", Rule::Type));
}

#[test]
fn stock_ids_are_objects_and_not_plain_ids() {
    let stock = |ids: Value| check(json!({"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":ids}));
    assert_eq!(stock(json!(["901"])), only("ids[0]", Rule::Type));
    assert_eq!(stock(json!([{"id":"901","productId":"8000001"}])), only("ids[0].storeId", Rule::Required));
}

#[test]
fn what_is_no_webhook_at_all_is_refused_in_one_line() {
    assert_eq!(check(json!([])), only("", Rule::Type));
    assert_eq!(check(json!({})), only("event", Rule::Required));
    assert_eq!(check(json!({"event": 5})), only("event", Rule::Required));
}
