use regihub_simulation::{Plan, Scenario, Weather, World};
#[tokio::test(start_paused = true)]
async fn a_quiet_day() {
    let mut world = World::start(Plan::of_seed(1)).await;
    world.pass_seconds(120).await;
    Scenario::new(Weather::default(), &world.dice).play(&mut world, 200).await;
    let reports = world.must_agree_at_rest().await;
    println!("{reports:?} {}", world.trace.len());
}
#[tokio::test(start_paused = true)]
async fn seeds() {
    if std::env::var("RUST_LOG").is_ok() { let _ = tracing_subscriber::fmt().without_time().with_writer(std::io::stderr).with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).try_init(); }
    let seed = std::env::var("SEED").map_or(1, |s| s.parse().unwrap());
    for seed in seed..seed+8 {
    println!("seed {seed}");
    let mut world = World::start(Plan::of_seed(seed)).await;
    world.pass_seconds(120).await;
    Scenario::new(Weather::storm(&world.dice), &world.dice).play(&mut world, 200).await;
    let reports = world.must_agree_at_rest().await;
    println!("{reports:?} {} {} deaths", world.trace.len(), world.deaths);
    }
}
