//! Whatever people do with orders, no piece is lost and none is sold twice.

mod bench;
mod orders_bench;

use bench::{CONTRACT, SHIRT, relaxed};
use orders_bench::{Desk, WAREHOUSE, line, order};
use proptest::prelude::*;
use serde_json::{Value, json};
use smaregi_emulator::{OrderPick, PartialAllocation, Settings, StockMovesAt};

#[derive(Clone, Debug)]
enum Deed {
    Place(i64),
    Edit(u64, i64),
    Allocate(u64),
    Release(u64, i64),
    Ship(u64),
    Cancel(u64),
    Split(u64, i64),
    GoodsIn(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let id = 1_u64..6;
    prop_oneof![
        3 => (1_i64..12).prop_map(Deed::Place),
        2 => (id.clone(), 1_i64..12).prop_map(|(id, pieces)| Deed::Edit(id, pieces)),
        1 => id.clone().prop_map(Deed::Allocate),
        1 => (id.clone(), 1_i64..5).prop_map(|(id, pieces)| Deed::Release(id, pieces)),
        2 => id.clone().prop_map(Deed::Ship),
        2 => id.clone().prop_map(Deed::Cancel),
        1 => (id, 1_i64..5).prop_map(|(id, pieces)| Deed::Split(id, pieces)),
        1 => (1_i64..6).prop_map(Deed::GoodsIn),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    let moves = [StockMovesAt::Allocation, StockMovesAt::Shipment, StockMovesAt::AllocationThenReversed];
    let partial =
        [PartialAllocation::PerLinePartial, PartialAllocation::AllOrNothingLine, PartialAllocation::AllOrNothingOrder];
    let choice = (prop::sample::select(moves.to_vec()), prop::sample::select(partial.to_vec()), any::<[bool; 3]>());
    choice.prop_map(|(moves_at, partial, [split, retry, after_ship])| {
        let mut settings = relaxed();
        let rules = &mut settings.order_shipment;
        (rules.stock.moves_at, rules.allocation.partial, rules.allocation.split) = (moves_at, partial, split);
        (rules.allocation.retry_on_stock_in, rules.cancel.after_ship) = (retry, after_ship);
        settings
    })
}

/// What is refused is refused; the sums tell whether anything went wrong.
fn work(desk: &Desk, number: usize, deed: &Deed) -> i64 {
    let emulator = &desk.bench.emulator;
    let path = |id: &u64| format!("/orders/{id}");
    match deed {
        Deed::Place(pieces) => {
            let lines = [line(SHIRT, 100, *pieces), line(SHIRT, 90, 1)];
            assert_eq!(desk.post("/orders", order(&format!("N{number}"), &lines)).status, 200);
        }
        Deed::Edit(id, pieces) => {
            let line =
                json!({ "productId": SHIRT.to_string(), "orderDetailId": "1", "salesPrice": 100, "quantity": pieces });
            desk.patch(&path(id), json!({ "details": [line], "total": 100 * pieces }));
        }
        Deed::Allocate(id) => drop(emulator.allocate_order(CONTRACT, *id, &[])),
        Deed::Release(id, pieces) => {
            let pick = OrderPick { order_detail_id: 1, quantity: Some(*pieces), store_id: None };
            drop(emulator.release_order(CONTRACT, *id, &[pick]));
        }
        Deed::Ship(id) => drop(desk.patch(&path(id), json!({ "shippedDate": "2026-11-21" }))),
        Deed::Cancel(id) => drop(desk.patch(&format!("/orders/{id}/cancel"), json!({}))),
        Deed::Split(id, pieces) => drop(emulator.split_order(CONTRACT, *id, &[(1, *pieces)])),
        Deed::GoodsIn(pieces) => {
            emulator.receive(CONTRACT, SHIRT, WAREHOUSE, *pieces).unwrap();
            return *pieces;
        }
    }
    0
}

fn lines(order: &Value) -> impl Iterator<Item = (i64, i64, i64)> + '_ {
    let number = |line: &Value, name: &str| line[name].as_i64().unwrap();
    let line =
        move |line: &Value| (number(line, "quantity"), number(line, "allocatedQuantity"), number(line, "salesPrice"));
    order["details"].as_array().unwrap().iter().map(line)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_pieces_of_a_shop_are_always_somewhere(settings in settings(), deeds in prop::collection::vec(deed(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().start_paused(true).enable_time().build().unwrap();
        let _guard = runtime.enter();
        let moves_at = settings.order_shipment.stock.moves_at;
        let desk = Desk::new(settings);
        let mut owned = 18;
        for (number, deed) in deeds.iter().enumerate() {
            owned += work(&desk, number, deed);
            let orders = desk.bench.emulator.orders(CONTRACT, None).unwrap();
            let of = |shipped: bool| orders.iter().filter(move |order| (order["status"] == "shipped") == shipped);
            let allocated = |shipped: bool| of(shipped).flat_map(lines).map(|(_, allocated, _)| allocated).sum::<i64>();
            let stock = desk.stock(SHIRT, WAREHOUSE) + desk.stock(SHIRT, 1);
            let left_stock = if moves_at == StockMovesAt::Shipment { 0 } else { allocated(false) };
            prop_assert_eq!(stock + left_stock + allocated(true), owned, "after {:?}", deed);
            prop_assert!(moves_at != StockMovesAt::Shipment || allocated(false) <= stock);
            prop_assert!(desk.stock(SHIRT, WAREHOUSE) >= 0 && desk.stock(SHIRT, 1) >= 0);
            for order in &orders {
                prop_assert!(lines(order).all(|(quantity, allocated, _)| (0..=quantity).contains(&allocated)));
                let sum: i64 = lines(order).map(|(quantity, _, price)| quantity * price).sum();
                prop_assert_eq!(order["total"].as_i64(), Some(sum));
            }
        }
    }
}
