//! The 取引 that an order makes in its 受注店舗 (platform-orders.md §4.1, §6).

use super::{amounts, dates, desk::Desk, order::Order, store::OrderStore};
use crate::{
    money::REDUCED_TAX_ID,
    problem::Problem,
    resources::transactions::{cancel_sale, check_booking, register_booking},
    state::{CUSTOMERS, Id},
    time,
};
use serde_json::{Map, Value, json};

impl Desk<'_> {
    /// Whether the sale can be made; nothing is changed.
    pub(super) fn check_sale(&self, order: &Order) -> Result<(), Problem> {
        let store = self.store(order.store)?;
        check_booking(self.shop()?, &self.receipt(order, &store)?)
    }

    /// Makes the sale and notes it in the order, which is not stored. Stock is the order's own affair.
    pub(super) fn book_sale(&mut self, order: &mut Order) -> Result<(), Problem> {
        let store = self.store(order.store)?;
        let body = self.receipt(order, &store)?;
        let contract = self.contract.clone();
        let id = register_booking(self.world, self.settings, &contract, &body, self.now)?;
        order.set("transactionHeadId", json!(id.to_string()));
        self.tell_sale("created", id);
        Ok(())
    }

    /// 取消 of the order's sale, unless somebody did it at the POS already.
    pub(super) fn take_back_sale(&mut self, order: &mut Order) {
        let Some(sale) = order.sale() else { return };
        order.set("transactionHeadId", Value::Null);
        let contract = self.contract.clone();
        if let Ok(done) = cancel_sale(self.world, &contract, sale, self.now) {
            self.tell_sale("canceled", done.id);
        }
    }

    /// Whether the two would not make the same sale.
    pub(super) fn sells_otherwise(&self, old: &Order, new: &Order) -> Result<bool, Problem> {
        Ok(self.receipt(old, &self.store(old.store)?)? != self.receipt(new, &self.store(new.store)?)?)
    }

    /// The transaction body. Points are booked to the store's method for them; shop discounts lie on the subtotal, and
    /// ギフト料, for which a transaction has no field, goes with the commission (our choice).
    fn receipt(&self, order: &Order, store: &OrderStore) -> Result<Map<String, Value>, Problem> {
        let subtotal = amounts::of_lines(&order.lines);
        let points = order.number("totalPointDiscount");
        let paid_in_points = store.point_method.is_some();
        let discounts = ["totalCouponDiscount", "subtotalCouponDiscount", "totalPromotionDiscount"];
        let discount: i64 = discounts.iter().map(|name| order.number(name)).sum();
        let rest = order.number("total");
        let total = if paid_in_points { rest.saturating_add(points) } else { rest };
        let mut body = vec![
            ("transactionHeadDivision", "1".to_owned()),
            ("subtotal", subtotal.to_string()),
            ("subtotalDiscountPrice", discount.to_string()),
            ("pointDiscount", if paid_in_points { 0 } else { points }.to_string()),
            ("taxExclude", order.number("taxExclude").to_string()),
            ("carriage", order.number("carriage").to_string()),
            ("commission", order.number("commission").saturating_add(order.number("giftWrapPrice")).to_string()),
            ("total", total.to_string()),
            ("deposit", total.to_string()),
            ("storeId", store.id.to_string()),
            // No terminal rang it up, and no terminal can settle it: it is closed at once (platform-pos.md §2.8).
            ("terminalId", "0".to_owned()),
            ("terminalTranId", order.id.to_string()),
            ("terminalTranDateTime", time::format(self.now)),
            ("sumDivision", "2".to_owned()),
            ("sumDate", dates::text(dates::closing_day(self.now, &store.turns_at))),
            ("sellDivision", if store.tax_excluded { "1" } else { "0" }.to_owned()),
            ("memo", order.text("orderCode").unwrap_or_default()),
        ];
        body.extend(store.code.clone().map(|code| ("storeCode", code)));
        body.extend(self.customer(order)?.map(|id| ("customerId", id.to_string())));
        let method = order.text("paymentMethodId");
        body.extend(method.is_none().then(|| ("depositCash", rest.to_string())));
        let mut body: Map<String, Value> =
            body.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        let others = [(store.point_method.clone(), points), (method, rest)].into_iter();
        let others = others.filter(|(_, amount)| *amount > 0).filter_map(|(method, amount)| Some((method?, amount)));
        let others = others.map(|(id, yen)| json!({ "paymentMethodId": id, "depositOthers": yen.to_string() }));
        body.insert("depositOthers".into(), others.collect());
        body.insert("details".into(), lines(order, store.tax_excluded));
        Ok(body)
    }

    /// The member of the order's code; a code that no member has stays the shop's own affair.
    fn customer(&self, order: &Order) -> Result<Option<Id>, Problem> {
        let customers = self.shop()?.table(CUSTOMERS);
        Ok(order.text("customerCode").and_then(|code| customers.owner_of("customerCode", &code)))
    }
}

fn lines(order: &Order, tax_excluded: bool) -> Value {
    let line = |(place, line): (usize, &super::order::Line)| {
        let tax_division = match (line.rate, tax_excluded) {
            (0, _) => "2",
            (_, true) => "1",
            (_, false) => "0",
        };
        let mut row = json!({
            "transactionDetailId": (place + 1).to_string(), "transactionDetailDivision": "1",
            "productId": line.product.to_string(), "salesPrice": line.price.to_string(),
            "quantity": line.quantity.to_string(), "taxDivision": tax_division,
        });
        if line.rate == crate::money::REDUCED_RATE {
            row["reduceTaxId"] = json!(REDUCED_TAX_ID);
        }
        row
    };
    order.lines.iter().enumerate().map(line).collect()
}
