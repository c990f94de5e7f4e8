//! Simple drawings for goods that have no photographs: the shape is guessed from the name, the fill from the colour.

use crate::options::ShopProduct;

/// Colour words as shops write them, and how they look.
const COLOURS: &[(&[&str], &str)] = &[
    (&["ホワイト", "白", "white"], "#fdfcf8"),
    (&["ブラック", "黒", "black"], "#2e2e33"),
    (&["ネイビー", "紺", "navy"], "#2c3e63"),
    (&["インディゴ", "indigo"], "#3c4f7a"),
    (&["グレー", "灰", "gray", "grey"], "#9a9ca3"),
    (&["ベージュ", "beige"], "#d9c3a0"),
    (&["ナチュラル", "生成", "natural"], "#e6d8bd"),
    (&["ブルー", "青", "blue"], "#5b8fc0"),
    (&["レッド", "赤", "red"], "#b8443f"),
    (&["オリーブ", "カーキ", "olive", "khaki"], "#74763f"),
    (&["グリーン", "緑", "green"], "#4f7f5a"),
    (&["ブラウン", "茶色", "brown"], "#7d5a40"),
    (&["イエロー", "黄", "yellow"], "#e2b53e"),
    (&["ピンク", "pink"], "#d99aa5"),
];

/// The first row with a word of the name decides, so a tea bag is tea and not a bag.
const SHAPES: &[(&[&str], &str)] = &[
    (&["菓子", "クッキー", "コーヒー", "茶", "cookie", "coffee", "tea"], BOX),
    (&["はちみつ", "ジャム", "キャンドル", "honey", "jam", "candle"], JAR),
    (&["マグ", "カップ", "mug", "cup"], MUG),
    (&["帽", "キャップ", "hat", "cap"], HAT),
    (&["傘", "umbrella"], UMBRELLA),
    (&["ソックス", "靴下", "sock"], SOCK),
    (&["スカート", "skirt"], SKIRT),
    (&["ショーツ", "shorts"], SHORTS),
    (&["デニム", "パンツ", "jean", "trouser", "pants"], TROUSERS),
    (&["コート", "ジャケット", "coat", "jacket"], COAT),
    (&["tシャツ", "カットソー", "tee", "t-shirt"], TEE),
    (&["シャツ", "ニット", "パーカー", "スウェット", "shirt", "sweat", "hoodie", "knit"], LONG_SLEEVE),
    (&["マフラー", "ストール", "scarf", "muffler"], SCARF),
    (&["ベルト", "belt"], BELT),
    (&["クロス", "タオル", "cloth", "towel"], CLOTH),
    (&["バッグ", "トート", "ポーチ", "bag", "tote", "pouch"], BAG),
];

const TEE: &str = r#"<path d="M62 52 84 42q16 16 32 0l22 10 28 28-22 18-10-8v70H66V90l-10 8-22-18z"/>"#;
const LONG_SLEEVE: &str = r#"<path d="M64 50 84 42q16 14 32 0l20 8 26 92-20 6-16-54v68H74V94l-16 54-20-6z"/>"#;
const COAT: &str = r#"<path d="M66 46 86 38h28l20 8 24 86-18 6-12-40v76H72V98l-12 40-18-6z"/><path d="M100 58v112" class="line"/><path d="M86 40l14 22 14-22" class="line"/>"#;
const TROUSERS: &str = r#"<path d="M70 38h60l10 128h-26l-14-88-14 88H60z"/><path d="M70 50h60" class="line"/>"#;
const SHORTS: &str = r#"<path d="M66 56h68l14 78h-40l-8-38-8 38H52z"/><path d="M66 68h68" class="line"/>"#;
const SKIRT: &str = r#"<path d="M74 48h52l30 104H44z"/><path d="M86 60 72 152M100 60v92M114 60l14 92" class="line"/>"#;
const BAG: &str = r#"<path d="M56 80h88l8 82H48z"/><path d="M76 92V66q0-24 24-24t24 24v26" class="line"/>"#;
const MUG: &str =
    r#"<path d="M58 62h72v80q0 14-14 14H72q-14 0-14-14z"/><path d="M130 80h14q14 0 14 18t-14 18h-14" class="line"/>"#;
const SOCK: &str = r#"<path d="M82 36h40v70q0 10 8 16l18 16q12 18-8 24-10 4-22-4l-28-20q-8-6-8-18z"/><path d="M82 54h40" class="line"/>"#;
const HAT: &str =
    r#"<path d="M52 128q0-72 48-72t48 72z"/><path d="M46 124h108v24H46z"/><circle cx="100" cy="50" r="12"/>"#;
const UMBRELLA: &str = r#"<path d="M36 104q0-62 64-62t64 62q-16-14-32 0-16-14-32 0-16-14-32 0-16-14-32 0z"/><path d="M100 98v52q0 12 12 12t12-12" class="line"/>"#;
const JAR: &str = r#"<path d="M66 70h68v76q0 14-14 14H80q-14 0-14-14z"/><path d="M62 48h76v18H62z"/><path d="M78 96h44v30H78z" class="label"/>"#;
const BOX: &str = r#"<path d="M44 76h112v80H44z"/><path d="M38 56h124v24H38z"/><path d="M100 56v100M100 56q-30-4-24-18 10-10 24 18 14-28 24-18 6 14-24 18" class="line"/>"#;
const SCARF: &str = r#"<path d="M74 44q26 20 52 0l8 20q-16 16-30 16l10 76H84l6-76q-14-2-24-16z"/><path d="M86 142v22M96 142v22M106 142v22" class="line"/>"#;
const BELT: &str = r#"<path d="M34 88h132v26H34z"/><path d="M52 80h34v42H52zM69 101h-22M112 101h.1M128 101h.1M144 101h.1" class="line"/>"#;
const CLOTH: &str = r#"<path d="M56 48h88v104H56z"/><path d="M56 66h88M56 74h88M56 126h88M56 134h88" class="line"/>"#;
const THING: &str = r#"<circle cx="100" cy="100" r="54"/><path d="M62 100h76M100 62v76" class="line"/>"#;

pub(super) fn svg(product: &ShopProduct) -> String {
    let fill = fill(product);
    let backdrop = BACKDROPS[checksum(product.group.as_deref().unwrap_or(&product.sku)) % BACKDROPS.len()];
    let shape = shape(&product.name);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><style>path,circle{{fill:{fill};stroke:#1d1d22;stroke-opacity:.35;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}}.line{{fill:none}}.label{{fill:#fff;fill-opacity:.8}}</style><rect width="200" height="200" fill="{backdrop}"/>{shape}</svg>"##
    )
}

/// The fill of a product's picture, as `#rrggbb`.
pub(super) fn fill(product: &ShopProduct) -> &'static str {
    let color = product.color.as_deref().unwrap_or("").to_lowercase();
    match COLOURS.iter().find(|(words, _)| words.iter().any(|word| color.contains(word))) {
        Some((_, look)) => look,
        None => COLOURS[checksum(&product.sku) % COLOURS.len()].1,
    }
}

fn shape(name: &str) -> &'static str {
    let name = name.to_lowercase();
    SHAPES.iter().find(|(words, _)| words.iter().any(|word| name.contains(word))).map_or(THING, |(_, shape)| shape)
}

const BACKDROPS: [&str; 5] = ["#e2e8e1", "#eadfe4", "#dfe6ee", "#efe4d5", "#dbe7e8"];

/// The same text always gives the same look.
fn checksum(text: &str) -> usize {
    text.bytes().fold(7, |sum, byte| (sum * 31 + usize::from(byte)) % 65_521)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tea_bag_is_tea_and_a_knitted_hat_is_a_hat() {
        assert_eq!(shape("緑茶ティーバッグ 15袋"), BOX);
        assert_eq!(shape("キャンバストート ブラック"), BAG);
        assert_eq!(shape("ニット帽 レッド"), HAT);
        assert_eq!(shape("オーガニックコットンTシャツ ホワイト M"), TEE);
        assert_eq!(shape("リネンシャツ ホワイト M"), LONG_SLEEVE);
        assert_eq!(shape("なにか"), THING);
    }
}
