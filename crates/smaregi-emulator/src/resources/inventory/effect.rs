//! What a document does to stock: pieces per product, store and reason. Kept with the document once booked, so that a change books the
//! difference and a delete takes back exactly what was moved.

use super::Document;
use crate::{
    resources::maker::text_of,
    state::{Id, StockDivision},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) product: Id,
    pub(super) store: Id,
    pub(super) division: StockDivision,
}

/// Signed pieces; never zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Effect(BTreeMap<Place, i64>);

impl Effect {
    pub(super) fn add(&mut self, place: Place, pieces: i64) {
        let sum = self.0.entry(place).or_default();
        *sum = sum.saturating_add(pieces);
        if *sum == 0 {
            self.0.remove(&place);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn names(&self, product: Id) -> bool {
        self.0.keys().any(|place| place.product == product)
    }

    pub(super) fn retain(&mut self, wanted: impl Fn(Place) -> bool) {
        self.0.retain(|place, _| wanted(*place));
    }

    /// What has to move so that instead of `booked` this is booked.
    pub(super) fn minus(&self, booked: &Self) -> Self {
        let mut rest = self.clone();
        booked.iter().for_each(|(place, pieces)| rest.add(place, pieces.saturating_neg()));
        rest
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, i64)> + '_ {
        self.0.iter().map(|(place, pieces)| (*place, *pieces))
    }

    pub(super) fn to_json(&self) -> Value {
        let row = |(place, pieces): (Place, i64)| {
            json!({ "productId": place.product.to_string(), "storeId": place.store.to_string(),
                "stockDivision": place.division, "amount": pieces.to_string() })
        };
        self.iter().map(row).collect()
    }

    /// What a document says is booked. Rows that cannot be read count as not booked.
    pub(super) fn booked_by(document: &Document) -> Self {
        let mut effect = Self::default();
        for row in document.get("booked").and_then(Value::as_array).into_iter().flatten() {
            let number = |name: &str| row.get(name).map(text_of).unwrap_or_default();
            let division = row.get("stockDivision").and_then(|code| serde_json::from_value(code.clone()).ok());
            let ids = (number("productId").parse(), number("storeId").parse(), number("amount").parse());
            if let (Some(division), (Ok(product), Ok(store), Ok(pieces))) = (division, ids) {
                effect.add(Place { product, store, division }, pieces);
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(parts: &[(Id, Id, i64)]) -> Effect {
        let mut effect = Effect::default();
        for (product, store, pieces) in parts {
            effect.add(Place { product: *product, store: *store, division: StockDivision::Loss }, *pieces);
        }
        effect
    }

    #[test]
    fn only_the_difference_to_what_is_booked_moves() {
        let (before, after) = (effect(&[(1, 1, -3), (2, 1, -1)]), effect(&[(1, 1, -5), (3, 1, -2)]));
        assert_eq!(after.minus(&before), effect(&[(1, 1, -2), (2, 1, 1), (3, 1, -2)]));
        assert!(after.minus(&after).is_empty());
    }

    #[test]
    fn what_is_booked_is_written_into_the_document_and_read_back() {
        let before = effect(&[(1, 1, -3), (2, 9, 4)]);
        let document = Document::from_iter([("booked".to_owned(), before.to_json())]);
        assert_eq!(Effect::booked_by(&document), before);
        assert!(Effect::booked_by(&Document::new()).is_empty());
    }
}
