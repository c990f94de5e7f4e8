//! What a customer sees: server-rendered, usable without script and without a mouse, Japanese or English.

mod picture;
mod texts;
mod views;
mod visitor;

use crate::{
    options::ShopProduct,
    shop::{BuyError, CancelError, Shop},
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;
use texts::Texts;
use views::{Card, Choice, OrderView, StockLabel};

const CARDS_ON_A_PAGE: usize = 48;
const MOST_IN_SELECT: i64 = 10;

pub(crate) fn routes(shop: &Shop) -> Router {
    Router::new()
        .route("/", get(catalogue))
        .route("/items/{sku}", get(product))
        .route("/buy", post(buy))
        .route("/orders", get(orders))
        .route("/orders/{id}", get(order))
        .route("/orders/{id}/cancel", post(cancel))
        .route("/language", get(language))
        .route("/pictures/{sku}", get(picture))
        .route("/assets/shop.css", get(|| asset("text/css; charset=utf-8", include_str!("../../assets/shop.css"))))
        .route("/assets/live.js", get(|| asset("text/javascript; charset=utf-8", include_str!("../../assets/live.js"))))
        .fallback(nothing_here)
        .with_state(shop.clone())
}

/// What every page needs.
struct Frame<'a> {
    shop: &'a str,
    t: &'static Texts,
    /// Where the language switch comes back to.
    here: String,
    alert: Option<&'static str>,
}

impl<'a> Frame<'a> {
    fn new(shop: &'a Shop, headers: &HeaderMap, uri: &Uri) -> Self {
        let here = uri.path_and_query().map_or("/", |here| here.as_str()).to_owned();
        Self { shop: &shop.options().name, t: visitor::texts(headers), here, alert: None }
    }
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage<'a> {
    frame: Frame<'a>,
    cards: Vec<Card>,
    previous: Option<usize>,
    next: Option<usize>,
}

#[derive(Deserialize)]
struct PageNumber {
    page: Option<String>,
}

async fn catalogue(
    State(shop): State<Shop>,
    headers: HeaderMap,
    uri: Uri,
    Query(PageNumber { page }): Query<PageNumber>,
) -> Response {
    let frame = Frame::new(&shop, &headers, &uri);
    let models = views::models(shop.products());
    let last = models.len().saturating_sub(1) / CARDS_ON_A_PAGE + 1;
    let page = page.and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, last);
    let shown = models.iter().skip((page - 1) * CARDS_ON_A_PAGE).take(CARDS_ON_A_PAGE);
    let cards = shop.with_book(|book| shown.filter_map(|model| views::card(frame.t, book, model)).collect());
    let next = (page < last).then_some(page + 1);
    render(StatusCode::OK, &CataloguePage { frame, cards, previous: (page > 1).then(|| page - 1), next })
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage<'a> {
    frame: Frame<'a>,
    product: &'a ShopProduct,
    title: String,
    price: String,
    stock: StockLabel,
    available: Option<i64>,
    /// What the quantity field offers.
    quantities: std::ops::RangeInclusive<i64>,
    colours: Vec<Choice>,
    sizes: Vec<Choice>,
}

#[derive(Deserialize)]
struct Why {
    why: Option<String>,
}

async fn product(
    State(shop): State<Shop>,
    Path(sku): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(Why { why }): Query<Why>,
) -> Response {
    let mut frame = Frame::new(&shop, &headers, &uri);
    let Some(product) = shop.products().get(&sku) else { return not_found(frame) };
    frame.alert = why.and_then(|why| why_not_bought(frame.t, &why));
    let model: Vec<&ShopProduct> = match &product.group {
        Some(group) => shop.products().values().filter(|other| other.group.as_ref() == Some(group)).collect(),
        None => vec![product],
    };
    let page = shop.with_book(|book| {
        let available = book.available(&sku);
        ProductPage {
            title: views::title(&model),
            price: texts::yen_label(product.price),
            stock: StockLabel::new(frame.t, available),
            available,
            quantities: 1..=available.unwrap_or(0).min(MOST_IN_SELECT),
            colours: views::colour_choices(book, &model, product),
            sizes: views::size_choices(book, &model, product),
            product,
            frame,
        }
    });
    render(StatusCode::OK, &page)
}

/// The text behind the `why` of a purchase that came back.
fn why_not_bought(t: &Texts, why: &str) -> Option<&'static str> {
    match why {
        "stock" => Some(t.too_late),
        "quantity" => Some(t.bad_quantity),
        "record" => Some(t.not_stored),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Purchase {
    sku: String,
    quantity: String,
}

/// Post, then redirect: reloading the confirmation buys nothing again.
async fn buy(State(shop): State<Shop>, headers: HeaderMap, uri: Uri, Form(purchase): Form<Purchase>) -> Response {
    let Purchase { sku, quantity } = purchase;
    let token = visitor::token(&headers).map_or_else(|| visitor::new_token(shop.dice()), str::to_owned);
    let why = match shop.buy_as(Some(&token), &[(&sku, quantity.trim().parse().unwrap_or(0))]) {
        Ok(order) => {
            let mut response = Redirect::to(&format!("/orders/{}?thanks=1", order.id)).into_response();
            response.headers_mut().insert(header::SET_COOKIE, visitor::token_cookie(&token));
            return response;
        }
        Err(BuyError::UnknownSku(_)) => return not_found(Frame::new(&shop, &headers, &uri)),
        Err(BuyError::OutOfStock(_)) => "stock",
        Err(BuyError::BadQuantity { .. } | BuyError::Empty) => "quantity",
        Err(BuyError::NotStored(_)) => "record",
    };
    Redirect::to(&format!("{}?why={why}", item_path(&sku))).into_response()
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage<'a> {
    frame: Frame<'a>,
    orders: Vec<OrderView>,
}

async fn orders(State(shop): State<Shop>, headers: HeaderMap, uri: Uri) -> Response {
    let frame = Frame::new(&shop, &headers, &uri);
    let token = visitor::token(&headers).unwrap_or("");
    let orders = shop.with_book(|book| book.orders_of(token).map(|order| OrderView::new(frame.t, order)).collect());
    render(StatusCode::OK, &OrdersPage { frame, orders })
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    thanks: bool,
    order: OrderView,
}

#[derive(Deserialize)]
struct OrderQuery {
    thanks: Option<String>,
    why: Option<String>,
}

async fn order(
    State(shop): State<Shop>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<OrderQuery>,
) -> Response {
    let mut frame = Frame::new(&shop, &headers, &uri);
    let Some(order) = own_order(&shop, &headers, &id, frame.t) else { return not_found(frame) };
    frame.alert = match query.why.as_deref() {
        Some("cancelled") => Some(frame.t.already_cancelled),
        Some("record") => Some(frame.t.not_stored),
        _ => None,
    };
    let thanks = query.thanks.is_some() && !order.cancelled;
    render(StatusCode::OK, &OrderPage { frame, thanks, order })
}

/// Only the browser that placed an order sees it.
fn own_order(shop: &Shop, headers: &HeaderMap, id: &str, t: &Texts) -> Option<OrderView> {
    let token = visitor::token(headers)?;
    shop.with_book(|book| book.orders_of(token).find(|order| order.id == id).map(|order| OrderView::new(t, order)))
}

async fn cancel(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let frame = Frame::new(&shop, &headers, &uri);
    if own_order(&shop, &headers, &id, frame.t).is_none() {
        return not_found(frame);
    }
    let target = match shop.cancel(&id) {
        Ok(_) => format!("/orders/{id}"),
        Err(CancelError::UnknownOrder(_)) => return not_found(frame),
        Err(CancelError::AlreadyCancelled(_)) => format!("/orders/{id}?why=cancelled"),
        Err(CancelError::NotStored(_)) => format!("/orders/{id}?why=record"),
    };
    Redirect::to(&target).into_response()
}

#[derive(Deserialize)]
struct LanguageChoice {
    to: String,
    back: Option<String>,
}

async fn language(Query(choice): Query<LanguageChoice>) -> Response {
    // Only a path of this shop: "//elsewhere" would leave it.
    let back = choice.back.filter(|back| back.starts_with('/') && !back[1..].starts_with(['/', '\\']));
    let back = back.filter(|back| back.bytes().all(|byte| byte.is_ascii_graphic()));
    let mut response = Redirect::to(back.as_deref().unwrap_or("/")).into_response();
    if let Some(texts) = Texts::of(&choice.to) {
        response.headers_mut().insert(header::SET_COOKIE, visitor::language_cookie(texts));
    }
    response
}

async fn picture(State(shop): State<Shop>, Path(sku): Path<String>) -> Response {
    match shop.products().get(&sku) {
        Some(product) => asset("image/svg+xml", picture::svg(product)).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn asset(kind: &'static str, content: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], content).into_response()
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage<'a> {
    frame: Frame<'a>,
}

async fn nothing_here(State(shop): State<Shop>, headers: HeaderMap, uri: Uri) -> Response {
    not_found(Frame::new(&shop, &headers, &uri))
}

/// The page behind the switch may not exist in the other language either, so it leads to the start.
fn not_found(frame: Frame<'_>) -> Response {
    render(StatusCode::NOT_FOUND, &NotFoundPage { frame: Frame { here: "/".to_owned(), ..frame } })
}

/// SKUs may hold any character; in a path they are percent-encoded.
fn item_path(sku: &str) -> String {
    format!("/items/{}", askama::filters::urlencode_strict(sku).map_or_else(|_| String::new(), |sku| sku.to_string()))
}

const PAGE_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, PAGE_HEADERS, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
