//! At the counter: goods put aside, sales parked, tills adjusted, days closed.

use super::{CONTRACT, Person, SHIRT};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn goods_are_laid_away_and_picked_up() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let form = "store=1&pieces-8000001=2&part=1000&pick_up_on=2026-11-30&customer=3";
    person.do_it("/console/tills/lay-away", form).says("取り置きました");
    assert_eq!(person.level(SHIRT, 1), before - 2);
    let page = person.get("/console/aside");
    page.says("1,000円");
    page.says("2026-11-30");
    person.do_it("/console/aside/pick-up", "layaway=1").says("href=\"/console/sales/2\"");
    let sale = person.emulator.sale(CONTRACT, 2).unwrap();
    assert_eq!((&sale["total"], &sale["customerId"]), (&json!("5960"), &json!("3")));
    assert_eq!((&sale["depositCash"], &sale["details"][0]["quantity"]), (&json!("4960"), &json!("2")));
    assert_eq!(person.level(SHIRT, 1), before - 2, "the sale takes what lay aside");
    person.get("/console/aside").says("引取を待つ取置きはありません");
    assert_eq!(person.post("/console/aside/pick-up", "layaway=1").status, 422);
}

#[tokio::test(start_paused = true)]
async fn a_layaway_is_given_up() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    person.post("/console/tills/lay-away", "store=1&pieces-8000001=1");
    person.do_it("/console/aside/dispose", "layaway=1").says("取置き 1 を打ち消しました");
    assert_eq!(person.level(SHIRT, 1), before);
    for (path, form, status) in [
        ("/console/aside/dispose", "layaway=1", 422),
        ("/console/aside/dispose", "layaway=x", 422),
        ("/console/aside/pick-up", "layaway=9", 404),
        ("/console/aside/settle", "parked=9", 404),
        ("/console/tills/lay-away", "store=1&pieces-8000001=1&part=x", 422),
        ("/console/tills/lay-away", "store=1&pieces-8000001=1&part=-1", 422),
        ("/console/tills/lay-away", "store=1&pieces-8000001=1&pick_up_on=soon", 422),
        ("/console/tills/lay-away", "store=1&pieces-8000001=1&return=1", 422),
        ("/console/tills/park", "store=1", 422),
    ] {
        assert_eq!(person.post(path, form).status, status, "{path} {form}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_parked_and_rung_up_later() {
    let person = Person::new();
    let before = person.level(SHIRT, 1);
    let form = "store=1&pieces-8000001=1&discount=80&parked_as=%E8%A6%8B%E6%9C%AC";
    person.do_it("/console/tills/park", form).says("仮販売にしました");
    person.get("/console/aside").says("見本");
    assert_eq!(person.level(SHIRT, 1), before, "nothing is sold yet");
    person.do_it("/console/aside/settle", "parked=1").says("会計しました");
    assert_eq!(person.emulator.sale(CONTRACT, 1).unwrap()["total"], "2900");
    assert_eq!(person.level(SHIRT, 1), before - 1);
    person.get("/console/aside").says("会計を待つ仮販売はありません");
}

#[tokio::test(start_paused = true)]
async fn a_till_is_adjusted_and_the_day_closed() {
    let person = Person::new();
    person.get("/console/closing?store=1").says("この店舗は自動で締めます");
    let manual =
        json!({ "stores": [{ "storeId": "1", "storeName": "本店", "division": "1", "sumProcDivision": "0" }] });
    person.emulator.load_dataset(CONTRACT, &manual).unwrap();
    person.post("/console/tills/sell", "store=1&terminal=1&pieces-8000001=1");
    person.get("/console/closing?store=1").says("精算していない取引: 1件");
    let page = person.do_it("/console/closing/adjust", "store=1&terminal=1&thousandYen=2&hundredYen=9");
    page.says("精算しました");
    page.says("−80");
    page.says("締めを待つ取引: 1件");
    person.do_it("/console/closing/close", "store=1&date=2026-11-21").says("2026-11-21 を締めました（取引1件）");
    assert_eq!(person.emulator.sale(CONTRACT, 1).unwrap()["sumDate"], "2026-11-21");
    for (path, form) in [
        ("/console/closing/close", "store=1&date=2027-01-01"),
        ("/console/closing/close", "store=2&date=2026-11-21"),
        ("/console/closing/adjust", "store=1&terminal=99"),
        ("/console/closing/adjust", "store=1&terminal=1&tenYen=many"),
        ("/console/closing/adjust", "store=1&terminal=1&tenYen=-1"),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
}
