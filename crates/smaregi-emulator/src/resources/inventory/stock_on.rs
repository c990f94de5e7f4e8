//! Book stock on a day, for the goods of a 棚卸: what the movements up to then add up to, and what was under way.

use super::{
    Document,
    clerk::{RECEIVING, SHIPPING, STOCKTAKING},
    lines::{id, number, rows_of, text},
    receiving, stocktaking,
};
use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, SortKey},
    },
    problem::Problem,
    resources::rows::{array, list_answer, shop},
    state::{Columns, Id, Packed, Shop, Shown, row_fields},
    time::{self, Days},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// GET `/stocktaking/{stocktaking_info_id}/details/{base_date}`
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let date = call.params.iter().find(|(name, _)| *name == "base_date").and_then(|(_, day)| time::parse_date(day));
    let day = date.ok_or_else(|| Problem::field("base_date", "YYYY-MM-DD形式の日付で指定してください。"))?;
    let (shop, stocktaking) = (shop(call)?, call.id("stocktaking_info_id"));
    let fields = row_fields(call.inner.catalogue, call.endpoint).into_iter().flatten();
    let columns = Columns::new(fields.map(|field| field.name.clone()));
    let heads = shop.table(STOCKTAKING);
    let head = heads.get(stocktaking).map(|row| row.to_map(&heads.columns)).unwrap_or_default();
    let goods = shop.table(stocktaking::PRODUCTS);
    let list = ListQuery::read(call.endpoint, &call.query);
    let key = stocktaking.to_string();
    let rows = goods.with_value("stocktakingInfoId", &key);
    let rows = rows.filter(|(_, row)| list.accepts(|column| row.text(&goods.columns, column)));
    let rows = list
        .arrange(rows, &["productId"], "productId", |(_, row), column| SortKey::of(row.text(&goods.columns, column)));
    let (page, more) = list.cut(rows);
    // Only the rows of the page are computed.
    let store = id(&head, "storeId");
    let transit = in_transit(shop, store, Some(day));
    let figures = |row: &Packed| {
        let row = row.to_map(&goods.columns);
        let product = id(&row, "productId");
        let known = Figures { stock: stock_on(shop, product, store, day), transit: transit.get(&product).copied() };
        Packed::from_map(&columns, &known.row(&row, stocktaking, store))
    };
    let page: Vec<Packed> = page.into_iter().map(|(_, row)| figures(row)).collect();
    let shown: Shown = lists::shown(&columns, &[], &call.query);
    Ok(list_answer(call, &list, array(page.iter(), &columns, &shown), more))
}

struct Figures {
    stock: i64,
    transit: Option<i64>,
}

impl Figures {
    /// Layaways are 0: the stock book does not tell them apart.
    fn row(&self, goods: &Document, stocktaking: Id, store: Id) -> Document {
        let cost: Decimal = text(goods, "cost").and_then(|cost| cost.parse().ok()).unwrap_or_default();
        let money = |pieces: i64| (Decimal::from(pieces) * cost).normalize().to_string();
        let transit = self.transit.unwrap_or(0);
        let texts = [
            ("stocktakingInfoId", stocktaking.to_string()),
            ("storeId", store.to_string()),
            ("stockQuantity", self.stock.to_string()),
            ("stockMoney", money(self.stock)),
            ("transportationQuantity", transit.to_string()),
            ("transportationMoney", money(transit)),
            ("layawayQuantity", "0".into()),
            ("layawayMoney", "0".into()),
        ];
        let own = ["productId", "categoryId"].into_iter().filter_map(|name| Some((name, text(goods, name)?)));
        texts.into_iter().chain(own).map(|(name, text)| (name.to_owned(), text.into())).collect()
    }
}

/// What the movements that took effect up to the end of a day add up to.
fn stock_on(shop: &Shop, product: Id, store: Id, day: Days) -> i64 {
    let history = shop.stock.level(product, store).into_iter().flat_map(|level| &level.history);
    history.filter(|change| time::days(change.effective_at) <= day).map(|change| change.amount).sum()
}

/// 積送在庫: pieces under way to a store, by product; `None`: now, else at the end of that day.
pub(super) fn in_transit(shop: &Shop, store: Id, day: Option<Days>) -> BTreeMap<Id, i64> {
    let (receipts, transfers) = (shop.table(RECEIVING), shop.table(SHIPPING));
    let mut pieces = BTreeMap::new();
    let here = store.to_string();
    for (_, row) in receipts.with_value("receivingStoreId", &here) {
        let receipt = row.to_map(&receipts.columns);
        let date = |document: &Document, name: &str| text(document, name).and_then(|date| time::parse_date(&date));
        let transfer = transfers.get(id(&receipt, "shippingId")).map(|row| row.to_map(&transfers.columns));
        let sent_on = transfer.and_then(|transfer| date(&transfer, "shippingDate"));
        if day.is_some_and(|day| sent_on.is_some_and(|sent_on| sent_on > day)) {
            continue;
        }
        let received_on = date(&receipt, "receivingDate");
        let untouched = day.is_some_and(|day| received_on.is_none_or(|received_on| received_on > day));
        let is_complete = text(&receipt, "status").is_some_and(|status| status == receiving::COMPLETE);
        if is_complete && !untouched {
            continue;
        }
        for line in rows_of(&receipt, "details") {
            let known = number(&line, "inspectionQuantity") + number(&line, "stockoutQuantity");
            let open = number(&line, "scheduledQuantity") - if untouched { 0 } else { known };
            *pieces.entry(id(&line, "productId")).or_default() += open.max(0);
        }
    }
    pieces
}
