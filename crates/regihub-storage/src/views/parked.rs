//! Parked (保留): what waits for a person.

use super::{
    Scope,
    orders::{INTENTS, IntentInfo, intent_info},
};
use crate::{
    error::Result,
    owner::Owner,
    sql::{Sql, list as json_list, params},
};
use regihub_domain::{InboxId, IntentId, JobId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedJob {
    pub id: JobId,
    pub owner: Owner,
    pub kind: String,
    pub key: String,
    pub attempts: i64,
    pub dirty_at: i64,
    pub last_error: Option<String>,
    pub message: Option<InboxId>,
}

/// How many jobs and intents wait for a person.
pub fn count(sql: &mut dyn Sql, scope: &Scope) -> Result<i64> {
    let owners = owner_names(scope)?;
    let jobs: i64 = sql.one("select count(*) from job where owner {any_text $1} and state = 2", params![owners])?;
    let intents: i64 = sql.one(
        "select count(*) from intent where connection_id {any_int $1} and state = 'parked'",
        params![connection_numbers(scope)?],
    )?;
    Ok(jobs + intents)
}

/// Oldest first.
pub fn jobs(sql: &mut dyn Sql, scope: &Scope, limit: usize) -> Result<Vec<ParkedJob>> {
    sql.rows(
        "select id, owner, kind, key, attempts, dirty_at, last_error, inbox_id from job
         where owner {any_text $1} and state = 2 order by dirty_at, id limit $2",
        params![owner_names(scope)?, limit],
        |row| {
            Ok(ParkedJob {
                id: row.get()?,
                owner: row.get()?,
                kind: row.get()?,
                key: row.get()?,
                attempts: row.get()?,
                dirty_at: row.get()?,
                last_error: row.get()?,
                message: row.get()?,
            })
        },
    )
}

/// Oldest first.
pub fn intents(sql: &mut dyn Sql, scope: &Scope, limit: usize) -> Result<Vec<IntentInfo>> {
    let text = format!(
        "{INTENTS} where i.connection_id {{any_int $1}} and i.state = 'parked' order by i.created_at, i.id limit $2"
    );
    sql.rows(&text, params![connection_numbers(scope)?, limit], intent_info)
}

/// Whether this job is parked and belongs to the workspace.
pub fn has_job(sql: &mut dyn Sql, scope: &Scope, id: JobId) -> Result<bool> {
    let owner = sql.first("select owner from job where id = $1 and state = 2", params![id], |row| row.get())?;
    Ok(owner.is_some_and(|owner| scope.owns(owner)))
}

/// The intent if it is parked and belongs to the workspace.
pub fn intent(sql: &mut dyn Sql, scope: &Scope, id: IntentId) -> Result<Option<IntentInfo>> {
    let found = sql.first(&format!("{INTENTS} where i.id = $1 and i.state = 'parked'"), params![id], intent_info)?;
    Ok(found.filter(|intent| scope.owns(Owner::Connection(intent.connection))))
}

fn owner_names(scope: &Scope) -> Result<String> {
    json_list(&scope.owners().iter().map(Owner::to_string).collect::<Vec<_>>())
}

fn connection_numbers(scope: &Scope) -> Result<String> {
    json_list(&scope.connections.iter().map(|c| c.id.0).collect::<Vec<_>>())
}
