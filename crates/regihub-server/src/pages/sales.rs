//! `/sales`: what the tills rang up (取引), newest first, one connection at a time.

use super::links::{self, Choice, ROWS};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use regihub_domain::{
    ConnectionId,
    sale::{Dispose, Sale},
};
use regihub_storage::{
    Unit,
    views::{
        Scope,
        sales::{self, SaleCursor, SaleInfo},
    },
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "sales.html", blocks = ["live"])]
pub(crate) struct SalesPage {
    f: Frame,
    connection: Option<ConnectionId>,
    connections: Vec<Choice>,
    problems: bool,
    rows: Vec<SaleInfo>,
    older: Option<String>,
}
live_page!(SalesPage);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SalesQuery {
    connection: String,
    /// Not empty: only those that need a person.
    problems: String,
    /// `<sold at>.<sale id>` of the last row of the page before.
    before: String,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Query(query): Query<SalesQuery>,
) -> Result<Response, PageError> {
    let asked = query.clone();
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, &asked)).await?;
    member.answer(&page(member.frame(Section::Sales), &query, found))
}

#[derive(Default)]
struct Found {
    connection: Option<ConnectionId>,
    connections: Vec<(ConnectionId, String)>,
    rows: Vec<SaleInfo>,
}

fn find(unit: &mut Unit<'_>, scope: &Scope, query: &SalesQuery) -> regihub_storage::Result<Found> {
    let asked = query.connection.parse().ok().map(ConnectionId);
    let connection = asked.or_else(|| scope.connections.first().map(|connection| connection.id));
    let connections = scope.connections.iter().map(|connection| (connection.id, connection.name.clone())).collect();
    let rows = match connection {
        None => vec![],
        Some(id) => {
            let before = cursor(&query.before);
            sales::list(unit.sql(), scope, id, !query.problems.is_empty(), before.as_ref(), ROWS + 1)?
        }
    };
    Ok(Found { connection, connections, rows })
}

fn cursor(text: &str) -> Option<SaleCursor> {
    let (sold_at, id) = text.split_once('.')?;
    Some(SaleCursor { sold_at: sold_at.parse().ok()?, id: id.into() })
}

fn page(f: Frame, query: &SalesQuery, mut found: Found) -> SalesPage {
    let more = links::cut(&mut found.rows);
    let chosen = found.connection.map(|id| id.to_string()).unwrap_or_default();
    let older = found.rows.last().filter(|_| more).map(|last| {
        let before = format!("{}.{}", last.sale.sold_at, last.sale.sale_id);
        let kept = [("connection", chosen.as_str()), ("problems", &query.problems), ("before", &before)];
        links::address("/sales", &kept)
    });
    let connections =
        found.connections.into_iter().map(|(id, name)| Choice::new(id.to_string(), name, &chosen)).collect();
    let problems = !query.problems.is_empty();
    SalesPage { f, connection: found.connection, connections, problems, rows: found.rows, older }
}

/// What kind of transaction it is, in words; empty for a plain sale.
pub(super) fn kind_text(f: &Frame, sale: &Sale) -> String {
    if sale.cancelled {
        return f.s("sale-cancelled");
    }
    match (&sale.dispose, sale.head_division.as_str()) {
        (Dispose::Original, _) => f.s("sale-disposed"),
        (Dispose::CounterEntry(_), _) => f.s("sale-counter-entry"),
        (Dispose::No, "1") => String::new(),
        (Dispose::No, _) => f.s("sale-money-only"),
    }
}

impl SalesPage {
    fn address(&self, row: &SaleInfo) -> String {
        self.connection.map_or_else(String::new, |connection| links::sale(connection, &row.sale.sale_id))
    }

    fn kind_text(&self, row: &SaleInfo) -> String {
        kind_text(&self.f, &row.sale)
    }

    fn pieces(&self, row: &SaleInfo) -> i64 {
        row.sale.lines.iter().filter(|line| !line.is_parent).map(|line| line.quantity).sum()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use regihub_domain::sale::{Amounts, LineKind, SaleLine};
    use rust_decimal::Decimal;

    pub(crate) fn sale(id: &str, now: i64) -> SaleInfo {
        let line = |line_id: &str, kind, name: &str| SaleLine {
            line_id: line_id.into(),
            kind,
            product_id: (kind != LineKind::Department).then(|| "8".into()),
            product_code: Some("TS-1".into()),
            name: name.into(),
            quantity: 2,
            unit_price: Decimal::from(990),
            is_parent: false,
        };
        let sale = Sale {
            sale_id: id.into(),
            store_id: "1".into(),
            head_division: "1".into(),
            cancelled: false,
            dispose: Dispose::No,
            sold_at: now - 60_000_000,
            updated_at: now - 50_000_000,
            amounts: Amounts {
                subtotal: 1980.into(),
                point_discount: 80.into(),
                total: 1900.into(),
                ..Amounts::default()
            },
            lines: vec![
                line("1", LineKind::Sale, "Tシャツ<script>"),
                line("2", LineKind::Return, "靴下"),
                line("3", LineKind::Department, "その他"),
            ],
        };
        SaleInfo {
            sale,
            store_name: Some("青山本店".into()),
            problem: None,
            versions: 2,
            exchange: Some(regihub_domain::ExchangeId(1)),
            message: Some(regihub_domain::InboxId(2)),
            recorded_at: now - 40_000_000,
        }
    }

    /// One sale of every kind.
    pub(crate) fn kinds(now: i64) -> Vec<SaleInfo> {
        let plain = sale("25", now);
        let with = |change: fn(&mut SaleInfo)| {
            let mut info = plain.clone();
            change(&mut info);
            info
        };
        vec![
            plain.clone(),
            with(|info| info.sale.cancelled = true),
            with(|info| info.sale.dispose = Dispose::Original),
            with(|info| info.sale.dispose = Dispose::CounterEntry(Some("24".into()))),
            with(|info| info.sale.head_division = "2".into()),
            with(|info| {
                info.problem = Some("total: got 1901, but the parts give 1900".into());
                info.store_name = None;
                info.exchange = None;
                info.message = None;
            }),
        ]
    }

    pub(crate) fn pages(f: Frame) -> Vec<SalesPage> {
        let mut rows = kinds(f.now);
        rows.extend((0..ROWS).map(|n| sale(&n.to_string(), f.now)));
        let id = ConnectionId(1);
        let full = Found {
            connection: Some(id),
            connections: vec![(id, "本店".into()), (ConnectionId(2), "支店".into())],
            rows,
        };
        let query = SalesQuery { problems: "1".into(), ..SalesQuery::default() };
        vec![page(f.clone(), &query, full), page(f, &SalesQuery::default(), Found::default())]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn sales_are_listed_and_those_with_a_problem_can_be_picked_out() {
        assert!(TestHub::signed_in().await.get("/sales").await.text.contains("まだ取引はありません"));
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/sales").await;
        assert!(
            page.text.contains("href=\"/sales/1/25\"") && page.text.contains("href=\"/sales/1/26\""),
            "{}",
            page.text
        );
        let problems = hub.get("/sales?problems=1").await;
        assert!(problems.text.contains("href=\"/sales/1/26\"") && !problems.text.contains("href=\"/sales/1/25\""));
        let neighbour = hub.as_neighbour().await;
        assert!(!neighbour.get("/sales?connection=1").await.text.contains("/sales/1/25"));
        assert_eq!(neighbour.get("/sales/1/25").await.status, 404);
    }
}
