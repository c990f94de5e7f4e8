//! `/stock/{link}/{sku}`: why does the shop say this number? (なぜこの数なのか)

use super::{
    links,
    order::{intent_text, intent_tone},
};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use regihub_domain::{LinkId, MovementId, OrderId, ShopId, Sku, StoreId};
use regihub_storage::{
    Dirty, Owner, Unit,
    views::{
        Scope, events,
        orders::IntentInfo,
        why::{self, MovementInfo, PushInfo, StoreStock, Why, WhyPaging},
    },
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Template)]
#[template(path = "why.html", blocks = ["live"])]
pub(crate) struct WhyPage {
    f: Frame,
    found: Found,
    /// Kept in the form when it was refused.
    margin_typed: String,
    margin_error: Option<String>,
}
live_page!(WhyPage);

#[derive(Clone)]
pub(crate) struct Found {
    link: LinkId,
    link_name: String,
    connection: regihub_domain::ConnectionId,
    running: bool,
    link_margin: i64,
    why: Why,
    /// What the shop calls the orders behind the entries.
    order_numbers: BTreeMap<(ShopId, OrderId), String>,
    /// The first entry of each store is its newest, not one of an older page.
    newest: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Paging {
    store: String,
    before: String,
    pushes_before: String,
}

impl Paging {
    fn asked(&self) -> WhyPaging {
        let movements_before = self.before.parse().ok().map(|id| (self.store.as_str().into(), MovementId(id)));
        WhyPaging { movements_before, pushes_before: self.pushes_before.parse().ok() }
    }
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Path((link, sku)): Path<(i64, String)>,
    Query(paging): Query<Paging>,
) -> Result<Response, PageError> {
    let found = load(&hub, &member, LinkId(link), sku.into(), paging.asked()).await?;
    member.answer(&WhyPage::new(member.frame(Section::Stock), found))
}

async fn load(hub: &Hub, member: &Member, link: LinkId, sku: Sku, paging: WhyPaging) -> Result<Found, PageError> {
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, link, &sku, &paging)).await?;
    found.ok_or(PageError::NotFound)
}

fn find(
    unit: &mut Unit<'_>,
    scope: &Scope,
    link: LinkId,
    sku: &Sku,
    paging: &WhyPaging,
) -> regihub_storage::Result<Option<Found>> {
    let Some(link) = scope.link(link) else { return Ok(None) };
    let Some(why) = why::find(unit.sql(), link, sku, paging)? else { return Ok(None) };
    Ok(Some(Found {
        link: link.id,
        link_name: scope.link_name(link),
        connection: link.connection,
        running: link.running,
        link_margin: link.settings.margin,
        order_numbers: order_numbers(unit, &why)?,
        why,
        newest: paging.movements_before.is_none(),
    }))
}

fn order_numbers(unit: &mut Unit<'_>, why: &Why) -> regihub_storage::Result<BTreeMap<(ShopId, OrderId), String>> {
    let entries = why.stores.iter().flat_map(|store| &store.movements);
    let orders: BTreeSet<_> = entries.filter_map(|entry| entry.order.clone()).collect();
    let mut numbers = BTreeMap::new();
    for (shop, order) in orders {
        if let Some(number) = events::named_order(unit.sql(), shop, &order)? {
            numbers.insert((shop, order), number);
        }
    }
    Ok(numbers)
}

#[derive(Deserialize)]
pub(super) struct MarginForm {
    /// Empty: the link's margin holds.
    margin: String,
}

/// More stores than this are one term of the sum at the top.
const MOST_TERMS: usize = 6;

/// Largest margin a person can mean.
const MOST_MARGIN: i64 = 1_000_000;

/// `POST …/margin`: sets the item's own margin; the number is computed anew at once.
pub(super) async fn set_margin(
    State(hub): State<Hub>,
    member: Member,
    Path((link, sku)): Path<(i64, String)>,
    Form(form): Form<MarginForm>,
) -> Result<Response, PageError> {
    let (link, sku) = (LinkId(link), Sku(sku));
    let Some(margin) = margin_in(&form.margin) else {
        let found = load(&hub, &member, link, sku, WhyPaging::default()).await?;
        let f = member.frame(Section::Stock);
        let error = f.b("margin-wrong", "got", &form.margin, "most", MOST_MARGIN);
        let page = WhyPage { margin_typed: form.margin, margin_error: Some(error), ..WhyPage::new(f, found) };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, member.answer(&page)?).into_response());
    };
    let (workspace, now, item) = (member.workspace, hub.clock.now_us(), sku.clone());
    let saved = hub.storage.write(move |unit| save_margin(unit, workspace, link, &item, margin, now)).await?;
    if !saved {
        return Err(PageError::NotFound);
    }
    hub.engine.wake();
    Ok(Redirect::to(&links::why(link, &sku)).into_response())
}

/// `Some(None)`: no margin of its own; `None`: not a margin.
fn margin_in(text: &str) -> Option<Option<i64>> {
    match text.trim() {
        "" => Some(None),
        digits => digits.parse().ok().filter(|margin| (0..=MOST_MARGIN).contains(margin)).map(Some),
    }
}

/// The margin and the wish to publish anew stand in one unit of work, so neither is there without the other.
fn save_margin(
    unit: &mut Unit<'_>,
    workspace: regihub_domain::WorkspaceId,
    link: LinkId,
    sku: &Sku,
    margin: Option<i64>,
    now: i64,
) -> regihub_storage::Result<bool> {
    let scope = Scope::load(unit.sql(), workspace)?;
    let Some(shop) = scope.link(link).map(|link| link.shop) else { return Ok(false) };
    if unit.listings().get(shop, sku)?.is_none() {
        return Ok(false);
    }
    unit.listings().set_margin(shop, sku, margin)?;
    let wish = Dirty {
        owner: Owner::Link(link),
        kind: "publish".into(),
        key: sku.to_string(),
        priority: 1,
        at: now,
        inbox_id: None,
    };
    unit.jobs().mark(&[wish])?;
    Ok(true)
}

/// `POST …/refresh`: reads the item from Smaregi again now.
pub(super) async fn refresh(
    State(hub): State<Hub>,
    member: Member,
    Path((link, sku)): Path<(i64, String)>,
) -> Result<Response, PageError> {
    let (link, sku) = (LinkId(link), Sku(sku));
    load(&hub, &member, link, sku.clone(), WhyPaging::default()).await?;
    hub.engine
        .refresh(link, sku.as_str())
        .await
        .map_err(|why| PageError::Refused(StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(Redirect::to(&links::why(link, &sku)).into_response())
}

impl WhyPage {
    fn new(f: Frame, found: Found) -> Self {
        let margin_typed = found.why.own_margin.map(|margin| margin.to_string()).unwrap_or_default();
        Self { f, found, margin_typed, margin_error: None }
    }

    /// The first sentence: what the shop says and whether that is what it should say.
    fn sentence(&self) -> String {
        let (f, why) = (&self.f, &self.found.why);
        let Some(publication) = &why.publication else {
            return if why.product.is_some() { f.s("why-not-yet") } else { f.s("why-unlinked") };
        };
        let Some(quantity) = publication.quantity else { return f.s("why-unknown") };
        match publication.pushed_quantity {
            None => f.a("why-never-pushed", "quantity", quantity),
            Some(pushed) if !self.found.running => f.a("why-stopped", "quantity", pushed),
            Some(pushed) if publication.dirty_since.is_some() => {
                f.b("why-waiting", "pushed", pushed, "quantity", quantity)
            }
            Some(_) => f.a("why-told", "quantity", quantity),
        }
    }

    fn tone(&self) -> &'static str {
        match &self.found.why.publication {
            Some(publication) if publication.problem.is_some() => "bad",
            Some(publication) if publication.quantity.is_none() => "bad",
            Some(_) if !self.found.running => "idle",
            Some(publication) if publication.dirty_since.is_some() => "busy",
            Some(_) => "good",
            None => "idle",
        }
    }

    /// Σ of the levels in the sum as it was made.
    fn level_sum(&self) -> i64 {
        let inputs = self.found.why.publication.as_ref().map(|publication| &publication.inputs);
        inputs.map_or(0, |inputs| inputs.levels.iter().filter_map(|(_, level)| *level).sum())
    }

    /// What the sum gives before "never below zero".
    fn rest(&self) -> i64 {
        let inputs = self.found.why.publication.as_ref().map(|publication| &publication.inputs);
        self.level_sum() - inputs.map_or(0, |inputs| inputs.demand + inputs.margin)
    }

    fn store_name(&self, id: &StoreId) -> String {
        let known = self.found.why.stores.iter().find(|store| store.id == *id).and_then(|store| store.name.clone());
        known.unwrap_or_else(|| self.f.a("store-number", "id", id.as_str()))
    }

    fn cause(&self, entry: &MovementInfo) -> String {
        let f = &self.f;
        match entry.cause_kind.as_str() {
            "opening" if entry.cause_ref.is_empty() => f.s("cause-opening"),
            "opening" => f.a("cause-carried", "count", &entry.cause_ref),
            "sale" => f.a("cause-sale", "sale", &entry.cause_ref),
            "own_write" => match &entry.order {
                Some(order) => f.a("cause-order", "order", self.order_number(order)),
                None => f.a("cause-own-write", "tag", &entry.cause_ref),
            },
            "history" => self.history(&entry.cause_ref),
            _ => f.s("cause-other"),
        }
    }

    fn order_number(&self, order: &(ShopId, OrderId)) -> String {
        self.found.order_numbers.get(order).cloned().unwrap_or_else(|| order.1.to_string())
    }

    /// The change that made a store's level what it is; `None` when only its first reading is known.
    fn newest(&self, store: &StoreId) -> Option<&MovementInfo> {
        let store = self.found.why.stores.iter().find(|known| self.found.newest && known.id == *store)?;
        store.movements.first().filter(|entry| entry.cause_kind != "opening")
    }

    /// The whole sum in one line, without what is zero: `渋谷店 4 + 吉祥寺店 2 − 余裕数 1 = 5`.
    fn formula(&self) -> Option<String> {
        let publication = self.found.why.publication.as_ref()?;
        let quantity = publication.quantity?;
        let inputs = &publication.inputs;
        let levels = inputs.levels.iter().filter_map(|(store, level)| Some((self.store_name(store), (*level)?)));
        let mut levels: Vec<(String, i64)> = levels.filter(|(_, level)| *level != 0).collect();
        if levels.len() > MOST_TERMS {
            levels = vec![(self.f.s("why-all-stores"), self.level_sum())];
        }
        let taken = [(self.f.s("col-demand"), -inputs.demand), (self.f.s("col-margin"), -inputs.margin)];
        let terms = levels.into_iter().chain(taken.into_iter().filter(|(_, pieces)| *pieces != 0));
        let mut text = String::new();
        for (name, pieces) in terms {
            let sign = match (text.is_empty(), pieces < 0) {
                (true, false) => "",
                (true, true) => "−",
                (false, false) => " + ",
                (false, true) => " − ",
            };
            text = format!("{text}{sign}{name} {}", self.f.n(&pieces.abs()));
        }
        // Below zero the sum is not what is told; the table below says so.
        (!text.is_empty() && self.rest() >= 0).then(|| format!("{text} = {}", self.f.n(&quantity)))
    }

    /// What Smaregi's change history says: its number, division and memo, separated by blanks as stored.
    fn history(&self, reference: &str) -> String {
        let mut parts = reference.splitn(3, ' ').skip(1);
        let division = division_text(&self.f, parts.next().unwrap_or_default());
        match parts.next().unwrap_or_default() {
            "" => self.f.a("cause-history", "division", division),
            memo => self.f.b("cause-history-memo", "division", division, "memo", memo),
        }
    }

    /// Where the cause of an entry can be looked up.
    fn cause_address(&self, entry: &MovementInfo) -> Option<String> {
        match (entry.cause_kind.as_str(), &entry.order) {
            ("sale", _) => Some(links::sale(self.found.connection, &entry.cause_ref.as_str().into())),
            ("own_write", Some((shop, order))) => Some(links::order(*shop, order)),
            _ => None,
        }
    }

    fn older_movements(&self, store: &StoreStock) -> Option<String> {
        let last = store.movements.last().filter(|_| store.more)?;
        Some(links::older_movements(self.found.link, &self.found.why.sku, &store.id, last.id))
    }

    fn older_pushes(&self) -> Option<String> {
        let last = self.found.why.pushes.last().filter(|_| self.found.why.more_pushes)?;
        let here = links::why(self.found.link, &self.found.why.sku);
        Some(links::address(&here, &[("pushes_before", &last.id.to_string())]) + "#pushes")
    }

    fn order_address(&self, intent: &IntentInfo) -> String {
        links::order(intent.shop, &intent.order)
    }

    fn intent_text(&self, intent: &IntentInfo) -> String {
        intent_text(&self.f, intent.state)
    }

    fn intent_tone(&self, intent: &IntentInfo) -> &'static str {
        intent_tone(intent.state)
    }

    /// What the shop answered, in words where it is one of the usual answers.
    fn result_text(&self, push: &PushInfo) -> String {
        match push.result.as_str() {
            "applied" => self.f.s("result-applied"),
            "applied earlier" => self.f.s("result-applied-earlier"),
            other => self.f.reason(other),
        }
    }

    fn here(&self) -> String {
        links::why(self.found.link, &self.found.why.sku)
    }

    fn margin_hint(&self) -> String {
        self.f.a("margin-hint", "margin", self.found.link_margin)
    }
}

/// Smaregi's `stockDivision` in words. Source: platform-pos.md §4.
fn division_text(f: &Frame, division: &str) -> String {
    match division {
        "01" => f.s("division-01"),
        "02" => f.s("division-02"),
        "03" => f.s("division-03"),
        "04" => f.s("division-04"),
        "05" => f.s("division-05"),
        "06" => f.s("division-06"),
        "07" => f.s("division-07"),
        "08" => f.s("division-08"),
        "09" => f.s("division-09"),
        "10" => f.s("division-10"),
        "12" => f.s("division-12"),
        "13" => f.s("division-13"),
        "14" => f.s("division-14"),
        "15" => f.s("division-15"),
        "16" => f.s("division-16"),
        "17" => f.s("division-17"),
        "18" => f.s("division-18"),
        other => f.a("division-unknown", "division", other),
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use crate::pages::{
        order::samples::{STATES, intent},
        stock::samples::inputs,
    };
    use regihub_domain::{ConnectionId, ExchangeId, InboxId, ShopId};
    use regihub_storage::views::why::{LevelInfo, ProductInfo, PublicationInfo, Tidied};

    fn entry(cause_kind: &str, cause_ref: &str, now: i64) -> MovementInfo {
        MovementInfo {
            id: MovementId(1),
            at: now - 3_000_000,
            cause_kind: cause_kind.into(),
            cause_ref: cause_ref.into(),
            delta: -2,
            level_after: 5,
            exchange: Some(ExchangeId(1)),
            message: Some(InboxId(1)),
            order: None,
        }
    }

    fn product() -> ProductInfo {
        ProductInfo {
            id: "8".into(),
            code: "TS-1".into(),
            name: "Tシャツ".into(),
            color: Some("赤".into()),
            size: None,
            stock_managed: true,
            deleted: false,
            exchange: None,
        }
    }

    fn publication(now: i64) -> PublicationInfo {
        PublicationInfo {
            quantity: Some(3),
            version: 9,
            orders_seen: 4,
            inputs: inputs(),
            computed_at: now,
            dirty_since: None,
            pushed_quantity: Some(3),
            pushed_at: Some(now),
            push_exchange: Some(ExchangeId(2)),
            problem: None,
        }
    }

    fn pushes(now: i64) -> Vec<PushInfo> {
        let push = |result: &str| PushInfo {
            id: 1,
            at: now,
            quantity: 3,
            inputs: inputs(),
            result: result.into(),
            exchange: Some(ExchangeId(2)),
        };
        ["applied", "applied earlier", "unknown <sku>"].map(push).into()
    }

    fn stores(now: i64) -> Vec<StoreStock> {
        let mut movements = vec![
            entry("opening", "", now),
            entry("opening", "41", now),
            entry("sale", "25", now),
            entry("own_write", "rh-1", now),
            entry("other", "", now),
            MovementInfo { order: Some((ShopId(1), "1001".into())), ..entry("own_write", "rh-2", now) },
        ];
        movements.extend((1..=18).map(|n| entry("history", &format!("9 {n:02} memo <b>"), now)));
        movements.push(entry("history", "9 05 ", now));
        let exchange = Some(ExchangeId(1));
        let level = Some(LevelInfo { amount: 5, unattributed: -1, seen_at: now, changed_at: now, exchange });
        vec![
            StoreStock { id: "1".into(), name: Some("青山本店".into()), level, movements, more: true },
            StoreStock { id: "2".into(), name: None, level: None, movements: vec![], more: false },
        ]
    }

    fn found(now: i64) -> Found {
        let why = Why {
            sku: "TS-1/赤".into(),
            name: "Tシャツ<script>".into(),
            own_margin: Some(1),
            listing_problem: None,
            product: Some(product()),
            publication: Some(publication(now)),
            stores: stores(now),
            demand: STATES.map(|state| intent(state, now)).into(),
            pushes: pushes(now),
            more_pushes: true,
            tidied: Tidied::default(),
        };
        Found {
            link: LinkId(1),
            link_name: "青山本店 × オンライン店".into(),
            connection: ConnectionId(1),
            running: true,
            link_margin: 0,
            why,
            order_numbers: BTreeMap::from([((ShopId(1), "1001".into()), "W-1001".into())]),
            newest: true,
        }
    }

    pub(crate) fn pages(f: Frame) -> Vec<WhyPage> {
        let told = found(f.now);
        let with = |change: fn(&mut Found)| {
            let mut found = told.clone();
            change(&mut found);
            WhyPage::new(f.clone(), found)
        };
        let published = |change: fn(&mut PublicationInfo)| {
            let mut found = told.clone();
            found.why.publication.as_mut().map(change);
            WhyPage::new(f.clone(), found)
        };
        let unlinked = with(|found| {
            found.why.product = None;
            found.why.publication = None;
            found.why.stores.clear();
            found.why.demand.clear();
            found.why.pushes.clear();
            found.why.listing_problem = Some("no product has the code TS-1".into());
        });
        let typed = "x";
        let error = Some(f.b("margin-wrong", "got", typed, "most", MOST_MARGIN));
        vec![
            with(|_| ()),
            with(|found| found.running = false),
            with(|found| {
                found.why.tidied = Tidied { raw: Some(0), pushes: Some(0) };
                found.why.more_pushes = false;
            }),
            with(|found| found.why.publication = None),
            with(|found| found.why.product.iter_mut().for_each(|product| product.stock_managed = false)),
            with(|found| found.why.product.iter_mut().for_each(|product| product.deleted = true)),
            published(|it| it.quantity = None),
            published(|it| it.pushed_quantity = None),
            published(|it| it.dirty_since = Some(0)),
            published(|it| it.problem = Some("unknown_sku".into())),
            published(|it| it.inputs.demand = 99),
            unlinked,
            WhyPage { margin_typed: "x".into(), margin_error: error, ..with(|_| ()) },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHub;

    #[test]
    fn a_margin_is_a_small_whole_number_or_nothing() {
        assert_eq!(margin_in(" 3 "), Some(Some(3)));
        assert_eq!(margin_in(""), Some(None));
        for wrong in ["-1", "x", "1.5", "99999999999999999999", "1000001"] {
            assert_eq!(margin_in(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn the_shop_keeper_sees_why_the_shop_says_three() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/stock/1/TS-1").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("3個"), "what the shop says: {}", page.text);
        assert!(page.text.contains("青山本店") && page.text.contains("余裕数"), "the parts of the sum");
        assert!(page.text.contains("href=\"/sales/1/25\""), "a sale behind an entry");
        assert!(page.text.contains("href=\"/orders/1/1001\""), "the order whose piece is taken off");
        assert!(page.text.contains("href=\"/exchanges/2\""), "the call that told the shop");
        assert!(page.text.contains("はじめて読み取った在庫"));
        assert!(hub.fragment("/stock/1/TS-1", "live").await.text.contains("3個"));
    }

    #[tokio::test]
    async fn an_item_without_a_product_says_what_is_missing() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/stock/1/CAP%2F1").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("同じコードの商品"), "{}", page.text);
        assert_eq!(hub.get("/stock/1/NOTHING").await.status, 404);
        assert_eq!(hub.get("/stock/9/TS-1").await.status, 404);
    }

    #[tokio::test]
    async fn a_new_margin_is_kept_and_the_number_is_asked_for_anew() {
        let hub = TestHub::with_a_shop().await;
        assert_eq!(hub.post("/stock/1/TS-1/margin", "margin=2").await.redirect(), "/stock/1/TS-1");
        let (margin, jobs) = hub
            .read(|unit| {
                let margin = unit.listings().get(regihub_domain::ShopId(1), &"TS-1".into())?.unwrap().margin;
                Ok((margin, unit.jobs().counts(Some(Owner::Link(LinkId(1))))?))
            })
            .await;
        assert_eq!(margin, Some(2));
        assert_eq!((jobs[0].kind.as_str(), jobs[0].waiting), ("publish", 1));
        let refused = hub.post("/stock/1/TS-1/margin", "margin=-2").await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("value=\"-2\""), "what was typed is still there: {}", refused.text);
        assert_eq!(hub.as_neighbour().await.post("/stock/1/TS-1/margin", "margin=9").await.status, 404);
    }

    #[tokio::test]
    async fn reading_again_is_asked_of_the_engine() {
        let hub = TestHub::with_a_shop().await;
        assert_eq!(hub.post("/stock/1/TS-1/refresh", "").await.redirect(), "/stock/1/TS-1");
        assert_eq!(hub.engine.refreshed(), vec![(LinkId(1), "TS-1".to_owned())]);
        assert_eq!(hub.as_neighbour().await.post("/stock/1/TS-1/refresh", "").await.status, 404);
        assert_eq!(hub.engine.refreshed().len(), 1, "a stranger moves nothing");
    }
}
