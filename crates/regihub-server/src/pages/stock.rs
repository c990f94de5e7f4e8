//! `/stock`: everything a shop sells with the number it was given (在庫), one link at a time.

use super::links::{self, Choice, ROWS};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use regihub_domain::{LinkId, StoreId};
use regihub_storage::{
    Unit,
    views::{
        Scope, settings,
        stock::{self, StockCursor, StockFilter, StockQuery, StockRow, StockSort},
    },
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "stock.html", blocks = ["live"])]
pub(crate) struct StockPage {
    f: Frame,
    link: Option<LinkId>,
    query: ListQuery,
    links: Vec<Choice>,
    filters: Vec<Choice>,
    sorts: Vec<Choice>,
    store_names: BTreeMap<StoreId, String>,
    rows: Vec<StockRow>,
    next: Option<String>,
}
live_page!(StockPage);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    link: String,
    q: String,
    filter: String,
    sort: String,
    /// Sort key of the last row of the page before.
    key: String,
    /// SKU of the last row of the page before.
    after: String,
}

impl ListQuery {
    fn asked(&self) -> StockQuery {
        let after = (!self.after.is_empty())
            .then(|| StockCursor { key: self.key.parse().unwrap_or_default(), sku: self.after.as_str().into() });
        StockQuery { search: self.q.trim().to_owned(), filter: self.filter(), sort: self.sort(), after }
    }

    fn filter(&self) -> StockFilter {
        match self.filter.as_str() {
            "differing" => StockFilter::Differing,
            "unpushed" => StockFilter::Unpushed,
            "problem" => StockFilter::Problem,
            "zero" => StockFilter::Zero,
            "unknown" => StockFilter::Unknown,
            _ => StockFilter::All,
        }
    }

    fn sort(&self) -> StockSort {
        match self.sort.as_str() {
            "quantity" => StockSort::Quantity,
            "changed" => StockSort::Changed,
            _ => StockSort::Sku,
        }
    }
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    let asked = query.clone();
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, &asked)).await?;
    member.answer(&page(member.frame(Section::Stock), query, found))
}

#[derive(Default)]
struct Found {
    link: Option<LinkId>,
    links: Vec<(LinkId, String)>,
    store_names: BTreeMap<StoreId, String>,
    rows: Vec<StockRow>,
}

fn find(unit: &mut Unit<'_>, scope: &Scope, query: &ListQuery) -> regihub_storage::Result<Found> {
    let links = scope.links.iter().map(|link| (link.id, scope.link_name(link))).collect();
    let asked = query.link.parse().ok().map(LinkId);
    let link = match asked {
        Some(id) => scope.link(id),
        None => scope.links.first(),
    };
    let Some(link) = link else { return Ok(Found { links, ..Found::default() }) };
    let rows = stock::list(unit.sql(), link, &query.asked(), ROWS + 1)?;
    let store_names = settings::store_names(unit.sql(), link.connection)?.into_iter().collect();
    Ok(Found { link: Some(link.id), links, store_names, rows })
}

fn page(f: Frame, query: ListQuery, mut found: Found) -> StockPage {
    let more = links::cut(&mut found.rows);
    let chosen = found.link.map(|id| id.to_string()).unwrap_or_default();
    let next = found.rows.last().filter(|_| more).map(|last| {
        let cursor = StockCursor::after(query.sort(), last);
        let key = if query.sort() == StockSort::Sku { String::new() } else { cursor.key.to_string() };
        let kept = [
            ("link", chosen.as_str()),
            ("q", &query.q),
            ("filter", &query.filter),
            ("sort", &query.sort),
            ("key", &key),
            ("after", cursor.sku.as_str()),
        ];
        links::address("/stock", &kept)
    });
    let filters = vec![
        Choice::new("", f.s("filter-all"), &query.filter),
        Choice::new("differing", f.s("stock-filter-differing"), &query.filter),
        Choice::new("unpushed", f.s("stock-filter-unpushed"), &query.filter),
        Choice::new("problem", f.s("stock-filter-problem"), &query.filter),
        Choice::new("zero", f.s("stock-filter-zero"), &query.filter),
        Choice::new("unknown", f.s("stock-filter-unknown"), &query.filter),
    ];
    let sorts = vec![
        Choice::new("", f.s("stock-sort-sku"), &query.sort),
        Choice::new("quantity", f.s("stock-sort-quantity"), &query.sort),
        Choice::new("changed", f.s("stock-sort-changed"), &query.sort),
    ];
    let links = found.links.into_iter().map(|(id, name)| Choice::new(id.to_string(), name, &chosen)).collect();
    let Found { link, store_names, rows, .. } = found;
    StockPage { f, link, query, links, filters, sorts, store_names, rows, next }
}

impl StockPage {
    fn address(&self, row: &StockRow) -> String {
        self.link.map_or_else(String::new, |link| links::why(link, &row.sku))
    }

    /// `本店 5`, one for each store that counts.
    fn levels(&self, row: &StockRow) -> Vec<String> {
        let Some(inputs) = &row.inputs else { return vec![] };
        let name = |store: &StoreId| self.store_names.get(store).cloned().unwrap_or_else(|| store.to_string());
        let number =
            |level: &Option<i64>| level.map_or_else(|| "—".to_owned(), |level| self.f.n(&level).replace('-', "−"));
        inputs.levels.iter().map(|(store, level)| format!("{} {}", name(store), number(level))).collect()
    }

    fn is_searching(&self) -> bool {
        !self.query.q.is_empty() || !self.query.filter.is_empty()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use regihub_domain::publish::PublishInputs;

    pub(crate) fn inputs() -> PublishInputs {
        PublishInputs { levels: vec![("1".into(), Some(5)), ("2".into(), None)], demand: 1, margin: 1 }
    }

    fn row(n: i64, now: i64) -> StockRow {
        StockRow {
            sku: format!("TS-{n}/赤").into(),
            name: "Tシャツ<script>".into(),
            product: Some("8".into()),
            product_name: Some("Tシャツ".into()),
            product_code: Some("TS-1".into()),
            quantity: Some(3),
            inputs: Some(inputs()),
            computed_at: Some(now - 3_000_000),
            dirty_since: (n % 2 == 0).then_some(now - 1_000_000),
            pushed_quantity: Some(n % 4),
            pushed_at: Some(now - 2_000_000),
            problem: (n % 5 == 0).then(|| "unknown_sku".into()),
            seen_at: Some(now - 3_000_000),
        }
    }

    pub(crate) fn pages(f: Frame) -> Vec<StockPage> {
        let mut rows: Vec<StockRow> = (0..ROWS as i64).map(|n| row(n, f.now)).collect();
        let unlinked = StockRow {
            product: None,
            product_name: None,
            product_code: None,
            quantity: None,
            inputs: None,
            computed_at: None,
            dirty_since: None,
            pushed_quantity: None,
            pushed_at: None,
            problem: None,
            seen_at: None,
            ..row(1, f.now)
        };
        rows.insert(0, unlinked);
        let full = Found {
            link: Some(LinkId(1)),
            links: vec![(LinkId(1), "青山本店 × オンライン店".into())],
            store_names: BTreeMap::from([("1".into(), "青山本店".into())]),
            rows,
        };
        let searching = ListQuery { q: "x".into(), ..ListQuery::default() };
        let none = Found { link: Some(LinkId(1)), ..Found::default() };
        vec![
            page(f.clone(), ListQuery { sort: "quantity".into(), ..ListQuery::default() }, full),
            page(f.clone(), searching, none),
            page(f, ListQuery::default(), Found::default()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn the_shop_s_items_are_listed_searched_filtered_and_sorted() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/stock").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("href=\"/stock/1/TS-1\"") && page.text.contains("青山本店 5"), "{}", page.text);
        assert!(
            page.text.contains("href=\"/stock/1/CAP%2F1\""),
            "an item without a number is listed too: {}",
            page.text
        );
        let has = async |query: &str, sku: &str| {
            hub.get(&format!("/stock?{query}")).await.text.contains(&format!("href=\"/stock/1/{sku}\""))
        };
        assert!(has("q=ts-1", "TS-1").await && !has("q=ts-1", "CAP%2F1").await);
        assert!(has("q=%25", "nothing").await == has("q=nothing", "nothing").await, "% finds only itself");
        assert!(has("filter=unknown", "CAP%2F1").await && !has("filter=unknown", "TS-1").await);
        assert!(has("filter=problem", "CAP%2F1").await && !has("filter=problem", "TS-1").await);
        assert!(!has("filter=zero", "TS-1").await && !has("filter=differing", "TS-1").await);
        for sort in ["quantity", "changed"] {
            assert!(has(&format!("sort={sort}"), "TS-1").await);
        }
    }

    #[tokio::test]
    async fn a_long_list_is_read_page_by_page_in_every_order() {
        let hub = TestHub::with_a_shop().await;
        hub.add_items(120).await;
        for sort in ["", "quantity", "changed"] {
            let mut address = format!("/stock?sort={sort}&q=item-");
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..3 {
                let page = hub.get(&address).await;
                for after in page.text.split("href=\"/stock/1/").skip(1) {
                    seen.insert(after.split('"').next().unwrap().to_owned());
                }
                address = page.find_link("after=").unwrap_or_default();
            }
            assert_eq!((seen.len(), address.as_str()), (120, ""), "sorted by {sort:?}");
        }
    }

    #[tokio::test]
    async fn the_neighbour_s_link_is_not_opened() {
        let hub = TestHub::with_a_shop().await;
        let neighbour = hub.as_neighbour().await;
        assert!(!neighbour.get("/stock?link=1").await.text.contains("TS-1"));
        assert!(neighbour.get("/stock").await.text.contains("連携がありません"));
    }
}
