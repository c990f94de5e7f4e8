//! Workspaces, connections, shops and links. Secrets are sealed for the place `<table>.<column>:<hook key>`; the hook key is unique.

use crate::{
    error::{Result, StorageError, from_json, to_json},
    seal::{MasterKey, Secret},
    sql::{Row, Sql, params},
};
use regihub_domain::{ConnectionId, LinkId, ShopId, StoreId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// A tenant (ワークスペース).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
}

/// One Smaregi contract through one API generation (接続).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub contract_id: String,
    pub environment: String,
    pub api_base: String,
    pub token_base: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub scopes: String,
    /// Stands in the notification address.
    pub hook_key: String,
    pub hook_header: String,
    pub hook_secret: Secret,
    pub reads_per_second: i64,
    pub writes_per_second: i64,
}

/// A [`Connection`] before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConnection {
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub contract_id: String,
    pub environment: String,
    pub api_base: String,
    pub token_base: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub scopes: String,
    pub hook_key: String,
    pub hook_header: String,
    pub hook_secret: Secret,
    pub reads_per_second: i64,
    pub writes_per_second: i64,
}

/// One online shop or back office (ショップ).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    pub id: ShopId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// The kind of shop.
    pub channel: String,
    pub base_url: String,
    pub api_key: Secret,
    /// Stands in the notification address.
    pub hook_key: String,
    pub hook_secret: Secret,
}

/// A [`Shop`] before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShop {
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub channel: String,
    pub base_url: String,
    pub api_key: Secret,
    pub hook_key: String,
    pub hook_secret: Secret,
}

/// One connection × one shop with the settings of their flows (連携).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub workspace_id: WorkspaceId,
    pub connection_id: ConnectionId,
    pub shop_id: ShopId,
    pub running: bool,
    pub settings: LinkSettings,
}

/// A [`Link`] before it has an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    pub workspace_id: WorkspaceId,
    pub connection_id: ConnectionId,
    pub shop_id: ShopId,
    pub running: bool,
    pub settings: LinkSettings,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSettings {
    /// Stores whose levels are summed for the shop.
    pub stock_stores: Vec<StoreId>,
    /// The store web orders are taken from.
    pub order_store: StoreId,
    /// 余裕数 where a listing has none of its own.
    pub margin: i64,
}

pub struct Setup<'a> {
    sql: &'a mut dyn Sql,
    keys: &'a MasterKey,
}

const CLIENT_SECRET: &str = "connection.client_secret";
const CONNECTION_HOOK: &str = "connection.hook_secret";
const API_KEY: &str = "shop.api_key";
const SHOP_HOOK: &str = "shop.hook_secret";

macro_rules! connections {
    ($which:literal) => {
        concat!(
            "select id, workspace_id, name, contract_id, environment, api_base, token_base, client_id,
               client_secret_sealed, scopes, hook_key, hook_header, hook_secret_sealed, reads_per_second, writes_per_second
             from connection ",
            $which
        )
    };
}

macro_rules! shops {
    ($which:literal) => {
        concat!(
            "select id, workspace_id, name, channel, base_url, api_key_sealed, hook_key, hook_secret_sealed from shop ",
            $which
        )
    };
}

macro_rules! links {
    ($which:literal) => {
        concat!("select id, workspace_id, connection_id, shop_id, running, settings from link ", $which)
    };
}

impl<'a> Setup<'a> {
    pub(crate) fn new(sql: &'a mut dyn Sql, keys: &'a MasterKey) -> Self {
        Self { sql, keys }
    }

    /// `now` here and below in microseconds since 1970, UTC.
    pub fn add_workspace(&mut self, name: &str, now: i64) -> Result<WorkspaceId> {
        self.sql.add("insert into workspace (name, created_at) values ($1, $2)", params![name, now])
    }

    /// Oldest first.
    pub fn workspaces(&mut self) -> Result<Vec<Workspace>> {
        self.sql.rows("select id, name from workspace order by id", &[], |row| {
            Ok(Workspace { id: row.get()?, name: row.get()? })
        })
    }

    /// # Errors
    /// `Conflict` when the hook key is taken or the workspace does not exist.
    pub fn add_connection(&mut self, new: &NewConnection, now: i64) -> Result<ConnectionId> {
        let client_secret = self.keys.seal(&place(CLIENT_SECRET, &new.hook_key), &new.client_secret)?;
        let hook_secret = self.keys.seal(&place(CONNECTION_HOOK, &new.hook_key), &new.hook_secret)?;
        self.sql.add(
            "insert into connection (workspace_id, name, contract_id, environment, api_base, token_base, client_id,
               client_secret_sealed, scopes, hook_key, hook_header, hook_secret_sealed, reads_per_second, writes_per_second,
               created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            params![
                new.workspace_id,
                &new.name,
                &new.contract_id,
                &new.environment,
                &new.api_base,
                &new.token_base,
                &new.client_id,
                &client_secret,
                &new.scopes,
                &new.hook_key,
                &new.hook_header,
                &hook_secret,
                new.reads_per_second,
                new.writes_per_second,
                now
            ],
        )
    }

    /// # Errors
    /// `Conflict` when the hook key is taken or the workspace does not exist.
    pub fn add_shop(&mut self, new: &NewShop, now: i64) -> Result<ShopId> {
        let api_key = self.keys.seal(&place(API_KEY, &new.hook_key), &new.api_key)?;
        let hook_secret = self.keys.seal(&place(SHOP_HOOK, &new.hook_key), &new.hook_secret)?;
        self.sql.add(
            "insert into shop (workspace_id, name, channel, base_url, api_key_sealed, hook_key, hook_secret_sealed, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                new.workspace_id,
                &new.name,
                &new.channel,
                &new.base_url,
                &api_key,
                &new.hook_key,
                &hook_secret,
                now
            ],
        )
    }

    /// # Errors
    /// `Conflict` when the two are linked already, or when they are not both of this workspace.
    pub fn add_link(&mut self, new: &NewLink, now: i64) -> Result<LinkId> {
        let settings = to_json("link.settings", &new.settings)?;
        // The tenant check stands in the statement: a connection of one workspace can never be linked with a shop of another.
        self.sql
            .insert(
                "insert into link (workspace_id, connection_id, shop_id, running, settings, created_at)
                 select connection.workspace_id, connection.id, shop.id, cast($4 as bigint), cast($5 as text), cast($6 as bigint)
                 from connection join shop on shop.workspace_id = connection.workspace_id
                 where connection.workspace_id = $1 and connection.id = $2 and shop.id = $3",
                params![new.workspace_id, new.connection_id, new.shop_id, new.running, settings, now],
            )?
            .map(LinkId)
            .ok_or_else(|| {
                StorageError::Conflict(format!(
                    "connection {} and shop {} are not both of workspace {}",
                    new.connection_id, new.shop_id, new.workspace_id
                ))
            })
    }

    pub fn connections(&mut self) -> Result<Vec<Connection>> {
        let keys = self.keys;
        self.sql.rows(connections!("order by id"), &[], |row| read_connection(row, keys))
    }

    pub fn connection(&mut self, id: ConnectionId) -> Result<Option<Connection>> {
        let keys = self.keys;
        self.sql.first(connections!("where id = $1"), params![id], |row| read_connection(row, keys))
    }

    pub fn connection_by_hook_key(&mut self, hook_key: &str) -> Result<Option<Connection>> {
        let keys = self.keys;
        self.sql.first(connections!("where hook_key = $1"), params![hook_key], |row| read_connection(row, keys))
    }

    pub fn shops(&mut self) -> Result<Vec<Shop>> {
        let keys = self.keys;
        self.sql.rows(shops!("order by id"), &[], |row| read_shop(row, keys))
    }

    pub fn shop(&mut self, id: ShopId) -> Result<Option<Shop>> {
        let keys = self.keys;
        self.sql.first(shops!("where id = $1"), params![id], |row| read_shop(row, keys))
    }

    pub fn shop_by_hook_key(&mut self, hook_key: &str) -> Result<Option<Shop>> {
        let keys = self.keys;
        self.sql.first(shops!("where hook_key = $1"), params![hook_key], |row| read_shop(row, keys))
    }

    pub fn links(&mut self) -> Result<Vec<Link>> {
        self.sql.rows(links!("order by id"), &[], read_link)
    }

    /// The switch of a link.
    ///
    /// # Errors
    /// `NotFound` when there is no such link.
    pub fn set_link_running(&mut self, id: LinkId, running: bool) -> Result<()> {
        let changed = self.sql.execute("update link set running = $2 where id = $1", params![id, running])?;
        found(changed, id)
    }

    /// # Errors
    /// `NotFound` when there is no such link.
    pub fn set_link_settings(&mut self, id: LinkId, settings: &LinkSettings) -> Result<()> {
        let settings = to_json("link.settings", settings)?;
        let changed = self.sql.execute("update link set settings = $2 where id = $1", params![id, settings])?;
        found(changed, id)
    }
}

fn found(changed: u64, id: LinkId) -> Result<()> {
    if changed == 0 { Err(StorageError::not_found("link", id)) } else { Ok(()) }
}

fn place(column: &str, hook_key: &str) -> String {
    format!("{column}:{hook_key}")
}

fn read_connection(row: &mut Row<'_>, keys: &MasterKey) -> Result<Connection> {
    let mut connection = Connection {
        id: row.get()?,
        workspace_id: row.get()?,
        name: row.get()?,
        contract_id: row.get()?,
        environment: row.get()?,
        api_base: row.get()?,
        token_base: row.get()?,
        client_id: row.get()?,
        client_secret: Secret::default(),
        scopes: String::new(),
        hook_key: String::new(),
        hook_header: String::new(),
        hook_secret: Secret::default(),
        reads_per_second: 0,
        writes_per_second: 0,
    };
    let client_secret: Vec<u8> = row.get()?;
    connection.scopes = row.get()?;
    connection.hook_key = row.get()?;
    connection.hook_header = row.get()?;
    let hook_secret: Vec<u8> = row.get()?;
    connection.client_secret = keys.open(&place(CLIENT_SECRET, &connection.hook_key), &client_secret)?;
    connection.hook_secret = keys.open(&place(CONNECTION_HOOK, &connection.hook_key), &hook_secret)?;
    connection.reads_per_second = row.get()?;
    connection.writes_per_second = row.get()?;
    Ok(connection)
}

fn read_shop(row: &mut Row<'_>, keys: &MasterKey) -> Result<Shop> {
    let (id, workspace_id, name) = (row.get()?, row.get()?, row.get()?);
    let (channel, base_url) = (row.get()?, row.get()?);
    let api_key: Vec<u8> = row.get()?;
    let hook_key: String = row.get()?;
    let hook_secret: Vec<u8> = row.get()?;
    Ok(Shop {
        id,
        workspace_id,
        name,
        channel,
        base_url,
        api_key: keys.open(&place(API_KEY, &hook_key), &api_key)?,
        hook_secret: keys.open(&place(SHOP_HOOK, &hook_key), &hook_secret)?,
        hook_key,
    })
}

fn read_link(row: &mut Row<'_>) -> Result<Link> {
    Ok(Link {
        id: row.get()?,
        workspace_id: row.get()?,
        connection_id: row.get()?,
        shop_id: row.get()?,
        running: row.get()?,
        settings: from_json("link.settings", &row.get::<String>()?)?,
    })
}
