//! A till (レジ): rings up baskets through the same path as POST `/transactions`.

use crate::{
    emulator::Emulator,
    floor::{self, Done},
    money::{self, Rounding},
    problem::Problem,
    resources::transactions::Sold,
    spec::EmulatorError,
    state::{Id, STORES, Shop, TERMINALS},
    time::{self, Seconds},
};
use regihub_ports::Dice;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What one customer buys or brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Basket {
    pub store_id: u64,
    pub terminal_id: u64,
    /// (product, pieces)
    pub lines: Vec<(u64, i64)>,
    pub customer_id: Option<u64>,
    /// 返品: the goods come back, the money goes out.
    pub is_return: bool,
    /// 小計値引き: yen off the whole basket.
    pub discount: i64,
}

/// Sells on one contract.
#[derive(Clone)]
pub struct Till {
    emulator: Emulator,
    contract: String,
    /// Never sell more than the shelf has.
    only_in_stock: bool,
}

impl Emulator {
    pub fn till(&self, contract: impl Into<String>) -> Till {
        Till { emulator: self.clone(), contract: contract.into(), only_in_stock: false }
    }
}

impl Till {
    /// Whether a sale that would take a level below zero is refused.
    pub fn only_in_stock(self, only_in_stock: bool) -> Self {
        Self { only_in_stock, ..self }
    }

    /// Rings up a basket now; gives the transaction's id.
    ///
    /// # Errors
    /// When a product, store or member does not exist, or the shelf has too little and `only_in_stock` is set.
    pub fn sell(&self, basket: &Basket) -> Result<u64, EmulatorError> {
        self.ring_up(basket, None)
    }

    /// Rings up one to three random products in a random store. `Ok(None)`: nothing there to sell.
    ///
    /// # Errors
    /// As [`Till::sell`].
    pub fn sell_random(&self, dice: &Dice) -> Result<Option<u64>, EmulatorError> {
        let basket = self.random_basket(dice)?;
        if basket.lines.is_empty() {
            return Ok(None);
        }
        self.sell(&basket).map(Some)
    }

    /// A basket of one to three products; empty when nothing is there to sell.
    ///
    /// # Errors
    /// When the contract does not exist.
    pub fn random_basket(&self, dice: &Dice) -> Result<Basket, EmulatorError> {
        let state = self.emulator.state();
        let shop = state.world.shop(&self.contract);
        let shop = shop.ok_or_else(|| EmulatorError::UnknownContract(self.contract.clone()))?;
        Ok(random_basket(shop, dice, self.only_in_stock))
    }

    /// 取消 of a past sale.
    ///
    /// # Errors
    /// When it does not exist or was taken back already.
    pub fn cancel(&self, sale: u64) -> Result<(), EmulatorError> {
        self.emulator.cancel_sale(&self.contract, sale)
    }

    /// 打消 of a past sale: the goods come back. Gives the id of the counter-entry.
    ///
    /// # Errors
    /// When it does not exist or was taken back already.
    pub fn dispose(&self, sale: u64) -> Result<u64, EmulatorError> {
        self.emulator.dispose_sale(&self.contract, sale)
    }

    /// A till without network: it sells, and reports later.
    pub fn offline(&self) -> OfflineTill {
        OfflineTill { till: self.clone(), sold: Vec::new() }
    }

    fn ring_up(&self, basket: &Basket, sold_at: Option<Seconds>) -> Result<u64, EmulatorError> {
        let inner = &self.emulator.inner;
        let mut state = self.emulator.state();
        inner.act(&mut state, &self.contract, |world, now| -> Result<Done<Id>, Problem> {
            let shop = world.shop(&self.contract).ok_or_else(Problem::access_denied)?;
            if self.only_in_stock && sold_at.is_none() {
                check_shelf(shop, basket)?;
            }
            let body = receipt(shop, basket, sold_at.unwrap_or(now))?;
            floor::sell(world, &inner.settings, &self.contract, &body, now)
        })
    }
}

/// Sales that the server does not know yet.
pub struct OfflineTill {
    till: Till,
    sold: Vec<(Basket, Seconds)>,
}

impl OfflineTill {
    /// The goods leave the shop now; the server hears of it with [`OfflineTill::report`].
    pub fn sell(&mut self, basket: Basket) {
        let now = self.till.emulator.inner.now();
        self.sold.push((basket, now));
    }

    pub fn waiting(&self) -> usize {
        self.sold.len()
    }

    /// Back on the network: every sale arrives with the time at which it was rung up. Gives the ids, oldest first.
    ///
    /// # Errors
    /// At the first sale the server refuses; that one and the later ones stay here.
    pub fn report(&mut self) -> Result<Vec<u64>, EmulatorError> {
        let mut ids = Vec::new();
        while let Some((basket, sold_at)) = self.sold.first() {
            ids.push(self.till.ring_up(basket, Some(*sold_at))?);
            self.sold.remove(0);
        }
        Ok(ids)
    }
}

/// A customer looks at so many products before giving up.
const MOST_LOOKED_AT: usize = 500;

/// Pieces that leave the shelf, by product.
type Taken = BTreeMap<Id, i64>;

fn take(taken: &mut Taken, sold: &Sold, pieces: i64) {
    for (id, each) in sold.goods() {
        *taken.entry(id).or_default() += pieces.saturating_mul(each);
    }
}

fn check_shelf(shop: &Shop, basket: &Basket) -> Result<(), Problem> {
    let mut taken = Taken::new();
    for (product, pieces) in basket.lines.iter().filter(|_| !basket.is_return) {
        let sold = Sold::find(shop, *product).ok_or_else(|| Problem::unknown_reference("productId"))?;
        take(&mut taken, &sold, *pieces);
    }
    for (product, pieces) in taken {
        let there = shop.stock.amount(product, basket.store_id);
        if there < pieces {
            return Err(Problem::bad_request(format!("product {product}: {pieces} wanted, {there} on the shelf")));
        }
    }
    Ok(())
}

/// The transaction body of a basket, with prices, tax and totals (platform-pos.md §2.3).
pub(crate) fn receipt(shop: &Shop, basket: &Basket, sold_at: Seconds) -> Result<Map<String, Value>, Problem> {
    let stores = shop.table(STORES);
    let outside = stores.get(basket.store_id).and_then(|row| row.text(&stores.columns, "sellDivision"));
    let outside = outside.as_deref() == Some("1");
    let (details, goods) = price_lines(shop, basket, outside)?;
    let subtotal = goods.iter().fold(0_i64, |sum, (_, line)| sum.saturating_add(*line));
    let discount = discount(basket, subtotal)?;
    let tax = tax(&goods, discount, outside);
    let (inside, on_top) = if outside { (0, tax) } else { (tax, 0) };
    let total = (subtotal - discount).saturating_add(on_top);
    let mut body = vec![
        ("transactionHeadDivision", "1".to_owned()),
        ("subtotal", subtotal.to_string()),
        ("subtotalDiscountPrice", discount.to_string()),
        ("total", total.to_string()),
        ("taxInclude", inside.to_string()),
        ("taxExclude", on_top.to_string()),
        ("deposit", total.to_string()),
        ("depositCash", total.to_string()),
        ("change", "0".to_owned()),
        ("storeId", basket.store_id.to_string()),
        ("terminalId", basket.terminal_id.max(1).to_string()),
        ("terminalTranId", shop.sales.next_id().to_string()),
        ("terminalTranDateTime", time::format(sold_at)),
        ("sellDivision", if outside { "1" } else { "0" }.to_owned()),
        ("guestNumbers", "1".to_owned()),
    ];
    body.extend(basket.customer_id.map(|id| ("customerId", id.to_string())));
    let mut body: Map<String, Value> = body.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
    body.insert("details".into(), Value::Array(details));
    Ok(body)
}

/// The line bodies, and of each its rate in percent (`None`: not taxed) and its signed sum.
type PricedLines = (Vec<Value>, Vec<(Option<i64>, i64)>);

fn price_lines(shop: &Shop, basket: &Basket, outside: bool) -> Result<PricedLines, Problem> {
    let sign = if basket.is_return { -1 } else { 1 };
    let (mut details, mut goods) = (Vec::new(), Vec::new());
    for (place, (product, pieces)) in basket.lines.iter().enumerate() {
        let sold = Sold::find(shop, *product).ok_or_else(|| Problem::unknown_reference("productId"))?;
        let rate = money::rate_of(sold.reduce_tax_id.as_deref());
        let price = shelf_price(&sold, rate, outside);
        goods.push(((sold.tax_division != "2").then_some(rate), sign * price.saturating_mul(*pieces)));
        details.push(json!({
            "transactionDetailId": (place + 1).to_string(),
            "transactionDetailDivision": if basket.is_return { "2" } else { "1" },
            "productId": product.to_string(),
            "salesPrice": price.to_string(),
            "quantity": pieces.to_string(),
        }));
    }
    Ok((details, goods))
}

/// What is taken off the subtotal, with its sign: a return gives back less by as much as the sale was discounted.
fn discount(basket: &Basket, subtotal: i64) -> Result<i64, Problem> {
    let most = subtotal.saturating_abs();
    if !(0..=most).contains(&basket.discount) {
        let got = basket.discount;
        return Err(Problem::field("discount", &format!("0から{most}までの整数で指定してください。送信値:{got}")));
    }
    Ok(if basket.is_return { -basket.discount } else { basket.discount })
}

/// Tax per rate on what is left after the discount, which falls on all lines by their sums.
fn tax(goods: &[(Option<i64>, i64)], discount: i64, outside: bool) -> i64 {
    let sums: Vec<i64> = goods.iter().map(|(_, sum)| *sum).collect();
    let mut taxed = BTreeMap::<i64, i64>::new();
    for ((rate, sum), share) in goods.iter().zip(money::apportion(discount, &sums)) {
        if let Some(rate) = rate {
            let net = taxed.entry(*rate).or_default();
            *net = net.saturating_add(sum.saturating_sub(share));
        }
    }
    let formula = if outside { money::tax_on_top } else { money::tax_inside };
    taxed.iter().map(|(rate, sum)| formula(*sum, *rate, Rounding::default())).sum()
}

/// What a piece costs at a till that sells with tax inside (内税販売) or outside (外税販売).
fn shelf_price(sold: &Sold, rate: i64, outside: bool) -> i64 {
    match (sold.tax_division.as_str(), outside) {
        ("1", false) => sold.price + money::tax_on_top(sold.price, rate, Rounding::default()),
        ("0", true) => sold.price - money::tax_inside(sold.price, rate, Rounding::default()),
        _ => sold.price,
    }
}

pub(crate) fn random_basket(shop: &Shop, dice: &Dice, only_in_stock: bool) -> Basket {
    let stores = shop.table(STORES);
    let open = stores.rows().iter().filter(|(_, row)| {
        let is = |name: &str, value: &str| row.text(&stores.columns, name).as_deref() == Some(value);
        !is("division", "2") && !is("pauseFlag", "1")
    });
    let open: Vec<Id> = open.map(|(id, _)| *id).collect();
    let Some(store_id) = pick(&open, dice) else { return Basket::default() };
    let terminals = shop.table(TERMINALS);
    let here = terminals
        .rows()
        .iter()
        .filter(|(_, row)| row.number(&terminals.columns, "storeId").map(i64::unsigned_abs) == Some(store_id));
    let here: Vec<Id> = here.map(|(id, _)| *id).collect();
    let terminal_id = pick(&here, dice).unwrap_or(1);
    let (mut lines, mut taken) = (BTreeMap::<Id, i64>::new(), Taken::new());
    for _ in 0..=dice.below(3) {
        let wanted = 1 + i64::from(dice.chance(20));
        let there = |sold: &Sold| if only_in_stock { on_shelf(shop, store_id, &taken, sold) } else { wanted };
        if let Some((sold, there)) = random_product(shop, dice, there) {
            let pieces = wanted.min(there);
            take(&mut taken, &sold, pieces);
            *lines.entry(sold.id).or_default() += pieces;
        }
    }
    Basket { store_id, terminal_id, lines: lines.into_iter().collect(), ..Basket::default() }
}

/// How many pieces can still be sold; without end if no stock goes with them.
fn on_shelf(shop: &Shop, store: Id, taken: &Taken, sold: &Sold) -> i64 {
    let left = |(id, each): (Id, i64)| {
        let left = shop.stock.amount(id, store) - taken.get(&id).copied().unwrap_or(0);
        left / each.max(1)
    };
    sold.goods().map(left).min().unwrap_or(i64::MAX)
}

/// The first product from a random place on of which there is any, and how many.
fn random_product(shop: &Shop, dice: &Dice, there: impl Fn(&Sold) -> i64) -> Option<(Sold, i64)> {
    let products = shop.products();
    let (first, last) = (*products.rows().first_key_value()?.0, *products.rows().last_key_value()?.0);
    let start = first + dice.below(last - first + 1);
    let round = products.rows().range(start..).chain(products.rows().range(..start));
    // 回数券 are sold in another way.
    let goods = round.filter(|(_, row)| row.text(&products.columns, "division").as_deref() != Some("1"));
    let mut found = goods.take(MOST_LOOKED_AT).filter_map(|(id, _)| Sold::find(shop, *id)).map(|sold| {
        let there = there(&sold);
        (sold, there)
    });
    found.find(|(_, there)| *there > 0)
}

fn pick(ids: &[Id], dice: &Dice) -> Option<Id> {
    let most = u64::try_from(ids.len()).ok().filter(|len| *len > 0)?;
    usize::try_from(dice.below(most)).ok().and_then(|place| ids.get(place)).copied()
}
