//! Sample data: an invented chain of apparel and sundries shops, for demos, tests and screenshots.
//!
//! Rows use Smaregi's own field names and value conventions: every value is a string, flags are `"0"`/`"1"`, ids are
//! given (platform-pos.md §3–§6). `insDateTime` and `updDateTime` are left out: the server stamps them when it takes a
//! row in. Names, people, addresses and telephone numbers are made up.

use regihub_ports::Dice;
use serde_json::{Value, json};

/// The reduced rate for food (軽減): platform-pos.md §2.3.
const REDUCED_TAX: &str = "10000001";
const FIRST_PRODUCT_ID: usize = 8_000_001;
/// How often a store never had a product that the others have: there is no stock row then, which is not the same as zero.
const NEVER_MOVED_PERCENT: u64 = 6;
const MEMBERS: usize = 24;

/// `stores`, `terminals`, `categories`, `products`, `customers` and `stock` of the chain. The same seed gives the same rows.
pub fn apparel_chain(dice: &Dice) -> Value {
    let products: Vec<Sample> = MODELS.iter().flat_map(variants).collect();
    json!({
        "stores": STORES.iter().map(Store::row).collect::<Vec<_>>(),
        "terminals": terminals(),
        "categories": (1..).zip(CATEGORIES).map(|(number, category)| category.row(number)).collect::<Vec<_>>(),
        "products": (0..).zip(&products).map(|(index, product)| product.row(index, &products, dice)).collect::<Vec<_>>(),
        "customers": (1..=MEMBERS).map(|number| customer(number, dice)).collect::<Vec<_>>(),
        "stock": stock(&products, dice),
    })
}

/// Cheap product rows for import benchmarks, in groups of ten variants. They refer to the first categories of [`apparel_chain`].
pub fn products_at_scale(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|index| {
        json!({
            "productId": product_id(index),
            "categoryId": category_id(1 + index / 10 % CATEGORIES.len()),
            "productCode": format!("P-{:09}", index + 1),
            "productName": format!("見本商品 {:09}", index + 1),
            "taxDivision": "0",
            "productPriceDivision": "1",
            "price": (500 + index * 37 % 9_500 / 10 * 10).to_string(),
            "color": COLOURS[index % COLOURS.len()].1,
            "groupCode": product_id(index / 10 * 10),
            "salesDivision": "0",
            "stockControlDivision": "0",
            "displayFlag": "1",
            "division": "0",
        })
    })
}

struct Store {
    id: &'static str,
    name: &'static str,
    /// `1` store, `2` warehouse (platform-pos.md §6).
    division: &'static str,
    post_code: &'static str,
    address: &'static str,
    terminals: usize,
    most_pieces: u64,
}

#[rustfmt::skip]
const STORES: [Store; 4] = [
    Store { id: "1", name: "渋谷店", division: "1", post_code: "150-0000", address: "東京都渋谷区見本町1-2-3", terminals: 2, most_pieces: 40 },
    Store { id: "2", name: "吉祥寺店", division: "1", post_code: "180-0000", address: "東京都武蔵野市見本町4-5-6", terminals: 2, most_pieces: 24 },
    Store { id: "3", name: "横浜店", division: "1", post_code: "220-0000", address: "神奈川県横浜市西区見本町7-8-9", terminals: 1, most_pieces: 30 },
    Store { id: "4", name: "EC倉庫", division: "2", post_code: "340-0000", address: "埼玉県草加市見本町10-11", terminals: 0, most_pieces: 120 },
];

impl Store {
    fn row(&self) -> Value {
        json!({
            "storeId": self.id,
            "storeCode": format!("S00{}", self.id),
            "storeName": self.name,
            "storeAbbr": self.name,
            "division": self.division,
            "postCode": self.post_code,
            "address": self.address,
            "phoneNumber": format!("03-0000-000{}", self.id),
            "priceChangeFlag": "1",
            "sellDivision": "0",
            "sumProcDivision": "1",
            "sumDateChangeTime": "0500",
            "sumRefColumn": "0",
            "pointNotApplicable": "0",
            "taxFreeDivision": "0",
            "maxBundleProductCount": "9",
            "roundingDivision": "00",
            "pauseFlag": "0",
            "displaySequence": self.id,
        })
    }
}

fn terminals() -> Vec<Value> {
    let placed = STORES.iter().flat_map(|store| (1..=store.terminals).map(move |number| (store, number)));
    (1..)
        .zip(placed)
        .map(|(id, (store, number))| {
            json!({
                "terminalId": id.to_string(),
                "storeId": store.id,
                "terminalName": format!("{} レジ{number}", store.name),
                "uuid": format!("sample-terminal-{id:04}"),
                "useStopDivision": "0",
                "transactionEditableFlag": "1",
                "selfCheckoutAvailableFlag": "0",
                "smartIdEngineAvailableFlag": "0",
                "creditTerminalId": null,
                "cashDrawerId": null,
            })
        })
        .collect()
}

struct Category {
    code: &'static str,
    name: &'static str,
    colour: &'static str,
    reduced_tax: bool,
}

const CATEGORIES: [Category; 6] = [
    Category { code: "TOPS", name: "トップス", colour: "#4C78A8", reduced_tax: false },
    Category { code: "BOTTOMS", name: "ボトムス", colour: "#72507A", reduced_tax: false },
    Category { code: "OUTER", name: "アウター", colour: "#4E6B4F", reduced_tax: false },
    Category { code: "GOODS", name: "雑貨", colour: "#C9803C", reduced_tax: false },
    Category { code: "FOOD", name: "食品ギフト", colour: "#B5504B", reduced_tax: true },
    Category { code: "WRAPPING", name: "包装・袋", colour: "#8A8A8A", reduced_tax: false },
];

impl Category {
    fn row(&self, number: usize) -> Value {
        json!({
            "categoryId": category_id(number),
            "categoryCode": self.code,
            "categoryName": self.name,
            "categoryAbbr": self.name,
            "displaySequence": number.to_string(),
            "displayFlag": "1",
            "taxDivision": "0",
            "pointNotApplicable": "0",
            "taxFreeDivision": "0",
            "reduceTaxId": self.reduced_tax.then_some(REDUCED_TAX),
            "color": self.colour,
            "categoryGroupId": null,
            "parentCategoryId": null,
            "level": "1",
            "tag": null,
        })
    }
}

/// Position in [`CATEGORIES`], from 1.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Shelf {
    Tops = 1,
    Bottoms = 2,
    Outer = 3,
    Goods = 4,
    Food = 5,
    Wrapping = 6,
}

/// Something the chain sells, before colour and size.
struct Model {
    code: &'static str,
    name: &'static str,
    kana: &'static str,
    shelf: Shelf,
    /// Yen, tax included.
    price: u64,
    /// Codes of [`COLOURS`]; empty when it comes in one colour.
    colours: &'static [&'static str],
    /// Empty when it comes in one size.
    sizes: &'static [&'static str],
    stocked: Stocked,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stocked {
    Yes,
    /// On order, no piece has ever moved: Smaregi has no stock row for it (platform-pos.md §4).
    NotYet,
    /// `stockControlDivision` 1: nobody counts it.
    Uncounted,
}

#[rustfmt::skip]
const COLOURS: [(&str, &str); 13] = [
    ("WH", "ホワイト"), ("BK", "ブラック"), ("NV", "ネイビー"), ("GY", "グレー"), ("BE", "ベージュ"),
    ("BL", "ブルー"), ("RD", "レッド"), ("GN", "グリーン"), ("BR", "ブラウン"), ("OL", "オリーブ"),
    ("ID", "インディゴ"), ("NA", "ナチュラル"), ("YE", "イエロー"),
];

const SML: &[&str] = &["S", "M", "L"];
const SMLX: &[&str] = &["S", "M", "L", "XL"];
const WAIST: &[&str] = &["28", "30", "32", "34"];
const SOCKS: &[&str] = &["22-24", "25-27"];
const ONE: &[&str] = &[];

#[rustfmt::skip]
const MODELS: &[Model] = &[
    model("TS-100", "オーガニックコットンTシャツ", "オーガニックコットンティーシャツ", Shelf::Tops, 2_980, &["WH", "BK", "NV"], SMLX),
    model("CS-110", "ボーダーカットソー", "ボーダーカットソー", Shelf::Tops, 3_980, &["NV", "RD"], SML),
    model("SH-200", "リネンシャツ", "リネンシャツ", Shelf::Tops, 6_980, &["WH", "BE", "BL"], SML),
    model("SH-210", "フランネルシャツ", "フランネルシャツ", Shelf::Tops, 5_980, &["RD", "GN"], SML),
    model("SW-300", "スウェットパーカー", "スウェットパーカー", Shelf::Tops, 7_980, &["GY", "BK", "GN"], SMLX),
    model("KN-400", "ウールニット", "ウールニット", Shelf::Tops, 8_980, &["WH", "NV", "BR"], SML),
    model("DN-500", "ストレートデニム", "ストレートデニム", Shelf::Bottoms, 9_800, &["ID", "BK"], WAIST),
    model("CH-510", "チノパンツ", "チノパンツ", Shelf::Bottoms, 7_480, &["BE", "OL", "NV"], SML),
    model("SK-520", "プリーツスカート", "プリーツスカート", Shelf::Bottoms, 6_480, &["NV", "GY", "BE"], &["S", "M"]),
    model("ST-530", "イージーショーツ", "イージーショーツ", Shelf::Bottoms, 4_480, &["BE", "NV", "OL"], SML),
    model("QJ-600", "キルティングジャケット", "キルティングジャケット", Shelf::Outer, 14_800, &["OL", "BK"], SML),
    model("CT-610", "ステンカラーコート", "ステンカラーコート", Shelf::Outer, 24_800, &["NV", "BE"], SML),
    model("BG-700", "キャンバストート", "キャンバストート", Shelf::Goods, 3_480, &["NA", "BK", "NV"], ONE),
    model("SX-710", "リブソックス", "リブソックス", Shelf::Goods, 980, &["WH", "GY", "NV", "RD"], SOCKS),
    model("CP-720", "ニット帽", "ニットボウ", Shelf::Goods, 2_980, &["BK", "GY", "RD", "YE"], ONE),
    model("MF-730", "ウールマフラー", "ウールマフラー", Shelf::Goods, 5_480, &["GY", "NV", "BR"], ONE),
    model("BT-740", "レザーベルト", "レザーベルト", Shelf::Goods, 4_980, &["BK", "BR"], &["M", "L"]),
    model("MG-750", "陶器マグカップ", "トウキマグカップ", Shelf::Goods, 1_980, &["WH", "BL", "GN", "BR"], ONE),
    model("CD-760", "アロマキャンドル", "アロマキャンドル", Shelf::Goods, 2_480, &["WH", "GN", "YE"], ONE),
    model("UM-770", "折りたたみ傘", "オリタタミガサ", Shelf::Goods, 3_980, &["BK", "NV", "BE"], ONE),
    model("KC-780", "リネンキッチンクロス", "リネンキッチンクロス", Shelf::Goods, 1_280, &["NA", "BL", "RD", "GN"], ONE),
    Model { stocked: Stocked::NotYet, ..model("PC-790", "巾着ポーチ", "キンチャクポーチ", Shelf::Goods, 1_480, &["NA", "BK", "YE"], ONE) },
    model("GF-800-06", "焼き菓子詰合せ 6個入", "ヤキガシツメアワセ 6コイリ", Shelf::Food, 1_620, &[], ONE),
    model("GF-800-12", "焼き菓子詰合せ 12個入", "ヤキガシツメアワセ 12コイリ", Shelf::Food, 3_024, &[], ONE),
    model("GF-810", "バタークッキー缶", "バタークッキーカン", Shelf::Food, 2_160, &[], ONE),
    model("TE-820", "緑茶ティーバッグ 15袋", "リョクチャティーバッグ 15フクロ", Shelf::Food, 972, &[], ONE),
    model("TE-821", "ほうじ茶ティーバッグ 15袋", "ホウジチャティーバッグ 15フクロ", Shelf::Food, 864, &[], ONE),
    model("TE-822", "和紅茶 リーフ 80g", "ワコウチャ リーフ 80グラム", Shelf::Food, 1_296, &[], ONE),
    model("CF-830", "ドリップコーヒー 10袋", "ドリップコーヒー 10フクロ", Shelf::Food, 1_512, &[], ONE),
    model("HN-840", "国産はちみつ 150g", "コクサンハチミツ 150グラム", Shelf::Food, 1_728, &[], ONE),
    model("JM-850", "いちごジャム 140g", "イチゴジャム 140グラム", Shelf::Food, 918, &[], ONE),
    Model { stocked: Stocked::NotYet, ..model("JM-851", "ゆずジャム 140g", "ユズジャム 140グラム", Shelf::Food, 918, &[], ONE) },
    Model { stocked: Stocked::Uncounted, ..model("SB-900", "ショッピングバッグ", "ショッピングバッグ", Shelf::Wrapping, 20, &[], SML) },
    Model { stocked: Stocked::Uncounted, ..model("GW-910", "ギフトラッピング", "ギフトラッピング", Shelf::Wrapping, 330, &[], ONE) },
];

const fn model(
    code: &'static str,
    name: &'static str,
    kana: &'static str,
    shelf: Shelf,
    price: u64,
    colours: &'static [&'static str],
    sizes: &'static [&'static str],
) -> Model {
    Model { code, name, kana, shelf, price, colours, sizes, stocked: Stocked::Yes }
}

/// One colour and size of a model: a product of its own, as Smaregi has no variant object (platform-pos.md §3).
struct Sample {
    model: &'static Model,
    colour: Option<(&'static str, &'static str)>,
    size: Option<&'static str>,
}

fn variants(model: &'static Model) -> Vec<Sample> {
    let colours = or_none(model.colours.iter().filter_map(|code| COLOURS.iter().find(|c| c.0 == *code).copied()));
    let sizes = or_none(model.sizes.iter().copied());
    colours.iter().flat_map(|&colour| sizes.iter().map(move |&size| Sample { model, colour, size })).collect()
}

fn or_none<T>(choices: impl Iterator<Item = T>) -> Vec<Option<T>> {
    let mut choices: Vec<_> = choices.map(Some).collect();
    if choices.is_empty() {
        choices.push(None);
    }
    choices
}

impl Sample {
    fn code(&self) -> String {
        [Some(self.model.code), self.colour.map(|(code, _)| code), self.size]
            .iter()
            .flatten()
            .copied()
            .collect::<Vec<_>>()
            .join("-")
    }

    fn name(&self) -> String {
        [Some(self.model.name), self.colour.map(|(_, name)| name), self.size]
            .iter()
            .flatten()
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn row(&self, index: usize, all: &[Sample], dice: &Dice) -> Value {
        let model = self.model;
        let is_food = model.shelf == Shelf::Food;
        let parent = all.iter().position(|other| std::ptr::eq(other.model, model)).unwrap_or(index);
        let has_variants = model.colours.len() + model.sizes.len() > 0;
        json!({
            "productId": product_id(index),
            "categoryId": category_id(model.shelf as usize),
            "productCode": self.code(),
            "productName": self.name(),
            "productKana": model.kana,
            "taxDivision": "0",
            "productPriceDivision": "1",
            "price": model.price.to_string(),
            "customerPrice": null,
            "cost": (model.price * (38 + dice.below(12)) / 100).to_string(),
            "description": format!("{}の見本データです。", model.name),
            "size": self.size,
            "color": self.colour.map(|(_, name)| name),
            "groupCode": has_variants.then(|| product_id(parent)),
            "printReceiptProductName": self.name(),
            "displaySequence": (index + 1).to_string(),
            "salesDivision": "0",
            "stockControlDivision": if model.stocked == Stocked::Uncounted { "1" } else { "0" },
            "displayFlag": "1",
            "division": "0",
            "productOptionGroupId": null,
            "pointNotApplicable": "0",
            "taxFreeDivision": "0",
            "supplierProductNo": model.code,
            "calcDiscount": "1",
            "useCategoryReduceTax": "0",
            "reduceTaxId": is_food.then_some(REDUCED_TAX),
        })
    }
}

fn product_id(index: usize) -> String {
    (FIRST_PRODUCT_ID + index).to_string()
}

/// `number` counts from 1.
fn category_id(number: usize) -> String {
    (8_000_000 + number).to_string()
}

fn stock(products: &[Sample], dice: &Dice) -> Vec<Value> {
    let mut rows = Vec::new();
    for store in &STORES {
        for (index, product) in products.iter().enumerate() {
            if product.model.stocked != Stocked::Yes || dice.chance(NEVER_MOVED_PERCENT) {
                continue;
            }
            rows.push(json!({
                "storeId": store.id,
                "productId": product_id(index),
                "stockAmount": pieces(store.most_pieces, dice).to_string(),
                "layawayStockAmount": if dice.chance(3) { "1" } else { "0" },
            }));
        }
    }
    rows
}

/// Mostly a few, sometimes many, now and then sold out: the smaller of two throws leans towards zero.
fn pieces(most: u64, dice: &Dice) -> u64 {
    dice.below(most + 1).min(dice.below(most + 1))
}

#[rustfmt::skip]
const FAMILY_NAMES: [(&str, &str); 8] = [
    ("青木", "アオキ"), ("石田", "イシダ"), ("上野", "ウエノ"), ("小川", "オガワ"),
    ("川口", "カワグチ"), ("中野", "ナカノ"), ("松井", "マツイ"), ("森田", "モリタ"),
];
/// Given name, kana, `sex` (1 male, 2 female).
#[rustfmt::skip]
const GIVEN_NAMES: [(&str, &str, &str); 6] = [
    ("葵", "アオイ", "2"), ("健", "ケン", "1"), ("さくら", "サクラ", "2"),
    ("拓也", "タクヤ", "1"), ("美咲", "ミサキ", "2"), ("涼", "リョウ", "1"),
];

fn customer(number: usize, dice: &Dice) -> Value {
    let store = &STORES[dice.below(3) as usize];
    let (last, last_kana) = FAMILY_NAMES[dice.below(8) as usize];
    let (first, first_kana, sex) = GIVEN_NAMES[dice.below(6) as usize];
    json!({
        "customerId": number.to_string(),
        "customerCode": format!("29{number:08}"),
        "customerNo": number.to_string(),
        "lastName": last,
        "firstName": first,
        "lastKana": last_kana,
        "firstKana": first_kana,
        "postCode": store.post_code,
        "address": store.address,
        "phoneNumber": null,
        "mobileNumber": format!("090-0000-{number:04}"),
        "mailAddress": format!("member{number:02}@example.com"),
        "sex": sex,
        "birthDate": format!("{}-{:02}-{:02}", 1955 + dice.below(50), 1 + dice.below(12), 1 + dice.below(28)),
        "entryDate": format!("2025-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
        "mailReceiveFlag": if dice.chance(60) { "1" } else { "0" },
        "status": "0",
        "storeId": store.id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use smaregi_catalogue::{Catalogue, Product};
    use std::collections::{BTreeMap, BTreeSet};

    fn chain() -> Value {
        apparel_chain(&Dice::from_seed(7))
    }

    fn rows<'a>(chain: &'a Value, key: &str) -> &'a [Value] {
        chain[key].as_array().unwrap()
    }

    fn ids<'a>(chain: &'a Value, list: &str, key: &str) -> BTreeSet<&'a str> {
        let found = rows(chain, list);
        let ids: BTreeSet<_> = found.iter().map(|row| row[key].as_str().unwrap()).collect();
        assert_eq!(ids.len(), found.len(), "{key} of {list} must be unique");
        ids
    }

    #[test]
    fn every_product_code_is_unique_printable_ascii_of_at_most_20_characters() {
        let chain = chain();
        let codes = ids(&chain, "products", "productCode");
        assert!((120..=160).contains(&codes.len()), "{} products", codes.len());
        assert!(codes.contains("TS-100-WH-M"));
        for code in codes {
            assert!(code.len() <= 20 && code.bytes().all(|b| (0x20..=0x7e).contains(&b)), "{code}");
        }
    }

    #[test]
    fn every_reference_points_at_a_row_that_exists() {
        let chain = chain();
        let stores = ids(&chain, "stores", "storeId");
        let categories = ids(&chain, "categories", "categoryId");
        let products = ids(&chain, "products", "productId");
        ids(&chain, "terminals", "terminalId");
        ids(&chain, "customers", "customerId");
        ids(&chain, "customers", "customerCode");
        for product in rows(&chain, "products") {
            assert!(categories.contains(product["categoryId"].as_str().unwrap()), "{product}");
            assert!(product["groupCode"].as_str().is_none_or(|group| products.contains(group)), "{product}");
        }
        for list in ["terminals", "customers", "stock"] {
            assert!(rows(&chain, list).iter().all(|row| stores.contains(row["storeId"].as_str().unwrap())), "{list}");
        }
        assert!(rows(&chain, "stock").iter().all(|row| products.contains(row["productId"].as_str().unwrap())));
    }

    #[test]
    fn a_group_is_one_model_in_different_colours_and_sizes() {
        let chain = chain();
        let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for product in rows(&chain, "products") {
            if let Some(group) = product["groupCode"].as_str() {
                groups.entry(group).or_default().push(product);
            }
        }
        assert!(groups.len() > 20);
        for members in groups.values() {
            assert!(members.len() > 1);
            let looks: BTreeSet<_> = members.iter().map(|m| (m["color"].to_string(), m["size"].to_string())).collect();
            assert_eq!(looks.len(), members.len(), "{members:?}");
            assert!(members.iter().all(|m| m["supplierProductNo"] == members[0]["supplierProductNo"]));
        }
    }

    #[test]
    fn the_assortment_shows_both_tax_rates_uncounted_goods_and_goods_that_never_arrived() {
        let chain = chain();
        let stocked: BTreeSet<_> = rows(&chain, "stock").iter().map(|row| row["productId"].as_str().unwrap()).collect();
        let products = rows(&chain, "products");
        let count = |rule: &dyn Fn(&Value) -> bool| products.iter().filter(|product| rule(product)).count();
        assert_eq!(count(&|p| p["reduceTaxId"] == REDUCED_TAX), 10);
        assert_eq!(count(&|p| p["stockControlDivision"] == "1"), 4);
        let never = |p: &Value| p["stockControlDivision"] == "0" && !stocked.contains(p["productId"].as_str().unwrap());
        assert_eq!(count(&never), 4);
    }

    #[test]
    fn stock_is_small_in_shops_and_larger_in_the_warehouse() {
        let chain = chain();
        for row in rows(&chain, "stock") {
            let most = if row["storeId"] == "4" { 120 } else { 40 };
            let amount: i64 = row["stockAmount"].as_str().unwrap().parse().unwrap();
            assert!((0..=most).contains(&amount), "{row}");
        }
        assert!(rows(&chain, "stock").iter().any(|row| row["stockAmount"] == "0"));
    }

    #[test]
    fn every_row_passes_as_an_answer_of_smaregi() {
        let chain = chain();
        let catalogue = Catalogue::bundled();
        for list in ["stores", "terminals", "categories", "products", "customers", "stock"] {
            let found = catalogue.find(Product::Pos, "GET", &format!("/{list}")).unwrap();
            assert_eq!(found.endpoint.check_response(catalogue, &chain[list]), [], "{list}");
        }
        let at_scale = products_at_scale(20).collect();
        let products = catalogue.find(Product::Pos, "GET", "/products").unwrap();
        assert_eq!(products.endpoint.check_response(catalogue, &at_scale), []);
    }

    #[test]
    fn one_seed_gives_one_chain() {
        assert_eq!(chain(), chain());
        assert_ne!(chain(), apparel_chain(&Dice::from_seed(8)));
    }

    #[test]
    fn every_value_is_a_string_or_null() {
        let chain = chain();
        for (_, list) in chain.as_object().unwrap() {
            for row in list.as_array().unwrap() {
                assert!(row.as_object().unwrap().values().all(|value| value.is_string() || value.is_null()), "{row}");
            }
        }
    }

    #[test]
    fn rows_at_scale_have_unique_codes_and_known_parents() {
        let rows: Vec<_> = products_at_scale(1_005).collect();
        let ids: BTreeSet<_> = rows.iter().map(|row| row["productId"].as_str().unwrap()).collect();
        let codes: BTreeSet<_> = rows.iter().map(|row| row["productCode"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), codes.len()), (1_005, 1_005));
        assert!(rows.iter().all(|row| ids.contains(row["groupCode"].as_str().unwrap())));
        assert!(codes.iter().all(|code| code.len() <= 20));
    }
}
