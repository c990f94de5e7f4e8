//! Signed hints about order changes (generic.md §6, Standard Webhooks).

use crate::{options::WebhookTarget, order::at_japanese_offset, shop::Shop};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Uri};
use jiff::Timestamp;
use regihub_ports::SharedTransport;
use serde_json::json;
use sha2::Sha256;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
};

/// Hints that may wait or be under way. One more is dropped: the hub reads the feed by itself as well.
const MOST_WAITING: usize = 10_000;
/// After an attempt without a 2xx, how long until the next. After the last one the shop gives up.
const GAPS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(1800),
];

/// One order change to announce.
#[derive(Debug)]
pub(crate) struct Hint {
    pub(crate) kind: &'static str,
    pub(crate) order_id: String,
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
}

/// Where hints wait, and what is needed to send them.
pub(crate) struct Outbox {
    uri: Uri,
    key: Vec<u8>,
    sender: Sender<Hint>,
    /// Taken by the one task that delivers.
    receiver: Mutex<Option<Receiver<Hint>>>,
}

impl Outbox {
    pub(crate) fn new(target: &WebhookTarget) -> anyhow::Result<Self> {
        let (uri, key) = target.parse()?;
        let (sender, receiver) = channel(MOST_WAITING);
        Ok(Self { uri, key, sender, receiver: Mutex::new(Some(receiver)) })
    }

    pub(crate) fn queue(&self, hint: Hint) {
        if let Err(error) = self.sender.try_send(hint) {
            tracing::warn!(%error, "a webhook was dropped; the hub will find the change in the feed");
        }
    }

    fn take_receiver(&self) -> Option<Receiver<Hint>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn request(&self, message: &Message, now: Timestamp) -> http::Result<Request<Bytes>> {
        let timestamp = now.as_second().to_string();
        Request::post(self.uri.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", sign(&self.key, &message.id, &timestamp, &message.body))
            .body(message.body.clone())
    }
}

/// A hint as it is sent: id and body stay the same on a resend, time and signature are those of the attempt.
#[derive(Clone)]
struct Message {
    id: String,
    body: Bytes,
}

impl Message {
    /// The sequence makes the id unique for the shop, the random part keeps two shops apart.
    fn new(hint: &Hint, random: [u8; 8]) -> Self {
        let body = json!({
            "type": hint.kind,
            "timestamp": at_japanese_offset(hint.at),
            "data": { "id": hint.order_id, "sequence": hint.sequence },
        });
        Self { id: format!("msg_{}_{}", hint.sequence, hex::encode(random)), body: body.to_string().into() }
    }
}

/// Delivers until it is aborted. Each hint is on its own way, so one that is refused holds up no other.
pub(crate) async fn deliver_all(shop: Shop, transport: SharedTransport) {
    let Some(mut hints) = shop.outbox().and_then(Outbox::take_receiver) else {
        return;
    };
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            biased; // an unbiased choice would be drawn from tokio's own dice
            hint = hints.recv(), if under_way.len() < MOST_WAITING => match hint {
                Some(hint) => start(&shop, &transport, &hint, &mut under_way),
                None => return,
            },
            Some(_) = under_way.join_next() => {}
        }
    }
}

fn start(shop: &Shop, transport: &SharedTransport, hint: &Hint, under_way: &mut JoinSet<()>) {
    let message = Message::new(hint, shop.dice().bytes());
    let fate = shop.faults().next_webhook(shop.dice());
    for _ in 0..fate.copies {
        under_way.spawn(deliver(shop.clone(), transport.clone(), message.clone(), fate.wait));
    }
}

async fn deliver(shop: Shop, transport: SharedTransport, message: Message, wait: Duration) {
    let Some(outbox) = shop.outbox() else { return };
    shop.clock().sleep(wait).await;
    for gap in GAPS.iter().map(Some).chain([None]) {
        let request = match outbox.request(&message, shop.clock().now()) {
            Ok(request) => request,
            Err(error) => return tracing::error!(%error, "a webhook could not be built"),
        };
        match transport.send(request).await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => tracing::debug!(id = message.id, status = answer.status().as_u16(), "a webhook was refused"),
            Err(error) => tracing::debug!(id = message.id, %error, "a webhook got no answer"),
        }
        if let Some(gap) = gap {
            shop.clock().sleep(*gap).await;
        }
    }
    tracing::warn!(id = message.id, "gave up on a webhook; the hub will find the change in the feed");
}

/// `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`.
fn sign(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
