//! `/events`: the messages that came in (通知), newest first.

use super::links::{self, Choice, ROWS};
use crate::{
    frame::{Frame, Hub, Member, PageError, Section, live_page},
    i18n::Language,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use regihub_domain::InboxId;
use regihub_storage::{
    MessageState, Owner, Unit,
    views::{
        Scope,
        events::{self, EventFilter, EventRow},
    },
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "events.html", blocks = ["live"])]
pub(crate) struct EventsPage {
    f: Frame,
    query: EventsQuery,
    sources: Vec<Choice>,
    states: Vec<Choice>,
    rows: Vec<Shown>,
    older: Option<String>,
}
live_page!(EventsPage);

pub(crate) struct Shown {
    row: EventRow,
    source: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventsQuery {
    source: String,
    state: String,
    /// A message number of ours, or the sender's id.
    q: String,
    before: String,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Query(query): Query<EventsQuery>,
) -> Result<Response, PageError> {
    let asked = query.clone();
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, &asked)).await?;
    if let Some(id) = found.exactly {
        return Ok(Redirect::to(&format!("/events/{id}")).into_response());
    }
    member.answer(&page(member.frame(Section::Events), query, found))
}

struct Found {
    rows: Vec<Shown>,
    sources: Vec<(Owner, String)>,
    /// The search named one message by its number.
    exactly: Option<InboxId>,
}

fn find(unit: &mut Unit<'_>, scope: &Scope, query: &EventsQuery) -> regihub_storage::Result<Found> {
    let search = query.q.trim();
    let filter = EventFilter {
        owner: query.source.parse().ok(),
        state: state_of(&query.state),
        message_id: (!search.is_empty()).then_some(search),
    };
    let before = query.before.parse().ok().map(InboxId);
    let rows = events::list(unit.sql(), scope, filter, before, ROWS + 1)?;
    let number = search.parse().ok().map(InboxId).filter(|_| rows.is_empty());
    let exactly = match number {
        Some(id) => events::find(unit.sql(), scope, id)?.map(|found| found.row.id),
        None => None,
    };
    let rows = rows.into_iter().map(|row| Shown { source: scope.name(row.owner), row }).collect();
    let sources = scope.owners().into_iter().filter(|owner| !matches!(owner, Owner::Link(_)));
    Ok(Found { rows, sources: sources.map(|owner| (owner, scope.name(owner))).collect(), exactly })
}

fn page(f: Frame, query: EventsQuery, mut found: Found) -> EventsPage {
    let more = links::cut(&mut found.rows);
    let older = found.rows.last().filter(|_| more).map(|last| {
        let before = last.row.id.to_string();
        let kept = [("source", query.source.as_str()), ("state", &query.state), ("q", &query.q), ("before", &before)];
        links::address("/events", &kept)
    });
    let any = Choice::new("", f.s("filter-all"), &query.source);
    let named = found.sources.iter().map(|(owner, name)| Choice::new(owner.to_string(), name, &query.source));
    let sources = std::iter::once(any).chain(named).collect();
    let states = std::iter::once(Choice::new("", f.s("filter-all"), &query.state))
        .chain(STATES.iter().map(|(name, state)| Choice::new(*name, state_text(f.language, *state), &query.state)))
        .collect();
    EventsPage { f, query, sources, states, rows: found.rows, older }
}

const STATES: [(&str, MessageState); 3] =
    [("sorted", MessageState::Sorted), ("ignored", MessageState::Ignored), ("unreadable", MessageState::Unreadable)];

fn state_of(name: &str) -> Option<MessageState> {
    STATES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state)
}

pub(super) fn state_text(language: Language, state: MessageState) -> String {
    match state {
        MessageState::Sorted => language.s("event-sorted"),
        MessageState::Ignored => language.s("event-ignored"),
        MessageState::Unreadable => language.s("event-unreadable"),
    }
}

/// What a message is about, in words where it is one of the usual ones. Names: platform-common.md §16.2, docs/channels/generic.md §6.
pub(super) fn what(f: &Frame, row: &EventRow) -> String {
    let subject = match row.event.as_str() {
        "pos:transactions" => f.s("subject-sale"),
        "pos:stock" => f.s("subject-stock"),
        "pos:products" => f.s("subject-product"),
        "pos:customers" => f.s("subject-customer"),
        "pos:stores" => f.s("subject-store"),
        "order" => f.s("subject-order"),
        _ => return String::new(),
    };
    let action = match row.action.as_str() {
        "created" | "placed" => f.s("action-created"),
        "edited" | "updated" | "bulk-update" => f.s("action-edited"),
        "deleted" | "bulk-deleted" => f.s("action-deleted"),
        "canceled" | "cancelled" => f.s("action-cancelled"),
        "disposed" => f.s("action-disposed"),
        _ => return subject,
    };
    f.b("event-what", "subject", subject, "action", action)
}

/// Colour of a state's mark.
pub(super) fn state_tone(state: MessageState) -> &'static str {
    match state {
        MessageState::Sorted => "good",
        MessageState::Ignored => "idle",
        MessageState::Unreadable => "bad",
    }
}

impl EventsPage {
    fn what(&self, row: &EventRow) -> String {
        what(&self.f, row)
    }

    fn state_text(&self, state: &MessageState) -> String {
        state_text(self.f.language, *state)
    }

    fn state_tone(&self, state: &MessageState) -> &'static str {
        state_tone(*state)
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) fn row(now: i64, id: i64, state: MessageState) -> EventRow {
        EventRow {
            id: InboxId(id),
            received_at: now - id * 1_000_000,
            owner: "connection:1".parse().unwrap(),
            event: "pos:transactions".into(),
            action: "created".into(),
            message_id: Some("0b7e0d0c-0000-4000-8000-000000000001".into()),
            state,
            note: (state == MessageState::Unreadable).then(|| "ids: <missing>".into()),
            size: 98,
        }
    }

    pub(crate) fn pages(f: Frame) -> Vec<EventsPage> {
        let many = (0..=ROWS as i64).map(|n| {
            let row = row(f.now, 100 - n, STATES[n as usize % STATES.len()].1);
            Shown { row, source: "青山本店".into() }
        });
        let sources = vec![("connection:1".parse().unwrap(), "青山本店".to_owned())];
        let full = Found { rows: many.collect(), sources: sources.clone(), exactly: None };
        let empty = Found { rows: vec![], sources, exactly: None };
        vec![page(f.clone(), EventsQuery::default(), full), page(f, EventsQuery::default(), empty)]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn without_notifications_the_page_says_why_that_may_be() {
        let hub = TestHub::signed_in().await;
        let page = hub.get("/events").await;
        assert!(page.text.contains("まだ通知はありません"), "{}", page.text);
    }

    #[tokio::test]
    async fn notifications_are_listed_filtered_and_found_by_their_id() {
        let hub = TestHub::with_a_shop().await;
        hub.notify("event-1", r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[]}"#).await;
        let page = hub.get("/events").await;
        assert!(page.text.contains("pos:stock") && page.text.contains("青山本店"), "{}", page.text);
        assert!(hub.get("/events?source=connection:1&state=sorted").await.text.contains("pos:stock"));
        assert!(!hub.get("/events?state=ignored").await.text.contains("pos:stock"));
        assert!(hub.get("/events?q=event-1").await.text.contains("pos:stock"));
        assert!(!hub.get("/events?q=event-2").await.text.contains("pos:stock"));
        let id = hub.newest_message().await;
        assert_eq!(hub.get(&format!("/events?q={id}")).await.redirect(), format!("/events/{id}"));
    }

    #[tokio::test]
    async fn a_thousand_notifications_are_read_page_by_page() {
        let hub = TestHub::with_a_shop().await;
        for n in 0..60 {
            hub.notify(&format!("n-{n}"), r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited"}"#).await;
        }
        let first = hub.get("/events").await;
        assert!(first.text.contains("n-59") && !first.text.contains("n-9<"), "{}", first.text);
        let older = first.link_with("before=");
        let second = hub.get(&older).await;
        assert!(second.text.contains("n-9<") && !second.text.contains("n-59"));
        assert_eq!(second.find_link("before="), None, "no third page");
    }

    #[tokio::test]
    async fn the_neighbour_sees_none_of_it() {
        let hub = TestHub::with_a_shop().await;
        hub.notify("event-1", r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited"}"#).await;
        let id = hub.newest_message().await;
        let neighbour = hub.as_neighbour().await;
        assert!(!neighbour.get("/events").await.text.contains("pos:stock"));
        assert!(!neighbour.get("/events?source=connection:1").await.text.contains("pos:stock"));
        assert!(!neighbour.get("/events?q=event-1").await.text.contains("pos:stock"));
        assert_eq!(neighbour.get(&format!("/events/{id}")).await.status, 404);
    }
}
