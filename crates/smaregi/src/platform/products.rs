//! 商品 and 部門. Each colour and size is a product of its own; `groupCode` ties them together (platform-pos §3).

use super::{Answer, Client, Error, ListQuery, PageRequest, Query, list::paged, query::segment, write::write_body};
use crate::{
    codes::{Flag, PriceDivision, TaxDivision},
    wire::row,
};
use http::Method;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

row! {
    /// 商品. The lists at the end come only with the single read.
    #[derive(Clone, Debug, PartialEq)]
    Product {
        keys { product_id: String, }
        values {
            category_id: String,
            /// At most 20 printable ASCII characters, unique; usually the JAN or SKU.
            product_code: String,
            product_name: String,
            product_kana: String,
            tax_division: TaxDivision,
            /// 1 normal, 2 open price.
            product_price_division: String,
            price: Decimal,
            customer_price: Decimal,
            cost: Decimal,
            /// 規格
            attribute: String,
            description: String,
            catch_copy: String,
            size: String,
            color: String,
            tag: String,
            group_code: String,
            url: String,
            display_sequence: i64,
            /// 0 counts as sales, 1 does not.
            sales_division: Flag,
            /// **0 = stock is managed**, 1 = it is not (platform-pos §3).
            stock_control_division: Flag,
            /// Shown on terminals.
            display_flag: Flag,
            /// 0 normal, 1 回数券, 2 option.
            division: String,
            /// 品番
            supplier_product_no: String,
            use_category_reduce_tax: Flag,
            /// 軽減税率; none = standard rate.
            reduce_tax_id: String,
            reduce_tax_price: Decimal,
            reduce_tax_customer_price: Decimal,
            ins_date_time: Timestamp,
            upd_date_time: Timestamp,
        }
        parts {
            prices: ProductPrice,
            stores: ProductStore,
            /// 在庫引当商品: what a set consumes. Not the allocation of an order.
            inventory_reservations: InventoryReservation,
            /// 自由項目
            reserve_items: ReserveItem,
        }
        rest { other }
    }
}

impl Product {
    /// Whether Smaregi keeps stock of it; unknown values count as yes, so that nothing is silently left out.
    pub fn keeps_stock(&self) -> bool {
        self.stock_control_division != Some(Flag::Yes)
    }
}

row! {
    /// 商品価格: a price for a store and a span of days.
    #[derive(Clone, Debug, PartialEq)]
    ProductPrice {
        values {
            /// -1 = all stores.
            store_id: String,
            price_division: PriceDivision,
            start_date: Date,
            /// None = open end.
            end_date: Date,
            price: Decimal,
        }
    }
}

row! {
    /// 取扱店舗
    #[derive(Clone, Debug, PartialEq)]
    ProductStore {
        keys { store_id: String, }
        values {
            /// **0 = sold there**, 1 = not.
            assign_division: Flag,
        }
    }
}

row! {
    /// 在庫引当: selling the product consumes `reservation_amount` pieces of another one.
    #[derive(Clone, Debug, PartialEq)]
    InventoryReservation {
        keys {
            reservation_product_id: String,
            reservation_amount: i64,
        }
    }
}

row! {
    /// 自由項目
    #[derive(Clone, Debug, PartialEq)]
    ReserveItem {
        keys { no: String, }
        values { value: String, }
    }
}

row! {
    /// 部門
    #[derive(Clone, Debug, PartialEq)]
    Category {
        keys { category_id: String, }
        values {
            category_code: String,
            category_name: String,
            category_abbr: String,
            display_sequence: i64,
            display_flag: Flag,
            tax_division: TaxDivision,
            reduce_tax_id: String,
            parent_category_id: String,
            level: i64,
            tag: String,
            upd_date_time: Timestamp,
        }
        rest { other }
    }
}

#[derive(Clone, Debug, Default)]
pub struct ProductQuery {
    /// Both or none, at most 31 calendar days apart.
    pub upd_from: Option<Timestamp>,
    pub upd_to: Option<Timestamp>,
    pub product_code: Option<String>,
    pub group_code: Option<String>,
    pub category_id: Option<String>,
    pub page: PageRequest,
    /// For example `productId` or `updDateTime`.
    pub sort: Option<String>,
}

impl ListQuery for ProductQuery {
    type Row = Product;
    const SCOPE: &'static str = "pos.products:read";

    fn path(&self) -> String {
        "/products".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("product_code", self.product_code.as_deref());
        query.put_some("group_code", self.group_code.as_deref());
        query.put_some("category_id", self.category_id.as_deref());
        query.updated(self.upd_from, self.upd_to)
    }

    paged!(sorted);
}

#[derive(Clone, Debug, Default)]
pub struct CategoryQuery {
    pub category_code: Option<String>,
    pub page: PageRequest,
    pub sort: Option<String>,
}

impl ListQuery for CategoryQuery {
    type Row = Category;
    const SCOPE: &'static str = "pos.products:read";

    fn path(&self) -> String {
        "/categories".to_owned()
    }

    fn fill(&self, query: &mut Query) -> Result<(), Error> {
        query.put_some("category_code", self.category_code.as_deref());
        Ok(())
    }

    paged!(sorted);
}

write_body! {
    /// What a product shall become. A new one needs a category, a name and a price.
    #[derive(Clone, Debug, Default, PartialEq)]
    ProductWrite {
        category_id: String = "categoryId",
        product_code: String = "productCode",
        product_name: String = "productName",
        product_kana: String = "productKana",
        tax_division: String = "taxDivision",
        product_price_division: String = "productPriceDivision",
        price: Decimal = "price",
        customer_price: Decimal = "customerPrice",
        cost: Decimal = "cost",
        attribute: String = "attribute",
        description: String = "description",
        catch_copy: String = "catchCopy",
        size: String = "size",
        color: String = "color",
        tag: String = "tag",
        group_code: String = "groupCode",
        url: String = "url",
        display_sequence: i64 = "displaySequence",
        display_flag: String = "displayFlag",
        sales_division: String = "salesDivision",
        /// "0" = stock is managed.
        stock_control_division: String = "stockControlDivision",
        supplier_product_no: String = "supplierProductNo",
        use_category_reduce_tax: String = "useCategoryReduceTax",
        reduce_tax_id: String = "reduceTaxId",
    }
}

impl Client {
    /// 商品一覧: one page, without the lists of the single read.
    pub async fn products(&self, query: &ProductQuery) -> Result<Answer<Vec<Product>>, Error> {
        self.list(query).await
    }

    /// 商品取得, with prices, stores, stock reservations and free items.
    pub async fn product(&self, product_id: &str) -> Result<Answer<Product>, Error> {
        let mut query = Query::default();
        for part in ["with_prices", "with_stores", "with_inventory_reservations", "with_reserve_items"] {
            query.put(part, "all");
        }
        self.read(format!("/products/{}", segment(product_id)), query, "pos.products:read").await
    }

    /// 商品登録. Not idempotent: after an unclear outcome look for the `productCode` first.
    pub async fn create_product(&self, product: &ProductWrite) -> Result<Answer<Product>, Error> {
        self.write(Method::POST, "/products".to_owned(), &product.to_body(), "pos.products:write").await
    }

    /// 商品更新: only what is set or cleared changes.
    pub async fn update_product(&self, product_id: &str, product: &ProductWrite) -> Result<Answer<Product>, Error> {
        let path = format!("/products/{}", segment(product_id));
        self.write(Method::PATCH, path, &product.to_body(), "pos.products:write").await
    }

    /// 部門一覧: one page.
    pub async fn categories(&self, query: &CategoryQuery) -> Result<Answer<Vec<Category>>, Error> {
        self.list(query).await
    }
}
