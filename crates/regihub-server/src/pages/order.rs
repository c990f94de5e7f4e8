//! `/orders/{shop}/{id}`: one order with its lines and what was written to Smaregi for it.

use super::{
    links,
    orders::{status_text, status_tone},
};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use regihub_domain::{LinkId, OrderId, ShopId, Sku};
use regihub_storage::{
    IntentState,
    views::orders::{self, IntentInfo, OrderInfo},
};

#[derive(Template)]
#[template(path = "order.html", blocks = ["live"])]
pub(crate) struct OrderPage {
    f: Frame,
    shop_name: String,
    /// The link whose page explains the shop's numbers.
    link: Option<LinkId>,
    info: OrderInfo,
    intents: Vec<IntentInfo>,
}
live_page!(OrderPage);

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Path((shop, id)): Path<(i64, String)>,
) -> Result<Response, PageError> {
    let (shop, id) = (ShopId(shop), OrderId(id));
    let found = hub
        .look(member.workspace, move |unit, scope| {
            let Some(info) = orders::find(unit.sql(), scope, shop, &id)? else { return Ok(None) };
            let intents = orders::intents(unit.sql(), shop, &id)?;
            let link = scope.links.iter().find(|link| link.shop == shop).map(|link| link.id);
            Ok(Some((scope.shop_name(shop).to_owned(), link, info, intents)))
        })
        .await?;
    let (shop_name, link, info, intents) = found.ok_or(PageError::NotFound)?;
    member.answer(&OrderPage { f: member.frame(Section::Orders), shop_name, link, info, intents })
}

/// What a state of an intent means, in words.
pub(super) fn intent_text(f: &Frame, state: IntentState) -> String {
    match state {
        IntentState::Planned => f.s("intent-planned"),
        IntentState::Sent => f.s("intent-sent"),
        IntentState::Unclear => f.s("intent-unclear"),
        IntentState::Confirmed => f.s("intent-confirmed"),
        IntentState::Dropped => f.s("intent-dropped"),
        IntentState::Parked => f.s("intent-parked"),
    }
}

/// Colour of a state's mark.
pub(super) fn intent_tone(state: IntentState) -> &'static str {
    match state {
        IntentState::Planned | IntentState::Sent | IntentState::Unclear => "busy",
        IntentState::Confirmed => "good",
        IntentState::Dropped => "idle",
        IntentState::Parked => "bad",
    }
}

impl OrderPage {
    fn status_text(&self) -> String {
        status_text(&self.f, self.info.order.status)
    }

    fn status_tone(&self) -> &'static str {
        status_tone(self.info.order.status)
    }

    fn intent_text(&self, intent: &IntentInfo) -> String {
        intent_text(&self.f, intent.state)
    }

    fn intent_tone(&self, intent: &IntentInfo) -> &'static str {
        intent_tone(intent.state)
    }

    fn why_address(&self, sku: &Sku) -> Option<String> {
        self.link.map(|link| links::why(link, sku))
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use regihub_domain::{ConnectionId, ExchangeId, IntentId};

    pub(crate) fn intent(state: IntentState, now: i64) -> IntentInfo {
        IntentInfo {
            id: IntentId(4),
            connection: ConnectionId(1),
            tag: "rh-1-1001-1".into(),
            shop: ShopId(1),
            order: "1001".into(),
            order_number: Some("W-1001".into()),
            product: "8".into(),
            product_name: Some("Tシャツ<script>".into()),
            store: "1".into(),
            store_name: None,
            delta: -2,
            state,
            attempts: 3,
            created_at: now - 60_000_000,
            sent_at: Some(now - 59_000_000),
            change: (state == IntentState::Confirmed).then(|| "777".into()),
            last_error: (state == IntentState::Parked).then(|| "400: <stock>".into()),
            exchange: Some(ExchangeId(2)),
        }
    }

    pub(crate) const STATES: [IntentState; 6] = [
        IntentState::Planned,
        IntentState::Sent,
        IntentState::Unclear,
        IntentState::Confirmed,
        IntentState::Dropped,
        IntentState::Parked,
    ];

    pub(crate) fn pages(f: Frame) -> Vec<OrderPage> {
        let intents = STATES.map(|state| intent(state, f.now)).into();
        let info = super::super::orders::samples::order(5, f.now);
        let bare = super::super::orders::samples::order(3, f.now);
        vec![
            OrderPage { f: f.clone(), shop_name: "オンライン店".into(), link: Some(LinkId(1)), info, intents },
            OrderPage { f, shop_name: String::new(), link: None, info: bare, intents: vec![] },
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn an_order_shows_what_was_written_to_smaregi_for_it() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/orders/1/1001").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("TS-1") && page.text.contains("rh-1"), "{}", page.text);
        assert!(page.text.contains("href=\"/stock/1/TS-1\""), "leads to the number of the item: {}", page.text);
    }
}
