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

/// An address as a person reads it in a list: without the host, which the partner's name stands for, and with its signs decoded.
fn readable(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    let mut bytes = path.unwrap_or(url).as_bytes().iter();
    let mut decoded = vec![];
    while let Some(&byte) = bytes.next() {
        let escaped = (byte == b'%').then(|| bytes.as_slice().get(..2)).flatten();
        let value = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        decoded.push(value.unwrap_or(byte));
        if value.is_some() {
            bytes.nth(1);
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

impl ExchangesPage {
    fn address(&self, row: &ExchangeRow) -> String {
        readable(&row.url)
    }

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

    #[test]
    fn an_address_is_shown_as_people_read_it() {
        assert_eq!(readable("https://api.example/demo/pos?from=05%3A55%2B09"), "/demo/pos?from=05:55+09");
        assert_eq!(readable("https://api.example/%E8%B5%A4?100%&%zz%"), "/赤?100%&%zz%");
        assert_eq!(readable("https://api.example"), "https://api.example");
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
