//! Documents that move goods: orders to suppliers, receipts, transfers, losses, stocktaking.

use crate::{
    http::{Answer, api::Call},
    problem::Problem,
};

/// `None`: not an operation of this module.
pub(crate) fn run(_call: &mut Call<'_>) -> Result<Option<Answer>, Problem> {
    Ok(None)
}
