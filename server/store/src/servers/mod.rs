//! MCP servers of a workspace: registered, listed, looked up by the gateway. Their changes stand in `change`, who may use
//! them in `members`.

mod change;
mod members;

pub use change::ServerEdit;
pub use members::ServerMember;

use crate::{
    AuditEvent, Error, Sealed, Store,
    audit::audit,
    db::{read, write},
    keys::sealed::in_force,
    sql::{Statement, bind_values},
    stored::parse,
};
use domain::{
    id::{ServerId, UserId, WorkspaceId},
    mcp::{Marks, Tool},
    time::Timestamp,
};
use std::collections::BTreeMap;

/// A server, not yet written.
#[derive(Clone, Debug)]
pub struct NewServer {
    /// Names it.
    pub id: ServerId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its name in URLs; one of a slug in a workspace.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Where it is reached.
    pub url: String,
    /// The header that carries its credential.
    pub header: String,
    /// Its credential, if it takes one.
    pub credential: Option<Sealed>,
    /// Every member may use it; else nobody yet.
    pub everyone: bool,
    /// Now.
    pub created_at: Timestamp,
}

/// A server as lists and pages show it: its credential is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Names it.
    pub id: ServerId,
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Where it is reached.
    pub url: String,
    /// The header that carries its credential.
    pub header: String,
    /// Whether it has a credential.
    pub has_credential: bool,
    /// Whether it may be reached at all.
    pub enabled: bool,
    /// Every member may use it; else the chosen ones.
    pub everyone: bool,
    /// What an administrator says of its tools.
    pub marks: Marks,
    /// How many tools it had when it was last asked; `None` if it never was.
    pub tool_count: Option<i64>,
    /// Since when.
    pub created_at: Timestamp,
}

/// The tools of a server as it listed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTools {
    /// The tools, in its order.
    pub tools: Vec<Tool>,
    /// When it was asked.
    pub at: Timestamp,
}

/// A server as somebody is about to use it.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The server.
    pub server: Server,
    /// Its credential.
    pub credential: Option<Sealed>,
    /// What it listed.
    pub listed: Option<ListedTools>,
    /// Whether that user may use it now.
    pub open_to_user: bool,
}

/// One page of servers, by slug.
#[derive(Clone, Debug)]
pub struct ServerPage {
    /// The servers.
    pub servers: Vec<Server>,
    /// The slug beyond which the next page begins.
    pub next: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    slug: String,
    name: String,
    url: String,
    header: String,
    has_credential: bool,
    enabled: bool,
    everyone: bool,
    marks: String,
    tool_count: i64,
    tools_at: Option<i64>,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct UpstreamRow {
    #[sqlx(flatten)]
    server: Row,
    sealed: Option<Vec<u8>>,
    sealed_by: Option<String>,
    tools: Option<String>,
    open_to_user: bool,
}

impl TryFrom<Row> for Server {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ServerId::from_text(row.id),
            slug: row.slug,
            name: row.name,
            url: row.url,
            header: row.header,
            has_credential: row.has_credential,
            enabled: row.enabled,
            everyone: row.everyone,
            marks: parse("tool marks", &row.marks)?,
            tool_count: row.tools_at.map(|_| row.tool_count),
            created_at: Timestamp(row.created_at),
        })
    }
}

fn listed(tools: Option<&str>, at: Option<i64>) -> Result<Option<ListedTools>, Error> {
    let Some((tools, at)) = tools.zip(at) else { return Ok(None) };
    Ok(Some(ListedTools { tools: parse("tool list", tools)?, at: Timestamp(at) }))
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "s.id, s.slug, s.name, s.url, s.header, s.sealed IS NOT NULL AS has_credential, s.enabled, s.everyone, s.marks,
         s.tool_count, s.tools_at, s.created_at"
    };
}

impl Store {
    /// Registers a server. [`Error::Taken`] if the workspace has one of that slug; [`Error::Changed`] if its credential was
    /// sealed by a master key that is no longer in force.
    pub async fn insert_server(&self, new: &NewServer, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            if let Some(sealed) = &new.credential {
                in_force!(tx, sealed);
            }
            sqlx::query(
                "INSERT INTO servers (id, workspace_id, slug, name, url, header, sealed, sealed_by, enabled, everyone, marks,
                   tool_count, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9, '{}', 0, $10)",
            )
            .bind(new.id.as_str())
            .bind(new.workspace.as_str())
            .bind(&new.slug)
            .bind(&new.name)
            .bind(&new.url)
            .bind(&new.header)
            .bind(new.credential.as_ref().map(|sealed| sealed.bytes.as_slice()))
            .bind(new.credential.as_ref().map(|sealed| sealed.by.as_str()))
            .bind(new.everyone)
            .bind(new.created_at.0)
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// A server of a workspace by its slug.
    pub async fn server(&self, workspace: &WorkspaceId, slug: &str) -> Result<Option<Server>, Error> {
        let sql = concat!("SELECT ", columns!(), " FROM servers s WHERE s.workspace_id = $1 AND s.slug = $2");
        let row: Option<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str()).bind(slug).fetch_optional(pool).await)?;
        row.map(Server::try_from).transpose()
    }

    /// A server by its slug with all that is needed to use it for `user`, in one query: the gateway asks on every request.
    pub async fn upstream(
        &self,
        workspace: &WorkspaceId,
        slug: &str,
        user: &UserId,
    ) -> Result<Option<Upstream>, Error> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", s.sealed, s.sealed_by, s.tools,
               EXISTS (SELECT 1 FROM memberships m WHERE m.workspace_id = s.workspace_id AND m.user_id = $3)
               AND (s.everyone = TRUE
                 OR EXISTS (SELECT 1 FROM server_members c
                   WHERE c.server_id = s.id AND c.workspace_id = s.workspace_id AND c.user_id = $3)) AS open_to_user
             FROM servers s WHERE s.workspace_id = $1 AND s.slug = $2"
        );
        let row: Option<UpstreamRow> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str()).bind(slug).bind(user.as_str()).fetch_optional(pool).await)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Upstream {
            listed: listed(row.tools.as_deref(), row.server.tools_at)?,
            credential: row.sealed.zip(row.sealed_by).map(|(bytes, by)| Sealed { bytes, by }),
            open_to_user: row.open_to_user,
            server: row.server.try_into()?,
        }))
    }

    /// Up to `size` servers of a workspace by slug, beyond the slug `after`.
    pub async fn server_page(&self, workspace: &WorkspaceId, after: &str, size: usize) -> Result<ServerPage, Error> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM servers s WHERE s.workspace_id = $1 AND s.slug > $2 ORDER BY s.slug LIMIT $3"
        );
        let mut rows: Vec<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(after)
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|row| row.slug.clone());
        Ok(ServerPage { servers: rows.into_iter().map(Server::try_from).collect::<Result<_, _>>()?, next })
    }

    /// The ids of servers of a workspace by slug, those that are there.
    pub async fn server_ids(&self, workspace: &WorkspaceId, slugs: &[String]) -> Result<Vec<ServerId>, Error> {
        if slugs.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids = Statement::default();
        ids.text("SELECT id FROM servers WHERE workspace_id = ").bind(workspace.as_str()).text(" AND slug IN ");
        ids.bind_all(slugs.iter().map(String::as_str));
        let rows: Vec<(String,)> =
            read!(self, pool => bind_values!(sqlx::query_as(ids.sql()), ids).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(id,)| ServerId::from_text(id)).collect())
    }

    /// Servers of a workspace by id, those that are there, by slug.
    pub async fn servers_by_id(&self, workspace: &WorkspaceId, ids: &[ServerId]) -> Result<Vec<Server>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Statement::default();
        all.text(concat!("SELECT ", columns!(), " FROM servers s WHERE s.workspace_id = ")).bind(workspace.as_str());
        all.text(" AND s.id IN ").bind_all(ids.iter().map(ServerId::as_str)).text(" ORDER BY s.slug");
        let rows: Vec<Row> = read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_all(pool).await)?;
        rows.into_iter().map(Server::try_from).collect()
    }

    /// Servers, each with what it listed when it was last asked.
    pub async fn with_tools(
        &self,
        workspace: &WorkspaceId,
        servers: Vec<Server>,
    ) -> Result<Vec<(Server, Option<ListedTools>)>, Error> {
        if servers.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Statement::default();
        all.text("SELECT id, tools, tools_at FROM servers WHERE workspace_id = ").bind(workspace.as_str());
        all.text(" AND id IN ").bind_all(servers.iter().map(|server| server.id.as_str()));
        let rows: Vec<(String, Option<String>, Option<i64>)> =
            read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_all(pool).await)?;
        let mut found = BTreeMap::new();
        for (id, tools, at) in rows {
            found.insert(id, listed(tools.as_deref(), at)?);
        }
        Ok(servers
            .into_iter()
            .map(|server| {
                let listed = found.remove(server.id.as_str()).flatten();
                (server, listed)
            })
            .collect())
    }

    /// What a server listed when it was last asked; `None` if it never was.
    pub async fn listed_tools(&self, workspace: &WorkspaceId, server: &ServerId) -> Result<Option<ListedTools>, Error> {
        let row: Option<(Option<String>, Option<i64>)> = read!(self, pool => sqlx::query_as(
            "SELECT tools, tools_at FROM servers WHERE workspace_id = $1 AND id = $2",
        )
        .bind(workspace.as_str())
        .bind(server.as_str())
        .fetch_optional(pool)
        .await)?;
        row.map_or(Ok(None), |(tools, at)| listed(tools.as_deref(), at))
    }
}
