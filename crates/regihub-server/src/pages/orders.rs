//! `/orders`: what was bought online (受注), newest change first, one shop at a time.

use super::links::{self, Choice, ROWS};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use regihub_domain::{ShopId, order::OrderStatus};
use regihub_storage::{
    Unit,
    views::{
        Scope,
        orders::{self, OrderInfo},
    },
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "orders.html", blocks = ["live"])]
pub(crate) struct OrdersPage {
    f: Frame,
    shop: Option<ShopId>,
    shops: Vec<Choice>,
    problems: bool,
    rows: Vec<OrderInfo>,
    older: Option<String>,
}
live_page!(OrdersPage);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrdersQuery {
    shop: String,
    /// Not empty: only those that need a person.
    problems: String,
    before: String,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Query(query): Query<OrdersQuery>,
) -> Result<Response, PageError> {
    let asked = query.clone();
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, &asked)).await?;
    member.answer(&page(member.frame(Section::Orders), &query, found))
}

#[derive(Default)]
struct Found {
    shop: Option<ShopId>,
    shops: Vec<(ShopId, String)>,
    rows: Vec<OrderInfo>,
}

fn find(unit: &mut Unit<'_>, scope: &Scope, query: &OrdersQuery) -> regihub_storage::Result<Found> {
    let asked = query.shop.parse().ok().map(ShopId);
    let shop = asked.or_else(|| scope.shops.first().map(|shop| shop.id));
    let shops = scope.shops.iter().map(|shop| (shop.id, shop.name.clone())).collect();
    let rows = match shop {
        None => vec![],
        Some(id) => {
            let before = query.before.parse().ok();
            orders::list(unit.sql(), scope, id, !query.problems.is_empty(), before, ROWS + 1)?
        }
    };
    Ok(Found { shop, shops, rows })
}

fn page(f: Frame, query: &OrdersQuery, mut found: Found) -> OrdersPage {
    let more = links::cut(&mut found.rows);
    let chosen = found.shop.map(|id| id.to_string()).unwrap_or_default();
    let older = found.rows.last().filter(|_| more).map(|last| {
        let before = last.order.sequence.to_string();
        let kept = [("shop", chosen.as_str()), ("problems", &query.problems), ("before", &before)];
        links::address("/orders", &kept)
    });
    let shops = found.shops.into_iter().map(|(id, name)| Choice::new(id.to_string(), name, &chosen)).collect();
    OrdersPage { f, shop: found.shop, shops, problems: !query.problems.is_empty(), rows: found.rows, older }
}

pub(super) fn status_text(f: &Frame, status: OrderStatus) -> String {
    match status {
        OrderStatus::Placed => f.s("order-placed"),
        OrderStatus::Cancelled => f.s("order-cancelled"),
    }
}

/// Colour of a status's mark.
pub(super) fn status_tone(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Placed => "good",
        OrderStatus::Cancelled => "idle",
    }
}

impl OrdersPage {
    fn address(&self, row: &OrderInfo) -> String {
        self.shop.map_or_else(String::new, |shop| links::order(shop, &row.order.order_id))
    }

    fn status_text(&self, row: &OrderInfo) -> String {
        status_text(&self.f, row.order.status)
    }

    fn status_tone(&self, row: &OrderInfo) -> &'static str {
        status_tone(row.order.status)
    }

    fn pieces(&self, row: &OrderInfo) -> i64 {
        row.order.lines.iter().map(|line| line.quantity).sum()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use regihub_domain::order::{Order, OrderLine};

    pub(crate) fn order(number: i64, now: i64) -> OrderInfo {
        let line = OrderLine {
            line_id: "1".into(),
            sku: "TS-1".into(),
            name: "Tシャツ<script>".into(),
            quantity: 2,
            unit_price: "990".into(),
        };
        let order = Order {
            order_id: (1000 + number).to_string().into(),
            number: format!("W-{}", 1000 + number),
            sequence: number,
            status: if number % 3 == 0 { OrderStatus::Cancelled } else { OrderStatus::Placed },
            placed_at: now - 3_600_000_000,
            currency: "JPY".into(),
            total: "1980".into(),
            lines: vec![line],
        };
        OrderInfo {
            order,
            problem: (number % 5 == 0).then(|| "sku TS-9: no product has this code".into()),
            exchange: Some(regihub_domain::ExchangeId(1)),
            message: None,
            recorded_at: now,
        }
    }

    pub(crate) fn pages(f: Frame) -> Vec<OrdersPage> {
        let rows = (0..=ROWS as i64).rev().map(|n| order(n, f.now)).collect();
        let full = Found { shop: Some(ShopId(1)), shops: vec![(ShopId(1), "オンライン店".into())], rows };
        let query = OrdersQuery::default();
        vec![page(f.clone(), &query, full), page(f, &query, Found::default())]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn orders_are_listed_per_shop() {
        assert!(TestHub::signed_in().await.get("/orders").await.text.contains("まだ受注はありません"));
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/orders").await;
        assert!(page.text.contains("W-1001") && page.text.contains("href=\"/orders/1/1001\""), "{}", page.text);
        assert!(!hub.get("/orders?problems=1").await.text.contains("W-1001"));
        let neighbour = hub.as_neighbour().await;
        assert!(!neighbour.get("/orders?shop=1").await.text.contains("W-1001"));
        assert_eq!(neighbour.get("/orders/1/1001").await.status, 404);
    }
}
