//! Raw messages and calls behind what a page shows. They may have been tidied away; then the page must not point at them.

use crate::{
    error::Result,
    sql::{FromColumn, Sql, list, params},
};
use regihub_domain::{ExchangeId, InboxId};
use std::collections::BTreeSet;

/// What a page would like to point at.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    exchanges: Vec<&'a mut Option<ExchangeId>>,
    messages: Vec<&'a mut Option<InboxId>>,
}

impl<'a> Wanted<'a> {
    pub(super) fn exchange(&mut self, id: &'a mut Option<ExchangeId>) {
        self.exchanges.push(id);
    }

    pub(super) fn message(&mut self, id: &'a mut Option<InboxId>) {
        self.messages.push(id);
    }

    /// Forgets what is not there any more.
    pub(super) fn forget_tidied(self, sql: &mut dyn Sql) -> Result<()> {
        let Self { exchanges, messages } = self;
        let ids: Vec<i64> = exchanges.iter().filter_map(|id| id.map(|id| id.0)).collect();
        let there: BTreeSet<ExchangeId> = existing(sql, "select id from exchange where id {any_int $1}", &ids)?;
        exchanges.into_iter().for_each(|id| *id = id.filter(|id| there.contains(id)));
        let ids: Vec<i64> = messages.iter().filter_map(|id| id.map(|id| id.0)).collect();
        let there: BTreeSet<InboxId> = existing(sql, "select id from inbox where id {any_int $1}", &ids)?;
        messages.into_iter().for_each(|id| *id = id.filter(|id| there.contains(id)));
        Ok(())
    }
}

fn existing<T: FromColumn + Ord>(sql: &mut dyn Sql, select: &str, ids: &[i64]) -> Result<BTreeSet<T>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(sql.rows(select, params![list(ids)?], |row| row.get())?.into_iter().collect())
}
