//! The fetcher: a few pictures at a time, each asked for once.

use super::{
    address,
    job::{Fetched, ImageJob, finish},
};
use crate::emulator::{Emulator, Inner};
use bytes::Bytes;
use futures_util::{StreamExt, future, stream::FuturesUnordered};
use http::{Request, Response, header};
use regihub_ports::{BoxFuture, SharedTransport};
use std::time::Duration;

const AT_ONCE: usize = 4;

/// Fetches what is ordered, for ever.
pub(crate) async fn fetch_all(emulator: Emulator, transport: SharedTransport) {
    let mut fetching: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
    loop {
        while fetching.len() < AT_ONCE {
            let Some(job) = emulator.state().fetches.next() else { break };
            let (emulator, transport) = (emulator.clone(), transport.clone());
            fetching.push(Box::pin(async move {
                let outcome = fetch(&emulator.inner, &transport, &job).await;
                finish(&emulator.inner, &mut emulator.state(), &job, outcome);
            }));
        }
        tokio::select! {
            biased; // an unbiased choice would be drawn from tokio's own dice
            () = emulator.inner.fetch.notified(), if fetching.len() < AT_ONCE => {}
            Some(()) = fetching.next() => {}
        }
    }
}

/// # Errors
/// Why there is no picture, in words.
async fn fetch(inner: &Inner, transport: &SharedTransport, job: &ImageJob) -> Result<Fetched, String> {
    let settings = &inner.settings.images;
    address::check(&job.image_url, settings.private_addresses)?;
    let request = Request::get(&job.image_url).header(header::ACCEPT, "image/jpeg,image/png,image/gif");
    let request = request.body(Bytes::new()).map_err(|error| error.to_string())?;
    let limit = inner.clock.sleep(Duration::from_secs(settings.timeout_s));
    match future::select(transport.send(request), limit).await {
        future::Either::Left((Ok(answer), _)) => picture(&answer, settings.max_bytes).map(Some),
        future::Either::Left((Err(error), _)) => Err(error.message),
        future::Either::Right(_) => Err(format!("no answer within {} seconds", settings.timeout_s)),
    }
}

/// The picture in an answer; what it is, is read off its first bytes and not off what the server says.
fn picture(answer: &Response<Bytes>, most: usize) -> Result<(&'static str, Bytes), String> {
    let content = answer.body();
    if !answer.status().is_success() {
        return Err(format!("the server answered {}", answer.status().as_u16()));
    }
    if content.len() > most {
        return Err(format!("the image has {} bytes; at most {most} are allowed", content.len()));
    }
    let content_type = match content.as_ref() {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        _ => return Err("the image is neither JPEG nor PNG nor GIF".into()),
    };
    Ok((content_type, content.clone()))
}
