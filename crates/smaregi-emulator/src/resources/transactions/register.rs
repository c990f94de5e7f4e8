//! Registration of a transaction: the one path for the API, tills and the control interface.

use super::{
    closing::Closing,
    defaults,
    lines::{Line, Shares},
    named, points,
};
use crate::{
    money::{self, Rounding, STANDARD_RATE},
    problem::Problem,
    resources::{
        maker::{normal_text, text_of},
        sales::{Desk, LAYAWAY, layaways, temporaries},
        stock::{Movement, move_stock},
    },
    settings::Settings,
    state::{
        CUSTOMERS, Entry, Id, Layouts, Moved, Packed, RowBuilder, STORES, Sale, SaleTimes, Shop, StockChange,
        StockDivision, World,
    },
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};
use smaregi_catalogue::Format;

/// Most lines of a transaction: `transactionDetailId` is 1–999.
const MOST_LINES: usize = 999;
const MOST_YEN: i64 = 999_999_999_999;

pub(crate) struct Registered {
    pub(crate) id: Id,
    pub(crate) changes: Vec<StockChange>,
    /// Temporary sales that are done with it.
    pub(crate) parked: Vec<Id>,
}

/// A transaction as it was sent.
struct Draft<'b> {
    kind: Kind,
    body: &'b Map<String, Value>,
    division: String,
    lines: Vec<Line<'b>>,
}

/// What is made of a transaction body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A transaction as POST `/transactions` takes it.
    Sale,
    /// 回数券, which only a till sells.
    TicketSale,
    /// 取置き
    Layaway,
    /// 仮販売: nothing is sold yet.
    Parked,
    /// What an order makes.
    Booking,
}

/// A transaction that is about to be stored.
pub(crate) struct Composed {
    pub(crate) id: Id,
    /// Where it was made.
    pub(crate) store: Id,
    pub(crate) sale: Sale,
}

/// Checks and computes a transaction under the next number. Changes nothing (platform-pos.md §2.8).
pub(crate) fn compose(
    layouts: &Layouts,
    settings: &Settings,
    shop: &Shop,
    kind: Kind,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<Composed, Problem> {
    let draft = Draft::read(shop, kind, body)?;
    if kind != Kind::Booking {
        named::check_all(shop, draft.body)?;
    }
    draft.check_amounts()?;
    let sold = draft.sold_at(settings)?;
    let closing = if kind == Kind::Parked { Closing::open() } else { Closing::of(shop, draft.body, sold, now)? };
    let id = shop.sales.next_id();
    let times = SaleTimes { received: now, sold, updated: now, summed: closing.day };
    let sale = Sale {
        head: draft.head(layouts, settings, shop, id, now, &closing),
        lines: draft.line_rows(layouts, id),
        deposits: draft.deposit_rows(layouts, shop, id),
        moved: if kind == Kind::Booking { Vec::new() } else { draft.moves() },
        times,
    };
    Ok(Composed { id, store: draft.id("storeId").unwrap_or(0), sale })
}

/// Stores a transaction, moves stock and points for it, and settles the layaway and the temporary sales it names.
pub(crate) fn register(
    world: &mut World,
    settings: &Settings,
    contract: &str,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<Registered, Problem> {
    register_as(world, settings, contract, (Kind::Sale, body), now)
}

/// A transaction that an order makes in its 受注店舗, which is no store of the POS. The stock of orders moves by itself.
pub(crate) fn register_booking(
    world: &mut World,
    settings: &Settings,
    contract: &str,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<Id, Problem> {
    register_as(world, settings, contract, (Kind::Booking, body), now).map(|done| done.id)
}

/// Whether such a transaction would be taken.
pub(crate) fn check_booking(shop: &Shop, body: &Map<String, Value>) -> Result<(), Problem> {
    Draft::read(shop, Kind::Booking, body)?.check_amounts()
}

pub(crate) fn register_as(
    world: &mut World,
    settings: &Settings,
    contract: &str,
    (kind, body): (Kind, &Map<String, Value>),
    now: Seconds,
) -> Result<Registered, Problem> {
    let layouts = world.layouts.clone();
    let shop = world.shop(contract).ok_or_else(Problem::access_denied)?;
    let Composed { id, store, sale } = compose(&layouts, settings, shop, kind, body, now)?;
    let layaway = layaways::named(shop, body)?;
    let parked = temporaries::named(shop, settings, body)?;
    let mut desk = Desk::new(world, contract, now);
    let mut changes = desk.pick_up(layaway, id)?;
    changes.extend(move_all(desk.world, contract, store, &sale.moved, sale.times.sold, now));
    desk.settle(&parked)?;
    points::book(world, contract, &sale, now);
    world.record(Entry::Sale { contract: contract.into(), id, sale: Box::new(sale) });
    Ok(Registered { id, changes, parked })
}

/// Books what a transaction moves in its store.
pub(crate) fn move_all(
    world: &mut World,
    contract: &str,
    store: Id,
    moved: &[Moved],
    effective_at: Seconds,
    now: Seconds,
) -> Vec<StockChange> {
    let movement = |moved: &Moved| Movement {
        product: moved.product,
        store,
        amount: moved.amount,
        division: moved.division,
        effective_at,
        memo: None,
    };
    moved.iter().filter_map(|moved| move_stock(world, contract, movement(moved), now)).collect()
}

impl<'b> Draft<'b> {
    fn read(shop: &Shop, kind: Kind, body: &'b Map<String, Value>) -> Result<Self, Problem> {
        let division = body.get("transactionHeadDivision").map(text_of).unwrap_or_default();
        if (kind == Kind::Layaway) != (division == LAYAWAY) {
            return Err(Problem::field("transactionHeadDivision", "取置きは取置き登録でのみ登録できます。"));
        }
        let sent = body.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if sent.len() > MOST_LINES {
            return Err(Problem::field("details", &format!("{MOST_LINES}件以内で指定してください。")));
        }
        let lines = sent.iter().enumerate().map(|(place, line)| {
            let line = line.as_object().ok_or_else(|| Problem::field("details", "オブジェクトで指定してください。"))?;
            Line::read(shop, kind == Kind::TicketSale, place, line)
        });
        Ok(Self { kind, body, division, lines: lines.collect::<Result<_, _>>()? })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.body.get(name).filter(|value| !value.is_null()).map(text_of)
    }

    fn id(&self, name: &str) -> Option<Id> {
        self.text(name)?.parse().ok()
    }

    fn number(&self, name: &str) -> i64 {
        let number = self.text(name).and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0);
        number.clamp(-MOST_YEN, MOST_YEN)
    }

    /// Sales and layaways have lines that must add up; the other divisions move money or points.
    fn has_goods(&self) -> bool {
        matches!(self.division.as_str(), "1" | LAYAWAY)
    }

    fn lines_total(&self) -> i64 {
        self.lines.iter().map(Line::sum).sum()
    }

    /// Subtotal against the lines, total against the published formula (platform-pos.md §2.3).
    fn check_amounts(&self) -> Result<(), Problem> {
        if !self.has_goods() {
            return Ok(());
        }
        if self.lines.is_empty() {
            return Err(Problem::field("details", "必須です。"));
        }
        let (sent, lines) = (self.number("subtotal"), self.lines_total());
        if sent != lines {
            return Err(Problem::field("subtotal", &format!("明細の合計と一致しません。送信値:{sent} 計算値:{lines}")));
        }
        let (sent, computed) = (self.number("total"), self.total());
        if sent != computed {
            return Err(Problem::field("total", &format!("計算結果と一致しません。送信値:{sent} 計算値:{computed}")));
        }
        Ok(())
    }

    fn total(&self) -> i64 {
        let tax_free: i64 = [
            "netTaxFreeGeneralTaxInclude",
            "netTaxFreeGeneralTaxExclude",
            "netTaxFreeConsumableTaxInclude",
            "netTaxFreeConsumableTaxExclude",
        ]
        .iter()
        .map(|name| self.number(name))
        .sum();
        self.number("subtotal") - self.number("subtotalDiscountPrice") - self.number("pointDiscount")
            + self.number("roundingPrice")
            + self.number("taxExclude")
            + self.number("commission")
            + self.number("carriage")
            - tax_free
    }

    fn sold_at(&self, settings: &Settings) -> Result<Seconds, Problem> {
        let text = self.text("terminalTranDateTime").unwrap_or_default();
        let normal = normal_text(Some(Format::DateTime), &json!(text), settings);
        time::parse(&text_of(&normal))
            .ok_or_else(|| Problem::field("terminalTranDateTime", "YYYY-MM-DDThh:mm:ssTZDで指定してください。"))
    }

    fn rounding(&self) -> Rounding {
        self.text("taxRounding").and_then(|code| Rounding::from_code(&code)).unwrap_or_default()
    }

    /// Tax inside the goods, per rate. Taken as sent if it was sent.
    fn tax_include(&self) -> i64 {
        if self.text("taxInclude").is_some() || self.text("sellDivision").as_deref() == Some("1") {
            return self.number("taxInclude");
        }
        let at = |rate: i64| self.lines.iter().filter(move |l| l.is_taxed() && l.rate == rate).map(Line::sum).sum();
        let tax = |rate: i64| money::tax_inside(at(rate), rate, self.rounding());
        tax(STANDARD_RATE) + tax(money::REDUCED_RATE)
    }

    fn head(
        &self,
        layouts: &Layouts,
        settings: &Settings,
        shop: &Shop,
        id: Id,
        now: Seconds,
        closing: &Closing,
    ) -> Packed {
        let mut head = RowBuilder::new(&layouts.head);
        defaults::write(&mut head);
        for (name, value) in self.body.iter().filter(|(_, value)| value.is_string() || value.is_number()) {
            let format = name.ends_with("DateTime").then_some(Format::DateTime);
            head.raw(name, &normal_text(format, value, settings).to_string());
        }
        head.text("transactionHeadId", &id.to_string());
        head.text("transactionDateTime", &time::format(now));
        head.text("updDateTime", &time::format(now));
        head.text("sumDivision", &closing.division);
        if let Some(day) = closing.day {
            head.text("sumDate", &time::format_days(day));
        }
        self.head_totals(&mut head);
        self.head_names(&mut head, shop, now);
        head.build()
    }

    fn head_totals(&self, head: &mut RowBuilder<'_>) {
        let sum = |of: fn(&Line<'b>) -> i64| self.lines.iter().map(of).sum::<i64>();
        let pieces =
            |back: bool| self.lines.iter().filter(|line| line.is_return == back).map(|line| line.quantity).sum();
        let taxed = |taxed: bool| self.lines.iter().filter(|l| l.is_taxed() == taxed).map(Line::sum).sum::<i64>();
        let outside = self.text("sellDivision").as_deref() == Some("1");
        head.number("unitNonDiscountsubtotal", sum(Line::before_discount));
        head.number("unitDiscountsubtotal", sum(Line::discounts));
        head.number("subtotalForDiscount", sum(Line::sum));
        head.number("amount", pieces(false));
        head.number("returnAmount", pieces(true));
        head.number("taxInclude", self.tax_include());
        head.number("inTaxSalesTotal", if outside { 0 } else { taxed(true) });
        head.number("outTaxSalesTotal", if outside { taxed(true) } else { 0 });
        head.number("nonTaxSalesTotal", taxed(false));
        head.number("cashTotal", self.number("depositCash") - self.number("change"));
        head.number("creditTotal", self.number("depositCredit"));
        let cost = self
            .lines
            .iter()
            .fold(rust_decimal::Decimal::ZERO, |sum, line| sum.checked_add(line.cost_sum()).unwrap_or(sum));
        head.text("costTotal", &cost.to_string());
        let only_returns = !self.lines.is_empty() && self.lines.iter().all(|line| line.is_return);
        head.text("returnSales", if only_returns { "1" } else { "0" });
        head.text("taxRounding", self.rounding().code());
    }

    fn head_names(&self, head: &mut RowBuilder<'_>, shop: &Shop, now: Seconds) {
        let mut copy = |table: &str, id: &str, columns: &[&str]| {
            let table = shop.table(table);
            let Some(row) = self.id(id).and_then(|id| table.get(id)) else { return };
            for name in columns {
                if let Some(text) = row.text(&table.columns, name) {
                    head.text(name, &text);
                }
            }
        };
        copy(STORES, "storeId", &["storeCode"]);
        copy(CUSTOMERS, "customerId", &["customerCode"]);
        copy("staffs", "staffId", &["staffCode", "staffName"]);
        if self.text("transactionUuid").is_none() {
            // The last nine digits of the clock and the terminal (platform-pos.md §2.6).
            head.text(
                "transactionUuid",
                &format!("{:09}{:04}", now % 1_000_000_000, self.id("terminalId").unwrap_or(0)),
            );
        }
    }

    fn line_rows(&self, layouts: &Layouts, id: Id) -> Vec<Packed> {
        let sums: Vec<i64> = self.lines.iter().map(Line::sum).collect();
        let taxed: Vec<i64> = self.lines.iter().map(|line| if line.is_taxed() { line.sum() } else { 0 }).collect();
        let part = |amount: i64, of: &[i64]| money::apportion(amount, of);
        let discounts = part(self.number("subtotalDiscountPrice"), &sums);
        let points = part(self.number("pointDiscount"), &sums);
        let inside = part(self.tax_include(), &taxed);
        let outside = part(self.number("taxExclude"), &taxed);
        let rounding = part(self.number("roundingPrice"), &sums);
        let row = |(place, line): (usize, &Line<'b>)| {
            let shares = Shares {
                discount: discounts[place],
                point: points[place],
                tax_include: inside[place],
                tax_exclude: outside[place],
                rounding: rounding[place],
            };
            line.row(&layouts.line, &layouts.line_nested, id, &shares)
        };
        self.lines.iter().enumerate().map(row).collect()
    }

    fn deposit_rows(&self, layouts: &Layouts, shop: &Shop, id: Id) -> Vec<Packed> {
        let sent = self.body.get("depositOthers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let methods = shop.table("paymentMethods");
        let row = |(place, sent): (usize, &Value)| {
            let mut row = RowBuilder::new(&layouts.deposit);
            row.text("transactionHeadId", &id.to_string());
            row.text("no", &(place + 1).to_string());
            for (name, value) in sent.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                row.text(name, &text_of(value));
            }
            let method = sent.get("paymentMethodId").map(text_of).and_then(|id| methods.get(id.parse().ok()?));
            for name in ["paymentMethodCode", "paymentMethodName"] {
                if let Some(text) = method.and_then(|method| method.text(&methods.columns, name)) {
                    row.text(name, &text);
                }
            }
            row.build()
        };
        sent.iter().enumerate().map(row).collect()
    }

    /// What the sale does to stock, line by line.
    fn moves(&self) -> Vec<Moved> {
        let moves_nothing = !self.has_goods() || self.kind == Kind::Parked;
        if moves_nothing || self.text("cancelDivision").as_deref() == Some("1") {
            return Vec::new();
        }
        let moves = self.lines.iter().flat_map(|line| line.moves().into_iter().map(move |moved| (line, moved)));
        let moved = |(line, (product, amount, component)): (&Line<'b>, (Id, i64, bool))| {
            let division = match (component, line.is_return) {
                _ if self.kind == Kind::Layaway => StockDivision::Layaway,
                (true, _) => StockDivision::SaleReservation,
                (false, true) => StockDivision::Return,
                (false, false) => StockDivision::Sale,
            };
            Moved { product, amount, division }
        };
        moves.map(moved).collect()
    }
}
