//! Everything in one process and one thread: Smaregi, the shops, the hub, and the lines between them.

use crate::{
    bell::Bell,
    clock::MachineClock,
    folder::Folder,
    hub::{Hub, open_storage},
    invariants::Watched,
    tenant::{self, Tenant},
    trace::{Trace, Way},
    wire::{Door, HookWire, Street, Wire},
};
use jiff::Timestamp;
use regihub_engine::{Engine, EngineOptions, Transports};
use regihub_ports::{Dice, SharedClock, VirtualClock};
use regihub_storage::Unit;
use smaregi_emulator::{Emulator, EmulatorTransport, Environment, LimitSettings, Settings};
use std::{sync::Arc, time::Duration};

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Everything random comes from it.
    pub seed: u64,
    /// When the story begins.
    pub began: Timestamp,
    pub engine: EngineOptions,
    pub tenants: usize,
    /// Sales of the first chain in the hour before the hub is started for the first time.
    pub sales_before: usize,
    /// Calls per second that Smaregi allows (reads, writes), and that the hub believes it does.
    pub limits: (u32, u32),
    pub believed_limits: (i64, i64),
    /// Pieces a shop must not sell.
    pub margin: i64,
}

impl Plan {
    pub fn of_seed(seed: u64) -> Self {
        // The patient full reads come often enough for a run of some hours to see their work.
        let engine = EngineOptions {
            full_stock: Duration::from_secs(1200),
            full_products: Duration::from_secs(1200),
            alone: true,
            ..EngineOptions::default()
        };
        let began = "2026-11-21T10:00:00+09:00".parse().expect("a time");
        Self {
            seed,
            began,
            engine,
            tenants: 1,
            sales_before: 0,
            limits: (50, 20),
            believed_limits: (45, 18),
            margin: 0,
        }
    }
}

pub struct World {
    pub plan: Plan,
    /// For whoever decides what happens in this world.
    pub dice: Dice,
    /// True time.
    pub clock: SharedClock,
    /// Time as the hub's machine sees it.
    pub machine_clock: MachineClock,
    pub trace: Trace,
    pub bell: Bell,
    pub emulator: Emulator,
    /// Hub to Smaregi.
    pub smaregi: Wire,
    /// Everybody to the hub.
    pub hooks: HookWire,
    pub tenants: Vec<Tenant>,
    pub(crate) watched: Watched,
    hub_dice: Dice,
    transports: Transports,
    door: Door,
    hub: Option<Hub>,
    folder: Folder,
    /// How often the hub died.
    pub deaths: u32,
}

impl World {
    /// Builds a world and starts everything. Must be called inside a runtime whose time is paused.
    pub async fn start(plan: Plan) -> Self {
        let dice = Dice::from_seed(plan.seed);
        let clock: SharedClock = Arc::new(VirtualClock::starting_at(plan.began));
        let machine_clock = MachineClock::new(clock.clone());
        let (trace, bell, door) = (Trace::default(), Bell::default(), Door::default());
        let emulator = Emulator::builder().clock(clock.clone()).dice(dice.fork()).settings(settings(&plan));
        let emulator = emulator.build().expect("an emulator without a folder");
        let hooks = HookWire::new(door.clone(), clock.clone(), dice.fork(), trace.clone());
        let line = |way, far_end| Wire::new(way, far_end, clock.clone(), dice.fork(), trace.clone(), bell.clone());
        let smaregi = line(Way::Smaregi, Arc::new(EmulatorTransport(emulator.clone())));
        let folder = Folder::new();
        let storage = open_storage(folder.path());
        let mut tenants = vec![];
        for number in 1..=plan.tenants {
            tenants.push(tenant::open(number, &plan, &emulator, &storage, &clock, &dice, &line).await);
        }
        storage.close().await;
        emulator.start_delivery(Arc::new(hooks.clone()));
        for tenant in &tenants {
            tenant.shop.start_webhooks(Arc::new(hooks.clone()));
        }
        let shops = Street(Arc::new(tenants.iter().map(|tenant| (tenant.host.clone(), tenant.wire.clone())).collect()));
        let transports = Transports { smaregi: Arc::new(smaregi.clone()), shops: Arc::new(shops) };
        let watched = Watched::over(&emulator, &tenants);
        let mut world = Self {
            hub_dice: dice.fork(),
            dice: dice.fork(),
            plan,
            clock,
            machine_clock,
            trace,
            bell,
            emulator,
            smaregi,
            hooks,
            watched,
            tenants,
            transports,
            door,
            hub: None,
            folder,
            deaths: 0,
        };
        world.sell_before_the_hub().await;
        world.start_hub().await;
        world
    }

    async fn sell_before_the_hub(&mut self) {
        let till = self.tenants[0].till.clone().only_in_stock(true);
        for _ in 0..self.plan.sales_before {
            till.sell_random(&self.dice).expect("a sale");
            self.clock.sleep(Duration::from_secs(3600) / self.plan.sales_before as u32).await;
        }
    }

    // ---- time ------------------------------------------------------------------------------------------------------------

    /// Lets time pass. When the bell rings meanwhile, the hub dies and comes back some seconds later.
    pub async fn pass(&mut self, time: Duration) {
        let end = self.clock.now_us() + us(time);
        loop {
            let left = Duration::from_micros(u64::try_from(end - self.clock.now_us()).unwrap_or(0));
            let bell = self.bell.clone();
            tokio::select! {
                biased;
                () = bell.rung() => {
                    self.crash().await;
                    let down = Duration::from_millis(self.dice.below(5_000));
                    self.clock.sleep(down).await;
                    self.start_hub().await;
                }
                () = self.clock.sleep(left) => return,
            }
        }
    }

    pub async fn pass_seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds)).await;
    }

    /// Lets the other tasks run without letting time pass.
    pub async fn breathe(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    // ---- the hub ---------------------------------------------------------------------------------------------------------

    pub async fn start_hub(&mut self) {
        if self.hub.is_none() {
            let (clock, dice) = (&self.machine_clock, &self.hub_dice);
            let hub = Hub::start(self.folder.path(), clock, dice, &self.plan.engine, &self.transports, &self.door);
            self.hub = Some(hub.await);
        }
    }

    /// Starts another node on the hub's database. Needs a plan whose engine is not alone. Who holds it ends it.
    pub async fn start_node(&self) -> Arc<Engine> {
        let (clock, dice) = (&self.machine_clock, &self.hub_dice);
        self.hub().another_engine(clock, dice, &self.plan.engine, &self.transports).await
    }

    /// Ends the hub wherever it is, as a power cut would.
    pub async fn crash(&mut self) {
        if let Some(hub) = self.hub.take() {
            hub.kill(&self.door).await;
            self.deaths += 1;
        }
    }

    /// Stops the hub in good order and starts it again.
    pub async fn restart(&mut self) {
        if let Some(hub) = self.hub.take() {
            hub.stop(&self.door, &self.bell).await;
        }
        self.start_hub().await;
    }

    pub fn is_up(&self) -> bool {
        self.hub.is_some()
    }

    pub fn engine(&self) -> &Arc<Engine> {
        self.hub().engine()
    }

    /// Looks into the hub's storage.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Unit<'_>) -> regihub_storage::Result<T> + Send + 'static,
    ) -> T {
        self.hub().read(look).await
    }

    /// Does what a person does with a button of a page.
    pub async fn press<T: Send + 'static>(
        &self,
        button: impl FnOnce(&mut Unit<'_>) -> regihub_storage::Result<T> + Send + 'static,
    ) -> T {
        let done = self.hub().storage.write(button).await.expect("the button works");
        self.engine().wake_all();
        done
    }

    fn hub(&self) -> &Hub {
        self.hub.as_ref().expect("the hub is up")
    }

    /// Healthy lines, a right clock, a running hub. Webhooks may stay as bad as they are.
    pub async fn heal(&mut self) {
        self.bell.stop();
        self.smaregi.heal();
        for tenant in &self.tenants {
            tenant.wire.heal();
        }
        self.machine_clock.set_wrong_by(jiff::SignedDuration::ZERO);
        self.start_hub().await;
    }
}

fn settings(plan: &Plan) -> Settings {
    let (reads, writes) = plan.limits;
    Settings {
        environment: Environment::Production,
        limits: LimitSettings { read_per_s: Some(reads), write_per_s: Some(writes), ..LimitSettings::default() },
        ..Settings::default()
    }
}

/// Microseconds.
pub(crate) fn us(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
