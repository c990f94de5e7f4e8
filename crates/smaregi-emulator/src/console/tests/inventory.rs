//! Stocktaking, and documents of goods on their way.

use super::{Person, SHIRT, busy};

#[tokio::test(start_paused = true)]
async fn a_store_is_counted_and_its_stock_becomes_the_count() {
    let person = Person::new();
    person.do_it("/console/stocktaking/begin", "store=1&date=2026-11-21").says("棚卸を始めました");
    person.do_it("/console/stocktaking/1/count", "count-8000001=3&count-8000002=").says("value=\"3\"");
    person.do_it("/console/stocktaking/1/adjust", "").says("調整中");
    let other = person.level(8_000_002, 1);
    let page = person.do_it("/console/stocktaking/1/complete", "");
    page.says("棚卸を完了しました");
    page.lacks("はい、完了します");
    assert_eq!((person.level(SHIRT, 1), person.level(8_000_002, 1)), (3, other), "what was not counted stays");
    person.get("/console/stocktaking?lang=en").says(">done<");
    for (path, form) in [
        ("/console/stocktaking/1/complete", ""),
        ("/console/stocktaking/1/count", "count-8000001=1"),
        ("/console/stocktaking/begin", "store=99&date=2026-11-21"),
        ("/console/stocktaking/begin", "store=1&date=today"),
        ("/console/stocktaking/begin", "store=1&date=2026-11-21&category=77"),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
    assert_eq!(person.post("/console/stocktaking/9/burn", "").status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_stocktaking_that_is_not_wanted_is_deleted() {
    let person = Person::new();
    person.post("/console/stocktaking/begin", "store=1&date=2026-11-21");
    let refused = person.post("/console/stocktaking/1/count", "count-8000001=many");
    assert_eq!(refused.status, 422);
    refused.says("value=\"many\"");
    person.do_it("/console/stocktaking/1/delete", "").says("まだ棚卸がありません");
}

#[tokio::test(start_paused = true)]
async fn documents_show_their_way_and_their_goods() {
    let person = busy();
    person.get("/console/documents?kind=shipping").says("href=\"/console/documents/shipping/1\"");
    person.get("/console/documents/shipping/1").says("2026-11-20");
    person.get("/console/documents/shipping/1").says("<td data-label=\"数量\" class=\"num\">4</td>");
    person.get("/console/documents?kind=losses").says("この種類の伝票はまだありません");
    for path in ["/console/documents/shipping/9", "/console/documents/orders/1", "/console/documents/shipping/x"] {
        assert_eq!(person.get(path).status, 404, "{path}");
    }
    assert_eq!(person.post("/console/documents/shipping/1", "").status, 404);
}
