//! What the templates show, computed beforehand: a template only writes it down.

use super::{
    picture,
    texts::{Texts, yen_label},
};
use crate::{
    book::Book,
    options::ShopProduct,
    order::{Order, OrderStatus, at_japanese_offset},
};
use std::collections::BTreeMap;

/// Stock as shown, with the class that colours it.
pub(super) struct StockLabel {
    pub(super) text: String,
    pub(super) class: &'static str,
}

const FEW: i64 = 3;

impl StockLabel {
    pub(super) fn new(texts: &Texts, available: Option<i64>) -> Self {
        let class = match available {
            None => "unknown",
            Some(..=0) => "sold-out",
            Some(..=FEW) => "few",
            Some(_) => "plenty",
        };
        Self { text: texts.stock_label(available), class }
    }
}

/// A model in the product list.
pub(super) struct Card {
    /// The variant that its link opens: the first that can be bought.
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) price: String,
    pub(super) stock: StockLabel,
    /// Fills of its colours.
    pub(super) swatches: Vec<&'static str>,
}

/// Models in the order of their first SKU.
pub(super) fn models(products: &BTreeMap<String, ShopProduct>) -> Vec<Vec<&ShopProduct>> {
    let mut models: Vec<Vec<&ShopProduct>> = Vec::new();
    let mut places = BTreeMap::new();
    for product in products.values() {
        let place = product.group.as_deref().map(|group| *places.entry(group).or_insert(models.len()));
        match place.and_then(|place| models.get_mut(place)) {
            Some(model) => model.push(product),
            None => models.push(vec![product]),
        }
    }
    models
}

pub(super) fn card(texts: &Texts, book: &Book, model: &[&ShopProduct]) -> Option<Card> {
    let stock: Vec<_> = model.iter().map(|product| book.available(&product.sku)).collect();
    let first = stock.iter().position(|pieces| pieces.is_some_and(|pieces| pieces > 0)).unwrap_or(0);
    let cheapest = model.iter().map(|product| product.price).min()?;
    let one_price = model.iter().all(|product| product.price == cheapest);
    let mut swatches = Vec::new();
    for product in model.iter().filter(|product| product.color.is_some()) {
        let fill = picture::fill(product);
        if !swatches.contains(&fill) {
            swatches.push(fill);
        }
    }
    Some(Card {
        sku: model[first].sku.clone(),
        title: title(model),
        price: if one_price { yen_label(cheapest) } else { texts.price_from(cheapest) },
        stock: StockLabel::new(texts, together(&stock)),
        swatches,
    })
}

/// Pieces of all variants. Sold out only when every variant is known to be; otherwise unknown counts as nothing to promise.
fn together(stock: &[Option<i64>]) -> Option<i64> {
    let known: i64 = stock.iter().flatten().sum();
    if known > 0 || stock.iter().all(Option::is_some) { Some(known) } else { None }
}

/// The words that all variants' names begin with.
pub(super) fn title(model: &[&ShopProduct]) -> String {
    let Some((first, others)) = model.split_first() else { return String::new() };
    let words: Vec<&str> = first.name.split_whitespace().collect();
    let shared = others.iter().fold(words.len(), |shared, product| {
        words.iter().zip(product.name.split_whitespace()).take(shared).take_while(|(a, b)| **a == *b).count()
    });
    if shared == 0 { first.name.clone() } else { words[..shared].join(" ") }
}

/// A colour or size to choose on a product page.
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) sku: String,
    pub(super) current: bool,
    pub(super) sold_out: bool,
    /// For colours.
    pub(super) fill: Option<&'static str>,
}

/// The model's colours, each leading to the same size if there is one.
pub(super) fn colour_choices(book: &Book, model: &[&ShopProduct], shown: &ShopProduct) -> Vec<Choice> {
    choices(book, model, shown, |product| product.color.as_deref(), |product| product.size.as_deref(), true)
}

/// The model's sizes, each leading to the same colour if there is one.
pub(super) fn size_choices(book: &Book, model: &[&ShopProduct], shown: &ShopProduct) -> Vec<Choice> {
    choices(book, model, shown, |product| product.size.as_deref(), |product| product.color.as_deref(), false)
}

fn choices(
    book: &Book,
    model: &[&ShopProduct],
    shown: &ShopProduct,
    of: fn(&ShopProduct) -> Option<&str>,
    keep: fn(&ShopProduct) -> Option<&str>,
    with_fill: bool,
) -> Vec<Choice> {
    let mut labels: Vec<&str> = Vec::new();
    for label in model.iter().filter_map(|product| of(product)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels.sort_by_key(|label| size_rank(label));
    let target = |label: &str| {
        let mut same = model.iter().filter(|product| of(product) == Some(label));
        let fallback = same.clone().next();
        same.find(|product| keep(product) == keep(shown)).or(fallback)
    };
    let choice = |label: &&str| {
        target(label).map(|product| Choice {
            label: (*label).to_owned(),
            sku: product.sku.clone(),
            current: of(shown) == Some(*label),
            sold_out: book.available(&product.sku) == Some(0),
            fill: with_fill.then(|| picture::fill(product)),
        })
    };
    labels.iter().filter_map(choice).collect()
}

/// S before M before L; anything else stays where its SKU puts it.
fn size_rank(label: &str) -> usize {
    ["XXS", "XS", "S", "M", "L", "XL", "XXL"].iter().position(|size| *size == label).unwrap_or(0)
}

/// An order as shown.
pub(super) struct OrderView {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) placed_at: String,
    pub(super) status: &'static str,
    pub(super) cancelled: bool,
    pub(super) total: String,
    pub(super) lines: Vec<LineView>,
}

pub(super) struct LineView {
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) quantity: i64,
    pub(super) unit_price: String,
    pub(super) sum: String,
}

impl OrderView {
    pub(super) fn new(texts: &Texts, order: &Order) -> Self {
        let cancelled = order.status == OrderStatus::Cancelled;
        Self {
            id: order.id.clone(),
            number: order.number.clone(),
            // 2026-11-21T10:00:00+09:00 → 2026-11-21 10:00
            placed_at: at_japanese_offset(order.placed_at).replace('T', " ").chars().take(16).collect(),
            status: if cancelled { texts.cancelled } else { texts.placed },
            cancelled,
            total: yen_label(order.total),
            lines: order.lines.iter().map(LineView::new).collect(),
        }
    }
}

impl LineView {
    fn new(line: &crate::order::OrderLine) -> Self {
        Self {
            name: line.name.clone(),
            sku: line.sku.clone(),
            quantity: line.quantity,
            unit_price: yen_label(line.unit_price),
            sum: yen_label(line.unit_price * line.quantity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(sku: &str, name: &str, group: Option<&str>) -> ShopProduct {
        ShopProduct { sku: sku.into(), name: name.into(), group: group.map(Into::into), ..ShopProduct::default() }
    }

    #[test]
    fn variants_share_a_card_named_by_the_words_they_have_in_common() {
        let goods = [
            product("TS-BK-M", "綿 Tシャツ ブラック M", Some("1")),
            product("TS-BL-M", "綿 Tシャツ ブルー M", Some("1")),
            product("MUG", "マグ 白", None),
        ];
        let products = goods.map(|product| (product.sku.clone(), product)).into();
        let models = models(&products);
        assert_eq!(models.iter().map(|model| title(model)).collect::<Vec<_>>(), ["マグ 白", "綿 Tシャツ"]);
    }

    #[test]
    fn a_model_is_sold_out_only_when_every_variant_is_known_to_be() {
        assert_eq!(together(&[Some(0), Some(0)]), Some(0));
        assert_eq!(together(&[Some(0), None]), None);
        assert_eq!(together(&[Some(2), None]), Some(2));
        assert_eq!(together(&[None]), None);
    }
}
