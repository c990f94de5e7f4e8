//! Reconcilers: the same reads without a notification, so that nothing is missed because one was lost (I2).
//!
//! Each run is cut into single calls. Between two calls the reader lane looks for more urgent work, so a long import never delays a sale.

use super::{
    Trouble,
    reader::{PRODUCT_ID, Reader, SALES_PER_CALL, log, page_of, timestamp},
};
use crate::{EngineOptions, facts, kinds, options::us};
use regihub_domain::{ConnectionId, ProductId};
use regihub_storage::{Dirty, Owner, StoreRow};
use smaregi::platform::{
    PageRequest, Priority, ProductQuery, StockQuery, StoreQuery, TransactionQuery, Window, WindowField,
};

const DAY: i64 = 86_400_000_000;
/// Width of one window of sales; Smaregi allows 31 days.
const WINDOW: i64 = 30 * DAY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Stores,
    AllProducts,
    AllStock,
    Stock,
    Sales,
    Products,
}

/// Products are wide rows: shorter pages keep the memory of an import flat, whatever its size.
const PRODUCTS_PER_CALL: u32 = 250;

/// In the order in which they run when all are due: products before levels, levels before the sales that explain them.
const ORDER: [Due; 6] = [Due::Stores, Due::AllProducts, Due::AllStock, Due::Stock, Due::Sales, Due::Products];

/// Where each reconciler stands. Lives in memory: after a restart every one simply runs again.
#[derive(Default)]
pub(crate) struct Reconcilers {
    tasks: [Task; ORDER.len()],
}

#[derive(Default)]
struct Task {
    next_at: i64,
    run: Option<Run>,
}

/// A run that is under way.
#[derive(Clone, Debug)]
struct Run {
    began: i64,
    /// Update time from which the next call reads.
    from: i64,
    page: u32,
    /// Products seen by a full run, to find the ones that are gone.
    seen: Vec<u64>,
}

impl Reconcilers {
    /// The first one that is under way or due.
    pub(crate) fn due(&self, now: i64) -> Option<Due> {
        let running = ORDER.iter().zip(&self.tasks).find(|(_, task)| task.run.is_some());
        let due = || ORDER.iter().zip(&self.tasks).find(|(_, task)| task.next_at <= now);
        running.or_else(due).map(|(due, _)| *due)
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.tasks.iter().map(|task| task.next_at).min()
    }

    /// Makes the next call of one reconciler.
    pub(crate) async fn page(&mut self, reader: &mut Reader, due: Due) -> Result<(), Trouble> {
        let task = &mut self.tasks[ORDER.iter().position(|d| *d == due).unwrap_or(0)];
        let mut run = match task.run.take() {
            Some(run) => run,
            None => begin(reader, due).await?,
        };
        let finished = match due {
            Due::Stores => stores(reader).await?,
            Due::Sales => sales(reader, &mut run).await?,
            Due::Stock | Due::AllStock => stock(reader, due, &mut run).await?,
            Due::Products | Due::AllProducts => products(reader, due, &mut run).await?,
        };
        if !finished {
            task.run = Some(run);
            return Ok(());
        }
        finish(reader, due, run).await?;
        task.next_at = reader.hub.clock.now_us() + us(interval(&reader.hub.options, due));
        Ok(())
    }
}

fn interval(options: &EngineOptions, due: Due) -> std::time::Duration {
    match due {
        Due::Stores | Due::AllProducts => options.full_products,
        Due::AllStock => options.full_stock,
        Due::Stock => options.reconcile_stock,
        Due::Sales => options.reconcile_sales,
        Due::Products => options.reconcile_products,
    }
}

fn watermark(due: Due) -> Option<&'static str> {
    match due {
        Due::Sales => Some(facts::SALES_WATERMARK),
        Due::Stock | Due::AllStock => Some(facts::STOCK_WATERMARK),
        Due::Products | Due::AllProducts => Some(facts::PRODUCTS_WATERMARK),
        Due::Stores => None,
    }
}

async fn begin(reader: &Reader, due: Due) -> Result<Run, Trouble> {
    let began = reader.hub.clock.now_us();
    let owner = Owner::Connection(reader.connection);
    let known = match watermark(due) {
        Some(name) => reader
            .desk
            .read(move |unit| unit.facts().get(owner, name))
            .await?
            .and_then(|text| text.parse::<i64>().ok())
            // One from the future was written before the clock was set back: nobody knows what it covers.
            .filter(|mark| *mark <= began),
        None => None,
    };
    if due == Due::AllStock {
        remember_opening(reader, began).await?;
    }
    let from = known.map_or(began - us(reader.hub.options.first_sales), |mark| mark - us(reader.hub.options.overlap));
    Ok(Run { began, from, page: 1, seen: vec![] })
}

/// The first read of all levels is where the ledger opens.
async fn remember_opening(reader: &Reader, began: i64) -> Result<(), Trouble> {
    let owner = Owner::Connection(reader.connection);
    let remembered = reader.desk.write(move |unit| match unit.facts().get(owner, facts::STOCK_OPENED_AT)? {
        Some(_) => Ok(()),
        None => unit.facts().set(owner, facts::STOCK_OPENED_AT, &began.to_string(), began),
    });
    Ok(remembered.await?)
}

/// Everything up to the beginning of the run has been read: the next one starts there, less the overlap.
async fn finish(reader: &Reader, due: Due, mut run: Run) -> Result<(), Trouble> {
    let Some(name) = watermark(due) else { return Ok(()) };
    let (owner, began, now) = (Owner::Connection(reader.connection), run.began, reader.hub.clock.now_us());
    if due == Due::AllProducts {
        run.seen.sort_unstable();
        mark_gone(reader, &run.seen).await?;
    }
    reader.desk.write(move |unit| unit.facts().set(owner, name, &began.to_string(), now)).await?;
    Ok(())
}

async fn stores(reader: &mut Reader) -> Result<bool, Trouble> {
    let answer = reader.client.with_priority(Priority::Products).stores(&StoreQuery::default()).await?;
    let (connection, owner, _, logged) = reader.for_write();
    reader
        .desk
        .write(move |unit| {
            log(unit, owner, &logged)?;
            unit.exchanges().add(owner, &answer.exchange)?;
            let rows: Vec<StoreRow> = answer.value.iter().map(crate::convert::store).collect();
            unit.products().save_stores(connection, &rows)
        })
        .await?;
    Ok(true)
}

/// Goes through the window by update time: the next call starts at the last row's time, so rows that move to the end while we read are met again
/// there and none is skipped, as page numbers would.
async fn sales(reader: &mut Reader, run: &mut Run) -> Result<bool, Trouble> {
    let end = reader.hub.clock.now_us() + DAY;
    let to = end.min(run.from + WINDOW);
    let window = Window { field: WindowField::UpdDateTime, from: timestamp(run.from), to: timestamp(to) };
    let page = PageRequest { limit: SALES_PER_CALL, page: run.page };
    let query = TransactionQuery { with_deposit_others: false, page, ..TransactionQuery::new(window) };
    let answer = reader.client.with_priority(Priority::History).transactions(&query).await?;
    let full = answer.more;
    let last = answer.value.iter().filter_map(crate::convert::updated_at).max().unwrap_or(run.from);
    reader.store_sales(answer, vec![]).await?;
    if full {
        advance(run, last);
        return Ok(false);
    }
    (run.from, run.page) = (to, 1);
    Ok(to >= end)
}

fn advance(run: &mut Run, last: i64) {
    if last > run.from {
        (run.from, run.page) = (last, 1);
    } else {
        run.page += 1; // a whole page within one second
    }
}

/// Levels can only be sorted by their key. Rows that change meanwhile come in front of or behind the page, never out of the window, so none is skipped.
async fn stock(reader: &mut Reader, due: Due, run: &mut Run) -> Result<bool, Trouble> {
    let too_old = run.from < run.began - 29 * DAY;
    let query = if due == Due::AllStock || too_old {
        StockQuery { page: page_of(run.page), ..StockQuery::default() }
    } else {
        StockQuery { upd_from: Some(timestamp(run.from)), ..reader.stock_page(run.page) }
    };
    let answer = reader.client.with_priority(Priority::History).stock(&query).await?;
    let full = answer.more;
    reader.store_levels(answer, vec![]).await?;
    run.page += 1;
    Ok(!full)
}

async fn products(reader: &mut Reader, due: Due, run: &mut Run) -> Result<bool, Trouble> {
    let mut query =
        ProductQuery { page: PageRequest { limit: PRODUCTS_PER_CALL, page: run.page }, ..ProductQuery::default() };
    if due == Due::Products && run.from >= run.began - 29 * DAY {
        query.upd_from = Some(timestamp(run.from));
        query.upd_to = Some(timestamp(run.began + DAY));
    }
    let answer = reader.client.with_priority(Priority::Products).products(&query).await?;
    let full = answer.more;
    if due == Due::AllProducts {
        // A row that cannot be read is parked; its product is not gone.
        let unreadable = answer.unreadable.iter().filter_map(|row| crate::convert::id_of_unreadable(row, PRODUCT_ID));
        let met = answer.value.iter().map(|product| product.product_id.clone()).chain(unreadable);
        run.seen.extend(met.filter_map(|id| id.parse::<u64>().ok()));
    }
    reader.store_products(answer, vec![]).await?;
    run.page += 1;
    Ok(!full)
}

/// Products looked through at once for ones that are gone.
const LOOKED_THROUGH: usize = 1000;

/// Marks products of the mirror that a full run did not meet. Each is asked for by its id before it counts as deleted.
async fn mark_gone(reader: &Reader, seen: &[u64]) -> Result<(), Trouble> {
    let (connection, now) = (reader.connection, reader.hub.clock.now_us());
    let mut after = ProductId(String::new());
    loop {
        let behind = after.clone();
        let known =
            reader.desk.read(move |unit| unit.products().ids_after(connection, &behind, LOOKED_THROUGH)).await?;
        let Some(last) = known.last().cloned() else { return Ok(()) };
        let met = |id: &ProductId| id.as_str().parse::<u64>().map_or(true, |id| seen.binary_search(&id).is_ok());
        let gone: Vec<Dirty> =
            known.into_iter().filter(|id| !met(id)).map(|id| dirty_product(connection, id, now)).collect();
        reader.desk.write(move |unit| unit.jobs().mark(&gone)).await?;
        after = last;
    }
}

fn dirty_product(connection: ConnectionId, id: ProductId, at: i64) -> Dirty {
    Dirty {
        owner: Owner::Connection(connection),
        kind: kinds::PRODUCT.into(),
        key: id.0,
        priority: kinds::priority(kinds::PRODUCT),
        at,
        inbox_id: None,
    }
}
