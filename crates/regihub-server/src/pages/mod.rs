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
}
