//! Clocks that differ, days that end, machines that sleep.

use crate::{in_stock, settled};
use jiff::SignedDuration;
use regihub_simulation::{Fate, Plan, Scenario, Weather};
use std::time::Duration;

/// Somebody sets the hub's clock hours ahead or back for a while. Nothing is lost, nothing is written twice, and Smaregi is not hammered.
#[tokio::test(start_paused = true)]
async fn the_machine_clock_is_wrong_for_a_while() {
    let mut world = settled(Plan::of_seed(21)).await;
    Scenario::new(Weather { wrong_clock: true, ..Weather::default() }, &world.dice).play(&mut world, 150).await;
    for hours in [2, -1] {
        world.machine_clock.set_wrong_by(SignedDuration::from_hours(hours));
        Scenario::new(Weather::default(), &world.dice).play(&mut world, 20).await;
        world.machine_clock.set_wrong_by(SignedDuration::ZERO);
        let began = world.trace.len();
        world.pass_seconds(300).await;
        let calls = world.trace.len() - began;
        assert!(calls < 150, "{calls} calls in five minutes after the clock was set right");
    }
    world.must_agree_at_rest().await;
}

/// The history of one day does not show a write that was booked on the next.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_at_midnight() {
    for wrong_by in [-1800, 0, 1800] {
        let began = "2026-11-21T23:58:30+09:00".parse().expect("a time");
        let mut world = settled(Plan { began, ..Plan::of_seed(22) }).await;
        world.machine_clock.set_wrong_by(SignedDuration::from_secs(wrong_by));
        world.smaregi.set_script(|request| {
            (request.method() == http::Method::POST && request.uri().path().contains("/stock/"))
                .then_some(Fate::LostAfter { at_once: false })
        });
        for sku in in_stock(&world, 1).into_iter().take(6) {
            world.tenants[0].shop.buy(&[(sku, 1)]).expect("it is in stock");
            world.pass_seconds(12).await;
        }
        world.pass_seconds(600).await;
        world.check().await;
        assert_eq!(world.written(0).len(), 6);
        world.must_agree_at_rest().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_machine_sleeps_for_hours() {
    let mut world = settled(Plan::of_seed(23)).await;
    Scenario::new(Weather { sleeps: true, ..Weather::default() }, &world.dice).play(&mut world, 100).await;
    tokio::time::advance(Duration::from_secs(30 * 3600)).await;
    world.must_agree_at_rest().await;
}
