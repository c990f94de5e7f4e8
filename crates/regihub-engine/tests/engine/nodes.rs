//! Several nodes on one database: who works, who takes over, and that nothing is written twice.

use crate::place::{LEASE, Place};
use regihub_storage::IntentState;
use std::time::Duration;

/// DESIGN §4: leases expire, another node takes over.
#[tokio::test(start_paused = true)]
async fn when_a_node_dies_the_other_goes_on_after_the_lease_is_over() {
    let place = Place::new().await;
    let (first, _second) = (place.node("a").await, place.node("b").await);
    place.order("W-1").await;
    place.pass(5).await;
    assert_eq!(place.smaregi.written(), ["W-1"], "one node writes it, once");
    first.kill();
    place.order("W-2").await;
    place.pass(15).await;
    assert_eq!(place.smaregi.written(), ["W-1"], "the lease may still be somebody's");
    place.pass(30).await;
    assert_eq!(place.smaregi.written(), ["W-1", "W-2"]);
}

/// I3: the node dies after Smaregi has written and before the answer is booked.
#[tokio::test(start_paused = true)]
async fn a_write_whose_node_died_is_looked_up_by_the_other_and_not_repeated() {
    let place = Place::new().await;
    let (first, _second) = (place.node("a").await, place.node("b").await);
    place.smaregi.keep_answers_back(true);
    place.order("W-1").await;
    place.pass(5).await;
    assert_eq!(place.smaregi.written(), ["W-1"]);
    assert_eq!(place.state("W-1").await, IntentState::Sent);
    first.kill();
    place.smaregi.keep_answers_back(false);
    place.pass(120).await;
    assert_eq!(place.smaregi.written(), ["W-1"], "found in the history, not written again");
    assert_eq!(place.state("W-1").await, IntentState::Confirmed);
}

/// A machine that slept or was cut off comes back and believes that it still holds the lease.
#[tokio::test(start_paused = true)]
async fn a_node_that_comes_back_does_not_write_what_another_has_taken() {
    let place = Place::new().await;
    let first = place.node("a").await;
    place.pass(2).await;
    place.taken_by("another").await;
    place.order("W-1").await;
    first.wake_all();
    place.pass(4).await;
    assert_eq!(place.smaregi.written(), [""; 0], "the fence stands before the write");
    assert_eq!(place.state("W-1").await, IntentState::Planned);
    place.pass(120).await; // the other one never renews
    assert_eq!(place.smaregi.written(), ["W-1"]);
}

#[tokio::test(start_paused = true)]
async fn lanes_stop_before_a_lease_ends_that_cannot_be_renewed() {
    let place = Place::new().await;
    let _first = place.node("a").await;
    place.pass(6).await;
    place.forbid_renewal(true).await;
    let stop = LEASE * 3 / 4 + Duration::from_secs(1);
    place.clock.sleep(stop).await;
    let calls = place.smaregi.calls();
    place.order("W-1").await;
    place.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(place.smaregi.calls(), calls, "nothing is read and nothing is written any more");
    place.forbid_renewal(false).await;
    place.pass(10).await;
    assert_eq!(place.smaregi.written(), ["W-1"], "it goes on by itself");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_stopped_in_good_order_hands_over_at_once() {
    let place = Place::new().await;
    let (first, _second) = (place.node("a").await, place.node("b").await);
    place.pass(2).await;
    let before = place.holder().await;
    first.stop().await;
    place.order("W-1").await;
    place.pass(6).await;
    assert_eq!(place.smaregi.written(), ["W-1"]);
    assert_ne!(place.holder().await, before);
}

/// A notification is taken and sorted by any node; the work is done where the lease is, without waiting for a reconciler.
#[tokio::test(start_paused = true)]
async fn what_another_node_has_sorted_is_read_soon() {
    let place = Place::new().await;
    let _holder = place.node("a").await;
    place.pass(30).await;
    let before = place.smaregi.calls();
    place.sorted_by_another_node("4711").await;
    place.pass(3).await;
    let read = place.smaregi.calls_since(before);
    assert!(read.iter().any(|path| path.contains("4711")), "{read:?}");
}

/// Restarted after a crash on a folder that is its own.
#[tokio::test(start_paused = true)]
async fn who_is_alone_does_not_wait_for_the_lease_of_its_dead_self() {
    let place = Place::new().await;
    let first = place.node("a").await;
    place.pass(1).await;
    first.kill();
    let _again = place.only_node("b").await;
    place.order("W-1").await;
    place.pass(1).await;
    assert_eq!(place.smaregi.written(), ["W-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_can_hold_nothing_only_reads() {
    let place = Place::new().await;
    let first = place.node("a").await;
    place.pass(1).await;
    first.kill();
    place.taken_by("another").await;
    let _idle = place.node("b").await;
    let (calls, mut commits) = (place.smaregi.calls(), place.storage.commits());
    for _ in 0..6 {
        place.pass(10).await;
        place.taken_by("another").await; // as if it had renewed
        commits += 1;
    }
    assert_eq!(place.storage.commits(), commits, "not one commit by the node that waits");
    assert_eq!(place.smaregi.calls(), calls);
}
