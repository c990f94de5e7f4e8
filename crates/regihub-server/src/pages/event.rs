//! `/events/{id}`: one message as it came, and what came of it.

use super::{
    events::{state_text, state_tone, what},
    links,
};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use regihub_domain::{InboxId, OrderId, ProductId, SaleId, StoreId};
use regihub_storage::{
    JobState, Owner, Unit,
    views::{
        Scope,
        events::{self, EventDetail, NamedMovement, NamedSale},
    },
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "event.html", blocks = ["live"])]
pub(crate) struct EventPage {
    f: Frame,
    found: Found,
    headers: String,
    body: String,
}
live_page!(EventPage);

pub(crate) struct Found {
    detail: EventDetail,
    source: String,
    sales: Vec<NamedSale>,
    movements: Vec<NamedMovement>,
    /// Number and address of the order.
    order: Option<(String, String)>,
}

pub(super) async fn show(State(hub): State<Hub>, member: Member, Path(id): Path<i64>) -> Result<Response, PageError> {
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, InboxId(id))).await?;
    let found = found.ok_or(PageError::NotFound)?;
    member.answer(&page(member.frame(Section::Events), found))
}

fn page(f: Frame, found: Found) -> EventPage {
    let headers = links::pretty(found.detail.headers.as_bytes());
    let body = links::pretty(&found.detail.body);
    EventPage { f, found, headers, body }
}

fn find(unit: &mut Unit<'_>, scope: &Scope, id: InboxId) -> regihub_storage::Result<Option<Found>> {
    let Some(detail) = events::find(unit.sql(), scope, id)? else { return Ok(None) };
    let source = scope.name(detail.row.owner);
    let names = Names::in_body(&detail.body);
    let mut found = Found { detail, source, sales: vec![], movements: vec![], order: None };
    match found.detail.row.owner {
        Owner::Connection(connection) => {
            found.sales = events::named_sales(unit.sql(), connection, id, &names.sales)?;
            for (product, store) in &names.pairs {
                found.movements.extend(events::named_movements(unit.sql(), connection, id, product, store)?);
            }
        }
        Owner::Shop(shop) => {
            if let Some(order) = &names.order {
                let number = events::named_order(unit.sql(), shop, order)?;
                found.order = number.map(|number| (number, links::order(shop, order)));
            }
        }
        Owner::Link(_) | Owner::Node => {}
    }
    Ok(Some(found))
}

/// What a message names, as far as a page can follow it. Members: platform-common.md §16.2, docs/channels/generic.md §6.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    sales: Vec<SaleId>,
    pairs: Vec<(ProductId, StoreId)>,
    order: Option<OrderId>,
}

/// A bulk message may name thousands; a page follows the first ones.
const MOST_NAMES: usize = 50;

impl Names {
    fn in_body(body: &[u8]) -> Self {
        #[derive(Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        struct Body {
            transaction_head_ids: Vec<SaleId>,
            ids: Vec<Pair>,
            data: Data,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Pair {
            product_id: Option<ProductId>,
            store_id: Option<StoreId>,
        }
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Data {
            id: Option<OrderId>,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let pairs = body.ids.into_iter().filter_map(|pair| Some((pair.product_id?, pair.store_id?)));
        Self {
            sales: body.transaction_head_ids.into_iter().take(MOST_NAMES).collect(),
            pairs: pairs.take(MOST_NAMES).collect(),
            order: body.data.id,
        }
    }
}

impl EventPage {
    fn state_text(&self) -> String {
        state_text(self.f.language, self.found.detail.row.state)
    }

    fn what(&self) -> String {
        what(&self.f, &self.found.detail.row)
    }

    fn state_tone(&self) -> &'static str {
        state_tone(self.found.detail.row.state)
    }

    fn job_text(&self, state: &JobState) -> String {
        match state {
            JobState::Waiting => self.f.s("job-waiting"),
            JobState::Parked => self.f.s("job-parked"),
        }
    }

    fn sale_address(&self, sale: &NamedSale) -> String {
        match self.found.detail.row.owner {
            Owner::Connection(connection) => links::sale(connection, &sale.id),
            _ => String::new(),
        }
    }

    /// Nothing can be shown that came of it.
    fn is_without_result(&self) -> bool {
        let found = &self.found;
        found.detail.jobs.is_empty() && found.sales.is_empty() && found.movements.is_empty() && found.order.is_none()
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<EventPage> {
    use super::events::samples::row;
    use regihub_domain::{ExchangeId, JobId, MovementId};
    use regihub_storage::{MessageState, views::events::EventJob};
    let job = EventJob {
        id: JobId(1),
        kind: "sale".into(),
        key: "25".into(),
        state: JobState::Parked,
        last_error: Some("total: off by 1".into()),
    };
    let rich = Found {
        detail: EventDetail {
            row: row(f.now, 7, MessageState::Sorted),
            headers: "{\"user-agent\":\"Smaregi\"}".into(),
            body: r#"{"contractId":"sb_demo01","transactionHeadIds":["25"]}"#.into(),
            jobs: vec![job],
        },
        source: "青山本店".into(),
        sales: vec![NamedSale { id: "25".into(), sold_at: f.now, total: "1980".into(), from_this: true }],
        movements: vec![NamedMovement {
            id: MovementId(3),
            product: "8".into(),
            product_name: None,
            store: "1".into(),
            delta: -1,
            level_after: 4,
            exchange: Some(ExchangeId(9)),
        }],
        order: Some(("W-1001".into(), "/orders/1/1001".into())),
    };
    let bare = Found {
        detail: EventDetail {
            row: row(f.now, 8, MessageState::Unreadable),
            headers: "{}".into(),
            body: "<script>alert(1)</script>".into(),
            jobs: vec![],
        },
        source: String::new(),
        sales: vec![],
        movements: vec![],
        order: None,
    };
    vec![page(f.clone(), rich), page(f, bare)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    #[test]
    fn the_names_in_a_message_are_found_and_anything_else_is_survived() {
        let sale = br#"{"contractId":"a","transactionHeadIds":["25","26"]}"#;
        assert_eq!(Names::in_body(sale).sales, vec!["25".into(), "26".into()]);
        let stock = br#"{"ids":[{"id":"1","productId":"8","storeId":"2"},{"couponId":"x"}]}"#;
        assert_eq!(Names::in_body(stock).pairs, vec![("8".into(), "2".into())]);
        assert_eq!(Names::in_body(br#"{"data":{"id":"1001","sequence":4}}"#).order, Some("1001".into()));
        assert_eq!(Names::in_body(br#"{"ids":["8"]}"#), Names::default());
        assert_eq!(Names::in_body(b"nonsense"), Names::default());
    }

    #[tokio::test]
    async fn a_sale_s_notification_leads_to_the_sale() {
        let hub = TestHub::with_a_shop().await;
        let body =
            r#"{"contractId":"sb_demo01","event":"pos:transactions","action":"created","transactionHeadIds":["25"]}"#;
        hub.notify("event-1", body).await;
        let id = hub.newest_message().await;
        let page = hub.get(&format!("/events/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("href=\"/sales/1/25\""), "{}", page.text);
        assert!(page.text.contains("event-1") && page.text.contains("transactionHeadIds"));
        assert_eq!(hub.get("/events/999999").await.status, 404);
    }
}
