//! Data that contradicts itself is found, and the fault says what and where.

use serde_json::{Value, json};
use smaregi_catalogue::{Catalogue, FaultKind, Sources};

/// A small sound POS file, changed by the test.
fn pos(change: impl FnOnce(&mut Value)) -> String {
    let mut file = json!({
        "meta": {},
        "enums": {"yesNo": {"values": {"0": "no", "1": "yes"}, "confidence": "official"}},
        "schemas": {
            "Thing": {"thingId": {"type": "string"}, "flag": {"type": "string", "enum_ref": "yesNo"}},
            "BigThing": {"$extends": "Thing", "parts": {"type": "array", "$ref": "Thing"}}
        },
        "endpoints": [{
            "resource": "things", "method": "POST", "path": "/things/{thing_id}", "title_ja": "物登録",
            "summary": "A thing.", "scope": "pos.products:write", "path_params": ["thing_id"],
            "query": [{"name": "day-from", "type": "string", "format": "date"},
                      {"name": "day-to", "type": "string", "format": "date"}],
            "request": {"$ref": "Thing"}, "response": {"type": "object", "$ref": "BigThing"},
            "success_status": 200, "webhook": "pos:things:created", "plans": null, "confidence": "official"
        }],
        "webhooks": [{"event": "pos:things", "actions": ["created"], "ids_key": "thingIds",
                      "ids_shape": "array of string", "confidence": "official"}]
    });
    change(&mut file);
    file.to_string()
}

fn with_pos(pos: &str) -> Result<Catalogue, smaregi_catalogue::CatalogueError> {
    let orders = json!({"meta": {}, "schemas": {}, "endpoints": []}).to_string();
    Catalogue::parse(&Sources { pos, orders: &orders, ..Sources::bundled() })
}

fn faults(change: impl FnOnce(&mut Value)) -> Vec<(FaultKind, String, String)> {
    let catalogue = with_pos(&pos(change)).expect("readable");
    catalogue.check().into_iter().map(|fault| (fault.kind, fault.place, fault.detail)).collect()
}

fn one(kind: FaultKind, place: &str, detail: &str) -> Vec<(FaultKind, String, String)> {
    vec![(kind, place.to_owned(), detail.to_owned())]
}

#[test]
fn the_small_file_itself_is_sound() {
    assert_eq!(faults(|_| {}), []);
}

#[test]
fn a_reference_to_a_schema_nobody_wrote_is_named() {
    let found = faults(|file| file["endpoints"][0]["request"] = json!({"$ref": "Thin"}));
    assert_eq!(found, one(FaultKind::MissingSchema, "POST /things/{thing_id} request", "Thin"));
    let found = faults(|file| file["schemas"]["BigThing"]["parts"]["$ref"] = json!("Gone"));
    assert_eq!(found, one(FaultKind::MissingSchema, "BigThing.parts[]", "Gone"));
}

#[test]
fn a_base_that_is_missing_or_comes_round_to_itself_is_named() {
    let found = faults(|file| file["schemas"]["BigThing"]["$extends"] = json!("Gone"));
    assert_eq!(found, one(FaultKind::MissingBase, "BigThing", "Gone"));
    let found = faults(|file| file["schemas"]["Thing"]["$extends"] = json!("BigThing"));
    assert!(found.iter().any(|(kind, ..)| *kind == FaultKind::MissingBase), "{found:?}");
}

#[test]
fn two_endpoints_that_differ_only_in_the_parameters_name_are_doubles() {
    let found = faults(|file| {
        let mut twin = file["endpoints"][0].clone();
        twin["path"] = json!("/things/{id}");
        twin["path_params"] = json!(["id"]);
        file["endpoints"].as_array_mut().expect("list").push(twin);
    });
    assert_eq!(found, one(FaultKind::DuplicateEndpoint, "pos", "POST /things/{id}"));
}

#[test]
fn a_field_listed_twice_is_named_although_json_would_swallow_it() {
    let text = pos(|_| {}).replace(r#""thingId":{"#, r#""flag":{"type":"string"},"thingId":{"#);
    let found = with_pos(&text).expect("readable").check();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].detail.as_str()), (FaultKind::DuplicateField, "flag"));
}

#[test]
fn names_that_nobody_defined_are_faults() {
    let found = faults(|file| file["endpoints"][0]["scope"] = json!("pos.shipping:write"));
    assert_eq!(found[0].0, FaultKind::UnknownScope);
    let found = faults(|file| file["endpoints"][0]["webhook"] = json!("pos:stuff:created"));
    assert_eq!(found[0].0, FaultKind::MissingWebhook);
    let found = faults(|file| file["endpoints"][0]["webhook"] = json!("pos:things:updated"));
    assert_eq!(found[0].0, FaultKind::MissingAction);
    let found = faults(|file| file["schemas"]["Thing"]["flag"]["enum_ref"] = json!("maybe"));
    assert_eq!(found, one(FaultKind::MissingEnum, "Thing.flag", "maybe"));
    let found = faults(|file| file["endpoints"][0]["at_least_one_of"] = json!(["month-from"]));
    assert_eq!(found[0].0, FaultKind::MissingParameter);
}

#[test]
fn rules_that_contradict_themselves_are_faults() {
    let flag = |field: Value| move |file: &mut Value| file["schemas"]["Thing"]["flag"] = field;
    let kinds =
        |field| faults(flag(field)).into_iter().map(|(kind, ..)| kind).collect::<std::collections::BTreeSet<_>>();
    let only = |kind| std::collections::BTreeSet::from([kind]);
    assert_eq!(kinds(json!({"type": "string", "enum": ["0", "0"]})), only(FaultKind::DuplicateValue));
    assert_eq!(kinds(json!({"type": "string", "enum": ["0"], "default": "1"})), only(FaultKind::Contradiction));
    assert_eq!(kinds(json!({"type": "string", "min": 2, "max": 1})), only(FaultKind::Contradiction));
    assert_eq!(kinds(json!({"type": "strin"})), only(FaultKind::UnknownType));
    assert_eq!(kinds(json!({"type": "string", "pattern": "^[z-a]$"})), only(FaultKind::Pattern));
}

#[test]
fn paths_methods_and_windows_are_looked_at() {
    let found = faults(|file| file["endpoints"][0]["path_params"] = json!(["id"]));
    assert_eq!(found[0].0, FaultKind::PathParams);
    let found = faults(|file| file["endpoints"][0]["method"] = json!("FETCH"));
    assert_eq!(found[0].0, FaultKind::Method);
    let found = faults(|file| file["endpoints"][0]["query"][1]["name"] = json!("day-until"));
    assert_eq!(found[0].0, FaultKind::LoneBound);
    let found = faults(|file| file["webhooks"][0]["ids_shape"] = json!("some ids"));
    assert_eq!(found[0].0, FaultKind::IdsShape);
}

#[test]
fn a_misspelled_key_is_an_error_with_file_and_path() {
    let text = pos(|file| file["endpoints"][0]["query"][0]["requird"] = json!(true));
    let error = with_pos(&text).expect_err("misspelled");
    assert_eq!(error.file, "platform-pos.json");
    assert!(error.path.starts_with("endpoints[0].query[0]"), "{error}");
    assert!(error.reason.contains("requird"), "{error}");
}

#[test]
fn a_file_that_is_cut_off_is_an_error_and_not_a_crash() {
    let text = pos(|_| {});
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)).step_by(7) {
        assert!(with_pos(&text[..end]).is_err());
    }
}
