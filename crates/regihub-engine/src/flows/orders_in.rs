//! Orders of a shop: keeps the newest state of each and plans what it takes out of, or gives back to, Smaregi's stock.

use crate::{facts, flows::publish, hub::Hub, kinds};
use regihub_channels::BadRecord;
use regihub_domain::{
    ExchangeId, InboxId, ProductId, ShopId, Sku,
    order::{Order, OrderLine, OrderStep, order_step},
};
use regihub_storage::{Dirty, Intent, IntentState, Link, NewIntent, Owner, Result, Unit};
use std::collections::{BTreeMap, BTreeSet};

pub struct Flow<'a> {
    pub hub: &'a Hub,
    pub shop: ShopId,
    /// The shop's links; orders are taken from the first one's connection.
    pub links: &'a [Link],
    pub exchange: ExchangeId,
    pub inbox: Option<InboxId>,
    pub now: i64,
}

/// Applies a page of the feed and moves the cursor to its end, all or nothing. Returns how many order states were new.
pub fn apply_page(
    unit: &mut Unit<'_>,
    flow: &Flow<'_>,
    orders: &[Order],
    bad: &[BadRecord],
    cursor: i64,
) -> Result<usize> {
    // First the cursor: the numbers computed below say that they contain everything up to it.
    unit.facts().set(Owner::Shop(flow.shop), facts::ORDERS_CURSOR, &cursor.to_string(), flow.now)?;
    let fresh = apply(unit, flow, orders)?;
    park_bad(unit, flow, bad)?;
    Ok(fresh)
}

/// Applies order states without moving the cursor (a state that was parked and is read again).
pub fn apply(unit: &mut Unit<'_>, flow: &Flow<'_>, orders: &[Order]) -> Result<usize> {
    let mut fresh = 0;
    let mut touched = BTreeSet::new();
    for order in orders {
        let known = unit.orders().get(flow.shop, &order.order_id)?;
        if known.as_ref().is_some_and(|row| row.order.sequence >= order.sequence) {
            continue;
        }
        fresh += 1;
        let (problem, products) = match order_step(known.as_ref().map(|row| &row.order), order) {
            OrderStep::Take => take(unit, flow, order)?,
            OrderStep::GiveBack => (None, give_back(unit, flow, order)?),
            OrderStep::Nothing => (None, BTreeSet::new()),
        };
        touched.extend(products);
        unit.orders().save(flow.shop, order, problem.as_deref(), Some(flow.exchange), flow.inbox, flow.now)?;
    }
    if let Some(link) = flow.links.first() {
        publish::recompute(unit, flow.links, link.connection_id, &touched, publish::Send::Always, flow.now)?;
    }
    Ok(fresh)
}

/// Plans one relative write per line. A line that is linked with nothing is reported on the order; the others go on.
fn take(unit: &mut Unit<'_>, flow: &Flow<'_>, order: &Order) -> Result<(Option<String>, BTreeSet<ProductId>)> {
    let Some(link) = flow.links.first() else {
        return Ok((Some("this shop is not linked with a connection".into()), BTreeSet::new()));
    };
    let linked = linked_products(unit, flow.shop, order)?;
    let mut products = BTreeSet::new();
    let mut unlinked = vec![];
    for line in order.lines.iter().filter(|line| line.quantity > 0) {
        match linked.get(&line.sku) {
            Some(product) => {
                plan(unit, flow, link, order, line, product, -line.quantity)?;
                products.insert(product.clone());
            }
            None => unlinked.push(line.sku.as_str()),
        }
    }
    let problem = (!unlinked.is_empty()).then(|| format!("not linked with a Smaregi product: {}", unlinked.join(", ")));
    Ok((problem, products))
}

/// Undoes what was planned for an order: a write that never left is dropped, one that may have been done gets a counter-write.
fn give_back(unit: &mut Unit<'_>, flow: &Flow<'_>, order: &Order) -> Result<BTreeSet<ProductId>> {
    let mut products = BTreeSet::new();
    let intents = unit.intents().of_order(flow.shop, &order.order_id)?;
    for intent in intents.iter().filter(|intent| intent.delta < 0 && !given_back(&intents, intent)) {
        products.insert(intent.product_id.clone());
        let never_left = intent.state == IntentState::Planned && intent.attempts == 0;
        if never_left {
            unit.intents().dropped(intent.id, flow.now)?;
        } else {
            let new = NewIntent {
                tag: flow.hub.tag(flow.shop, order.order_id.as_str(), &intent.line_id, order.sequence),
                delta: -intent.delta,
                run_after: flow.now,
                created_at: flow.now,
                ..like(intent)
            };
            unit.intents().plan(&new)?;
        }
    }
    Ok(products)
}

/// Whether an earlier cancellation has undone this write already (an order can be placed and cancelled again).
fn given_back(all: &[Intent], taken: &Intent) -> bool {
    if taken.state == IntentState::Dropped {
        return true;
    }
    let of_line = |sign: i64| {
        all.iter()
            .filter(move |i| i.line_id == taken.line_id && i.delta.signum() == sign && i.state != IntentState::Dropped)
            .map(|i| i.id)
    };
    let position = of_line(-1).position(|id| id == taken.id).unwrap_or(0);
    position < of_line(1).count()
}

fn like(intent: &Intent) -> NewIntent {
    NewIntent {
        connection_id: intent.connection_id,
        tag: String::new(),
        shop_id: intent.shop_id,
        order_id: intent.order_id.clone(),
        line_id: intent.line_id.clone(),
        product_id: intent.product_id.clone(),
        store_id: intent.store_id.clone(),
        delta: 0,
        run_after: 0,
        created_at: 0,
    }
}

fn plan(
    unit: &mut Unit<'_>,
    flow: &Flow<'_>,
    link: &Link,
    order: &Order,
    line: &OrderLine,
    product: &ProductId,
    delta: i64,
) -> Result<()> {
    let new = NewIntent {
        connection_id: link.connection_id,
        tag: flow.hub.tag(flow.shop, order.order_id.as_str(), &line.line_id, order.sequence),
        shop_id: flow.shop,
        order_id: order.order_id.clone(),
        line_id: line.line_id.clone(),
        product_id: product.clone(),
        store_id: link.settings.order_store.clone(),
        delta,
        run_after: flow.now,
        created_at: flow.now,
    };
    unit.intents().plan(&new)?;
    Ok(())
}

fn linked_products(unit: &mut Unit<'_>, shop: ShopId, order: &Order) -> Result<BTreeMap<Sku, ProductId>> {
    let mut linked = BTreeMap::new();
    for line in &order.lines {
        if let Some(product) = unit.listings().get(shop, &line.sku)?.and_then(|listing| listing.product_id) {
            linked.insert(line.sku.clone(), product);
        }
    }
    Ok(linked)
}

fn park_bad(unit: &mut Unit<'_>, flow: &Flow<'_>, bad: &[BadRecord]) -> Result<()> {
    let owner = Owner::Shop(flow.shop);
    for record in bad {
        let key =
            record.sequence.map_or_else(|| record.id.clone().unwrap_or_default(), |sequence| sequence.to_string());
        let dirty = Dirty {
            owner,
            kind: kinds::ORDER.into(),
            key: key.clone(),
            priority: kinds::priority(kinds::ORDER),
            at: flow.now,
            inbox_id: flow.inbox,
        };
        unit.jobs().mark(&[dirty])?;
        unit.jobs().park_key(owner, kinds::ORDER, &key, &record.problem)?;
    }
    Ok(())
}
