//! What the chain sells: categories, models, and their colours and sizes.

use super::{REDUCED_TAX, category_id, product_id};
use regihub_ports::Dice;
use serde_json::{Value, json};

pub(super) struct Category {
    code: &'static str,
    name: &'static str,
    colour: &'static str,
    reduced_tax: bool,
}

pub(super) const CATEGORIES: [Category; 6] = [
    Category { code: "TOPS", name: "トップス", colour: "#4C78A8", reduced_tax: false },
    Category { code: "BOTTOMS", name: "ボトムス", colour: "#72507A", reduced_tax: false },
    Category { code: "OUTER", name: "アウター", colour: "#4E6B4F", reduced_tax: false },
    Category { code: "GOODS", name: "雑貨", colour: "#C9803C", reduced_tax: false },
    Category { code: "FOOD", name: "食品ギフト", colour: "#B5504B", reduced_tax: true },
    Category { code: "WRAPPING", name: "包装・袋", colour: "#8A8A8A", reduced_tax: false },
];

impl Category {
    pub(super) fn row(&self, number: usize) -> Value {
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
pub(super) enum Stocked {
    Yes,
    /// On order, no piece has ever moved: Smaregi has no stock row for it (platform-pos.md §4).
    NotYet,
    /// `stockControlDivision` 1: nobody counts it.
    Uncounted,
}

#[rustfmt::skip]
pub(super) const COLOURS: [(&str, &str); 13] = [
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
struct Variant {
    model: &'static Model,
    colour: Option<(&'static str, &'static str)>,
    size: Option<&'static str>,
    /// Place of the model's first variant.
    first: usize,
}

/// All variants of some models. Beyond them the same models come again as new series, so that an assortment of any size looks alike.
pub(super) struct Assortment(Vec<Variant>);

impl Assortment {
    /// Everything the chain sells.
    pub(super) fn whole() -> Self {
        Self(MODELS.iter().flat_map(variants).collect()).with_groups()
    }

    /// Ten products that between them show variants, both tax rates, uncounted goods and goods that never arrived.
    pub(super) fn of_a_corner_shop() -> Self {
        const CHOSEN: [&str; 10] = [
            "TS-100-WH-M",
            "TS-100-WH-L",
            "TS-100-BK-M",
            "TS-100-BK-L",
            "BG-700-NA",
            "BG-700-BK",
            "GF-800-06",
            "TE-820",
            "JM-851",
            "SB-900-S",
        ];
        let all = MODELS.iter().flat_map(variants);
        Self(all.filter(|variant| CHOSEN.contains(&variant.code(0).as_str())).collect()).with_groups()
    }

    fn with_groups(mut self) -> Self {
        for place in 1..self.0.len() {
            let same = std::ptr::eq(self.0[place].model, self.0[place - 1].model);
            self.0[place].first = if same { self.0[place - 1].first } else { place };
        }
        self
    }

    /// How many products there are before the second series begins.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn stocked(&self, index: usize) -> Stocked {
        self.0[index % self.0.len()].model.stocked
    }

    /// The product at a place, in the series it belongs to.
    pub(super) fn row(&self, index: usize, dice: &Dice) -> Value {
        let (series, variant) = (index / self.0.len(), &self.0[index % self.0.len()]);
        let model = variant.model;
        let price = model.price + 100 * (series % 5) as u64;
        json!({
            "productId": product_id(index),
            "categoryId": category_id(model.shelf as usize),
            "productCode": variant.code(series),
            "productName": variant.name(series),
            "productKana": model.kana,
            "taxDivision": "0",
            "productPriceDivision": "1",
            "price": price.to_string(),
            // Every fourth series has a price for members.
            "customerPrice": (series % 4 == 3).then(|| (price * 95 / 100).to_string()),
            "cost": (model.price * (38 + dice.below(12)) / 100).to_string(),
            "description": format!("{}の見本データです。", model.name),
            "size": variant.size,
            "color": variant.colour.map(|(_, name)| name),
            "groupCode": model.has_variants().then(|| product_id(series * self.0.len() + variant.first)),
            "printReceiptProductName": variant.name(series),
            "displaySequence": (index + 1).to_string(),
            "salesDivision": "0",
            "stockControlDivision": if model.stocked == Stocked::Uncounted { "1" } else { "0" },
            "displayFlag": "1",
            "division": "0",
            "productOptionGroupId": null,
            "pointNotApplicable": "0",
            "taxFreeDivision": "0",
            "supplierProductNo": in_series(model.code.to_owned(), series, "/"),
            "calcDiscount": "1",
            "useCategoryReduceTax": "0",
            "reduceTaxId": (model.shelf == Shelf::Food).then_some(REDUCED_TAX),
        })
    }
}

fn variants(model: &'static Model) -> Vec<Variant> {
    let colours = or_none(model.colours.iter().filter_map(|code| COLOURS.iter().find(|c| c.0 == *code).copied()));
    let sizes = or_none(model.sizes.iter().copied());
    let of_colour = |&colour| sizes.iter().map(move |&size| Variant { model, colour, size, first: 0 });
    colours.iter().flat_map(of_colour).collect()
}

fn or_none<T>(choices: impl Iterator<Item = T>) -> Vec<Option<T>> {
    let mut choices: Vec<_> = choices.map(Some).collect();
    if choices.is_empty() {
        choices.push(None);
    }
    choices
}

/// The first series has no number.
fn in_series(text: String, series: usize, sign: &str) -> String {
    if series == 0 { text } else { format!("{text}{sign}{series}") }
}

impl Model {
    fn has_variants(&self) -> bool {
        self.colours.len() + self.sizes.len() > 0
    }
}

impl Variant {
    /// `TS-100-WH-M`, `TS-100-WH-M/7`; at most 20 characters up to 9 999 series.
    fn code(&self, series: usize) -> String {
        let parts = [Some(self.model.code), self.colour.map(|(code, _)| code), self.size];
        in_series(parts.into_iter().flatten().collect::<Vec<_>>().join("-"), series, "/")
    }

    fn name(&self, series: usize) -> String {
        let model = in_series(self.model.name.to_owned(), series, " No.");
        let parts = [Some(model.as_str()), self.colour.map(|(_, name)| name), self.size];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
