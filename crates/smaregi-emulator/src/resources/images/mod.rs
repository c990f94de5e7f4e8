//! Product images and icons: fetched from the caller's address, checked, and told of by a form callback (platform-common.md §13.3).
//!
//! Thumbnails are the image itself: the emulator does not scale.

mod address;
mod fetch;
mod job;

pub(crate) use fetch::fetch_all;
pub(crate) use job::{Fetches, ImageJob, begin};

use crate::{
    http::{
        Answer,
        api::Call,
        lists::{self, ListQuery, SortKey},
    },
    problem::Problem,
    resources::{
        documents,
        rows::{array, list_answer, members, remove, shop},
    },
    state::{Columns, Packed, World},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use smaregi_catalogue::Product;

const TABLE: &str = "productImages";
const EVENT: &str = "pos:product-images";
const LONGEST_URL: usize = 511;

/// Which picture of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Image,
    Icon,
}

impl Picture {
    /// Last part of the path, and key of the row.
    fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Icon => "icon_image",
        }
    }
}

/// `None`: not an operation of this module.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    if call.endpoint.product != Product::Pos {
        return Ok(None);
    }
    let answer = match (call.endpoint.method.as_str(), call.endpoint.path.as_str()) {
        ("GET", "/products/images") => list(call),
        ("PUT", "/products/{product_id}/image") => put(call, Picture::Image),
        ("PUT", "/products/{product_id}/icon_image") => put(call, Picture::Icon),
        ("DELETE", "/products/{product_id}/image") => delete(call, Picture::Image),
        ("DELETE", "/products/{product_id}/icon_image") => delete(call, Picture::Icon),
        _ => return Ok(None),
    };
    answer.map(Some)
}

/// Where this emulator shows a picture.
fn url(base: &str, contract: &str, picture: Picture, product: u64) -> String {
    format!("{base}/files/{contract}/{}/{product}", picture.name())
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let columns = Columns::new(["productId", "url"].map(String::from));
    lists::check_names(&columns, &call.query)?;
    let list = ListQuery::read(call.endpoint, &call.query);
    let table = shop(call)?.table(TABLE);
    let rows = table.with_value("kind", Picture::Image.name()).filter_map(|(_, row)| {
        let product = row.number(&table.columns, "productId")?.unsigned_abs();
        let (id, url) = (product.to_string(), url(call.base(), &call.contract, Picture::Image, product));
        Some(Packed::from_texts([Some(id.as_str()), Some(url.as_str())]))
    });
    let rows = rows.filter(|row| list.accepts(|column| row.text(&columns, column)));
    let rows = list.arrange(rows, &["productId"], "productId", |row, column| {
        SortKey::of(row.text(&columns, column).map(|text| text.into_owned()))
    });
    let (page, more) = list.cut(rows);
    let shown = lists::shown(&columns, &[], &call.query);
    Ok(list_answer(call, &list, array(page.iter(), &columns, &shown), more))
}

/// Takes the job; what becomes of it is told to the callback. The real answer was not seen.
fn put(call: &mut Call<'_>, picture: Picture) -> Result<Answer, Problem> {
    let body = members(&call.body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let image_url = text("imageUrl").unwrap_or_default();
    let (callback_url, state) = (text("callbackUrl").filter(|url| !url.is_empty()), text("state"));
    for (name, url) in [("imageUrl", Some(&image_url)), ("callbackUrl", callback_url.as_ref())] {
        let Some(url) = url else { continue };
        let is_web = url.starts_with("http://") || url.starts_with("https://");
        if !is_web || url.chars().any(char::is_whitespace) || url.chars().count() > LONGEST_URL {
            return Err(Problem::field(name, "http://またはhttps://で始まる511文字以内のURLを指定してください。"));
        }
    }
    let product = call.id("product_id");
    let answer = json!({
        "requestId": call.request_id,
        "productId": product.to_string(),
        "imageUrl": image_url,
        "callbackUrl": callback_url,
        "state": state,
    });
    let job = ImageJob {
        contract: call.contract.clone(),
        picture,
        product,
        image_url,
        callback_url,
        state,
        request_id: call.request_id,
        base: call.base().to_owned(),
    };
    call.fetches.push(job);
    Ok(Answer::json(200, answer.to_string()))
}

fn delete(call: &mut Call<'_>, picture: Picture) -> Result<Answer, Problem> {
    let spec = documents::table(TABLE)?;
    let product = call.id("product_id").to_string();
    let found = shop(call)?.table_of(spec).find(&[picture.name(), &product]);
    remove(call, spec, found.ok_or_else(|| Problem::not_found(picture.name()))?);
    if picture == Picture::Image {
        call.emit(EVENT, "deleted", vec![json!(product)]);
    }
    let settings = &call.inner.settings.pos;
    Ok(Answer::json(settings.delete_status, settings.delete_body.clone()))
}

/// A picture as it can be downloaded.
pub(crate) enum Kept {
    Here {
        content_type: String,
        content: Vec<u8>,
    },
    /// Only its address was recorded.
    Elsewhere(String),
}

pub(crate) fn kept(world: &World, contract: &str, kind: &str, product: &str) -> Option<Kept> {
    let table = world.shop(contract)?.table(TABLE);
    let row = table.find(&[kind, product]).and_then(|id| table.get(id))?;
    let text = |name: &str| row.text(&table.columns, name).map(|text| text.into_owned());
    let content = text("data").and_then(|data| BASE64.decode(data).ok());
    Some(match (content, text("contentType")) {
        (Some(content), Some(content_type)) => Kept::Here { content_type, content },
        _ => Kept::Elsewhere(text("imageUrl")?),
    })
}
