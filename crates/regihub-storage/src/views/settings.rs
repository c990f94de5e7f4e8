//! Settings as people may see them: never a secret.

use super::Scope;
use crate::{
    error::Result,
    sql::{Sql, params},
};
use regihub_domain::{ConnectionId, ShopId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    pub id: ConnectionId,
    pub name: String,
    pub contract_id: String,
    pub environment: String,
    pub api_base: String,
    pub client_id: String,
    pub scopes: String,
    pub hook_key: String,
    pub hook_header: String,
    pub reads_per_second: i64,
    pub writes_per_second: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopSettings {
    pub id: ShopId,
    pub name: String,
    pub channel: String,
    pub base_url: String,
    pub hook_key: String,
}

pub fn connections(sql: &mut dyn Sql, scope: &Scope) -> Result<Vec<ConnectionSettings>> {
    sql.rows(
        "select id, name, contract_id, environment, api_base, client_id, scopes, hook_key, hook_header, reads_per_second, writes_per_second
         from connection where workspace_id = $1 order by id",
        params![scope.workspace],
        |row| {
            Ok(ConnectionSettings {
                id: row.get()?,
                name: row.get()?,
                contract_id: row.get()?,
                environment: row.get()?,
                api_base: row.get()?,
                client_id: row.get()?,
                scopes: row.get()?,
                hook_key: row.get()?,
                hook_header: row.get()?,
                reads_per_second: row.get()?,
                writes_per_second: row.get()?,
            })
        },
    )
}

pub fn shops(sql: &mut dyn Sql, scope: &Scope) -> Result<Vec<ShopSettings>> {
    sql.rows(
        "select id, name, channel, base_url, hook_key from shop where workspace_id = $1 order by id",
        params![scope.workspace],
        |row| {
            Ok(ShopSettings {
                id: row.get()?,
                name: row.get()?,
                channel: row.get()?,
                base_url: row.get()?,
                hook_key: row.get()?,
            })
        },
    )
}

/// Names of a connection's stores, as far as they have been read: (store id, name).
pub fn store_names(sql: &mut dyn Sql, connection: ConnectionId) -> Result<Vec<(regihub_domain::StoreId, String)>> {
    sql.rows(
        "select store_id, name from store where connection_id = $1 order by store_id",
        params![connection],
        |row| Ok((row.get()?, row.get()?)),
    )
}
