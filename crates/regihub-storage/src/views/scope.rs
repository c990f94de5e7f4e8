//! What a workspace owns: the fence around every page.

use crate::{
    LinkSettings,
    error::{Result, from_json},
    owner::Owner,
    sql::{Sql, params},
};
use regihub_domain::{ConnectionId, LinkId, ShopId, WorkspaceId};

/// Connections, shops and links of one workspace, without their secrets. They are few, so they are read together.
#[derive(Clone, Debug)]
pub struct Scope {
    pub workspace: WorkspaceId,
    pub connections: Vec<ConnectionInfo>,
    pub shops: Vec<ShopInfo>,
    pub links: Vec<LinkInfo>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    pub id: ConnectionId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopInfo {
    pub id: ShopId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LinkInfo {
    pub id: LinkId,
    pub connection: ConnectionId,
    pub shop: ShopId,
    pub running: bool,
    pub settings: LinkSettings,
}

impl Scope {
    pub fn load(sql: &mut dyn Sql, workspace: WorkspaceId) -> Result<Self> {
        let connections = sql.rows(
            "select id, name from connection where workspace_id = $1 order by id",
            params![workspace],
            |row| Ok(ConnectionInfo { id: row.get()?, name: row.get()? }),
        )?;
        let shops =
            sql.rows("select id, name from shop where workspace_id = $1 order by id", params![workspace], |row| {
                Ok(ShopInfo { id: row.get()?, name: row.get()? })
            })?;
        let links = sql.rows(
            "select id, connection_id, shop_id, running, settings from link where workspace_id = $1 order by id",
            params![workspace],
            |row| {
                Ok(LinkInfo {
                    id: row.get()?,
                    connection: row.get()?,
                    shop: row.get()?,
                    running: row.get()?,
                    settings: from_json("link.settings", &row.get::<String>()?)?,
                })
            },
        )?;
        Ok(Self { workspace, connections, shops, links })
    }

    /// Everybody in this workspace who has messages, jobs or exchanges.
    pub fn owners(&self) -> Vec<Owner> {
        let connections = self.connections.iter().map(|c| Owner::Connection(c.id));
        let shops = self.shops.iter().map(|s| Owner::Shop(s.id));
        connections.chain(shops).chain(self.links.iter().map(|l| Owner::Link(l.id))).collect()
    }

    /// The one asked for if it belongs to the workspace, else nobody; everybody if none is asked for.
    pub fn chosen(&self, owner: Option<Owner>) -> Vec<Owner> {
        let mut owners = self.owners();
        if let Some(wanted) = owner {
            owners.retain(|owner| *owner == wanted);
        }
        owners
    }

    pub fn owns(&self, owner: Owner) -> bool {
        match owner {
            Owner::Connection(id) => self.connections.iter().any(|c| c.id == id),
            Owner::Shop(id) => self.shops.iter().any(|s| s.id == id),
            Owner::Link(id) => self.link(id).is_some(),
            Owner::Node => false,
        }
    }

    pub fn link(&self, id: LinkId) -> Option<&LinkInfo> {
        self.links.iter().find(|link| link.id == id)
    }

    /// The name people gave it; empty for what is not of this workspace.
    pub fn connection_name(&self, id: ConnectionId) -> &str {
        self.connections.iter().find(|c| c.id == id).map_or("", |c| &c.name)
    }

    /// The name people gave it; empty for what is not of this workspace.
    pub fn shop_name(&self, id: ShopId) -> &str {
        self.shops.iter().find(|s| s.id == id).map_or("", |s| &s.name)
    }

    pub fn name(&self, owner: Owner) -> String {
        match owner {
            Owner::Connection(id) => self.connection_name(id).to_owned(),
            Owner::Shop(id) => self.shop_name(id).to_owned(),
            Owner::Link(id) => self.link(id).map_or_else(String::new, |link| self.link_name(link)),
            Owner::Node => String::new(),
        }
    }

    /// `connection × shop`.
    pub fn link_name(&self, link: &LinkInfo) -> String {
        format!("{} × {}", self.connection_name(link.connection), self.shop_name(link.shop))
    }
}
