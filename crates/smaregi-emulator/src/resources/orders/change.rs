//! 受注更新, キャンセル, 入金 and what a person does at the admin screen beside allocating: confirm, prepare, split (platform-orders.md §8).

use super::{
    allocation::take_off,
    amounts,
    desk::Desk,
    order::{Order, Part, Status},
    register::fill_amounts,
    store::check_method,
};
use crate::{
    money,
    problem::Problem,
    resources::maker::text_of,
    settings::{ShipMode, TransactionCreatedAt},
    state::{Id, StockDivision},
    time,
};
use serde_json::{Map, Value, json};

impl Desk<'_> {
    /// Changes the members sent. `shippedDate` ships the order, or is kept for `POST /orders/shipped`.
    pub(super) fn change(&mut self, id: Id, body: &Map<String, Value>) -> Result<Order, Problem> {
        let old = self.order(id)?;
        refuse_closed(&old, "更新")?;
        let mut order = self.edited(&old, body)?;
        let ship_on = self.kept_date(&mut order, body)?;
        let surplus = surplus(&old, &mut order);
        if let Some(date) = &ship_on {
            self.check_ship(&order, Some(date))?;
        }
        let resells = order.sale().is_some() && self.sells_otherwise(&old, &order)?;
        if resells {
            self.check_sale(&order)?;
        }
        // From here on nothing is refused.
        let give_back = self.rules().stock.return_on_edit;
        self.bring_back(&old.lines, &surplus, give_back)?;
        if resells {
            self.take_back_sale(&mut order);
            self.book_sale(&mut order)?;
        }
        self.put(&mut order)?;
        self.tell_order("edited", &order);
        match ship_on {
            Some(date) => self.dispatch(&mut order, &date)?,
            None if self.store(order.store)?.allocates && order.status != Status::Review => {
                self.allocate(&mut order)?
            }
            None => {}
        }
        Ok(order)
    }

    /// The order with the new values, checked; not stored.
    fn edited(&self, old: &Order, body: &Map<String, Value>) -> Result<Order, Problem> {
        let mut body = self.whole(body, Some(old))?;
        for name in ["shippedDate", "insDateTime", "updDateTime"] {
            body.shift_remove(name);
        }
        for required in ["orderCode", "orderDateTime", "total", "storeId", "details"] {
            if body.get(required).is_some_and(Value::is_null) {
                return Err(Problem::field(required, "必須です。"));
            }
        }
        let store = if body.contains_key("storeId") { self.selling_store(&body)? } else { self.store(old.store)? };
        check_method(self.shop()?, &body, "paymentMethodId")?;
        let mut order = self.changed(old.id, &body)?;
        fill_amounts(&mut order);
        self.check_code(&order)?;
        amounts::check(&order, store.tax_excluded, &self.rules().tax)?;
        if body.contains_key("desiredDeliveryDate") || order.store != old.store {
            self.set_dates(&mut order, &store);
        }
        Ok(order)
    }

    /// Keeps `shippedDate` in the order; gives it if it ships the order.
    fn kept_date(&self, order: &mut Order, body: &Map<String, Value>) -> Result<Option<String>, Problem> {
        let Some(date) = body.get("shippedDate") else { return Ok(None) };
        if date.is_null() {
            order.set("shippedDate", Value::Null);
            return Ok(None);
        }
        let date = text_of(date);
        if self.rules().ship.mode == ShipMode::PatchEach {
            return Ok(Some(date));
        }
        order.set("shippedDate", json!(date));
        Ok(None)
    }

    pub(super) fn cancel(&mut self, id: Id) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        let shipped = order.status == Status::Shipped;
        match order.status {
            Status::Canceled => return Err(Problem::bad_request("既にキャンセル済みの受注です。")),
            Status::Shipped if !self.rules().cancel.after_ship => {
                return Err(Problem::bad_request("出荷済みの受注はキャンセルできません。"));
            }
            _ => {}
        }
        let give_back = self.rules().stock.return_on_cancel;
        if shipped && give_back {
            // A sale that is cancelled gives back as 売上 (platform-orders.md §6).
            let lines = order.lines.clone();
            for part in std::mem::take(&mut order.parts) {
                let product = lines.iter().find(|line| line.id == part.line).map_or(0, |line| line.product);
                self.move_goods(product, part.store, part.quantity, StockDivision::Sale)?;
            }
        }
        self.release_all(&mut order, give_back && !shipped)?;
        self.take_back_sale(&mut order);
        order.status = Status::Canceled;
        order.set("canceledDateTime", json!(time::format(self.now)));
        self.put(&mut order)?;
        self.tell_order("canceled", &order);
        Ok(order)
    }

    /// 入金 and its undoing.
    pub(super) fn pay(&mut self, id: Id, paid: bool) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        refuse_closed(&order, if paid { "入金登録" } else { "入金取消" })?;
        match (order.text("paymentStatus").as_deref() == Some("paid"), paid) {
            (true, true) => return Err(Problem::bad_request("既に入金済みの受注です。")),
            (false, false) => return Err(Problem::bad_request("入金されていない受注です。")),
            _ => {}
        }
        order.set("paymentStatus", json!(if paid { "paid" } else { "unpaid" }));
        self.put(&mut order)?;
        self.tell_order("paid", &order);
        Ok(order)
    }

    /// A person has looked: 受注確認 ends.
    pub(super) fn confirm(&mut self, id: Id) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        if order.status != Status::Review {
            return Err(Problem::bad_request("受注確認中の受注ではありません。"));
        }
        let store = self.store(order.store)?;
        order.status = self.begun(&order);
        self.put(&mut order)?;
        if store.allocates {
            self.allocate(&mut order)?;
        }
        Ok(order)
    }

    /// 出荷準備, before its day.
    pub(super) fn prepare(&mut self, id: Id) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        if order.status != Status::Open {
            return Err(Problem::bad_request("受付済みの受注ではありません。"));
        }
        order.status = Status::Preparing;
        self.put(&mut order)?;
        Ok(order)
    }

    /// Takes pieces of lines out into a second order. Fees and discounts stay with the first, tax goes with the goods.
    pub(super) fn split(&mut self, id: Id, pieces: &[(Id, i64)]) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        refuse_closed(&order, "分割")?;
        if order.sale().is_some() {
            return Err(Problem::bad_request("取引が作成済みの受注は分割できません。"));
        }
        let mut part = self.second_part(&order)?;
        for (line, quantity) in pieces {
            take_out(&mut order, &mut part, *line, *quantity)?;
        }
        if order.lines.is_empty() || part.lines.is_empty() {
            return Err(Problem::bad_request("分割元と分割先の両方に明細が必要です。"));
        }
        let sum = |order: &Order| i64::try_from(amounts::of_lines(&order.lines)).unwrap_or(i64::MAX);
        let tax = money::apportion(order.number("taxExclude"), &[sum(&part), sum(&order)]);
        part.set("taxExclude", json!(tax[0]));
        order.set("taxExclude", json!(tax[1]));
        for changed in [&mut order, &mut part] {
            let total = i64::try_from(amounts::total(changed)).ok().filter(|total| *total >= 0);
            let total = total.ok_or_else(|| Problem::bad_request("分割後の合計金額が0未満になります。"))?;
            changed.set("total", json!(total));
        }
        self.put(&mut order)?;
        self.put(&mut part)?;
        Ok(part)
    }

    /// A copy without lines and amounts under the next number and a code of its own.
    fn second_part(&self, order: &Order) -> Result<Order, Problem> {
        let mut part = order.clone();
        part.id = self.draft(&Map::new())?.id;
        (part.lines, part.parts) = Default::default();
        for name in amounts::AMOUNTS {
            part.set(name, json!(0));
        }
        part.set("orderHeadId", json!(part.id.to_string()));
        part.set("insDateTime", json!(time::format(self.now)));
        let code = order.text("orderCode").unwrap_or_default();
        for number in 2_u32.. {
            let suffix = format!("{}{number}", self.rules().orders.split_suffix);
            let kept: String = code.chars().take(50_usize.saturating_sub(suffix.chars().count())).collect();
            part.set("orderCode", json!(format!("{kept}{suffix}")));
            if self.check_code(&part).is_ok() {
                break;
            }
        }
        Ok(part)
    }
}

fn refuse_closed(order: &Order, deed: &str) -> Result<(), Problem> {
    let state = match order.status {
        Status::Shipped => "出荷済み",
        Status::Canceled => "キャンセル済み",
        _ => return Ok(()),
    };
    Err(Problem::bad_request(format!("{state}の受注は{deed}できません。")))
}

/// Parts that the changed order has no more use for; the others stay with it.
fn surplus(old: &Order, order: &mut Order) -> Vec<Part> {
    let mut surplus = Vec::new();
    for line in &old.lines {
        let kept = order.lines.iter().find(|new| new.id == line.id && new.product == line.product);
        let kept = kept.filter(|_| order.store == old.store).map_or(0, |new| new.quantity);
        let over = (order.allocated(line.id) - kept).max(0);
        surplus.extend(take_off(&mut order.parts, over, |part| part.line == line.id));
    }
    surplus
}

/// Pieces of a line go over to the other order, with what was set aside for those that stay short.
fn take_out(order: &mut Order, part: &mut Order, line: Id, quantity: i64) -> Result<(), Problem> {
    let source = order.lines.iter_mut().find(|known| known.id == line);
    let source = source.ok_or_else(|| Problem::unknown_reference("order_detail_id"))?;
    if !(1..=source.quantity).contains(&quantity) {
        let most = source.quantity;
        return Err(Problem::field("quantity", &format!("1から{most}までの整数で指定してください。")));
    }
    source.quantity -= quantity;
    let rest = source.quantity;
    match part.lines.iter_mut().find(|known| known.id == line) {
        Some(known) => known.quantity += quantity,
        None => {
            let mut taken = source.clone();
            taken.quantity = quantity;
            part.lines.push(taken);
        }
    }
    let over = (order.allocated(line) - rest).max(0);
    part.parts.extend(take_off(&mut order.parts, over, |part| part.line == line));
    order.lines.retain(|line| line.quantity > 0);
    Ok(())
}

impl Desk<'_> {
    /// Whether a new order has its sale from the start.
    pub(super) fn sells_at_shipment(&self) -> bool {
        self.rules().transaction.created_at == TransactionCreatedAt::Shipment
    }
}
