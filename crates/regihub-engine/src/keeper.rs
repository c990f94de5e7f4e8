//! Keeps the leases of this node (DESIGN §4): takes what is free, renews what it holds, and lets lanes run only for owners it holds.
//!
//! ```text
//!   renewed          lanes stop          lease ends        another node may take it
//!      ├──── 3/4 of the length ──┼── 1/4 ──┼── clock skew ──┤
//! ```
//!
//! Lanes stop before the lease ends, by a timer that does not look at the clock, so setting the clock does not matter here. What a stalled lane
//! still tries to book afterwards is refused by the fence ([`crate::desk::Desk`]).
//!
//! A shop's work goes where its connection's work goes, so that a level that was read wakes the push beside it. Notifications are taken and
//! sorted by every node; the holder looks for work that others left it every second.

use crate::{
    desk::Desk,
    hub::Hub,
    lanes::{self, outbox::Outbox, reader::Reader, shop::ShopLane, tidy::Tidy},
    options::us,
    signals::Lane,
};
use regihub_domain::{ConnectionId, ShopId};
use regihub_ports::BoxFuture;
use regihub_storage::{Connection, Lease, Link, Owner, Result, Shop, Terms};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// A node looks this often for work that another node has left for its lanes.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    hub: Arc<Hub>,
    /// One round at a time.
    turn: tokio::sync::Mutex<()>,
    held: Mutex<BTreeMap<Owner, Held>>,
    /// Nothing new is taken any more.
    closing: AtomicBool,
}

/// A lease of this node with the lanes that run under it.
struct Held {
    token: i64,
    stop: watch::Sender<bool>,
    lanes: JoinSet<()>,
}

/// Everything there is work for.
struct SetUp {
    connections: Vec<Connection>,
    shops: Vec<Shop>,
}

impl Keeper {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, turn: tokio::sync::Mutex::default(), held: Mutex::default(), closing: AtomicBool::new(false) }
    }

    /// Holds leases until `stop` says so. `deadline`: [`Self::lanes_may_run`] from before the first ones were taken.
    pub(crate) async fn run(self: Arc<Self>, mut deadline: BoxFuture<'static, ()>, mut stop: watch::Receiver<bool>) {
        let mut rested = Duration::ZERO;
        while !*stop.borrow() {
            let look = if self.hub.options.alone { self.renew_every() } else { LOOK.min(self.renew_every()) };
            tokio::select! {
                biased;
                _ = stop.changed() => return,
                () = &mut deadline => deadline = self.lost_touch().await,
                () = self.hub.clock.sleep(look) => {}
            }
            rested += look;
            if rested < self.renew_every() {
                self.look_for_work().await;
                continue;
            }
            rested = Duration::ZERO;
            let next = self.lanes_may_run(); // counted from before the renewal is asked for
            tokio::select! {
                biased;
                () = &mut deadline => deadline = self.lost_touch().await,
                outcome = self.round() => match outcome {
                    Ok(()) => deadline = next,
                    Err(error) => tracing::warn!("keeping leases: {error}"),
                },
            }
        }
    }

    fn renew_every(&self) -> Duration {
        self.hub.options.lease / 4
    }

    /// Ends when lanes must stop whose leases are taken or renewed after this call and not again.
    pub(crate) fn lanes_may_run(&self) -> BoxFuture<'static, ()> {
        if self.hub.options.alone {
            return Box::pin(std::future::pending()); // nobody is there who could take over
        }
        self.hub.clock.sleep(self.hub.options.lease / 4 * 3)
    }

    /// The leases could not be renewed in time: every lane stops now, before another node may begin.
    async fn lost_touch(&self) -> BoxFuture<'static, ()> {
        let lost = std::mem::take(&mut *self.held());
        if !lost.is_empty() {
            tracing::warn!(owners = lost.len(), "the leases could not be renewed: lanes stop until they can");
        }
        for (_, held) in lost {
            held.abort().await;
        }
        self.lanes_may_run()
    }

    /// Renews, gives up, takes, and starts and ends lanes accordingly. Also takes over changes of the set-up.
    pub(crate) async fn round(&self) -> Result<()> {
        let _turn = self.turn.lock().await;
        self.renew().await?;
        if self.closing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let set_up = self.set_up().await?;
        self.end_unwanted().await?;
        // Connections first: shops follow them.
        self.take(&set_up, set_up.connections.iter().map(|connection| Owner::Connection(connection.id))).await?;
        let links = self.hub.links();
        let here = |shop: &Shop| home(&links, shop.id).is_some_and(|home| self.holds(Owner::Connection(home)));
        let shops: Vec<Owner> =
            set_up.shops.iter().filter(|shop| here(shop)).map(|shop| Owner::Shop(shop.id)).collect();
        self.take(&set_up, shops.into_iter().chain([Owner::Node])).await
    }

    async fn set_up(&self) -> Result<SetUp> {
        self.hub.reload_links().await?;
        let read = self.hub.storage.read(|unit| Ok((unit.setup().connections()?, unit.setup().shops()?)));
        let (connections, shops) = read.await?;
        Ok(SetUp { connections, shops })
    }

    /// Prolongs what is held and ends the lanes of what is not held any more.
    async fn renew(&self) -> Result<()> {
        if self.held().is_empty() {
            return Ok(());
        }
        let (holder, until) = (self.hub.holder.clone(), self.hub.clock.now_us() + self.terms().length);
        let renewed = self.hub.storage.write(move |unit| unit.leases().renew(&holder, until)).await?;
        let tokens: BTreeMap<Owner, i64> = renewed.iter().map(|lease| (lease.owner, lease.token)).collect();
        let lost = self.remove(|owner, held| tokens.get(owner) != Some(&held.token));
        for (owner, held) in lost {
            tracing::warn!(%owner, "another node has taken over");
            held.abort().await;
        }
        Ok(())
    }

    /// Gives back shops whose connection is held by another node: their work belongs there.
    async fn end_unwanted(&self) -> Result<()> {
        let (links, connections) = (self.hub.links(), self.connections_held());
        let elsewhere = |shop| home(&links, shop).is_none_or(|home| !connections.contains(&home));
        let unwanted = self.remove(|owner, _| matches!(owner, Owner::Shop(shop) if elsewhere(*shop)));
        for (owner, held) in unwanted {
            let token = held.token;
            held.abort().await;
            self.give_back(vec![(owner, token)]).await?;
        }
        Ok(())
    }

    /// Takes what is free of these and starts its lanes. A node that finds nothing free has only read.
    async fn take(&self, set_up: &SetUp, owners: impl Iterator<Item = Owner>) -> Result<()> {
        let missing: Vec<Owner> = owners.filter(|owner| !self.holds(*owner)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (holder, now, terms) = (self.hub.holder.clone(), self.hub.clock.now_us(), self.terms());
        let known = self.hub.storage.read(|unit| unit.leases().all()).await?;
        let known: BTreeMap<Owner, Lease> = known.into_iter().map(|lease| (lease.owner, lease)).collect();
        let free = |owner: &Owner| known.get(owner).is_none_or(|lease| lease.is_free(&holder, now, terms));
        let free: Vec<Owner> = missing.into_iter().filter(free).collect();
        if free.is_empty() {
            return Ok(());
        }
        let taken: Vec<Option<Lease>> = self
            .hub
            .storage
            .write(move |unit| free.into_iter().map(|owner| unit.leases().take(owner, &holder, now, terms)).collect())
            .await?;
        for lease in taken.into_iter().flatten() {
            self.start(set_up, &lease);
        }
        Ok(())
    }

    fn terms(&self) -> Terms {
        let options = &self.hub.options;
        Terms { length: us(options.lease), skew: us(options.clock_skew), alone: options.alone }
    }

    fn start(&self, set_up: &SetUp, lease: &Lease) {
        let mut held = Held { token: lease.token, stop: watch::channel(false).0, lanes: JoinSet::new() };
        let desk = Desk::new(self.hub.storage.clone(), lease.owner, lease.token);
        match lease.owner {
            Owner::Connection(id) => {
                if let Some(connection) = set_up.connections.iter().find(|connection| connection.id == id) {
                    self.start_connection(&mut held, desk, connection);
                }
            }
            Owner::Shop(id) => {
                if let Some(shop) = set_up.shops.iter().find(|shop| shop.id == id) {
                    self.spawn(&mut held, Lane::Shop, ShopLane::new(self.hub.clone(), desk, shop));
                }
            }
            Owner::Node => self.spawn(&mut held, Lane::Tidy, Tidy::new(self.hub.clone(), desk)),
            Owner::Link(_) => {} // its work is done by its shop's lane
        }
        self.held().insert(lease.owner, held);
    }

    fn start_connection(&self, held: &mut Held, desk: Desk, connection: &Connection) {
        let client = self.hub.client(connection);
        let outbox = Outbox::new(self.hub.clone(), desk.clone(), connection.id, &client);
        let reader = Reader::new(self.hub.clone(), desk, connection.id, client);
        self.spawn(held, Lane::Reader, reader);
        self.spawn(held, Lane::Outbox, outbox);
    }

    fn spawn(&self, held: &mut Held, lane: Lane, worker: impl lanes::Worker + 'static) {
        let wake = self.hub.signals.lane(worker.desk().owner(), lane);
        held.lanes.spawn(lanes::run(worker, wake, held.stop.subscribe()));
    }

    /// Wakes lanes for work that another node has left them, and pages for what another node has changed.
    async fn look_for_work(&self) {
        let now = self.hub.clock.now_us();
        let found = self.hub.storage.read(move |unit| {
            let owners = unit.jobs().owners_with_work(now)?;
            let connections = unit.intents().connections_with_work(now)?;
            let links = unit.publications().links_with_work()?;
            Ok((owners, connections, links, unit.exchanges().newest()?))
        });
        let Ok((owners, connections, links, newest)) = found.await else { return }; // the next round says what is wrong
        self.hub.seen_exchange(newest);
        for owner in owners {
            self.wake(owner);
        }
        for connection in connections {
            self.wake(Owner::Connection(connection));
        }
        for link in links {
            self.wake(Owner::Link(link));
        }
    }

    fn wake(&self, owner: Owner) {
        let owner = match owner {
            Owner::Link(id) => match self.hub.links().iter().find(|link| link.id == id) {
                Some(link) => Owner::Shop(link.shop_id),
                None => return,
            },
            other => other,
        };
        if self.holds(owner) {
            self.hub.signals.wake_all(owner);
        }
    }

    /// Somebody did something that lanes should look at now: a button was pressed, a setting changed.
    pub(crate) fn wake_all(&self) {
        let owners: Vec<Owner> = self.held().keys().copied().collect();
        for owner in owners {
            self.hub.signals.wake_all(owner);
        }
    }

    /// Lets every lane end the step it is in, then gives the leases back.
    pub(crate) async fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        for held in self.held().values() {
            let _ = held.stop.send(true);
        }
        // Leases are still renewed meanwhile: what the last steps did can be booked.
        let mut tokens = vec![];
        while let Some((owner, held)) = self.take_last() {
            tokens.push((owner, held.token));
            held.end().await;
        }
        if let Err(error) = self.give_back(tokens).await {
            tracing::warn!("giving leases back: {error}");
        }
    }

    fn take_last(&self) -> Option<(Owner, Held)> {
        self.held().pop_last()
    }

    async fn give_back(&self, leases: Vec<(Owner, i64)>) -> Result<()> {
        let holder = self.hub.holder.clone();
        let given = self.hub.storage.write(move |unit| {
            leases.into_iter().try_for_each(|(owner, token)| unit.leases().give_back(owner, &holder, token))
        });
        given.await
    }

    /// Ends all lanes wherever they are and gives nothing back, as a power cut would.
    pub(crate) fn kill(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.held().clear(); // a set of tasks that is dropped aborts them
    }

    fn remove(&self, unwanted: impl Fn(&Owner, &Held) -> bool) -> BTreeMap<Owner, Held> {
        self.held().extract_if(.., |owner, held| unwanted(owner, held)).collect()
    }

    fn holds(&self, owner: Owner) -> bool {
        self.held().contains_key(&owner)
    }

    fn connections_held(&self) -> BTreeSet<ConnectionId> {
        let held = self.held();
        held.keys().filter_map(|owner| if let Owner::Connection(id) = owner { Some(*id) } else { None }).collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Owner, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    async fn abort(mut self) {
        self.lanes.shutdown().await;
    }

    async fn end(mut self) {
        while let Some(ended) = self.lanes.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a lane ended badly: {error}");
            }
        }
    }
}

/// The connection whose node works for a shop: that of its first link, which also takes its orders.
fn home(links: &[Link], shop: ShopId) -> Option<ConnectionId> {
    links.iter().filter(|link| link.shop_id == shop).min_by_key(|link| link.id).map(|link| link.connection_id)
}
