//! Everything goes wrong at once, by the dice.

use crate::settled;
use regihub_simulation::{Plan, Scenario, Weather, World};

const ACTIONS: usize = 150;

async fn storm(seed: u64) -> World {
    let mut world = settled(Plan::of_seed(seed)).await;
    let weather = Weather::storm(&world.dice);
    Scenario::new(weather, &world.dice).play(&mut world, ACTIONS).await;
    world.must_agree_at_rest().await;
    world
}

fn in_virtual_time<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(story)
}

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text:?} is not a number")))
}

/// `REGIHUB_SIMULATION_SEEDS=100` runs more of them, `REGIHUB_SIMULATION_SEED=7` exactly one again.
#[test]
fn seeds() {
    let one = number_from_environment("REGIHUB_SIMULATION_SEED");
    let count = number_from_environment("REGIHUB_SIMULATION_SEEDS").unwrap_or(8);
    for seed in one.map_or(101..101 + count, |seed| seed..seed + 1) {
        let ended = std::panic::catch_unwind(|| in_virtual_time(storm(seed)).deaths);
        let Err(panic) = ended else { continue };
        eprintln!(
            "seed {seed} failed; to see it again: REGIHUB_SIMULATION_SEED={seed} RUST_LOG=regihub_simulation=debug cargo test -p regihub-simulation seeds -- --nocapture"
        );
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn same_seed_same_trace() {
    let run = || in_virtual_time(async { storm(42).await.trace.since(0) });
    let (first, second) = (run(), run());
    for (number, (one, other)) in first.iter().zip(&second).enumerate() {
        assert_eq!(one, other, "line {number} differs:\n{one}\n{other}");
    }
    assert_eq!(first.len(), second.len());
    assert!(first.len() > 300, "a run with nothing in it proves nothing: {} lines", first.len());
}
