//! The machine-readable list of Smaregi's platform API: endpoints, schemas, webhooks and scopes, each with a mark
//! that says how sure it is. The emulator answers from it, the client's tests are held against it, and the pickers
//! of the UI are filled from it. It only answers questions about the data; it does nothing.
//!
//! # What the marks mean
//!
//! Smaregi's reference was never readable as a whole, so every fact carries a [`Confidence`]:
//!
//! | mark | meaning | may the client rely on it? |
//! | --- | --- | --- |
//! | `official` | a page or an answer of Smaregi says it | yes |
//! | `client` | programs that run against the real service, or captured traffic, show it | yes |
//! | `legacy` | from the field list of the older API, whose names are reused | with care |
//! | `unverified` | one place only, may be wrong | no |
//! | `inferred` | nobody says it, it follows | no |
//! | `unknown` | not known; the name is Regihub's own choice | no, and it belongs behind a setting |
//!
//! A field without a mark of its own is as sure as the endpoint it belongs to. Endpoints also carry a mark for their
//! scope and one for their webhook.
//!
//! # How to correct a fact
//!
//! 1. Change the file in `data/`: `platform-pos.json` (POS and inventory), `platform-orders.json` (受注管理) or
//!    `platform-common.json` (scopes, webhooks, headers, errors, limits). No code has to change.
//! 2. Raise the mark and name the source (`sources` or `note`). A correction against an earlier reading goes into
//!    `meta.corrections` with its reason.
//! 3. Run the tests of this crate: [`Catalogue::check`] finds names that do not exist, doubles and contradictions;
//!    a misspelled key is an error with its JSON path. Then run the emulator's and the client's tests: they show
//!    what has to follow.
//!
//! # How a body is judged
//!
//! * **Requests**: required fields, types, allowed values, bounds, lengths, patterns; a member that is not listed is
//!   a problem. In POS a JSON number passes for a string. `null` means "no value" and breaks only required fields.
//! * **Answers**: in POS every value is a string, except the fields the reference lists as numbers. `null` passes for
//!   every field but the row's key (its first field, if it is an id, and fields marked `always_present`), although
//!   the reference marks only some as nullable: real answers say `null` for "no value" (platform-common.md §12).
//!   A field may be missing, since `fields` and `with_*` decide; [`Endpoint::absent_fields`] lists the missing ones.
//! * **Bodies nobody has seen** ([`Members::Unseen`]) pass whatever they hold.
//!
//! ```
//! use smaregi_catalogue::{Catalogue, Product, Rule};
//!
//! let catalogue = Catalogue::bundled();
//! let found = catalogue.find(Product::Pos, "POST", "/stock/8000001/add").expect("listed");
//! assert_eq!(found.endpoint.id(), "POST /stock/{product_id}/add");
//! assert_eq!(found.param("product_id"), Some("8000001"));
//!
//! let body = serde_json::json!({"stockAmount": "-1"});
//! let problems = found.endpoint.check_request(catalogue, &body);
//! assert_eq!((problems[0].field.as_str(), problems[0].rule), ("storeId", Rule::Required));
//! ```

mod audit;
mod catalogue;
mod fault;
mod field;
mod inspect;
mod model;
mod pattern;
mod problem;
mod raw;
mod read;
mod route;

pub use catalogue::{Catalogue, Sources};
pub use fault::{CatalogueError, Fault, FaultKind};
pub use field::{Field, Fields, Format, Kind, Members, Required, Schema};
pub use model::{
    Body, Confidence, Endpoint, ErrorAnswer, Header, Param, Plan, Product, RateLimit, Scope, Shape, Webhook, WebhookRef,
};
pub use pattern::Pattern;
pub use problem::{Problem, Rule};
pub use route::Found;
