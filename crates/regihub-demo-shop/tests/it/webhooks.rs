//! Generic.md §6, with the signature computed a second time by hand.

use crate::common::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use regihub_demo_shop::{Faults, Shop, ShopOptions, WebhookTarget};
use regihub_ports::{BoxFuture, Dice, SharedClock, Transport, TransportError, TransportErrorKind};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

const SECRET_BYTES: &[u8; 32] = b"0123456789abcdef0123456789ABCDEF";

/// A hub that writes down what it gets and answers from a list, 200 when the list is empty.
#[derive(Default)]
struct Inbox {
    got: Mutex<Vec<Request<Bytes>>>,
    answers: Mutex<Vec<Result<u16, TransportErrorKind>>>,
}

impl Transport for Inbox {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.got.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(200));
        Box::pin(async move {
            match answer {
                Ok(status) => Ok(Response::builder().status(status).body(Bytes::new()).unwrap()),
                Err(kind) => Err(TransportError { kind, message: "no answer".into() }),
            }
        })
    }
}

impl Inbox {
    fn sequences(&self) -> Vec<u64> {
        self.got.lock().unwrap().iter().map(|request| body(request)["data"]["sequence"].as_u64().unwrap()).collect()
    }

    fn header(&self, at: usize, name: &str) -> String {
        self.got.lock().unwrap()[at].headers()[name].to_str().unwrap().to_owned()
    }
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn target() -> WebhookTarget {
    WebhookTarget {
        url: "https://hub.test/hooks/shop/abc".into(),
        secret: format!("whsec_{}", STANDARD.encode(SECRET_BYTES)),
    }
}

async fn shop_and_inbox() -> (Shop, Arc<Inbox>, SharedClock) {
    let clock = clock();
    let options = ShopOptions { webhook: Some(target()), ..options() };
    let shop = Shop::open(options, clock.clone(), Dice::from_seed(5)).unwrap();
    let inbox = Arc::new(Inbox::default());
    shop.start_webhooks(inbox.clone());
    Hub::of(&shop).push_one("MUG-1", 900, 1, 0).await;
    (shop, inbox, clock)
}

/// HMAC-SHA256 as RFC 2104 defines it, apart from the library the shop uses.
fn hmac_by_hand(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[test]
fn the_hand_made_hmac_knows_the_published_example() {
    // RFC 4231, test case 2.
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hex::encode(hmac_by_hand(b"Jefe", b"what do ya want for nothing?")), expected);
}

#[tokio::test(start_paused = true)]
async fn every_order_change_is_announced_and_signed() {
    let (shop, inbox, clock) = shop_and_inbox().await;
    let order = shop.buy(&[("MUG-1", 1)]).unwrap();
    shop.cancel(&order.id).unwrap();
    clock.sleep(Duration::from_millis(10)).await;

    let got = inbox.got.lock().unwrap();
    let told: Vec<_> = got.iter().map(body).collect();
    let at = "2026-11-21T10:00:00+09:00";
    assert_eq!(told[0], json!({ "type": "order.placed", "timestamp": at, "data": { "id": "1001", "sequence": 1 } }));
    assert_eq!(told[1], json!({ "type": "order.cancelled", "timestamp": at, "data": { "id": "1001", "sequence": 2 } }));
    assert_eq!(got.len(), 2);
    for request in got.iter() {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://hub.test/hooks/shop/abc");
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
        assert_eq!(timestamp, "2026-11-21T01:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
        let signed =
            [header("webhook-id").as_bytes(), b".", header("webhook-timestamp").as_bytes(), b".", request.body()]
                .concat();
        let expected = format!("v1,{}", STANDARD.encode(hmac_by_hand(SECRET_BYTES, &signed)));
        assert_eq!(header("webhook-signature"), expected);
    }
    assert_ne!(got[0].headers()["webhook-id"], got[1].headers()["webhook-id"]);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_without_2xx_is_repeated_with_the_same_id_and_a_fresh_time() {
    let (shop, inbox, clock) = shop_and_inbox().await;
    *inbox.answers.lock().unwrap() = vec![Err(TransportErrorKind::NotSent), Ok(500)];
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(inbox.sequences(), [1, 1, 1], "refused, no answer, taken");
    let ids: BTreeSet<_> = (0..3).map(|at| inbox.header(at, "webhook-id")).collect();
    assert_eq!(ids.len(), 1);
    let times: Vec<i64> = (0..3).map(|at| inbox.header(at, "webhook-timestamp").parse().unwrap()).collect();
    assert_eq!([times[1] - times[0], times[2] - times[1]], [2, 10]);
    let signatures: BTreeSet<_> = (0..3).map(|at| inbox.header(at, "webhook-signature")).collect();
    assert_eq!(signatures.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dead_hub_gets_six_attempts_and_holds_up_no_later_webhook() {
    let (shop, inbox, clock) = shop_and_inbox().await;
    *inbox.answers.lock().unwrap() = vec![Ok(503); 3];
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(1)).await;
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_millis(500)).await;
    assert_eq!(inbox.sequences(), [1, 2], "the second does not wait for the first");

    *inbox.answers.lock().unwrap() = vec![Ok(503); 100];
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(inbox.sequences().iter().filter(|sequence| **sequence == 3).count(), 6);
}

#[tokio::test(start_paused = true)]
async fn webhooks_can_be_lost_doubled_and_delayed_on_purpose() {
    let (shop, inbox, clock) = shop_and_inbox().await;
    shop.faults().set(Faults { webhook_drop_percent: 100, ..Faults::default() });
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(inbox.sequences().len(), 0, "lost, and the shop does not know");

    shop.faults().set(Faults { webhook_duplicate_percent: 100, ..Faults::default() });
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(1)).await;
    assert_eq!(inbox.sequences(), [2, 2]);
    assert_eq!(inbox.header(0, "webhook-id"), inbox.header(1, "webhook-id"));

    shop.faults().set(Faults { webhook_delay_percent: 100, webhook_delay_ms: 60_000, ..Faults::default() });
    for _ in 0..20 {
        shop.buy(&[("MUG-1", 1)]).unwrap();
    }
    clock.sleep(Duration::from_secs(61)).await;
    let delayed = inbox.sequences().split_off(2);
    assert_eq!(delayed.len(), 20);
    assert!(!delayed.is_sorted(), "{delayed:?}");
}

#[tokio::test(start_paused = true)]
async fn stopping_the_webhooks_stops_those_under_way() {
    let options = ShopOptions { webhook: Some(target()), ..options() };
    let shop = open(options);
    let clock = clock();
    let inbox = Arc::new(Inbox::default());
    *inbox.answers.lock().unwrap() = vec![Ok(503); 100];
    let handle = shop.start_webhooks(inbox.clone());
    Hub::of(&shop).push_one("MUG-1", 1, 1, 0).await;
    shop.buy(&[("MUG-1", 1)]).unwrap();
    clock.sleep(Duration::from_secs(1)).await;
    handle.abort();
    clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(inbox.sequences(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_not_one_is_refused_at_the_start_without_being_shown() {
    for secret in ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY="] {
        let webhook = Some(WebhookTarget { secret: secret.into(), ..target() });
        let error = Shop::open(ShopOptions { webhook, ..options() }, clock(), Dice::from_seed(1)).err().unwrap();
        assert!(error.to_string().starts_with("webhook.secret: "), "{error}");
    }
    assert!(!format!("{:?}", target()).contains("whsec_"));
}
