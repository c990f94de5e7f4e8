//! Members (会員) of the chain.

use super::shops::Store;
use regihub_ports::Dice;
use serde_json::{Value, json};

#[rustfmt::skip]
const FAMILY_NAMES: [(&str, &str); 8] = [
    ("青木", "アオキ"), ("石田", "イシダ"), ("上野", "ウエノ"), ("小川", "オガワ"),
    ("川口", "カワグチ"), ("中野", "ナカノ"), ("松井", "マツイ"), ("森田", "モリタ"),
];
/// Given name, kana, `sex` (1 male, 2 female).
#[rustfmt::skip]
const GIVEN_NAMES: [(&str, &str, &str); 6] = [
    ("葵", "アオイ", "2"), ("健", "ケン", "1"), ("さくら", "サクラ", "2"),
    ("拓也", "タクヤ", "1"), ("美咲", "ミサキ", "2"), ("涼", "リョウ", "1"),
];

/// A member who joined in one of these stores. `number` counts from 1.
pub(super) fn member(number: usize, stores: &[Store], dice: &Dice) -> Value {
    let store = &stores[dice.below(stores.len() as u64) as usize];
    let (last, last_kana) = FAMILY_NAMES[dice.below(8) as usize];
    let (first, first_kana, sex) = GIVEN_NAMES[dice.below(6) as usize];
    json!({
        "customerId": number.to_string(),
        "customerCode": format!("29{number:08}"),
        "customerNo": number.to_string(),
        "lastName": last,
        "firstName": first,
        "lastKana": last_kana,
        "firstKana": first_kana,
        "postCode": store.post_code,
        "address": store.address,
        "phoneNumber": null,
        "mobileNumber": format!("090-0000-{number:04}"),
        "mailAddress": format!("member{number:02}@example.com"),
        "sex": sex,
        "birthDate": format!("{}-{:02}-{:02}", 1955 + dice.below(50), 1 + dice.below(12), 1 + dice.below(28)),
        "entryDate": format!("2025-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
        "mailReceiveFlag": if dice.chance(60) { "1" } else { "0" },
        "status": "0",
        "storeId": store.id.to_string(),
    })
}
