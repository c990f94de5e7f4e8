use regihub_simulation::{Plan, Scenario, Weather, World};
fn log() { if std::env::var("RUST_LOG").is_ok() { let _ = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(std::io::stderr).with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).try_init(); } }
#[tokio::test(start_paused = true)]
async fn a_quiet_day() {
    log();
    let mut world = World::start(Plan::of_seed(1)).await;
    world.pass_seconds(120).await;
    Scenario::new(Weather::default(), &world.dice).play(&mut world, 200).await;
    let reports = world.must_agree_at_rest().await;
    println!("{reports:?} {}", world.trace.len());
}
async fn run(seed: u64) -> World {
    let mut world = World::start(Plan::of_seed(seed)).await;
    world.pass_seconds(120).await;
    let mut weather=Weather::storm(&world.dice);
    weather.wrong_clock = std::env::var("WRONG").is_ok();
    Scenario::new(weather, &world.dice).play(&mut world, 200).await;
    world.must_agree_at_rest().await;
    world
}
#[tokio::test(start_paused = true)]
async fn seeds() {
    log();
    let seed = std::env::var("SEED").map_or(1, |s| s.parse().unwrap());
    for seed in seed..seed+std::env::var("N").map_or(8, |s| s.parse().unwrap()) {
    println!("seed {seed}");
    let world = run(seed).await;
    println!("{} {} deaths", world.trace.len(), world.deaths);
    }
}
#[test]
fn same() {
    let go = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
        run(3).await.trace.since(0) });
    let (a, b) = (go(), go());
    for (a, b) in a.iter().zip(&b) { assert_eq!(a.to_string(), b.to_string()); }
    assert_eq!(a.len(), b.len());
}
