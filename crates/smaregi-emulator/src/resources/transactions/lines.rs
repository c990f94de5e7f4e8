//! The lines of a sale: what they cost, what they are taxed, what stock they move.

use crate::{
    money::{self, STANDARD_RATE},
    problem::Problem,
    resources::maker::text_of,
    state::{Columns, INVENTORY_RESERVATIONS, Id, Packed, RowBuilder, Shop},
};
use serde_json::{Map, Value, json};

/// Bounds that keep every sum of a sale within range. Far above what a till takes.
const MOST_PIECES: i64 = 999_999;
const MOST_YEN: i64 = 99_999_999;

/// One line, read and computed.
pub(crate) struct Line<'b> {
    pub(crate) sent: &'b Map<String, Value>,
    pub(crate) number: String,
    /// 返品
    pub(crate) is_return: bool,
    pub(crate) product: Option<Sold>,
    pub(crate) quantity: i64,
    price: i64,
    sales_price: i64,
    /// Discount per piece, as a positive number.
    discount: i64,
    tax_division: String,
    pub(crate) rate: i64,
    reduce_tax_id: Option<String>,
    product_division: String,
}

/// What a line takes from the product master.
#[derive(Clone)]
pub(crate) struct Sold {
    pub(crate) id: Id,
    pub(crate) managed: bool,
    code: Option<String>,
    name: Option<String>,
    category: Option<Id>,
    category_name: Option<String>,
    pub(crate) price: i64,
    pub(crate) tax_division: String,
    pub(crate) reduce_tax_id: Option<String>,
    pub(crate) cost: Option<String>,
    copied: Vec<(&'static str, String)>,
    /// 在庫引当: other products whose stock goes with it, and how many pieces of each.
    components: Vec<(Id, i64)>,
    /// 商品属性: code and name.
    attributes: Vec<(String, String)>,
}

/// Columns that a line copies from its product as they are.
const COPIED: [&str; 7] =
    ["color", "size", "groupCode", "printReceiptProductName", "salesDivision", "pointNotApplicable", "calcDiscount"];

impl Sold {
    pub(crate) fn find(shop: &Shop, id: Id) -> Option<Self> {
        let products = shop.products();
        let (row, columns) = (products.get(id)?, &*products.columns);
        let text = |name: &str| row.text(columns, name).map(|text| text.into_owned());
        let categories = shop.categories();
        let category: Option<Id> = text("categoryId").and_then(|id| id.parse().ok());
        let category_row = category.and_then(|id| categories.get(id));
        let of_category =
            |name: &str| category_row.and_then(|row| row.text(&categories.columns, name)).map(|text| text.into_owned());
        let inherits = text("useCategoryReduceTax").as_deref() != Some("0");
        let inherited = of_category("reduceTaxId").filter(|_| inherits);
        Some(Self {
            id,
            managed: text("stockControlDivision").as_deref() != Some("1"),
            code: text("productCode"),
            name: text("productName"),
            category,
            category_name: of_category("categoryName"),
            price: text("price").and_then(|price| price.parse().ok()).unwrap_or(0),
            tax_division: text("taxDivision").unwrap_or_else(|| "0".into()),
            reduce_tax_id: inherited.or_else(|| text("reduceTaxId")),
            cost: text("cost"),
            copied: COPIED.iter().filter_map(|name| Some((*name, text(name)?))).collect(),
            components: components(shop, id),
            attributes: attributes(shop, id),
        })
    }
}

impl Sold {
    /// What leaves the shelf with one piece: the product itself if its stock is managed, and its components.
    pub(crate) fn goods(&self) -> impl Iterator<Item = (Id, i64)> {
        let own = self.managed.then_some((self.id, 1));
        own.into_iter().chain(self.components.iter().copied())
    }
}

fn components(shop: &Shop, product: Id) -> Vec<(Id, i64)> {
    let table = shop.table(INVENTORY_RESERVATIONS);
    let pieces = |row: &Packed| {
        let number = |name: &str| row.number(&table.columns, name);
        Some((number("reservationProductId")?.unsigned_abs(), number("reservationAmount").unwrap_or(1)))
    };
    table.with_value("productId", &product.to_string()).filter_map(|(_, row)| pieces(row)).collect()
}

fn attributes(shop: &Shop, product: Id) -> Vec<(String, String)> {
    let table = shop.table("productAttributeItems");
    let text = |row: &Packed, name: &str| row.text(&table.columns, name).unwrap_or_default().into_owned();
    table.with_value("productId", &product.to_string()).map(|(_, row)| (text(row, "code"), text(row, "name"))).collect()
}

impl<'b> Line<'b> {
    /// `tickets`: whether 回数券 may be sold.
    pub(crate) fn read(
        shop: &Shop,
        tickets: bool,
        place: usize,
        sent: &'b Map<String, Value>,
    ) -> Result<Self, Problem> {
        let text = |name: &str| sent.get(name).filter(|value| !value.is_null()).map(text_of);
        let number = |name: &str, most: i64| number(sent, place, name, most);
        let product = text("productId").and_then(|id| id.parse().ok()).and_then(|id| Sold::find(shop, id));
        check_product(shop, tickets, place, product.as_ref(), text("categoryId"))?;
        let reduce_tax_id = text("reduceTaxId").or_else(|| product.as_ref()?.reduce_tax_id.clone());
        let tax_division = text("taxDivision").or_else(|| Some(product.as_ref()?.tax_division.clone()));
        let department = text("transactionDetailDivision").as_deref() == Some("3");
        Ok(Self {
            sent,
            number: text("transactionDetailId").unwrap_or_else(|| (place + 1).to_string()),
            is_return: text("transactionDetailDivision").as_deref() == Some("2"),
            quantity: number("quantity", MOST_PIECES)?.unwrap_or(0),
            price: number("price", MOST_YEN)?.or(product.as_ref().map(|p| p.price)).unwrap_or(0),
            sales_price: number("salesPrice", MOST_YEN)?.unwrap_or(0),
            discount: number("unitDiscountPrice", MOST_YEN)?.unwrap_or(0).abs(),
            tax_division: tax_division.unwrap_or_else(|| "0".into()),
            rate: money::rate_of(reduce_tax_id.as_deref()),
            reduce_tax_id,
            product_division: text("productDivision").unwrap_or_else(|| if department { "3" } else { "0" }.into()),
            product,
        })
    }

    fn sign(&self) -> i64 {
        if self.is_return { -1 } else { 1 }
    }

    pub(crate) fn before_discount(&self) -> i64 {
        self.sign() * self.sales_price * self.quantity
    }

    /// Discounts are negative in the sums (platform-pos.md §2.3 and the list of columns).
    pub(crate) fn discounts(&self) -> i64 {
        -self.sign() * self.discount * self.quantity
    }

    pub(crate) fn sum(&self) -> i64 {
        self.before_discount() + self.discounts()
    }

    pub(crate) fn is_taxed(&self) -> bool {
        self.tax_division != "2"
    }

    pub(crate) fn cost_sum(&self) -> rust_decimal::Decimal {
        let cost: Option<rust_decimal::Decimal> = self.product.as_ref().and_then(|p| p.cost.as_ref()?.parse().ok());
        let pieces = rust_decimal::Decimal::from(self.sign() * self.quantity);
        cost.and_then(|cost| cost.checked_mul(pieces)).unwrap_or_default()
    }

    /// Whether goods leave or enter with this line. A ticket (1) is none; a parent of a bundle or set stands for its children,
    /// and a bundle's discount child (8) is money only (platform-pos.md §2.5).
    fn carries_goods(&self) -> bool {
        !matches!(self.product_division.as_str(), "1" | "3" | "4" | "5" | "6" | "8")
    }

    /// Pieces that move: product, signed amount, and whether it goes as a component (在庫引当).
    pub(crate) fn moves(&self) -> Vec<(Id, i64, bool)> {
        let Some(product) = self.product.as_ref().filter(|_| self.carries_goods()) else { return Vec::new() };
        let pieces = -self.sign() * self.quantity;
        let goods = product.goods().map(|(id, each)| (id, pieces.saturating_mul(each), id != product.id));
        goods.filter(|(_, amount, _)| *amount != 0).collect()
    }

    /// The line as it is kept. `shares` are its parts of the head's amounts.
    pub(crate) fn row(&self, columns: &Columns, nested: &[String], head: Id, shares: &Shares) -> Packed {
        let mut row = RowBuilder::new(columns);
        nested.iter().for_each(|name| row.raw(name, "[]"));
        for name in ["taxFreeCommodityPrice", "taxFree", "unitDiscountPrice", "inventoryReservationDivision"] {
            row.number(name, 0);
        }
        row.text("taxFreeDivision", "0");
        row.text("salesDivision", "0");
        self.copy_product(&mut row);
        row.raw("productAttributes", &self.attributes(head).to_string());
        row.raw("discounts", &self.discount_list(head).to_string());
        for (name, value) in self.sent.iter().filter(|(_, value)| value.is_string() || value.is_number()) {
            row.text(name, &text_of(value));
        }
        // An unknown product is kept as null (platform-pos.md §2.8).
        match &self.product {
            Some(product) => row.text("productId", &product.id.to_string()),
            None => row.raw("productId", ""),
        }
        row.text("transactionHeadId", &head.to_string());
        row.text("transactionDetailId", &self.number);
        row.text("productDivision", &self.product_division);
        row.text("taxDivision", &self.tax_division);
        row.number("price", self.price);
        row.number("unitNonDiscountSum", self.before_discount());
        row.number("unitDiscountSum", self.discounts());
        row.number("unitDiscountedSum", self.sum());
        row.text("costSum", &self.cost_sum().to_string());
        self.write_tax(&mut row);
        shares.write(&mut row);
        row.build()
    }

    fn copy_product(&self, row: &mut RowBuilder<'_>) {
        let Some(product) = &self.product else { return };
        let id = product.category.map(|id| id.to_string());
        let texts = [
            ("productCode", &product.code),
            ("productName", &product.name),
            ("cost", &product.cost),
            ("categoryId", &id),
            ("categoryName", &product.category_name),
        ];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            row.text(name, text);
        }
        product.copied.iter().for_each(|(name, text)| row.text(name, text));
    }

    fn attributes(&self, head: Id) -> Value {
        let attribute = |(code, name): &(String, String)| json!({ "transactionHeadId": head.to_string(), "transactionDetailId": self.number, "code": code, "name": name });
        self.product.iter().flat_map(|product| product.attributes.iter().map(attribute)).collect()
    }

    /// The line's own discount, as the only one a registration can carry.
    fn discount_list(&self, head: Id) -> Value {
        if self.discount == 0 {
            return json!([]);
        }
        let text = |name: &str| self.sent.get(name).filter(|value| !value.is_null()).map(text_of);
        let rate = text("unitDiscountRate").filter(|rate| rate != "0");
        // 1 値引 2 割引
        let award = if rate.is_some() { "2" } else { "1" };
        json!([{
            "transactionHeadId": head.to_string(),
            "transactionDetailId": self.number,
            "transactionDiscountDivision": "1",
            "discountDivision": text("unitDiscountDivision"),
            "discountDivisionName": null,
            "awardType": award,
            "awardValue": rate.unwrap_or_else(|| self.discount.to_string()),
            "discountPrice": self.discount.to_string(),
        }])
    }

    fn write_tax(&self, row: &mut RowBuilder<'_>) {
        row.number("taxRate", if self.is_taxed() { self.rate } else { 0 });
        row.number("standardTaxRate", STANDARD_RATE);
        if let Some(id) = &self.reduce_tax_id {
            row.text("reduceTaxId", id);
            if self.rate != STANDARD_RATE {
                row.text("reduceTaxName", "軽減");
                row.number("reduceTaxRate", self.rate);
            }
        }
    }
}

/// Parts of the head's amounts that fall on one line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shares {
    pub(crate) discount: i64,
    pub(crate) point: i64,
    pub(crate) tax_include: i64,
    pub(crate) tax_exclude: i64,
    pub(crate) rounding: i64,
}

impl Shares {
    fn write(&self, row: &mut RowBuilder<'_>) {
        let parts = [
            ("discountPriceProportional", self.discount),
            ("discountPointProportional", self.point),
            ("discountCouponProportional", 0),
            ("taxIncludeProportional", self.tax_include),
            ("taxExcludeProportional", self.tax_exclude),
            ("productBundleProportional", 0),
            ("staffDiscountProportional", 0),
            ("bargainDiscountProportional", 0),
            ("roundingPriceProportional", self.rounding),
        ];
        parts.into_iter().for_each(|(name, part)| row.number(name, part));
    }
}

fn number(sent: &Map<String, Value>, place: usize, name: &str, most: i64) -> Result<Option<i64>, Problem> {
    let Some(value) = sent.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    match text_of(value).trim().parse::<i64>() {
        Ok(number) if (-most..=most).contains(&number) => Ok(Some(number)),
        _ => Err(Problem::field(name, &format!("details[{place}]: -{most}から{most}までの整数で指定してください。"))),
    }
}

/// 回数券 products are refused, and a category that is sent has to be the product's (platform-pos.md §2.8).
fn check_product(
    shop: &Shop,
    tickets: bool,
    place: usize,
    product: Option<&Sold>,
    category: Option<String>,
) -> Result<(), Problem> {
    let Some(product) = product else { return Ok(()) };
    let products = shop.products();
    let division = products.get(product.id).and_then(|row| row.text(&products.columns, "division"));
    if division.as_deref() == Some("1") && !tickets {
        return Err(Problem::field("productId", &format!("details[{place}]: 回数券商品は登録できません。")));
    }
    let claimed = category.and_then(|id| id.parse::<Id>().ok());
    if claimed.is_some() && claimed != product.category {
        return Err(Problem::field("categoryId", &format!("details[{place}]: 商品の部門と一致しません。")));
    }
    Ok(())
}
