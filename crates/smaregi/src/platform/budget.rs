use regihub_ports::SharedClock;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Notify;

const SECOND_US: i64 = 1_000_000;

/// Who goes first when the rate budget is short, from urgent to patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits at the screen.
    Person,
    WebOrders,
    Sales,
    Stock,
    Members,
    Products,
    /// History and full comparisons.
    History,
}

/// Lets at most so many calls start within any one second. Callers wait in a queue: by priority, then first come, first served.
///
/// There is no background task: the caller at the head of the queue sleeps until the next place is free, everybody else waits to be woken as the head.
pub(crate) struct Budget {
    per_second: usize,
    clock: SharedClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the last `per_second` calls started, oldest first, in µs.
    started: VecDeque<i64>,
    /// Set by a 429: from when and for how long nobody starts, in µs.
    pause: Option<Pause>,
    queue: BTreeMap<Place, Arc<Notify>>,
    next_number: u64,
}

#[derive(Clone, Copy)]
struct Pause {
    until: i64,
    length: i64,
}

type Place = (Priority, u64);

enum Turn {
    /// The call may start now, and has been counted.
    Mine,
    /// Head of the queue; a place is free after so many µs.
    In(i64),
    /// Others go first.
    Behind,
}

impl Budget {
    pub(crate) fn new(per_second: u32, clock: SharedClock) -> Self {
        let per_second = usize::try_from(per_second.max(1)).unwrap_or(usize::MAX);
        Self { per_second, clock, state: Mutex::default() }
    }

    /// Returns when the caller may start its call. Dropping the future gives the place in the queue away.
    pub(crate) async fn acquire(&self, priority: Priority) {
        let ticket = Ticket::enter(self, priority);
        loop {
            match self.turn(ticket.place) {
                Turn::Mine => return,
                Turn::Behind => ticket.woken.notified().await,
                Turn::In(wait) => {
                    let wait = Duration::from_micros(u64::try_from(wait).unwrap_or(0));
                    tokio::select! {
                        biased; // an unbiased choice would be drawn from tokio's own dice
                        () = self.clock.sleep(wait) => {}
                        () = ticket.woken.notified() => {}
                    }
                }
            }
        }
    }

    /// Nobody starts for so long: the server said 429.
    pub(crate) fn pause(&self, length: Duration) {
        let now = self.clock.now_us();
        let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let until = now.saturating_add(length);
        let mut state = self.lock();
        if state.paused_until(now) < until {
            state.pause = Some(Pause { until, length });
        }
    }

    fn turn(&self, place: Place) -> Turn {
        let now = self.clock.now_us();
        let mut state = self.lock();
        if state.queue.first_key_value().is_some_and(|(first, _)| *first != place) {
            return Turn::Behind;
        }
        let free_at = state.free_at(now, self.per_second);
        if free_at > now {
            return Turn::In(free_at - now);
        }
        if state.started.len() == self.per_second {
            state.started.pop_front();
        }
        state.started.push_back(now);
        state.leave(place);
        Turn::Mine
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    /// When the next call may start. A clock that was set back must not freeze the queue, so nothing counts as later than now.
    fn free_at(&mut self, now: i64, per_second: usize) -> i64 {
        for start in self.started.iter_mut().rev().take_while(|start| **start > now) {
            *start = now;
        }
        let full_until = match self.started.front() {
            Some(oldest) if self.started.len() == per_second => oldest + SECOND_US,
            _ => now,
        };
        full_until.max(self.paused_until(now))
    }

    fn paused_until(&mut self, now: i64) -> i64 {
        let Some(pause) = &mut self.pause else { return now };
        pause.until = pause.until.min(now.saturating_add(pause.length));
        let until = pause.until;
        if until <= now {
            self.pause = None;
        }
        until.max(now)
    }

    fn leave(&mut self, place: Place) {
        if self.queue.remove(&place).is_some()
            && let Some((_, head)) = self.queue.first_key_value()
        {
            head.notify_one();
        }
    }
}

/// A place in the queue, given up when dropped.
struct Ticket<'a> {
    budget: &'a Budget,
    place: Place,
    woken: Arc<Notify>,
}

impl<'a> Ticket<'a> {
    fn enter(budget: &'a Budget, priority: Priority) -> Self {
        let woken = Arc::new(Notify::new());
        let mut state = budget.lock();
        let place = (priority, state.next_number);
        state.next_number += 1;
        state.queue.insert(place, woken.clone());
        Self { budget, place, woken }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.budget.lock().leave(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use regihub_ports::VirtualClock;

    struct Desk {
        budget: Arc<Budget>,
        clock: SharedClock,
        began: i64,
    }

    fn desk(per_second: u32) -> Desk {
        let clock: SharedClock = Arc::new(VirtualClock::starting_at(Timestamp::UNIX_EPOCH));
        Desk { budget: Arc::new(Budget::new(per_second, clock.clone())), began: clock.now_us(), clock }
    }

    /// A queue that forgot somebody fails instead of hanging.
    async fn within_an_hour<T>(story: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(3600), story).await.expect("somebody waits for ever")
    }

    impl Desk {
        async fn start_at_ms(&self, priority: Priority) -> i64 {
            self.budget.acquire(priority).await;
            (self.clock.now_us() - self.began) / 1000
        }
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_calls_start_within_one_second_than_allowed() {
        let desk = desk(9);
        let mut starts = within_an_hour(join_all((0..50).map(|_| desk.start_at_ms(Priority::Stock)))).await;
        starts.sort_unstable();
        for pair in starts.windows(10) {
            assert!(pair[9] - pair[0] >= 1000, "ten starts within a second: {pair:?}");
        }
        // And no slower than needed: 50 calls, 9 a second, the last five after five seconds.
        assert_eq!(*starts.last().unwrap() / 1000, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_urgent_go_first_and_equals_in_the_order_they_came() {
        let desk = desk(1);
        desk.budget.acquire(Priority::History).await;
        let order = Mutex::new(Vec::new());
        let caller = |name: &'static str, priority| {
            let (desk, order) = (&desk, &order);
            async move {
                desk.budget.acquire(priority).await;
                order.lock().unwrap().push(name);
            }
        };
        let callers = [
            caller("history", Priority::History),
            caller("sale 1", Priority::Sales),
            caller("sale 2", Priority::Sales),
            caller("person", Priority::Person),
        ];
        within_an_hour(join_all(callers)).await;
        assert_eq!(*order.lock().unwrap(), ["person", "sale 1", "sale 2", "history"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_but_urgent_caller_overtakes_the_sleeping_head() {
        let desk = desk(1);
        desk.budget.acquire(Priority::History).await;
        let patient = desk.start_at_ms(Priority::History);
        let urgent = async {
            desk.clock.sleep(Duration::from_millis(500)).await;
            desk.start_at_ms(Priority::Person).await
        };
        let (patient, urgent) = within_an_hour(async { tokio::join!(patient, urgent) }).await;
        assert_eq!((urgent / 1000, patient / 1000), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_leaves_the_queue_does_not_block_the_others() {
        let desk = desk(1);
        desk.budget.acquire(Priority::Person).await;
        let leaver = desk.start_at_ms(Priority::Person);
        let stayer = desk.start_at_ms(Priority::History);
        let gives_up = async {
            tokio::select! {
                _ = leaver => panic!("the leaver must not get a turn"),
                () = desk.clock.sleep(Duration::from_millis(300)) => {}
            }
        };
        let (start, ()) = within_an_hour(async { tokio::join!(stayer, gives_up) }).await;
        assert_eq!(start / 1000, 1);
        assert!(desk.budget.lock().queue.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_stops_everybody_and_a_shorter_one_does_not_end_it() {
        let desk = desk(9);
        desk.budget.pause(Duration::from_secs(7));
        desk.budget.pause(Duration::from_secs(2));
        let starts = join_all((0..3).map(|_| desk.start_at_ms(Priority::Person))).await;
        assert_eq!(starts, [7000, 7000, 7000]);
    }

    #[test]
    fn a_clock_set_back_by_a_day_holds_nobody_longer_than_before() {
        let day = 24 * 3600 * SECOND_US;
        let mut state = State { started: VecDeque::from([day, day]), ..State::default() };
        state.pause = Some(Pause { until: day + 5 * SECOND_US, length: 5 * SECOND_US });
        assert_eq!(state.free_at(0, 2), 5 * SECOND_US);
        assert_eq!(state.free_at(5 * SECOND_US, 2), 5 * SECOND_US);
    }
}
