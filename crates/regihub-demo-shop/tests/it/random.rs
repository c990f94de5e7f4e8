//! Any pushes in any order with repeats, between any purchases: the formula of the contract holds and nothing is oversold.

use crate::common::*;
use proptest::prelude::*;
use regihub_demo_shop::{BuyError, Shop};

#[derive(Clone, Debug)]
enum Step {
    /// A number with a version and a share (of 100) of the order changes it contains.
    Push {
        quantity: i64,
        version: u64,
        seen_percent: u64,
    },
    Buy(i64),
    /// Cancels one of the orders, perhaps one that is already cancelled.
    Cancel(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..12_i64, 1..40_u64, 0..=100_u64)
            .prop_map(|(quantity, version, seen_percent)| Step::Push { quantity, version, seen_percent }),
        4 => (1..4_i64).prop_map(Step::Buy),
        1 => (0..20_usize).prop_map(Step::Cancel),
    ]
}

/// The contract's formula, computed the slow way.
#[derive(Default)]
struct Model {
    held: Option<(i64, u64, usize)>,
    /// Effect of change `n` at `n - 1`.
    changes: Vec<i64>,
}

impl Model {
    fn available(&self) -> Option<i64> {
        self.held.map(|(quantity, _, seen)| (quantity - self.changes[seen..].iter().sum::<i64>()).max(0))
    }
}

async fn play(shop: &Shop, steps: &[Step]) -> Result<(), TestCaseError> {
    let hub = Hub::of(shop);
    let mut model = Model::default();
    for step in steps {
        match *step {
            Step::Push { quantity, version, seen_percent } => {
                let seen = model.changes.len() as u64 * seen_percent / 100;
                let newer = model.held.is_none_or(|(_, held, _)| version > held);
                let status = hub.push_one("MUG-1", quantity, version, seen).await;
                prop_assert_eq!(status, if newer { "applied" } else { "stale" });
                if newer {
                    model.held = Some((quantity, version, seen as usize));
                }
            }
            Step::Buy(pieces) => match shop.buy(&[("MUG-1", pieces)]) {
                Ok(order) => {
                    prop_assert!(model.available().is_some_and(|available| pieces <= available));
                    model.changes.push(pieces);
                    prop_assert_eq!(order.sequence, model.changes.len() as u64);
                }
                Err(BuyError::OutOfStock(refused)) => {
                    prop_assert_eq!(refused.available, model.available());
                    prop_assert!(model.available().is_none_or(|available| pieces > available));
                }
                Err(other) => prop_assert!(false, "{}", other),
            },
            Step::Cancel(which) => {
                if let Some(order) = shop.truth().orders.get(which)
                    && shop.cancel(&order.id).is_ok()
                {
                    model.changes.push(-order.lines[0].quantity);
                }
            }
        }
        let truth = shop.truth();
        prop_assert_eq!(truth.stock["MUG-1"].available, model.available());
        prop_assert_eq!(truth.oversold, 0);
    }
    let feed = hub.get("/v1/orders?after=0&limit=500").await;
    let sequences: Vec<_> =
        feed["orders"].as_array().unwrap().iter().map(|row| row["sequence"].as_u64().unwrap()).collect();
    prop_assert_eq!(sequences, (1..=model.changes.len() as u64).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn available_is_the_newest_number_minus_later_orders_and_never_below_zero(steps in prop::collection::vec(step(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async { play(&shop(), &steps).await })?;
    }

    #[test]
    fn any_body_gets_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (status, _) = runtime.block_on(async { Hub::of(&shop()).put_any(&body).await });
        prop_assert!([200, 400].contains(&status));
    }
}
