//! The checklist every connector must pass, told as stories and run against a running shop.
//!
//! A connector's tests implement [`ShopUnderTest`] for a shop they can drive (a stand-in, a real server in a container) and call
//! [`run`]. Nothing here panics, so the same checklist can be run by a person who builds the shop's side of the contract.
//!
//! The shop must have at least two products that are free to sell. The stories push numbers, buy and cancel: never run them on a shop
//! with customers.

mod connection;
mod feed;
mod steps;
mod stock;
mod webhooks;

use crate::Channel;
use bytes::Bytes;
use http::HeaderMap;
use regihub_domain::{OrderId, Sku};
use regihub_ports::BoxFuture;
use std::{fmt, sync::Arc};

/// A shop that the stories may drive.
pub trait ShopUnderTest: Send + Sync {
    /// The connector, with the right settings.
    fn channel(&self) -> Arc<dyn Channel>;

    /// The same with a wrong key.
    fn channel_with_a_wrong_key(&self) -> Arc<dyn Channel>;

    /// The same with an address where nobody listens.
    fn channel_to_nobody(&self) -> Arc<dyn Channel>;

    /// A customer buys `pieces` of one SKU. `Err` is the shop's refusal (not enough pieces) in its own words.
    fn buy(&self, sku: &Sku, pieces: i64) -> BoxFuture<'_, Result<OrderId, String>>;

    /// The whole order is cancelled and its pieces go back on sale.
    fn cancel(&self, order: &OrderId) -> BoxFuture<'_, Result<(), String>>;

    /// The webhooks that have arrived since this was called last, in order. Waits until what the shop has to send is sent.
    fn take_webhooks(&self) -> BoxFuture<'_, Vec<(HeaderMap, Bytes)>>;

    /// The time of the shop's clock, microseconds since 1970, UTC.
    fn now_us(&self) -> i64;
}

/// What a story gives back: what went wrong, in a sentence.
type Told = Result<(), String>;
type Story = for<'a> fn(&'a dyn ShopUnderTest) -> BoxFuture<'a, Told>;

const STORIES: &[(&str, Story)] = &[
    ("the right key opens the shop", |shop| Box::pin(connection::the_right_key_opens_the_shop(shop))),
    ("a wrong key is told from a dead server", |shop| {
        Box::pin(connection::a_wrong_key_is_told_from_a_dead_server(shop))
    }),
    ("every product is listed once and in order", |shop| {
        Box::pin(connection::every_product_is_listed_once_and_in_order(shop))
    }),
    ("a pushed number is what the shop holds and sells", |shop| {
        Box::pin(stock::a_pushed_number_is_what_the_shop_holds_and_sells(shop))
    }),
    ("a late or repeated push never undoes a newer one", |shop| {
        Box::pin(stock::a_late_or_repeated_push_never_undoes_a_newer_one(shop))
    }),
    ("one bad item never stops the others", |shop| Box::pin(stock::one_bad_item_never_stops_the_others(shop))),
    ("an empty push sends nothing", |shop| Box::pin(stock::an_empty_push_sends_nothing(shop))),
    ("the last piece is sold once", |shop| Box::pin(stock::the_last_piece_is_sold_once(shop))),
    ("a number computed before a purchase does not give the piece back", |shop| {
        Box::pin(stock::a_number_computed_before_a_purchase_does_not_give_the_piece_back(shop))
    }),
    ("a cancelled order gives its pieces back once", |shop| {
        Box::pin(stock::a_cancelled_order_gives_its_pieces_back_once(shop))
    }),
    ("every order change takes the next sequence", |shop| {
        Box::pin(feed::every_order_change_takes_the_next_sequence(shop))
    }),
    ("the feed tells the same story twice", |shop| Box::pin(feed::the_feed_tells_the_same_story_twice(shop))),
    ("every order change is announced by a proven webhook", |shop| {
        Box::pin(webhooks::every_order_change_is_announced_by_a_proven_webhook(shop))
    }),
    ("a forged or late webhook is refused", |shop| Box::pin(webhooks::a_forged_or_late_webhook_is_refused(shop))),
];

/// Runs every story, one after the other; a failed one does not stop the rest.
pub async fn run(shop: &dyn ShopUnderTest) -> Report {
    let mut outcomes = Vec::with_capacity(STORIES.len());
    for (story, tell) in STORIES {
        outcomes.push(Outcome { story, failure: tell(shop).await.err() });
    }
    Report { outcomes }
}

/// How the stories ended. Shown as one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub story: &'static str,
    /// What went wrong; `None` when the shop passed.
    pub failure: Option<String>,
}

impl Report {
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.failure.is_none())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { story, failure } in &self.outcomes {
            match failure {
                None => writeln!(f, "ok      {story}")?,
                Some(failure) => writeln!(f, "FAILED  {story}: {failure}")?,
            }
        }
        Ok(())
    }
}
