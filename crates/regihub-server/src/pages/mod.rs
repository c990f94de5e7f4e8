//! What people see: one file per page.

mod dashboard;
pub(crate) mod error_page;
mod event;
mod events;
mod exchange;
mod exchanges;
mod links;
mod live;
mod order;
mod orders;
mod parked;
mod sale;
mod sales;
mod settings;
mod stock;
mod why;

use crate::frame::{Hub, PageError};
use axum::{
    Router,
    routing::{get, post},
};

pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/", get(dashboard::show))
        .route("/events", get(events::show))
        .route("/events/{id}", get(event::show))
        .route("/exchanges", get(exchanges::show))
        .route("/exchanges/{id}", get(exchange::show))
        .route("/sales", get(sales::show))
        .route("/sales/{connection}/{id}", get(sale::show))
        .route("/orders", get(orders::show))
        .route("/orders/{shop}/{id}", get(order::show))
        .route("/stock", get(stock::show))
        .route("/stock/{link}/{sku}", get(why::show))
        .route("/stock/{link}/{sku}/margin", post(why::set_margin))
        .route("/stock/{link}/{sku}/refresh", post(why::refresh))
        .route("/parked", get(parked::show))
        .route("/parked/jobs/{id}", post(parked::free_job))
        .route("/parked/intents/{id}", post(parked::free_intent))
        .route("/settings", get(settings::show))
        .route("/settings/links/{id}", post(settings::switch_link))
        .route("/live", get(live::follow))
}

/// Every address that no page has.
pub(crate) async fn not_found() -> PageError {
    PageError::NotFound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth,
        frame::{Frame, Page, Section},
        i18n::Language,
        testing::TestHub,
    };

    /// Renders pages and their live regions; looks for texts that are missing and for script that got in.
    fn check(name: &str, pages: Vec<impl Page>) {
        assert!(!pages.is_empty(), "{name} has no sample");
        for page in pages {
            let html = page.render().unwrap();
            for text in [Some(Ok(html)), page.fragment("live")].into_iter().flatten() {
                let text = text.unwrap();
                assert!(!text.contains('⟦'), "{name}: a text is missing: {text}");
                assert!(!text.contains("<script>") && !text.contains("<b>"), "{name}: not escaped: {text}");
            }
        }
    }

    #[test]
    fn every_page_renders_with_samples_in_both_languages() {
        for language in Language::ALL {
            for login in [None, Some("<script>".to_owned())] {
                let now = 1_795_000_000_000_000;
                let f = Frame { language, now, login, section: Section::Stock, path: "/?q=<b>".into(), parked: 3 };
                check("setup", auth::samples::setup(f.clone()));
                check("login", auth::samples::login(f.clone()));
                check("error", error_page::samples(f.clone()));
                check("dashboard", dashboard::samples::pages(f.clone()));
                check("events", events::samples::pages(f.clone()));
                check("event", event::samples(f.clone()));
                check("exchanges", exchanges::samples(f.clone()));
                check("exchange", exchange::samples(f.clone()));
                check("sales", sales::samples::pages(f.clone()));
                check("sale", sale::samples(f.clone()));
                check("orders", orders::samples::pages(f.clone()));
                check("order", order::samples::pages(f.clone()));
                check("stock", stock::samples::pages(f.clone()));
                check("why", why::samples::pages(f.clone()));
                check("parked", parked::samples(f.clone()));
                check("settings", settings::samples(f));
            }
        }
    }

    /// The views are one SQL text for both databases; this holds every one of them against the other database.
    #[tokio::test(flavor = "multi_thread")]
    async fn every_page_reads_from_postgresql() {
        let server = std::env::var("REGIHUB_TEST_POSTGRES")
            .expect("run scripts/test, which starts a PostgreSQL, or set REGIHUB_TEST_POSTGRES to the URL of one");
        let schema = format!("pages_{}", std::process::id());
        let administrate = |sql: String| {
            let server = server.clone();
            let run = move || postgres::Client::connect(&server, postgres::NoTls).unwrap().batch_execute(&sql).unwrap();
            std::thread::spawn(run).join().unwrap();
        };
        administrate(format!("create schema {schema}"));
        let sign = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{sign}options=-c%20search_path%3D{schema}");
        let hub = TestHub::on_postgres(url).open_the_shop().await;
        let body = r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited","ids":[{"productId":"8","storeId":"1"}],
            "transactionHeadIds":["25"]}"#;
        hub.notify("e-1", body).await;
        hub.park_a_job("404").await;
        hub.park_the_intent().await;
        for path in PATHS {
            let page = hub.get(path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
        }
        assert_eq!(hub.post("/stock/1/TS-1/margin", "margin=2").await.status, 303);
        assert_eq!(hub.post("/parked/jobs/1", "").await.status, 303);
        assert_eq!(hub.post("/parked/intents/1", "").await.status, 303);
        assert_eq!(hub.post("/settings/links/1", "switch=stop").await.status, 303);
        drop(hub);
        administrate(format!("drop schema {schema} cascade"));
    }

    const PATHS: [&str; 33] = [
        "/",
        "/events",
        "/events?source=connection:1&state=waiting&q=e-1&before=99",
        "/events/1",
        "/exchanges",
        "/exchanges?partner=shop:1&failed=1&before=9",
        "/exchanges/2",
        "/sales",
        "/sales?connection=1&problems=1&before=9000000000000000.9",
        "/sales/1/25",
        "/orders",
        "/orders?shop=1&problems=1&before=9",
        "/orders/1/1001",
        "/stock",
        "/stock?q=ts&filter=differing",
        "/stock?filter=unpushed",
        "/stock?filter=problem",
        "/stock?filter=zero",
        "/stock?filter=unknown",
        "/stock?after=A",
        "/stock?sort=quantity",
        "/stock?sort=quantity&key=1&after=A",
        "/stock?sort=changed",
        "/stock?sort=changed&key=-1&after=A&q=x",
        "/stock/1/TS-1",
        "/stock/1/TS-1?store=1&before=2",
        "/stock/1/TS-1?pushes_before=9",
        "/stock/1/CAP%2F1",
        "/parked",
        "/settings",
        "/api/v1/health",
        "/api/v1/stock/1/TS-1",
        "/healthz",
    ];

    #[tokio::test]
    async fn every_page_opens_with_every_filter() {
        let hub = TestHub::with_a_shop().await;
        hub.notify("e-1", r#"{"contractId":"sb_demo01","event":"pos:stock","action":"edited"}"#).await;
        for path in PATHS {
            let page = hub.get(path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            assert!(!page.text.contains('⟦'), "{path}: a text is missing: {}", page.text);
        }
    }
}
