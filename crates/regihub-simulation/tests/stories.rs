use regihub_simulation::{Plan, World};
#[tokio::test(start_paused = true)]
async fn a_quiet_day() {
    let mut world = World::start(Plan::of_seed(1)).await;
    world.pass_seconds(120).await;
    let reports = world.must_agree_at_rest().await;
    println!("{reports:?} {}", world.trace.len());
    for line in world.trace.since(0).iter().take(40) { println!("{line}"); }
}
