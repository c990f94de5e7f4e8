//! `/exchanges`: what was said between the hub, Smaregi and the shops (通信ログ), newest first.

use super::links::{self, Choice, ROWS};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use regihub_domain::ExchangeId;
use regihub_storage::{
    Owner,
    views::exchanges::{self, ExchangeRow},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "exchanges.html", blocks = ["live"])]
pub(crate) struct ExchangesPage {
    f: Frame,
    partners: Vec<Choice>,
    failed: bool,
    rows: Vec<Shown>,
    older: Option<String>,
}
live_page!(ExchangesPage);

pub(crate) struct Shown {
    row: ExchangeRow,
    partner: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExchangesQuery {
    partner: String,
    /// Not empty: only failures.
    failed: String,
    before: String,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Query(query): Query<ExchangesQuery>,
) -> Result<Response, PageError> {
    let asked = query.clone();
    let (rows, partners) = hub
        .look(member.workspace, move |unit, scope| {
            let before = asked.before.parse().ok().map(ExchangeId);
            let failed = !asked.failed.is_empty();
            let rows = exchanges::list(unit.sql(), scope, asked.partner.parse().ok(), failed, before, ROWS + 1)?;
            let rows = rows.into_iter().map(|row| Shown { partner: scope.name(row.owner), row }).collect();
            let partners = scope.owners().into_iter().filter(|owner| !matches!(owner, Owner::Link(_)));
            Ok((rows, partners.map(|owner| (owner, scope.name(owner))).collect()))
        })
        .await?;
    member.answer(&page(member.frame(Section::Exchanges), &query, rows, partners))
}

fn page(f: Frame, query: &ExchangesQuery, mut rows: Vec<Shown>, partners: Vec<(Owner, String)>) -> ExchangesPage {
    let more = links::cut(&mut rows);
    let older = rows.last().filter(|_| more).map(|last| {
        let before = last.row.id.to_string();
        let kept = [("partner", query.partner.as_str()), ("failed", &query.failed), ("before", &before)];
        links::address("/exchanges", &kept)
    });
    let any = Choice::new("", f.s("filter-all"), &query.partner);
    let named = partners.into_iter().map(|(owner, name)| Choice::new(owner.to_string(), name, &query.partner));
    let partners = std::iter::once(any).chain(named).collect();
    ExchangesPage { f, partners, failed: !query.failed.is_empty(), rows, older }
}

/// Colour of a status: everything below 400 is well.
pub(super) fn status_tone(status: Option<i64>) -> &'static str {
    match status {
        Some(..=399) => "good",
        Some(429) => "busy",
        _ => "bad",
    }
}

/// `123 ms`, `1.5 s`
pub(super) fn took(elapsed_us: i64) -> String {
    let ms = elapsed_us / 1000;
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

impl ExchangesPage {
    fn tone(&self, row: &ExchangeRow) -> &'static str {
        status_tone(row.status)
    }

    fn took(&self, row: &ExchangeRow) -> String {
        took(row.elapsed_us)
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<ExchangesPage> {
    let row = |n: i64| ExchangeRow {
        id: ExchangeId(n),
        at: f.now - 1_000_000,
        owner: "shop:1".parse().unwrap(),
        method: "PUT".into(),
        url: "https://shop.example/v1/stock?x=<y>".into(),
        status: (n % 3 != 0).then_some(if n % 3 == 1 { 200 } else { 429 }),
        error: (n % 3 == 0).then(|| "connection refused".into()),
        elapsed_us: n * 100_000,
        response_size: 1234,
    };
    let rows = (0..=ROWS as i64).map(|n| Shown { row: row(n), partner: "オンライン店".into() }).collect();
    let partners = vec![("shop:1".parse().unwrap(), "オンライン店".to_owned())];
    let query = ExchangesQuery { failed: "1".into(), ..ExchangesQuery::default() };
    vec![page(f.clone(), &query, rows, partners), page(f, &ExchangesQuery::default(), vec![], vec![])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    #[test]
    fn times_are_short_to_read() {
        assert_eq!((took(950), took(999_999), took(1_560_000)), ("0 ms".into(), "999 ms".into(), "1.5 s".into()));
    }

    #[tokio::test]
    async fn calls_are_listed_and_failures_can_be_picked_out() {
        let hub = TestHub::signed_in().await;
        assert!(hub.get("/exchanges").await.text.contains("まだ通信はありません"));
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/exchanges").await;
        assert!(page.text.contains("/v1/stock") && page.text.contains("200"), "{}", page.text);
        assert!(!hub.get("/exchanges?failed=1").await.text.contains("/v1/stock"));
        assert!(hub.get("/exchanges?partner=shop:1").await.text.contains("/v1/stock"));
        assert!(!hub.as_neighbour().await.get("/exchanges?partner=shop:1").await.text.contains("/v1/stock"));
    }
}
