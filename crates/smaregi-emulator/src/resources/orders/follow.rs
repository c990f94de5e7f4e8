//! What happens to orders by itself: their day comes, stock comes in.

use super::{
    allocation::under_way,
    desk::Desk,
    order::{ORDERS, Order, Status},
};
use crate::{
    problem::Problem,
    state::{Id, Packed},
    time,
};

impl Desk<'_> {
    /// Orders whose 出荷準備開始予定日 has come go over to 出荷準備. Looked at whenever somebody looks at orders.
    pub(super) fn keep_time(&mut self) -> Result<(), Problem> {
        if !self.rules().ship.prepare_by_date {
            return Ok(());
        }
        let table = self.shop()?.table(ORDERS);
        let today = time::format_date(self.now);
        // Dates are kept in one form, so that comparing the texts compares the dates.
        let has_come =
            |row: &Packed| row.text(&table.columns, "scheduledPreparationDate").is_some_and(|day| *day <= *today);
        let open = table.with_value("status", Status::Open.word());
        let due = open.filter(|(_, row)| has_come(row)).map(|(id, row)| Order::read(id, &table.columns, row));
        let due: Vec<Order> = due.collect();
        for mut order in due {
            order.status = Status::Preparing;
            self.put(&mut order)?;
        }
        Ok(())
    }

    /// Number of the last stock movement.
    pub(super) fn last_change(&self) -> Result<u64, Problem> {
        Ok(self.shop()?.stock.next_change_id())
    }

    /// If stock moved since `before`, orders that wait for it are tried again, the oldest first (`allocation.retry_on_stock_in`).
    pub(super) fn restock(&mut self, before: u64) -> Result<(), Problem> {
        if !self.rules().allocation.retry_on_stock_in || self.last_change()? == before {
            return Ok(());
        }
        let waits = |order: &Order| order.status != Status::Review && !order.is_allocated();
        let mut waiting: Vec<Id> = under_way(self.shop()?).filter(waits).map(|order| order.id).collect();
        waiting.sort_unstable();
        for id in waiting {
            let mut order = self.order(id)?;
            if self.store(order.store).is_ok_and(|store| store.allocates) {
                self.allocate(&mut order)?;
            }
        }
        Ok(())
    }
}
