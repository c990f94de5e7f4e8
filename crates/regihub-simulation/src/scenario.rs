//! What people do in the shops and what goes wrong meanwhile, by the dice.

use crate::{
    fate::{CallFaults, HookFaults},
    tenant::{NEW_CODES, STORES},
    world::World,
};
use jiff::SignedDuration;
use regihub_demo_shop::OrderStatus;
use regihub_ports::Dice;
use smaregi_emulator::OfflineTill;
use std::time::Duration;

/// What may go wrong in a scenario. The default is a quiet day.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    pub hooks: HookFaults,
    pub to_smaregi: CallFaults,
    pub to_shop: CallFaults,
    /// The hub dies now and then, also in the middle of a call.
    pub deaths: bool,
    /// Smaregi or the shop is down for some minutes now and then.
    pub outages: bool,
    /// Now and then hours pass at once, as for a machine that slept.
    pub sleeps: bool,
    /// Now and then the clock of the hub's machine is wrong for some minutes.
    pub wrong_clock: bool,
}

impl Weather {
    /// Everything at once.
    pub fn storm(dice: &Dice) -> Self {
        Self {
            hooks: HookFaults::some(dice),
            to_smaregi: CallFaults::some(dice),
            to_shop: CallFaults::some(dice),
            deaths: true,
            outages: true,
            sleeps: true,
            wrong_clock: false,
        }
    }
}

/// A scenario on the first tenant of a world.
pub struct Scenario {
    weather: Weather,
    dice: Dice,
    /// Sales that may still be taken back.
    sales: Vec<u64>,
    offline: Option<OfflineTill>,
    /// What ends later: number of the action at which it does, and what.
    later: Vec<(usize, Later)>,
    /// What was done, for the story of a failure.
    done: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Later {
    SmaregiIsUp,
    ShopIsUp,
    HubIsUp,
    ClockIsRight,
    TillIsOnline,
}

impl Scenario {
    pub fn new(weather: Weather, dice: &Dice) -> Self {
        Self { weather, dice: dice.fork(), sales: vec![], offline: None, later: vec![], done: vec![] }
    }

    /// Does so many things at random times, checking the invariants on the way. What is still broken at the end stays broken.
    pub async fn play(&mut self, world: &mut World, actions: usize) {
        world.hooks.set_faults(self.weather.hooks.clone());
        self.set_lines(world);
        for number in 0..actions {
            self.end_what_ends(world, number).await;
            self.act(world, number).await;
            world.pass(self.pause()).await;
            if number % 50 == 49 {
                world.check().await;
            }
        }
        self.end_what_ends(world, usize::MAX).await;
    }

    fn set_lines(&self, world: &mut World) {
        world.smaregi.set_faults(self.weather.to_smaregi.clone());
        world.tenants[0].wire.set_faults(self.weather.to_shop.clone());
    }

    /// Mostly bursts, sometimes minutes.
    fn pause(&self) -> Duration {
        let most = match self.dice.below(10) {
            0..=3 => 40,
            4..=6 => 1_500,
            7..=8 => 20_000,
            _ => 240_000,
        };
        Duration::from_micros(self.dice.below(most * 1_000))
    }

    async fn act(&mut self, world: &mut World, number: usize) {
        let throw = self.dice.below(100);
        let what = match throw {
            0..=29 => self.sell(world),
            30..=32 => self.burst(world),
            33..=37 => self.take_back(world),
            38..=40 => self.go_offline(world, number),
            41..=48 => self.move_by_hand(world),
            49..=52 => self.change_a_product(world),
            53..=77 => self.buy(world),
            78..=83 => self.cancel_order(world),
            84..=89 => self.kill(world, number).await,
            90..=93 => self.cut_a_line(world, number),
            94..=95 => self.set_clock_wrong(world, number),
            96 => self.sleep_for_hours().await,
            97 => self.restart(world).await,
            _ => self.turn_the_weather(world),
        };
        tracing::debug!(number, what, at = %world.clock.now());
        self.done.push(what);
    }

    // ---- at the tills and in the stock room ------------------------------------------------------------------------------

    fn sell(&mut self, world: &World) -> &'static str {
        let till = world.tenants[0].till.clone().only_in_stock(self.dice.chance(90));
        self.sales.extend(till.sell_random(&self.dice).expect("a sale"));
        "a sale"
    }

    fn burst(&mut self, world: &World) -> &'static str {
        for _ in 0..self.dice.below(25) {
            self.sell(world);
        }
        "many sales at once"
    }

    fn take_back(&mut self, world: &World) -> &'static str {
        if self.sales.is_empty() {
            return "nothing";
        }
        let sale = self.sales.swap_remove(self.dice.below(self.sales.len() as u64) as usize);
        if self.dice.chance(50) {
            world.tenants[0].till.cancel(sale).expect("a sale that was not taken back");
            return "a sale is cancelled";
        }
        world.tenants[0].till.dispose(sale).expect("a sale that was not taken back");
        "a sale is disposed of"
    }

    fn go_offline(&mut self, world: &World, number: usize) -> &'static str {
        let till = world.tenants[0].till.clone().only_in_stock(true);
        let offline = self.offline.get_or_insert_with(|| till.offline());
        for _ in 0..1 + self.dice.below(4) {
            let basket = till.random_basket(&self.dice).expect("a basket");
            if !basket.lines.is_empty() {
                offline.sell(basket);
            }
        }
        self.end_later(number, Later::TillIsOnline);
        "sales at a till without network"
    }

    fn move_by_hand(&mut self, world: &World) -> &'static str {
        let (tenant, emulator) = (&world.tenants[0], &world.emulator);
        let codes: Vec<u64> = tenant.office.codes().all().into_values().collect();
        let product = codes[self.dice.below(codes.len() as u64) as usize];
        let store = STORES[self.dice.below(STORES.len() as u64) as usize];
        if self.dice.chance(60) {
            let pieces = 1 + self.dice.below(20) as i64;
            emulator.receive(&tenant.contract, product, store, pieces).expect("goods in");
            return "goods in";
        }
        emulator.correct(&tenant.contract, product, store, self.dice.below(30) as i64).expect("a correction");
        "a correction"
    }

    fn change_a_product(&mut self, world: &mut World) -> &'static str {
        let office = &mut world.tenants[0].office;
        let code = NEW_CODES[self.dice.below(NEW_CODES.len() as u64) as usize];
        match office.codes().get(code) {
            None => {
                office.create(code, "新しい商品");
                "a product is created"
            }
            // Nobody buys these in the shop, so no order can point at a product that is gone.
            Some(product) if self.dice.chance(40) => {
                office.delete(product);
                "a product is deleted"
            }
            Some(product) => {
                office.rename(product, &format!("新しい商品 {}", self.dice.below(1000)));
                "a product is renamed"
            }
        }
    }

    // ---- in the web shop -------------------------------------------------------------------------------------------------

    fn buy(&mut self, world: &World) -> &'static str {
        let tenant = &world.tenants[0];
        let mut basket = vec![];
        for _ in 0..1 + self.dice.below(3) {
            let sku = &tenant.skus[self.dice.below(tenant.skus.len() as u64) as usize];
            if !NEW_CODES.contains(&sku.as_str()) {
                basket.push((sku.clone(), 1 + self.dice.below(2) as i64));
            }
        }
        match tenant.shop.buy(&basket) {
            Ok(_) => "a web purchase",
            Err(_) => "a web purchase that was refused",
        }
    }

    fn cancel_order(&mut self, world: &World) -> &'static str {
        let shop = &world.tenants[0].shop;
        let orders = shop.truth().orders;
        let open: Vec<_> = orders.iter().filter(|order| order.status == OrderStatus::Placed).collect();
        if open.is_empty() {
            return "nothing";
        }
        // New ones more often: their write may be under way just now.
        let place = if self.dice.chance(60) { open.len() - 1 } else { self.dice.below(open.len() as u64) as usize };
        shop.cancel(&open[place].id).expect("an order that is not cancelled");
        "a web purchase is cancelled"
    }

    // ---- what goes wrong -------------------------------------------------------------------------------------------------

    async fn kill(&mut self, world: &mut World, number: usize) -> &'static str {
        if !self.weather.deaths {
            return "nothing";
        }
        if self.dice.chance(60) {
            world.bell.wind(self.dice.below(12));
            return "the hub will die in a call";
        }
        world.crash().await;
        if self.dice.chance(70) {
            world.start_hub().await;
        } else {
            self.end_later(number, Later::HubIsUp);
        }
        "the hub dies"
    }

    async fn restart(&mut self, world: &mut World) -> &'static str {
        if !world.is_up() {
            return "nothing";
        }
        world.restart().await;
        "the hub is restarted"
    }

    fn cut_a_line(&mut self, world: &World, number: usize) -> &'static str {
        if !self.weather.outages {
            return "nothing";
        }
        if self.dice.chance(50) {
            world.smaregi.set_down(true);
            self.end_later(number, Later::SmaregiIsUp);
            return "Smaregi is down";
        }
        world.tenants[0].wire.set_down(true);
        self.end_later(number, Later::ShopIsUp);
        "the shop is down"
    }

    fn set_clock_wrong(&mut self, world: &World, number: usize) -> &'static str {
        if !self.weather.wrong_clock {
            return "nothing";
        }
        let hours = 1 + self.dice.below(2) as i64;
        let error = SignedDuration::from_hours(if self.dice.chance(50) { hours } else { -hours });
        world.machine_clock.set_wrong_by(error);
        self.end_later(number, Later::ClockIsRight);
        "the hub's clock is wrong"
    }

    async fn sleep_for_hours(&mut self) -> &'static str {
        if !self.weather.sleeps {
            return "nothing";
        }
        tokio::time::advance(Duration::from_secs(600 + self.dice.below(5 * 3600))).await;
        "everybody slept for hours"
    }

    fn turn_the_weather(&mut self, world: &mut World) -> &'static str {
        if self.weather.to_smaregi == CallFaults::default() {
            return "nothing";
        }
        self.weather.to_smaregi = CallFaults::some(&self.dice);
        self.weather.to_shop = CallFaults::some(&self.dice);
        self.set_lines(world);
        "the weather turns"
    }

    fn end_later(&mut self, number: usize, what: Later) {
        self.later.push((number + 1 + self.dice.below(12) as usize, what));
    }

    async fn end_what_ends(&mut self, world: &mut World, number: usize) {
        let (now, later) = self.later.drain(..).partition(|(at, _)| *at <= number);
        self.later = later;
        let now: Vec<(usize, Later)> = now;
        for (_, what) in now {
            match what {
                Later::SmaregiIsUp => world.smaregi.set_down(false),
                Later::ShopIsUp => world.tenants[0].wire.set_down(false),
                Later::HubIsUp => world.start_hub().await,
                Later::ClockIsRight => world.machine_clock.set_wrong_by(SignedDuration::ZERO),
                Later::TillIsOnline => {
                    if let Some(offline) = &mut self.offline {
                        self.sales.extend(offline.report().expect("late sales are taken"));
                    }
                }
            }
        }
    }
}
