//! People and apps: sign-in with Smaregi, what a user token may do, and which contract uses which app (platform-common.md §5–7, §14).

mod admin;
pub(crate) mod authorize;
mod consent;
pub(crate) mod exchange;
pub(crate) mod limits;
mod page;
mod request;
mod session;
mod sign;
mod spec;
mod subscription;
mod texts;
pub(crate) mod userinfo;

pub use admin::TokenExpiry;
pub use consent::Approval;
pub(crate) use sign::{AccessToken, hex_key, issue_access_token};
pub(crate) use spec::email_key;
pub use spec::{AppProfile, Membership, UserSpec};
pub use subscription::{
    Subscription, SubscriptionAction, SubscriptionOption, SubscriptionOrder, SubscriptionPlan, SubscriptionStatus,
};
