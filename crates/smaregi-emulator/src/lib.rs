//! Smaregi on your own machine: an offline emulator driven by the catalogue.
//!
//! It answers like the real service as far as that is known, remembers what it was told, sends webhooks, has tills that ring up sales, and fails
//! on request. Which endpoints exist, what they accept, which scope and plan they want and how rows look is data of `smaregi-catalogue`; what is
//! not known about the real service is a [`Settings`] member.
//!
//! ```
//! use regihub_ports::Dice;
//! use smaregi_emulator::{AppSpec, Basket, ContractSpec, Emulator};
//!
//! let emulator = Emulator::builder().dice(Dice::from_seed(1)).build()?;
//! emulator.add_contract(ContractSpec::new("sb_demo01"))?;
//! emulator.add_app(AppSpec { client_id: "app".into(), client_secret: "secret".into(), ..AppSpec::default() })?;
//! emulator.load_dataset("sb_demo01", &smaregi_emulator::sample::apparel_chain(&Dice::from_seed(1)))?;
//! let basket = Basket { store_id: 1, terminal_id: 1, lines: vec![(8_000_001, 2)], ..Basket::default() };
//! let sale = emulator.till("sb_demo01").sell(&basket)?;
//! assert_eq!(emulator.truth("sb_demo01")?.last_sale, sale);
//! # Ok::<(), smaregi_emulator::EmulatorError>(())
//! ```
//!
//! # Where what is
//!
//! | module | what lives there |
//! | --- | --- |
//! | `emulator` | the handle: building, one request, faults around it |
//! | `http` | the checks before an operation, app tokens, limits, lists, the server |
//! | `identity` | sign-in, user tokens, who may do what, which contract uses which app |
//! | `resources` | the operations; `rows` serves every plain table, `transactions` and `stock` have their own rules |
//! | `state` | rows, stock ledger, sales, the journal on disk; every change is an entry |
//! | `floor`, `till` | what people do in the shops |
//! | `conformance` | every endpoint held against the catalogue |
//! | `webhooks`, `faults`, `time_travel`, `control`, `requests`, `truth` | the test bench |
//! | `console` | the test bench in a browser, under `/console/` |

mod calls;
pub mod conformance;
mod console;
mod control;
mod counter;
mod emulator;
mod faults;
mod floor;
mod http;
mod identity;
mod import;
mod inspect;
mod money;
mod pair;
mod past;
mod problem;
mod requests;
mod resources;
mod running;
pub mod sample;
mod settings;
mod spec;
mod state;
mod till;
mod time;
mod time_travel;
mod transport;
mod truth;
mod webhooks;

pub use crate::http::server::serve;
pub use counter::{Closed, Sold};
pub use emulator::{Cut, Emulator, EmulatorBuilder};
pub use faults::{FaultAction, FaultRule, Faults, Maintenance};
pub use identity::{
    AppProfile, Approval, Membership, Subscription, SubscriptionAction, SubscriptionOption, SubscriptionOrder,
    SubscriptionPlan, SubscriptionStatus, TokenExpiry, UserSpec,
};
pub use import::{CsvError, CsvProblem, CsvTable, Imported};
pub use inspect::all_scopes;
pub use pair::EmulatorPair;
pub use requests::RequestRecord;
pub use resources::TicketSale;
pub use resources::inventory::{Counted, StocktakingPlan};
pub use resources::orders::{OrderPick, OrderStoreSetup};
pub use running::Running;
pub use settings::{
    AllocationSettings, AllocationTrigger, AnswerSettings, BookedDocuments, BulkCreateAction, BulkSettings,
    CallbackFormat, ClosingScope, CsvCallback, CsvSettings, DateSettings, DisposeAction, Environment, ErrorSettings,
    GrantError, HostSettings, ImageSettings, InspectedGoods, InventorySettings, LayawaySettings, LimitSettings,
    ListSettings, OrderCancelSettings, OrderCodeUnique, OrderDivisionUnit, OrderEventSettings, OrderListSettings,
    OrderSettings, OrderShipmentSettings, OrderStockSettings, OrderTaxSettings, OrderTransactionSettings,
    OrderWebhookSettings, OrderWireSettings, PartialAllocation, PosSettings, ReceivingShortage, SalesSettings,
    Settings, ShipDateSettings, ShipMode, ShipSettings, ShippedEndpoint, SignInSettings, StockMovesAt, StockScope,
    StorageQuantity, TokenAlgorithm, TokenErrorStyle, TokenSettings, TransactionCreatedAt, Uncounted, UserinfoMethods,
    UserinfoSettings, WebhookSettings,
};
pub use spec::{AppSpec, ContractSpec, EmulatorError, Plan};
pub use state::{StockChange, StockDivision, StockSlip, is_snapshot};
pub use till::{Basket, OfflineTill, Till};
pub use transport::EmulatorTransport;
pub use truth::Truth;
pub use webhooks::{DeliveryRecord, WebhookChaos};
