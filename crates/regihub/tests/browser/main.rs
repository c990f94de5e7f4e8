//! The pages in a real browser, told as stories of the people who use them. `target/screenshots/` shows afterwards what they saw.
//!
//! Chromium and its driver must be there; `scripts/test` installs them.

mod chrome;
mod emulator_console;
mod programs;
mod stories;

use chrome::{Browser, Driver};
use futures_util::FutureExt;
use programs::{Demo, FreshHub, TempFolder};
use std::panic::AssertUnwindSafe;
use stories::{door, fresh, shopping, tour};

#[tokio::test]
async fn a_new_hub_is_set_up_by_the_person_who_started_it() {
    let folder = TempFolder::new("browser-fresh");
    let driver = Driver::start().await;
    let hub = FreshHub::start(folder.path());
    let person = driver.open(folder.path(), "person", "ja").await;
    let mut stories = Stories::default();
    stories.tell("a wrong code opens nothing, the right one does", &person, fresh::set_up(&hub, &person)).await;
    stories.tell("where there is nothing yet, pages say what comes", &person, fresh::empty_pages(&hub, &person)).await;
    person.quit().await;
    stories.end();
}

#[tokio::test]
async fn a_shop_keeper_works_with_the_hub_for_a_day() {
    let folder = TempFolder::new("browser-day");
    let driver = Driver::start().await;
    let demo = Demo::start(folder.path());
    let keeper = driver.open(folder.path(), "keeper", "ja").await;
    let customer = driver.open(folder.path(), "customer", "ja").await;
    let mut stories = Stories::default();
    stories
        .tell("a wrong password is refused, the right one opens", &keeper, door::log_in_and_out(&demo, &keeper))
        .await;
    stories.tell("no mouse is needed to log in", &keeper, door::by_keyboard(&demo, &keeper)).await;
    stories.tell("no script is needed to work", &keeper, door::without_script(&demo, &keeper)).await;
    stories.tell("a web order explains itself", &keeper, shopping::web_order(&demo, &keeper, &customer)).await;
    stories.tell("a till sale explains itself", &keeper, shopping::till_sale(&demo, &keeper)).await;
    stories.tell("a margin is kept back from the shop", &keeper, shopping::margin(&demo, &keeper, &customer)).await;
    stories.tell("a stopped link holds still", &keeper, shopping::stop_and_start(&demo, &keeper, &customer)).await;
    stories.tell("what stands still waits for a person", &keeper, shopping::parked(&demo, &keeper, &customer)).await;
    stories.tell("a lost line shows", &keeper, shopping::lost_line(&demo, &keeper)).await;
    stories.tell("every page is sound", &keeper, tour::hub(&demo, &keeper)).await;
    stories.tell("every page of the shop is sound", &customer, tour::shop(&demo, &customer)).await;
    keeper.quit().await;
    customer.quit().await;
    stories.end();
}

/// Tells stories one after the other; one that ends badly does not keep the others from being told.
#[derive(Default)]
struct Stories {
    bad: Vec<&'static str>,
}

impl Stories {
    async fn tell(&mut self, name: &'static str, watched: &Browser, story: impl Future<Output = ()>) {
        println!("{name} …");
        if AssertUnwindSafe(story).catch_unwind().await.is_err() {
            self.bad.push(name);
            let picture = format!("failed-{}", name.replace([' ', ','], "-"));
            let _ = AssertUnwindSafe(watched.keep(&picture)).catch_unwind().await;
        }
    }

    fn end(self) {
        assert!(self.bad.is_empty(), "{} ended badly; see above and target/screenshots/failed-*", self.bad.join("; "));
    }
}
