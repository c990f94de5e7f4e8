//! The journal: what was acknowledged is there after a restart, what was torn is not.

use crate::common::*;
use regihub_demo_shop::{OrderStatus, Shop, ShopOptions};
use regihub_ports::Dice;
use std::path::{Path, PathBuf};

/// A directory of its own for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("regihub-demo-shop-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn journal(&self) -> PathBuf {
        self.0.join("shop.journal")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open_in(dir: &Path) -> anyhow::Result<Shop> {
    let options = ShopOptions { data_dir: Some(dir.to_owned()), ..options() };
    Shop::open(options, clock(), Dice::from_seed(1))
}

/// 5 mugs, 2 sold, 1 order of them cancelled, and a number that contains the first order.
async fn live_a_little(shop: &Shop) {
    let hub = Hub::of(shop);
    hub.push_one("MUG-1", 5, 1, 0).await;
    shop.buy(&[("MUG-1", 1)]).unwrap();
    let second = shop.buy(&[("MUG-1", 1)]).unwrap();
    hub.push_one("MUG-1", 4, 2, 1).await;
    shop.cancel(&second.id).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_restarted_shop_knows_everything_it_knew() {
    let scratch = Scratch::new("restart");
    let before = {
        let shop = open_in(&scratch.0).unwrap();
        live_a_little(&shop).await;
        shop.truth()
    };
    let shop = open_in(&scratch.0).unwrap();
    assert_eq!(shop.truth(), before);
    assert_eq!(before.stock["MUG-1"].available, Some(4));
    let hub = Hub::of(&shop);
    assert_eq!(hub.push_one("MUG-1", 9, 2, 0).await, "stale", "versions survive");
    let order = shop.buy(&[("MUG-1", 4)]).unwrap();
    assert_eq!((order.id.as_str(), order.sequence), ("1003", 4), "ids and sequences go on");
    assert!(shop.buy(&[("MUG-1", 1)]).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_torn_last_line_is_dropped_wherever_it_was_torn() {
    let scratch = Scratch::new("torn");
    live_a_little(&open_in(&scratch.0).unwrap()).await;
    let whole = std::fs::read(scratch.journal()).unwrap();
    let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last_line..whole.len() {
        std::fs::write(scratch.journal(), &whole[..cut]).unwrap();
        let shop = open_in(&scratch.0).unwrap();
        assert_eq!(shop.truth().orders.len(), 2);
        assert_eq!(shop.truth().stock["MUG-1"].available, Some(3), "the cancellation never counted");
        shop.cancel("1002").unwrap();
        drop(shop);
        assert_eq!(open_in(&scratch.0).unwrap().truth().stock["MUG-1"].available, Some(4), "cut at {cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_long_torn_line_stays_behind_a_shorter_one() {
    let scratch = Scratch::new("long-torn");
    live_a_little(&open_in(&scratch.0).unwrap()).await;
    let mut bytes = std::fs::read(scratch.journal()).unwrap();
    bytes.extend_from_slice(&[b'x'; 4_000]);
    std::fs::write(scratch.journal(), bytes).unwrap();
    open_in(&scratch.0).unwrap().cancel("1001").unwrap();
    let orders = open_in(&scratch.0).unwrap().truth().orders;
    assert!(orders.iter().all(|order| order.status == OrderStatus::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_journal_damaged_in_the_middle_is_refused_with_its_line() {
    let scratch = Scratch::new("damaged");
    live_a_little(&open_in(&scratch.0).unwrap()).await;
    let whole = std::fs::read_to_string(scratch.journal()).unwrap();
    let without_second: Vec<_> = whole.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
    for damaged in [whole.replacen("\"placed\"", "\"plaxed\"", 1), without_second.join("\n") + "\n"] {
        std::fs::write(scratch.journal(), damaged).unwrap();
        let error = format!("{:#}", open_in(&scratch.0).err().unwrap());
        assert!(error.contains("line 2"), "{error}");
    }
}
