//! `/`: is it working?

use super::links;
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page, midnight};
use askama::Template;
use axum::{extract::State, response::Response};
use regihub_storage::views::dashboard::{self, Counted, Dashboard, LinkHealth};

#[derive(Template)]
#[template(path = "dashboard.html", blocks = ["live"])]
pub(crate) struct DashboardPage {
    f: Frame,
    view: Dashboard,
    verdict: Verdict,
    sentence: String,
}
live_page!(DashboardPage);

pub(super) async fn show(State(hub): State<Hub>, member: Member) -> Result<Response, PageError> {
    let today = midnight(member.now());
    let view = hub.look(member.workspace, move |unit, scope| dashboard::load(unit.sql(), scope, today)).await?;
    member.answer(&DashboardPage::new(member.frame(Section::Dashboard), view))
}

impl DashboardPage {
    fn new(f: Frame, view: Dashboard) -> Self {
        let verdict = judge(&view, f.now);
        let sentence = verdict.sentence(&f);
        Self { f, view, verdict, sentence }
    }

    /// What is missing is done on the page of the settings.
    fn wants_settings(&self) -> bool {
        matches!(self.verdict, Verdict::NoLinks | Verdict::AllStopped)
    }

    fn counted(&self, counted: &Counted) -> String {
        let number = self.f.n(&counted.count);
        if counted.or_more { format!("{number}+") } else { number }
    }

    fn stock_address(&self, link: &LinkHealth, filter: &str) -> String {
        links::address("/stock", &[("link", &link.link.to_string()), ("filter", filter)])
    }

    /// How long the oldest unsent number has waited, when that is longer than it should be.
    fn is_late(&self, link: &LinkHealth) -> bool {
        link.oldest_waiting.is_some_and(|since| self.f.now - since > LATE_US)
    }
}

/// A number should not wait longer than this to be sent.
const LATE_US: i64 = 60_000_000;
/// Smaregi should be read at least this often, even when nothing happens.
const STALE_US: i64 = 15 * 60_000_000;

/// The state of everything in one word, the worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    NoLinks,
    AllStopped,
    Unreachable { error: String },
    Parked { count: i64 },
    Late { count: i64, since: i64 },
    Stale { since: i64 },
    Working { count: i64 },
    Well { stock_read: i64 },
    NeverRead,
}

/// Decides what the top of the page says.
fn judge(view: &Dashboard, now: i64) -> Verdict {
    let running: Vec<&LinkHealth> = view.links.iter().filter(|link| link.running).collect();
    if view.links.is_empty() {
        return Verdict::NoLinks;
    }
    if running.is_empty() {
        return Verdict::AllStopped;
    }
    if let Some(error) = running.iter().find_map(|link| link.errors.first()) {
        return Verdict::Unreachable { error: error.clone() };
    }
    if view.parked > 0 {
        return Verdict::Parked { count: view.parked };
    }
    let waiting = running.iter().map(|link| link.waiting_pushes).sum();
    if let Some(since) = running.iter().filter_map(|link| link.oldest_waiting).min()
        && now - since > LATE_US
    {
        return Verdict::Late { count: waiting, since };
    }
    let Some(stock_read) = running.iter().filter_map(|link| link.stock_read).min() else { return Verdict::NeverRead };
    match waiting {
        _ if now - stock_read > STALE_US => Verdict::Stale { since: stock_read },
        0 => Verdict::Well { stock_read },
        count => Verdict::Working { count },
    }
}

impl Verdict {
    /// Colour of the sentence: `good`, `busy`, `bad` or `idle`.
    fn tone(&self) -> &'static str {
        match self {
            Verdict::NoLinks | Verdict::AllStopped => "idle",
            Verdict::Unreachable { .. } | Verdict::Stale { .. } => "bad",
            Verdict::Parked { .. } | Verdict::Late { .. } | Verdict::NeverRead => "busy",
            Verdict::Working { .. } | Verdict::Well { .. } => "good",
        }
    }

    fn sentence(&self, f: &Frame) -> String {
        match self {
            Verdict::NoLinks => f.s("verdict-no-links"),
            Verdict::AllStopped => f.s("verdict-all-stopped"),
            Verdict::Unreachable { error } => f.a("verdict-unreachable", "error", f.reason(error)),
            Verdict::Parked { count } => f.a("verdict-parked", "count", count),
            Verdict::Late { count, since } => f.b("verdict-late", "count", count, "age", f.age(since)),
            Verdict::Stale { since } => f.a("verdict-stale", "age", f.age(since)),
            Verdict::Working { count } => f.a("verdict-working", "count", count),
            Verdict::Well { stock_read } => f.a("verdict-well", "age", f.age(stock_read)),
            Verdict::NeverRead => f.s("verdict-never-read"),
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use regihub_domain::{ConnectionId, LinkId, ShopId};

    pub(super) fn link(now: i64) -> LinkHealth {
        LinkHealth {
            link: LinkId(1),
            connection: ConnectionId(1),
            shop: ShopId(1),
            connection_name: "青山本店".into(),
            shop_name: "オンライン<b>店</b>".into(),
            running: true,
            published: 1234,
            unknown: 0,
            problems: 0,
            waiting_pushes: 0,
            oldest_waiting: None,
            last_push: Some(now - 3_000_000),
            last_smaregi_notification: Some(now - 5_000_000),
            last_shop_notification: None,
            sales_read: Some(now - 4_000_000),
            stock_read: Some(now - 3_000_000),
            products_read: Some(now - 3_600_000_000),
            orders_read: Some(now - 9_000_000),
            errors: vec![],
            waiting_jobs: 0,
            sales_today: 12,
            orders_today: Counted { count: 7, or_more: false },
            pushes_today: Counted { count: 20_000, or_more: true },
        }
    }

    pub(crate) fn pages(f: Frame) -> Vec<DashboardPage> {
        let well = link(f.now);
        let late = LinkHealth {
            waiting_pushes: 31,
            oldest_waiting: Some(f.now - 300_000_000),
            waiting_jobs: 40,
            ..well.clone()
        };
        let stopped = LinkHealth { running: false, unknown: 3, problems: 2, stock_read: None, ..well.clone() };
        let broken = LinkHealth { errors: vec!["401 Unauthorized".into()], ..well.clone() };
        let views = [
            Dashboard { links: vec![], parked: 0 },
            Dashboard { links: vec![well.clone()], parked: 0 },
            Dashboard { links: vec![late, stopped.clone()], parked: 0 },
            Dashboard { links: vec![stopped], parked: 0 },
            Dashboard { links: vec![broken], parked: 0 },
            Dashboard { links: vec![well.clone()], parked: 1 },
            Dashboard { links: vec![LinkHealth { stock_read: None, ..well.clone() }], parked: 0 },
            Dashboard { links: vec![LinkHealth { stock_read: Some(0), ..well.clone() }], parked: 0 },
            Dashboard { links: vec![LinkHealth { waiting_pushes: 2, ..well }], parked: 0 },
        ];
        views.into_iter().map(|view| DashboardPage::new(f.clone(), view)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    fn with(change: impl FnOnce(&mut LinkHealth)) -> Dashboard {
        let mut link = samples::link(1_000_000_000_000);
        change(&mut link);
        Dashboard { links: vec![link], parked: 0 }
    }

    #[test]
    fn the_worst_news_comes_first() {
        let now = 1_000_000_000_000;
        assert_eq!(judge(&with(|_| ()), now), Verdict::Well { stock_read: now - 3_000_000 });
        assert_eq!(judge(&with(|link| link.waiting_pushes = 2), now), Verdict::Working { count: 2 });
        let late = with(|link| {
            link.waiting_pushes = 2;
            link.oldest_waiting = Some(now - LATE_US - 1);
        });
        assert_eq!(judge(&late, now), Verdict::Late { count: 2, since: now - LATE_US - 1 });
        assert_eq!(judge(&Dashboard { parked: 1, ..late.clone() }, now), Verdict::Parked { count: 1 });
        let mut broken = late;
        broken.links[0].errors.push("401".into());
        assert_eq!(judge(&broken, now), Verdict::Unreachable { error: "401".into() });
        broken.links[0].running = false;
        assert_eq!(judge(&broken, now), Verdict::AllStopped, "a link that was stopped on purpose is no alarm");
    }

    #[tokio::test]
    async fn an_empty_hub_says_what_comes_next() {
        let hub = TestHub::signed_in().await;
        let page = hub.get("/").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("連携がありません"), "{}", page.text);
    }

    #[tokio::test]
    async fn a_working_shop_is_told_how_fresh_its_stock_is() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/").await;
        assert!(page.text.contains("最新の在庫は3秒前のものです"), "{}", page.text);
        assert!(page.text.contains("青山本店") && page.text.contains("オンライン店"));
        let fragment = hub.fragment("/", "live").await;
        assert!(fragment.text.contains("最新の在庫は3秒前のものです") && !fragment.text.contains("<html"));
        assert_eq!(hub.fragment("/", "nothing").await.status, 404);
    }

    #[tokio::test]
    async fn the_neighbours_shop_is_not_shown() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.as_neighbour().await.get("/").await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("青山本店") && !page.text.contains("オンライン店"), "{}", page.text);
    }
}
