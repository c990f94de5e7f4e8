//! 取消 and 打消: two ways to take a sale back (platform-pos.md §2.9).

use super::{flag, points, register::move_all};
use crate::{
    problem::Problem,
    resources::{
        maker::text_of,
        sales::{Desk, layaways},
    },
    state::{Columns, Entry, Id, Layouts, Moved, Packed, Sale, SaleTimes, Shop, StockChange, StockDivision, World},
    time::{self, Seconds},
};
use serde_json::{Map, Value, json};

/// A transaction that was taken back: the id apps are told of, and the stock that came home.
pub(crate) struct Undone {
    pub(crate) id: Id,
    pub(crate) changes: Vec<StockChange>,
}

/// 取消: the same row, marked.
pub(crate) fn cancel_sale(world: &mut World, contract: &str, id: Id, now: Seconds) -> Result<Undone, Problem> {
    let layouts = world.layouts.clone();
    let shop = world.shop(contract).ok_or_else(Problem::access_denied)?;
    let mut sale = open_sale(&layouts, shop, id)?;
    let at = json!(time::format(now));
    let marks = [("cancelDivision", json!("1")), ("cancelDateTime", at.clone()), ("updDateTime", at)];
    sale.head = sale.head.with(&layouts.head, &marks);
    sale.times.updated = now;
    let store = store_of(&layouts, &sale);
    let back: Vec<Moved> = sale.moved.iter().map(|moved| Moved { amount: -moved.amount, ..*moved }).collect();
    let mut changes = move_all(world, contract, store, &back, now, now);
    points::take_back(world, contract, &sale, now);
    world.record(Entry::Sale { contract: contract.into(), id, sale: Box::new(sale) });
    changes.extend(Desk::new(world, contract, now).reopen_layaway_of(id)?);
    Ok(Undone { id, changes })
}

/// 打消: a new transaction of return lines that offsets the original.
pub(crate) fn dispose_sale(
    world: &mut World,
    contract: &str,
    id: Id,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<Undone, Problem> {
    let layouts = world.layouts.clone();
    let shop = world.shop(contract).ok_or_else(Problem::access_denied)?;
    let original = open_sale(&layouts, shop, id)?;
    let new_id = shop.sales.next_id();
    let counter = counter_entry(&layouts, &original, (id, new_id), body, now);
    let store = store_of(&layouts, &counter);
    if !shop.has_store(store) {
        return Err(Problem::unknown_reference("storeId"));
    }
    let mut marked = original;
    let at = json!(time::format(now));
    let marks = [("disposeDivision", json!("1")), ("cancelDateTime", at.clone()), ("updDateTime", at)];
    marked.head = marked.head.with(&layouts.head, &marks);
    marked.times.updated = now;
    let mut changes = move_all(world, contract, store, &counter.moved, counter.times.sold, now);
    changes.extend(Desk::new(world, contract, now).reopen_layaway_of(id)?);
    points::book(world, contract, &counter, now);
    world.record(Entry::Sale { contract: contract.into(), id, sale: Box::new(marked) });
    world.record(Entry::Sale { contract: contract.into(), id: new_id, sale: Box::new(counter) });
    Ok(Undone { id: new_id, changes })
}

/// A sale that was neither cancelled nor disposed and is no counter-entry itself.
fn open_sale(layouts: &Layouts, shop: &Shop, id: Id) -> Result<Sale, Problem> {
    let sale = shop.sales.get(id).ok_or_else(|| Problem::not_found("transaction_id"))?;
    if flag(&layouts.head, sale, "cancelDivision") == "1" {
        return Err(Problem::bad_request("既に取消済みの取引です。"));
    }
    if flag(&layouts.head, sale, "disposeDivision") != "0" {
        return Err(Problem::bad_request("打消済み、または打消の取引です。"));
    }
    if layaways::is_layaway(layouts, sale) {
        return Err(Problem::bad_request("取置きは取置き打消取消で取り消してください。"));
    }
    Ok(sale.clone())
}

fn store_of(layouts: &Layouts, sale: &Sale) -> Id {
    sale.head.number(&layouts.head, "storeId").map_or(0, i64::unsigned_abs)
}

pub(crate) fn counter_entry(
    layouts: &Layouts,
    original: &Sale,
    (id, new_id): (Id, Id),
    body: &Map<String, Value>,
    now: Seconds,
) -> Sale {
    let head = &layouts.head;
    let at = json!(time::format(now));
    let pieces = original.head.text(head, "amount").map(|text| text.into_owned());
    let returned = original.head.text(head, "returnAmount").map(|text| text.into_owned());
    let mut changes = vec![
        ("transactionHeadId", json!(new_id.to_string())),
        ("transactionDateTime", at.clone()),
        ("terminalTranDateTime", at.clone()),
        ("updDateTime", at),
        ("amount", json!(returned)),
        ("returnAmount", json!(pieces)),
        ("returnSales", json!("1")),
        ("disposeDivision", json!("2")),
        ("disposeServerTransactionHeadId", json!(id.to_string())),
        ("transactionUuid", Value::Null),
    ];
    for name in ["storeId", "terminalId", "terminalTranId", "memo"] {
        changes.extend(body.get(name).filter(|value| !value.is_null()).map(|value| (name, json!(text_of(value)))));
    }
    let sold = body.get("terminalTranDateTime").map(text_of).and_then(|text| time::parse(&text)).unwrap_or(now);
    changes.push(("terminalTranDateTime", json!(time::format(sold))));
    let back = |moved: &Moved| Moved {
        amount: -moved.amount,
        division: match moved.division {
            StockDivision::Sale => StockDivision::Return,
            other => other,
        },
        ..*moved
    };
    let renumber =
        |row: &Packed, columns: &Columns| row.with(columns, &[("transactionHeadId", json!(new_id.to_string()))]);
    Sale {
        head: negated(&original.head, head, &MONEY).with(head, &changes),
        lines: original.lines.iter().map(|line| return_line(layouts, &renumber(line, &layouts.line))).collect(),
        deposits: original
            .deposits
            .iter()
            .map(|row| negated(&renumber(row, &layouts.deposit), &layouts.deposit, &["depositOthers"]))
            .collect(),
        moved: original.moved.iter().map(back).collect(),
        times: SaleTimes { received: now, sold, updated: now, summed: original.times.summed },
    }
}

/// A sold line becomes a returned one (and a returned one a sold one): same pieces, sums turned round.
fn return_line(layouts: &Layouts, line: &Packed) -> Packed {
    let columns = &layouts.line;
    let turned = match line.text(columns, "transactionDetailDivision").as_deref() {
        Some("2") => "1",
        Some("3") => "3",
        _ => "2",
    };
    negated(line, columns, &LINE_MONEY).with(columns, &[("transactionDetailDivision", json!(turned))])
}

fn negated(row: &Packed, columns: &Columns, names: &[&'static str]) -> Packed {
    let turned = |name: &&'static str| {
        let text = row.text(columns, name)?;
        let turned = match text.strip_prefix('-') {
            Some(positive) => positive.to_owned(),
            None if text.parse::<f64>() == Ok(0.0) => text.into_owned(),
            None => format!("-{text}"),
        };
        Some((*name, json!(turned)))
    };
    row.with(columns, &names.iter().filter_map(turned).collect::<Vec<_>>())
}

/// Head columns that a counter-entry turns round: amounts and points.
const MONEY: [&str; 34] = [
    "unitNonDiscountsubtotal",
    "unitDiscountsubtotal",
    "unitStaffDiscountsubtotal",
    "unitBargainDiscountsubtotal",
    "subtotal",
    "subtotalForDiscount",
    "subtotalDiscountPrice",
    "pointDiscount",
    "couponDiscount",
    "total",
    "taxInclude",
    "taxExclude",
    "roundingPrice",
    "cashTotal",
    "creditTotal",
    "deposit",
    "depositCash",
    "depositCredit",
    "change",
    "costTotal",
    "inTaxSalesTotal",
    "outTaxSalesTotal",
    "nonTaxSalesTotal",
    "nonSalesTargetTotal",
    "newPoint",
    "spendPoint",
    "earnMile",
    "adjustmentMile",
    "carriage",
    "commission",
    "netTaxFreeGeneralTaxInclude",
    "netTaxFreeGeneralTaxExclude",
    "netTaxFreeConsumableTaxInclude",
    "netTaxFreeConsumableTaxExclude",
];

const LINE_MONEY: [&str; 9] = [
    "unitNonDiscountSum",
    "unitDiscountSum",
    "unitDiscountedSum",
    "costSum",
    "discountPriceProportional",
    "discountPointProportional",
    "taxIncludeProportional",
    "taxExcludeProportional",
    "roundingPriceProportional",
];
