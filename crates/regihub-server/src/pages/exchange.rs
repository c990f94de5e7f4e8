//! `/exchanges/{id}`: one request with its response. Secrets were masked before they were stored.

use super::{
    exchanges::{status_tone, took},
    links,
};
use crate::frame::{Frame, Hub, Member, PageError, Section, still_page};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use regihub_domain::ExchangeId;
use regihub_storage::{StoredExchange, views::exchanges};

#[derive(Template)]
#[template(path = "exchange.html")]
pub(crate) struct ExchangePage {
    f: Frame,
    exchange: StoredExchange,
    partner: String,
    request: String,
    response: String,
    previous: Option<ExchangeId>,
    next: Option<ExchangeId>,
}
still_page!(ExchangePage);

pub(super) async fn show(State(hub): State<Hub>, member: Member, Path(id): Path<i64>) -> Result<Response, PageError> {
    let id = ExchangeId(id);
    let found = hub
        .look(member.workspace, move |unit, scope| {
            let Some(owner) = exchanges::owner(unit.sql(), scope, id)? else { return Ok(None) };
            let neighbours = exchanges::neighbours(unit.sql(), owner, id)?;
            Ok(unit.exchanges().get(id)?.map(|exchange| (exchange, scope.name(owner), neighbours)))
        })
        .await?;
    let (exchange, partner, (previous, next)) = found.ok_or(PageError::NotFound)?;
    let f = member.frame(Section::Exchanges);
    member.answer(&ExchangePage { previous, next, ..ExchangePage::new(f, exchange, partner) })
}

impl ExchangePage {
    fn new(f: Frame, exchange: StoredExchange, partner: String) -> Self {
        let request = links::pretty(&exchange.request_body);
        let response = links::pretty(&exchange.response_body);
        Self { f, exchange, partner, request, response, previous: None, next: None }
    }

    fn tone(&self) -> &'static str {
        status_tone(self.exchange.status)
    }

    fn took(&self) -> String {
        took(self.exchange.elapsed_us)
    }

    /// Fewer bytes are kept than were sent.
    fn is_cut(&self, kept: &[u8], size: &i64) -> bool {
        i64::try_from(kept.len()).unwrap_or(i64::MAX) < *size
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<ExchangePage> {
    let good = StoredExchange {
        id: ExchangeId(5),
        at: f.now - 1_000_000,
        owner: "shop:1".parse().unwrap(),
        method: "PUT".into(),
        url: "https://shop.example/v1/stock".into(),
        status: Some(200),
        error: None,
        elapsed_us: 120_000,
        request_size: 40,
        response_size: 999_999,
        request_body: br#"{"items":[{"sku":"<b>"}]}"#.to_vec(),
        response_body: b"<script>alert(1)</script>".to_vec(),
    };
    let failed = StoredExchange {
        status: None,
        error: Some("timed out after 30 s".into()),
        request_body: vec![],
        response_body: vec![],
        request_size: 0,
        response_size: 0,
        ..good.clone()
    };
    let shown = ExchangePage {
        previous: Some(ExchangeId(4)),
        next: Some(ExchangeId(6)),
        ..ExchangePage::new(f.clone(), good, "オンライン店".into())
    };
    vec![shown, ExchangePage::new(f, failed, String::new())]
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn a_call_is_shown_with_both_sides_and_its_neighbours() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/exchanges/2").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("&#34;sku&#34;: &#34;TS-1&#34;"), "pretty and escaped: {}", page.text);
        assert!(hub.get("/exchanges/999").await.status == 404);
        assert_eq!(hub.as_neighbour().await.get("/exchanges/2").await.status, 404);
    }
}
