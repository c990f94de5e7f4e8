//! `/parked`: what waits for a person (保留), what that means for the shop, and the button that frees it.

use super::links;
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use regihub_domain::{IntentId, JobId};
use regihub_storage::views::{
    Scope,
    orders::IntentInfo,
    parked::{self, ParkedJob},
};

#[derive(Template)]
#[template(path = "parked.html", blocks = ["live"])]
pub(crate) struct ParkedPage {
    f: Frame,
    /// With the name of the connection, shop or link.
    jobs: Vec<(String, ParkedJob)>,
    intents: Vec<IntentInfo>,
}
live_page!(ParkedPage);

/// More than these are not shown at once; freeing some brings up the others.
const MOST: usize = 200;

pub(super) async fn show(State(hub): State<Hub>, member: Member) -> Result<Response, PageError> {
    let (jobs, intents) = hub
        .look(member.workspace, |unit, scope| {
            let jobs = parked::jobs(unit.sql(), scope, MOST)?;
            let jobs = jobs.into_iter().map(|job| (scope.name(job.owner), job)).collect();
            Ok((jobs, parked::intents(unit.sql(), scope, MOST)?))
        })
        .await?;
    member.answer(&ParkedPage { f: member.frame(Section::Parked), jobs, intents })
}

/// `POST /parked/jobs/{id}`: try it again.
pub(super) async fn free_job(
    State(hub): State<Hub>,
    member: Member,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (workspace, now, id) = (member.workspace, hub.clock.now_us(), JobId(id));
    let freed = hub.storage.write(move |unit| {
        let scope = Scope::load(unit.sql(), workspace)?;
        let ours = parked::has_job(unit.sql(), &scope, id)?;
        if ours {
            unit.jobs().free(id, now)?;
        }
        Ok(ours)
    });
    back(&hub, freed.await?)
}

/// `POST /parked/intents/{id}`: try it again. What may have been sent before is looked up in Smaregi first (I3).
pub(super) async fn free_intent(
    State(hub): State<Hub>,
    member: Member,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (workspace, now, id) = (member.workspace, hub.clock.now_us(), IntentId(id));
    let freed = hub.storage.write(move |unit| {
        let scope = Scope::load(unit.sql(), workspace)?;
        let Some(intent) = parked::intent(unit.sql(), &scope, id)? else { return Ok(false) };
        let error = intent.last_error.unwrap_or_default();
        match intent.sent_at {
            Some(_) => unit.intents().unclear(id, now, &error)?,
            None => unit.intents().again(id, now, &error)?,
        }
        Ok(true)
    });
    back(&hub, freed.await?)
}

fn back(hub: &Hub, freed: bool) -> Result<Response, PageError> {
    if !freed {
        return Err(PageError::NotFound);
    }
    hub.engine.wake();
    Ok(Redirect::to("/parked").into_response())
}

impl ParkedPage {
    /// What it means for the shop that this kind of job stands still. Kinds the page does not know are described in general.
    fn meaning(&self, job: &ParkedJob) -> String {
        match job.kind.as_str() {
            "sale" => self.f.s("parked-means-sale"),
            "stock" | "history" => self.f.s("parked-means-stock"),
            "orders" | "order" => self.f.s("parked-means-order"),
            "product" | "listings" => self.f.s("parked-means-product"),
            "publish" => self.f.s("parked-means-publish"),
            _ => self.f.s("parked-means-other"),
        }
    }

    fn order_address(&self, intent: &IntentInfo) -> String {
        links::order(intent.shop, &intent.order)
    }

    fn order_number(&self, intent: &IntentInfo) -> String {
        intent.order_number.clone().unwrap_or_else(|| intent.order.to_string())
    }

    fn product_name(&self, intent: &IntentInfo) -> String {
        intent.product_name.clone().unwrap_or_else(|| intent.product.to_string())
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<ParkedPage> {
    use crate::pages::order::samples::intent;
    let job = |kind: &str| ParkedJob {
        id: JobId(1),
        owner: "connection:1".parse().unwrap(),
        kind: kind.into(),
        key: "25".into(),
        attempts: 12,
        dirty_at: f.now - 7_200_000_000,
        last_error: Some("404: <not found>".into()),
        message: Some(regihub_domain::InboxId(2)),
    };
    let kinds = ["sale", "stock", "orders", "product", "publish", "brand-new"];
    let jobs = kinds.map(|kind| ("青山本店".to_owned(), job(kind))).into();
    let intents = vec![intent(regihub_storage::IntentState::Parked, f.now)];
    vec![ParkedPage { f: f.clone(), jobs, intents }, ParkedPage { f, jobs: vec![], intents: vec![] }]
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;
    use regihub_domain::ConnectionId;
    use regihub_storage::{IntentState, Owner};

    #[tokio::test]
    async fn what_waits_for_a_person_is_shown_and_can_be_tried_again() {
        let hub = TestHub::with_a_shop().await;
        assert!(hub.get("/parked").await.text.contains("保留はありません"));
        let job = hub.park_a_job("404: no such sale <25>").await;
        let page = hub.get("/parked").await;
        assert!(page.text.contains("404: no such sale &#60;25&#62;"), "{}", page.text);
        assert!(page.text.contains("この取引"), "says what it means: {}", page.text);
        assert!(hub.get("/").await.text.contains("1件があなたの確認を待っています"));

        let neighbour = hub.as_neighbour().await;
        assert_eq!(neighbour.post(&format!("/parked/jobs/{job}"), "").await.status, 404);
        assert!(!neighbour.get("/parked").await.text.contains("no such sale"));

        assert_eq!(hub.engine.wakes(), 0, "a stranger wakes nobody");
        assert_eq!(hub.post(&format!("/parked/jobs/{job}"), "").await.redirect(), "/parked");
        assert_eq!(hub.engine.wakes(), 1);
        let counts = hub.read(|unit| unit.jobs().counts(Some(Owner::Connection(ConnectionId(1))))).await;
        assert_eq!((counts[0].waiting, counts[0].parked), (1, 0));
        assert_eq!(hub.post(&format!("/parked/jobs/{job}"), "").await.status, 404, "it is parked no more");
    }

    #[tokio::test]
    async fn a_write_that_may_have_been_done_is_looked_up_before_it_is_done_again() {
        let hub = TestHub::with_a_shop().await;
        let intent = hub.park_the_intent().await;
        assert!(hub.get("/parked").await.text.contains("W-1001"));
        assert_eq!(hub.as_neighbour().await.post(&format!("/parked/intents/{intent}"), "").await.status, 404);
        assert_eq!(hub.post(&format!("/parked/intents/{intent}"), "").await.redirect(), "/parked");
        let state = hub.read(|unit| Ok(unit.intents().get_by_tag("rh-1")?.unwrap().state)).await;
        assert_eq!(state, IntentState::Unclear);
    }
}
