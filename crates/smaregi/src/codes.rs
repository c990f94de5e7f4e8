//! Smaregi's division codes. New values appear without notice (platform-common §1), so every type keeps what it does not know in `Other`.

use crate::wire::FromText;

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal $(| $also:literal)*,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value this version does not know, as it came.
            Other(String),
        }

        impl $name {
            pub fn from_code(code: &str) -> Self {
                match code {
                    $($code $(| $also)* => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The code on the wire.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(other) => other,
                }
            }
        }

        impl FromText for $name {
            const EXPECTED: &'static str = "a code";

            fn from_text(text: &str) -> Option<Self> {
                Some(Self::from_code(text.trim_ascii()))
            }
        }
    )*};
}

codes! {
    /// A flag (`displayFlag`, `cancelDivision`, …).
    Flag {
        No = "0",
        Yes = "1",
    }

    /// 取引区分 `transactionHeadDivision`: what kind of movement a transaction is (platform-pos §2.1). Only `Normal` is a sale.
    HeadDivision {
        /// 通常: a sale or a return.
        Normal = "1",
        /// 入金
        CashIn = "2",
        /// 出金
        CashOut = "3",
        /// 預かり金
        DepositReceived = "4",
        /// 預かり金返金
        DepositRefunded = "5",
        /// ポイント加算
        PointsAdded = "6",
        /// ポイント減算
        PointsSubtracted = "7",
        /// ポイント失効
        PointsExpired = "8",
        /// 回数券
        CouponTicket = "9",
        /// 取置き
        Layaway = "10",
        /// チップ
        Tip = "11",
        /// マイル加算
        MilesAdded = "13",
        /// マイル減算
        MilesSubtracted = "14",
        /// バリューカード入金
        ValueCardCharge = "15",
        /// 領収証
        Receipt = "16",
    }

    /// 打消区分 `disposeDivision` (platform-pos §2.9).
    DisposeDivision {
        /// 通常
        Normal = "0",
        /// 打消元: the original sale that was offset.
        Disposed = "1",
        /// 打消レコード: the counter-entry.
        CounterEntry = "2",
    }

    /// 取引明細区分 `transactionDetailDivision`.
    DetailDivision {
        /// 通常
        Normal = "1",
        /// 返品
        Return = "2",
        /// 部門売り: a line without a product.
        Department = "3",
    }

    /// 商品区分 `productDivision` of a line (platform-pos §2.5). Parents and children must not be counted twice.
    ProductDivision {
        Normal = "0",
        /// 回数券
        CouponTicket = "1",
        Option = "2",
        Department = "3",
        BundleParent = "4",
        SetParent = "5",
        SimpleSetParent = "6",
        BundleChild = "7",
        BundleDiscountChild = "8",
        PlanChild = "A",
        CourseChild = "B",
    }

    /// 締め区分 `sumDivision`.
    SumDivision {
        Open = "0",
        /// 精算済み
        Adjusted = "1",
        /// 締め済み
        Closed = "2",
    }

    /// 販売区分 `sellDivision`.
    SellDivision {
        /// 内税販売: prices include tax.
        TaxIncluded = "0",
        /// 外税販売: tax is added.
        TaxAdded = "1",
    }

    /// 税区分 `taxDivision` of a product or line.
    TaxDivision {
        /// 税込
        Included = "0",
        /// 税抜
        Excluded = "1",
        /// 非課税
        Exempt = "2",
    }

    /// 端数処理 `taxRounding`.
    TaxRounding {
        /// 四捨五入
        HalfUp = "0",
        /// 切り捨て
        Down = "1",
        /// 切り上げ
        Up = "2",
    }

    /// 在庫区分 `stockDivision`: why stock changed. Two digits on the wire.
    StockDivision {
        /// 修正
        Corrected = "01" | "1",
        /// 売上
        Sale = "02" | "2",
        /// 仕入
        Purchase = "03" | "3",
        /// 出庫
        TransferOut = "04" | "4",
        /// 入庫
        TransferIn = "05" | "5",
        /// レンタル
        Rental = "06" | "6",
        /// 取置き
        Layaway = "07" | "7",
        /// 棚卸
        Stocktaking = "08" | "8",
        /// 調整
        Adjustment = "09" | "9",
        /// 出荷
        Shipment = "10",
        /// 返品
        Return = "12",
        /// 販促品
        Promotion = "13",
        /// ロス
        Loss = "14",
        /// スマレジAPI連携: presumably what writes through the API show as (not confirmed).
        Api = "15",
        /// 売上引当: consumed by the sale of a set (在庫引当商品).
        SaleReservation = "16",
        /// 入庫欠品
        TransferShortage = "17",
        /// 受注在庫引当
        OrderAllocation = "18",
    }

    /// 店舗区分 `division` of a store.
    StoreDivision {
        /// 店舗
        Shop = "1",
        /// 倉庫
        Warehouse = "2",
    }

    /// 価格区分 `priceDivision`.
    PriceDivision {
        /// 商品単価
        Standard = "1",
        /// 会員価格
        Member = "2",
    }

    /// 会員状態 `status`.
    CustomerStatus {
        /// 利用可
        Usable = "0",
        /// 利用停止
        Suspended = "1",
        /// 紛失
        Lost = "2",
        /// 退会
        Withdrawn = "3",
        /// 名寄せ
        Merged = "4",
    }
}

impl Flag {
    pub fn is_yes(&self) -> bool {
        *self == Self::Yes
    }
}
