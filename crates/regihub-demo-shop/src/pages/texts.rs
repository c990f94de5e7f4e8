//! Everything the pages say, in Japanese and English. A text that is missing in one language does not compile.

/// The words of one language.
pub(super) struct Texts {
    /// For the `lang` attribute.
    pub(super) code: &'static str,
    pub(super) demo_note: &'static str,
    pub(super) skip: &'static str,
    pub(super) products: &'static str,
    pub(super) my_orders: &'static str,
    pub(super) other_language: &'static str,
    pub(super) other_code: &'static str,
    pub(super) tax_included: &'static str,
    pub(super) colour: &'static str,
    pub(super) size: &'static str,
    pub(super) item_code: &'static str,
    pub(super) stock: &'static str,
    pub(super) stock_unknown: &'static str,
    pub(super) sold_out: &'static str,
    pub(super) sold_out_help: &'static str,
    pub(super) quantity: &'static str,
    pub(super) buy: &'static str,
    pub(super) thanks: &'static str,
    pub(super) order: &'static str,
    pub(super) order_number: &'static str,
    pub(super) placed_at: &'static str,
    pub(super) status: &'static str,
    pub(super) placed: &'static str,
    pub(super) cancelled: &'static str,
    pub(super) item: &'static str,
    pub(super) unit_price: &'static str,
    pub(super) sum: &'static str,
    pub(super) total: &'static str,
    pub(super) cancel_order: &'static str,
    pub(super) no_orders: &'static str,
    pub(super) no_products: &'static str,
    pub(super) keep_shopping: &'static str,
    pub(super) previous: &'static str,
    pub(super) next: &'static str,
    pub(super) not_found: &'static str,
    pub(super) not_found_help: &'static str,
    pub(super) too_late: &'static str,
    pub(super) bad_quantity: &'static str,
    pub(super) not_stored: &'static str,
    pub(super) already_cancelled: &'static str,
}

pub(super) static JA: Texts = Texts {
    code: "ja",
    demo_note: "デモ用のショップです。実際の商品の発送や請求はありません。",
    skip: "本文へ移動",
    products: "商品一覧",
    my_orders: "注文履歴",
    other_language: "English",
    other_code: "en",
    tax_included: "税込",
    colour: "カラー",
    size: "サイズ",
    item_code: "商品コード",
    stock: "在庫",
    stock_unknown: "在庫を確認しています。確認が終わるまで購入できません。",
    sold_out: "在庫切れ",
    sold_out_help: "ただいま在庫切れです。",
    quantity: "数量",
    buy: "購入する",
    thanks: "ご注文ありがとうございます",
    order: "ご注文",
    order_number: "注文番号",
    placed_at: "注文日時",
    status: "状態",
    placed: "受付済み",
    cancelled: "キャンセル済み",
    item: "商品",
    unit_price: "単価",
    sum: "小計",
    total: "合計",
    cancel_order: "この注文をキャンセルする",
    no_orders: "このブラウザからの注文はまだありません。",
    no_products: "販売中の商品はありません。",
    keep_shopping: "買い物を続ける",
    previous: "前のページ",
    next: "次のページ",
    not_found: "ページが見つかりません",
    not_found_help: "商品または注文が見つかりませんでした。",
    too_late: "申し訳ありません。選ばれた数量の在庫がありません。",
    bad_quantity: "数量は1から999までの整数で入力してください。",
    not_stored: "注文を記録できませんでした。しばらくしてからもう一度お試しください。",
    already_cancelled: "この注文はすでにキャンセルされています。",
};

pub(super) static EN: Texts = Texts {
    code: "en",
    demo_note: "This is a demo shop. Nothing is shipped and nothing is charged.",
    skip: "Skip to content",
    products: "Products",
    my_orders: "My orders",
    other_language: "日本語",
    other_code: "ja",
    tax_included: "tax included",
    colour: "Colour",
    size: "Size",
    item_code: "Item code",
    stock: "Stock",
    stock_unknown: "We are checking the stock. The item cannot be bought until we know.",
    sold_out: "Sold out",
    sold_out_help: "This item is sold out at the moment.",
    quantity: "Quantity",
    buy: "Buy now",
    thanks: "Thank you for your order",
    order: "Your order",
    order_number: "Order number",
    placed_at: "Ordered at",
    status: "Status",
    placed: "Placed",
    cancelled: "Cancelled",
    item: "Item",
    unit_price: "Unit price",
    sum: "Amount",
    total: "Total",
    cancel_order: "Cancel this order",
    no_orders: "No orders from this browser yet.",
    no_products: "Nothing is on sale.",
    keep_shopping: "Continue shopping",
    previous: "Previous page",
    next: "Next page",
    not_found: "Page not found",
    not_found_help: "We could not find this item or order.",
    too_late: "We are sorry: there are not enough pieces left.",
    bad_quantity: "Please enter a whole quantity from 1 to 999.",
    not_stored: "Your order could not be recorded. Please try again in a moment.",
    already_cancelled: "This order is already cancelled.",
};

impl Texts {
    /// `None` for a language the shop does not speak.
    pub(super) fn of(code: &str) -> Option<&'static Self> {
        [&JA, &EN].into_iter().find(|texts| texts.code == code)
    }

    /// The stock as shown: unknown is never shown as a number.
    pub(super) fn stock_label(&self, available: Option<i64>) -> String {
        match available {
            None => "—".to_owned(),
            Some(..=0) => self.sold_out.to_owned(),
            Some(pieces) if self.code == "ja" => format!("残り{pieces}点"),
            Some(pieces) => format!("{pieces} left"),
        }
    }

    /// A price when variants differ.
    pub(super) fn price_from(&self, yen: i64) -> String {
        if self.code == "ja" { format!("{}〜", yen_label(yen)) } else { format!("from {}", yen_label(yen)) }
    }
}

/// `¥12,800`
pub(super) fn yen_label(yen: i64) -> String {
    let digits = yen.to_string();
    let mut grouped = String::from("¥");
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_stock_is_never_shown_as_a_number() {
        for texts in [&JA, &EN] {
            assert_eq!(texts.stock_label(None), "—");
        }
        assert_eq!(JA.stock_label(Some(0)), "在庫切れ");
        assert_eq!(JA.stock_label(Some(3)), "残り3点");
        assert_eq!(EN.stock_label(Some(3)), "3 left");
    }

    #[test]
    fn yen_are_grouped_by_thousands() {
        let labels = [0, 980, 2_980, 24_800, 1_000_000].map(yen_label);
        assert_eq!(labels, ["¥0", "¥980", "¥2,980", "¥24,800", "¥1,000,000"]);
    }
}
