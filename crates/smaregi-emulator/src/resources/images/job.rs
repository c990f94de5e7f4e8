//! One picture that was ordered: from the order to the row, the event and the callback.

use super::{EVENT, Picture, TABLE, url};
use crate::{
    emulator::{Inner, State},
    resources::sales::Desk,
    webhooks::{Callback, Event},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::{collections::VecDeque, sync::Arc};

/// A picture that has to be fetched.
#[derive(Clone, Debug)]
pub(crate) struct ImageJob {
    pub(crate) contract: Arc<str>,
    pub(crate) picture: Picture,
    pub(crate) product: u64,
    pub(crate) image_url: String,
    pub(crate) callback_url: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) request_id: u64,
    /// The emulator's address as the caller reached it.
    pub(crate) base: String,
}

/// Pictures that wait to be fetched.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    waiting: VecDeque<ImageJob>,
    /// Somebody fetches: deliveries were started.
    pub(crate) running: bool,
}

impl Fetches {
    pub(super) fn next(&mut self) -> Option<ImageJob> {
        self.waiting.pop_front()
    }
}

/// A picture that was fetched and found good; nothing when only its address is recorded.
pub(super) type Fetched = Option<(&'static str, Bytes)>;

/// Queues pictures, or takes them as good when nobody fetches.
pub(crate) fn begin(inner: &Inner, state: &mut State, jobs: Vec<ImageJob>) {
    for job in jobs {
        if !inner.settings.images.fetch || !state.fetches.running {
            finish(inner, state, &job, Ok(None));
        } else if state.fetches.waiting.len() >= inner.settings.images.most_waiting {
            finish(inner, state, &job, Err("too many images wait".into()));
        } else {
            state.fetches.waiting.push_back(job);
            inner.fetch.notify_one();
        }
    }
}

/// Records what came of a job and tells it.
pub(super) fn finish(inner: &Inner, state: &mut State, job: &ImageJob, outcome: Result<Fetched, String>) {
    let stored = outcome.and_then(|fetched| store(inner, state, job, fetched));
    let saved = state.world.save().map_err(|problem| problem.detail.unwrap_or_default());
    let result = stored.and_then(|id| saved.map(|()| id));
    let told = result.is_ok() && job.picture == Picture::Image;
    let ids = vec![json!(job.product.to_string())];
    let events = told.then(|| Event::new(job.contract.clone(), EVENT, "created", ids));
    let callbacks = callback(job, result);
    inner.publish(state, events.into_iter().collect(), callbacks.into_iter().collect());
}

/// Gives the picture's number.
fn store(inner: &Inner, state: &mut State, job: &ImageJob, fetched: Fetched) -> Result<u64, String> {
    let now = inner.now();
    let gone = || "the product does not exist any more".to_owned();
    let shop = state.world.shop(&job.contract).ok_or_else(gone)?;
    shop.products().get(job.product).ok_or_else(gone)?;
    let table = shop.table(TABLE);
    let product = job.product.to_string();
    let id = table.find(&[job.picture.name(), &product]).unwrap_or_else(|| table.next_id());
    let size = |row: &crate::state::Packed| row.raw(&table.columns, "data").map_or(0, |data| data.len() / 4 * 3);
    let others: usize = table.rows().iter().filter(|(other, _)| **other != id).map(|(_, row)| size(row)).sum();
    let room = inner.settings.images.keep_bytes.saturating_sub(others);
    let kept = fetched.filter(|(_, content)| content.len() <= room);
    let mut row: Map<String, Value> = Map::new();
    row.insert("kind".into(), json!(job.picture.name()));
    row.insert("productId".into(), json!(product));
    row.insert("imageId".into(), json!(id.to_string()));
    row.insert("imageUrl".into(), json!(job.image_url));
    row.insert("contentType".into(), json!(kept.as_ref().map(|(content_type, _)| content_type)));
    row.insert("data".into(), json!(kept.map(|(_, content)| BASE64.encode(content))));
    let mut desk = Desk::new(&mut state.world, &job.contract, now);
    row.insert("updDateTime".into(), desk.at());
    desk.store(TABLE, id, &row).map_err(|problem| problem.detail.unwrap_or_default())?;
    Ok(id)
}

/// The form of §13.3. What a failure's entry carries besides was not seen; here it is a `message`.
fn callback(job: &ImageJob, result: Result<u64, String>) -> Option<Callback> {
    let (address, name) = (job.callback_url.as_ref()?, job.picture.name());
    let shown = url(&job.base, &job.contract, job.picture, job.product);
    let entry = |id: String, url: &str| {
        json!({
            "id": id,
            "requestId": job.request_id.to_string(),
            "productId": job.product.to_string(),
            "imageUrl": url,
            "thumbnailImageUrl": url,
        })
    };
    let (proc_name, entry) = match result {
        Ok(id) => (format!("callback_product_{name}_check"), entry(id.to_string(), &shown)),
        Err(message) => {
            let mut entry = entry(String::new(), &job.image_url);
            entry["thumbnailImageUrl"] = json!("");
            entry["message"] = json!(message);
            (format!("callback_product_{name}_update_and_notification"), entry)
        }
    };
    Some(Callback::form(address, &proc_name, job.state.as_deref(), &json!([entry])))
}
