//! `/sales/{connection}/{id}`: one sale with its lines, its totals and what it did to the stock.

use super::{links, sales::kind_text};
use crate::frame::{Frame, Hub, Member, PageError, Section, live_page};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use regihub_domain::{
    ConnectionId, ProductId, SaleId,
    sale::{LineKind, SaleLine},
};
use regihub_storage::{
    Unit,
    views::{
        Scope,
        sales::{self, SaleInfo},
        why::MovementInfo,
    },
};
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "sale.html", blocks = ["live"])]
pub(crate) struct SalePage {
    f: Frame,
    found: Found,
    /// Name and amount of every part of the total that is not zero.
    parts: Vec<(String, String)>,
}
live_page!(SalePage);

pub(crate) struct Found {
    connection: ConnectionId,
    info: SaleInfo,
    /// What it did to each product's stock in its store.
    movements: Vec<(ProductId, Vec<MovementInfo>)>,
}

pub(super) async fn show(
    State(hub): State<Hub>,
    member: Member,
    Path((connection, id)): Path<(i64, String)>,
) -> Result<Response, PageError> {
    let (connection, id) = (ConnectionId(connection), SaleId(id));
    let found = hub.look(member.workspace, move |unit, scope| find(unit, scope, connection, &id)).await?;
    let found = found.ok_or(PageError::NotFound)?;
    member.answer(&page(member.frame(Section::Sales), found))
}

fn find(
    unit: &mut Unit<'_>,
    scope: &Scope,
    connection: ConnectionId,
    id: &SaleId,
) -> regihub_storage::Result<Option<Found>> {
    let Some(info) = sales::find(unit.sql(), scope, connection, id)? else { return Ok(None) };
    let products: BTreeSet<ProductId> = info.sale.lines.iter().filter_map(|line| line.product_id.clone()).collect();
    let mut movements = vec![];
    for product in products.into_iter().take(100) {
        let entries = sales::movements(unit.sql(), connection, id, &product, &info.sale.store_id)?;
        movements.push((product, entries));
    }
    Ok(Some(Found { connection, info, movements }))
}

fn page(f: Frame, found: Found) -> SalePage {
    let amounts = &found.info.sale.amounts;
    let all = [
        (f.s("amount-subtotal"), amounts.subtotal),
        (f.s("amount-subtotal-discount"), -amounts.subtotal_discount),
        (f.s("amount-point-discount"), -amounts.point_discount),
        (f.s("amount-coupon-discount"), -amounts.coupon_discount),
        (f.s("amount-rounding"), amounts.rounding),
        (f.s("amount-tax-exclude"), amounts.tax_exclude),
        (f.s("amount-commission"), amounts.commission),
        (f.s("amount-carriage"), amounts.carriage),
        (f.s("amount-tax-free"), -amounts.tax_free),
    ];
    let parts =
        all.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(name, amount)| (name, amount.to_string()));
    let parts = parts.collect();
    SalePage { f, found, parts }
}

impl SalePage {
    fn kind_text(&self) -> String {
        kind_text(&self.f, &self.found.info.sale)
    }

    fn line_text(&self, line: &SaleLine) -> String {
        match line.kind {
            LineKind::Sale if line.is_parent => self.f.s("line-parent"),
            LineKind::Sale => self.f.s("line-sale"),
            LineKind::Return => self.f.s("line-return"),
            LineKind::Department => self.f.s("line-department"),
        }
    }

    fn product_name(&self, product: &ProductId) -> String {
        let line = self.found.info.sale.lines.iter().find(|line| line.product_id.as_ref() == Some(product));
        line.map_or_else(|| self.f.a("product-number", "id", product.0.as_str()), |line| line.name.clone())
    }

    /// The sale that a counter-entry offsets.
    fn offsets(&self) -> Option<(String, String)> {
        match &self.found.info.sale.dispose {
            regihub_domain::sale::Dispose::CounterEntry(Some(original)) => {
                Some((original.to_string(), links::sale(self.found.connection, original)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<SalePage> {
    use regihub_domain::{ExchangeId, InboxId, MovementId};
    let movement = MovementInfo {
        id: MovementId(1),
        at: f.now,
        cause_kind: "sale".into(),
        cause_ref: "25".into(),
        delta: -2,
        level_after: 5,
        exchange: Some(ExchangeId(1)),
        message: Some(InboxId(1)),
        order: None,
    };
    let kinds = super::sales::samples::kinds(f.now).into_iter();
    kinds
        .map(|info| {
            let movements = vec![("8".into(), vec![movement.clone()]), ("9".into(), vec![])];
            page(f.clone(), Found { connection: ConnectionId(1), info, movements })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn a_sale_shows_its_lines_totals_and_what_it_did_to_the_stock() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/sales/1/25").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("1,900") && page.text.contains("ポイント値引き"));
        assert!(page.text.contains("href=\"/exchanges/1\""), "leads to the call behind it: {}", page.text);
        assert!(page.text.contains("−2"), "the movement is shown: {}", page.text);
    }

    #[tokio::test]
    async fn a_product_s_name_cannot_run_as_script() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/sales/1/25").await;
        assert!(
            page.text.contains("Tシャツ&#60;script&#62;") && !page.text.contains("Tシャツ<script>"),
            "{}",
            page.text
        );
    }

    #[tokio::test]
    async fn a_sale_that_does_not_add_up_says_so() {
        let hub = TestHub::with_a_shop().await;
        let page = hub.get("/sales/1/26").await;
        assert!(page.text.contains("the parts give 1900"), "{}", page.text);
    }
}
