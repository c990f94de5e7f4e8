//! Stores and their terminals.

use serde_json::{Value, json};

pub(super) struct Store {
    pub(super) id: u32,
    name: &'static str,
    /// `1` store, `2` warehouse (platform-pos.md §6).
    division: &'static str,
    pub(super) post_code: &'static str,
    pub(super) address: &'static str,
    terminals: usize,
    pub(super) most_pieces: u64,
}

/// The first four are the small chain; the warehouse is among them.
#[rustfmt::skip]
pub(super) const STORES: [Store; 20] = [
    store(1, "渋谷店", "1", "150-0000", "東京都渋谷区見本町1-2-3", 2, 40),
    store(2, "吉祥寺店", "1", "180-0000", "東京都武蔵野市見本町4-5-6", 2, 24),
    store(3, "横浜店", "1", "220-0000", "神奈川県横浜市西区見本町7-8-9", 1, 30),
    store(4, "EC倉庫", "2", "340-0000", "埼玉県草加市見本町10-11", 0, 120),
    store(5, "札幌店", "1", "060-0000", "北海道札幌市中央区見本町1-1", 2, 30),
    store(6, "仙台店", "1", "980-0000", "宮城県仙台市青葉区見本町2-2", 1, 30),
    store(7, "大宮店", "1", "330-0000", "埼玉県さいたま市大宮区見本町3-3", 2, 24),
    store(8, "千葉店", "1", "260-0000", "千葉県千葉市中央区見本町4-4", 1, 24),
    store(9, "新宿店", "1", "160-0000", "東京都新宿区見本町5-5", 3, 40),
    store(10, "池袋店", "1", "171-0000", "東京都豊島区見本町6-6", 2, 40),
    store(11, "銀座店", "1", "104-0000", "東京都中央区見本町7-7", 2, 24),
    store(12, "立川店", "1", "190-0000", "東京都立川市見本町8-8", 1, 24),
    store(13, "静岡店", "1", "420-0000", "静岡県静岡市葵区見本町9-9", 1, 24),
    store(14, "名古屋店", "1", "450-0000", "愛知県名古屋市中村区見本町10-10", 2, 30),
    store(15, "京都店", "1", "600-0000", "京都府京都市下京区見本町11-11", 1, 24),
    store(16, "梅田店", "1", "530-0000", "大阪府大阪市北区見本町12-12", 3, 40),
    store(17, "難波店", "1", "542-0000", "大阪府大阪市中央区見本町13-13", 2, 30),
    store(18, "神戸店", "1", "650-0000", "兵庫県神戸市中央区見本町14-14", 1, 24),
    store(19, "広島店", "1", "730-0000", "広島県広島市中区見本町15-15", 1, 24),
    store(20, "福岡店", "1", "810-0000", "福岡県福岡市中央区見本町16-16", 2, 30),
];

const fn store(
    id: u32,
    name: &'static str,
    division: &'static str,
    post_code: &'static str,
    address: &'static str,
    terminals: usize,
    most_pieces: u64,
) -> Store {
    Store { id, name, division, post_code, address, terminals, most_pieces }
}

impl Store {
    pub(super) fn is_warehouse(&self) -> bool {
        self.division == "2"
    }

    pub(super) fn row(&self) -> Value {
        json!({
            "storeId": self.id.to_string(),
            "storeCode": format!("S{:03}", self.id),
            "storeName": self.name,
            "storeAbbr": self.name,
            "division": self.division,
            "postCode": self.post_code,
            "address": self.address,
            "phoneNumber": format!("03-0000-{:04}", self.id),
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
            "displaySequence": self.id.to_string(),
        })
    }
}

pub(super) fn terminals(stores: &[Store]) -> Vec<Value> {
    let placed = stores.iter().flat_map(|store| (1..=store.terminals).map(move |number| (store, number)));
    (1..)
        .zip(placed)
        .map(|(id, (store, number))| {
            json!({
                "terminalId": id.to_string(),
                "storeId": store.id.to_string(),
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
