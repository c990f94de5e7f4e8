//! 出荷: the goods leave, and the 受注店舗 has a sale (platform-orders.md §6, §8).

use super::{
    desk::Desk,
    order::{Order, Part, Status},
};
use crate::{
    problem::Problem,
    settings::StockMovesAt,
    state::{Id, StockDivision},
    time,
};
use serde_json::json;

impl Desk<'_> {
    /// Ships one order. `date` is its day of shipment; without one, the order's own.
    pub(super) fn ship(&mut self, id: Id, date: Option<&str>) -> Result<Order, Problem> {
        let mut order = self.order(id)?;
        let date = self.check_ship(&order, date)?;
        self.dispatch(&mut order, &date)?;
        Ok(order)
    }

    /// Ships many; each is judged alone, unless one holds back all. Gives what became of each.
    pub(super) fn ship_many(&mut self, wanted: &[(Id, Option<String>)]) -> Result<Vec<Result<(), Problem>>, Problem> {
        if self.rules().ship.all_or_nothing {
            for (place, (id, date)) in wanted.iter().enumerate() {
                let twice = wanted[..place].iter().any(|(other, _)| other == id);
                let checked = self.order(*id).and_then(|order| self.check_ship(&order, date.as_deref()));
                if let (Err(problem), _) | (Ok(_), Some(problem)) = (checked, twice.then(already_shipped)) {
                    let detail = problem.detail.unwrap_or_default();
                    return Err(Problem::field("orders", &format!("orderHeadId {id}: {detail}")));
                }
            }
        }
        let ship = |(id, date): &(Id, Option<String>)| {
            let named = |problem: Problem| {
                if problem.status == 404 { Problem::unknown_reference("orderHeadId") } else { problem }
            };
            self.ship(*id, date.as_deref()).map(|_| ()).map_err(named)
        };
        Ok(wanted.iter().map(ship).collect())
    }

    /// Whether the order may leave, and on which day; nothing is changed.
    pub(super) fn check_ship(&self, order: &Order, date: Option<&str>) -> Result<String, Problem> {
        match order.status {
            Status::Shipped => return Err(already_shipped()),
            Status::Canceled => return Err(Problem::bad_request("キャンセル済みの受注は出荷できません。")),
            Status::Review => return Err(Problem::bad_request("受注確認中の受注は出荷できません。")),
            Status::Open | Status::Preparing => {}
        }
        if self.rules().ship.require_allocation && !order.is_allocated() {
            return Err(Problem::bad_request("在庫引当が完了していない受注は出荷できません。"));
        }
        let date = date.map(str::to_owned).or_else(|| order.text("shippedDate"));
        let today = || Some(time::format_date(self.now)).filter(|_| !self.rules().ship.require_date);
        let date = date.or_else(today).ok_or_else(|| Problem::field("shippedDate", "出荷日が登録されていません。"))?;
        if time::parse_date(&date).is_none() {
            return Err(Problem::field("shippedDate", "YYYY-MM-DD形式の日付で指定してください。"));
        }
        if self.sells_at_shipment() {
            self.check_sale(order)?;
        }
        Ok(date)
    }

    /// The goods leave. The order was checked.
    pub(super) fn dispatch(&mut self, order: &mut Order, date: &str) -> Result<(), Problem> {
        if self.sells_at_shipment() {
            self.book_sale(order)?;
        }
        let parts = std::mem::take(&mut order.parts);
        for part in parts {
            let product = order.line(part.line).map_or(0, |line| line.product);
            if part.moved && self.rules().stock.moves_at == StockMovesAt::AllocationThenReversed {
                self.move_goods(product, part.store, part.quantity, StockDivision::OrderAllocation)?;
                self.move_goods(product, part.store, -part.quantity, StockDivision::Sale)?;
            }
            if !part.moved {
                self.move_goods(product, part.store, -part.quantity, StockDivision::Sale)?;
            }
            order.parts.push(Part { moved: true, ..part });
        }
        self.take_the_rest(order)?;
        order.status = Status::Shipped;
        order.set("shippedDate", json!(date));
        self.put(order)?;
        self.tell_order("shipped", order);
        Ok(())
    }

    /// Pieces that leave without having been set aside are missing in the first linked store, if need be below zero (our choice).
    fn take_the_rest(&mut self, order: &mut Order) -> Result<(), Problem> {
        let Some(store) = self.store(order.store).ok().and_then(|store| store.linked.first().copied()) else {
            return Ok(());
        };
        for line in order.lines.clone() {
            let quantity = order.missing(&line);
            if quantity > 0 {
                self.move_goods(line.product, store, -quantity, StockDivision::Sale)?;
                order.parts.push(Part { line: line.id, store, quantity, moved: true });
            }
        }
        Ok(())
    }
}

fn already_shipped() -> Problem {
    Problem::bad_request("既に出荷済みの受注です。")
}
