//! Turns raw notifications into jobs. A notification says only that something may have changed; what it is now is read later.

use crate::{hub::Hub, kinds, signals::Lane};
use regihub_domain::InboxId;
use regihub_storage::{Dirty, Message, MessageState, Owner, Result};
use smaregi::notification::{self, Subject};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Messages sorted in one unit of work.
const BATCH: usize = 1000;
/// The sorter also looks by itself, for messages another process or an earlier run left.
const LOOK: Duration = Duration::from_secs(2);

/// Sorts until `stop` says so.
pub(crate) async fn run(hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let mut appended = hub.storage.appended();
    while !*stop.borrow() {
        match sort_once(&hub).await {
            Ok(sorted) if sorted == BATCH => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!("sorting notifications: {error}"),
        }
        tokio::select! {
            biased; // an unbiased choice would be drawn from tokio's own dice
            _ = appended.changed() => {}
            () = hub.clock.sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Sorts what is waiting, at most one batch. Returns how many messages there were.
pub(crate) async fn sort_once(hub: &Hub) -> Result<usize> {
    let messages = hub.storage.read(|unit| unit.inbox().waiting(BATCH)).await?;
    if messages.is_empty() {
        return Ok(0);
    }
    let count = messages.len();
    let verdicts: Vec<(InboxId, Verdict)> = messages.iter().map(|message| (message.id, judge(message))).collect();
    let owners: BTreeSet<Owner> = messages.iter().map(|message| message.owner).collect();
    hub.storage
        .write(move |unit| {
            let mut dirty = vec![];
            let mut sorted = vec![];
            let ids: Vec<InboxId> = verdicts.iter().map(|(id, _)| *id).collect();
            // Another node may be sorting the same ones.
            let mine = unit.inbox().still_waiting(&ids)?;
            for (id, verdict) in verdicts.into_iter().filter(|(id, _)| mine.contains(id)) {
                match verdict {
                    Verdict::Jobs(jobs) => {
                        dirty.extend(jobs);
                        sorted.push(id);
                    }
                    Verdict::Ignore(note) => unit.inbox().settle(&[id], MessageState::Ignored, Some(&note))?,
                    Verdict::Unreadable(note) => unit.inbox().settle(&[id], MessageState::Unreadable, Some(&note))?,
                }
            }
            unit.jobs().mark(&coalesce(dirty))?;
            unit.inbox().settle(&sorted, MessageState::Sorted, None)
        })
        .await?;
    for owner in owners {
        let lane = if matches!(owner, Owner::Shop(_)) { Lane::Shop } else { Lane::Reader };
        hub.signals.wake(owner, lane);
    }
    hub.signals.changed();
    Ok(count)
}

/// One mark per key is enough, with the newest message that asked for it.
fn coalesce(dirty: Vec<Dirty>) -> Vec<Dirty> {
    let mut by_key = std::collections::BTreeMap::new();
    for mark in dirty {
        by_key
            .entry((mark.owner, mark.kind.clone(), mark.key.clone()))
            .and_modify(|known: &mut Dirty| known.inbox_id = mark.inbox_id)
            .or_insert(mark);
    }
    by_key.into_values().collect()
}

enum Verdict {
    Jobs(Vec<Dirty>),
    Ignore(String),
    Unreadable(String),
}

fn judge(message: &Message) -> Verdict {
    match message.owner {
        Owner::Connection(_) => from_smaregi(message),
        Owner::Shop(_) => from_shop(message),
        Owner::Link(_) | Owner::Node => Verdict::Ignore("nobody sends to this owner".into()),
    }
}

fn from_smaregi(message: &Message) -> Verdict {
    let notification = match notification::parse(&message.body) {
        Ok(notification) => notification,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    let (kind, keys) = match notification.subject {
        Subject::Transactions(ids) => (kinds::SALE, ids),
        Subject::Stock(ids) => (kinds::STOCK, ids.into_iter().map(|id| id.product_id).collect()),
        Subject::Products(ids) if message.event == "pos:products" => (kinds::PRODUCT, ids),
        _ => return Verdict::Ignore(format!("nothing to do for {} {}", message.event, message.action)),
    };
    jobs(message, kind, keys)
}

fn from_shop(message: &Message) -> Verdict {
    match message.event.as_str() {
        "order" => jobs(message, kinds::ORDERS, vec!["feed".into()]),
        "product" => jobs(message, kinds::LISTINGS, vec!["list".into()]),
        event => Verdict::Ignore(format!("nothing to do for {event}")),
    }
}

fn jobs(message: &Message, kind: &str, keys: Vec<String>) -> Verdict {
    let mark = |key| Dirty {
        owner: message.owner,
        kind: kind.into(),
        key,
        priority: kinds::priority(kind),
        at: message.received_at,
        inbox_id: Some(message.id),
    };
    Verdict::Jobs(keys.into_iter().map(mark).collect())
}
