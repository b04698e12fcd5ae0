//! Providers of models: registered, listed, looked up by the relay. A workspace has at most
//! [`MOST_PROVIDERS`], so that lists of them are whole.

use crate::{
    AuditEvent, Changed, Error, Sealed, Store,
    audit::audit,
    changes::write_change,
    db::read,
    keys::sealed::in_force,
    stored::{json, parse},
};
use domain::{
    id::{ProviderId, WorkspaceId},
    model::{MOST_PROVIDERS, Provider, ProviderSettings},
    time::Timestamp,
};

/// A provider, not yet written.
#[derive(Clone, Debug)]
pub struct NewProvider {
    /// Names it.
    pub id: ProviderId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its name in addresses; one of a slug in a workspace.
    pub slug: String,
    /// What its form sets.
    pub settings: ProviderSettings,
    /// Its API key, if it takes one.
    pub credential: Option<Sealed>,
    /// Now.
    pub created_at: Timestamp,
}

/// A provider as lists and pages show it: its credential is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelProvider {
    /// Names it.
    pub id: ProviderId,
    /// What decides where requests go.
    pub provider: Provider,
    /// Whether it has a credential.
    pub has_credential: bool,
    /// How often it was edited.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// A provider as something is about to be sent to it.
#[derive(Clone, Debug)]
pub struct HeldProvider {
    /// Names it.
    pub id: ProviderId,
    /// The provider.
    pub provider: Provider,
    /// Its API key.
    pub credential: Option<Sealed>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    slug: String,
    name: String,
    url: String,
    timeout: i64,
    priority: i64,
    models: String,
    sealed: Option<Vec<u8>>,
    sealed_by: Option<String>,
    enabled: bool,
    version: i64,
    created_at: i64,
}

impl Row {
    fn split(self) -> Result<(ModelProvider, Option<Sealed>), Error> {
        let number = |what, number: i64| u32::try_from(number).map_err(|_| Error::Unreadable(what));
        let settings = ProviderSettings {
            name: self.name,
            url: self.url,
            timeout: number("provider's timeout", self.timeout)?,
            priority: number("provider's priority", self.priority)?,
            models: parse("provider's models", &self.models)?,
        };
        let credential = self.sealed.zip(self.sealed_by).map(|(bytes, by)| Sealed { bytes, by });
        let shown = ModelProvider {
            id: ProviderId::from_text(self.id),
            provider: Provider { slug: self.slug, enabled: self.enabled, settings },
            has_credential: credential.is_some(),
            version: self.version,
            created_at: Timestamp(self.created_at),
        };
        Ok((shown, credential))
    }

    fn shown(self) -> Result<ModelProvider, Error> {
        self.split().map(|(shown, _)| shown)
    }

    fn held(self) -> Result<HeldProvider, Error> {
        let (ModelProvider { id, provider, .. }, credential) = self.split()?;
        Ok(HeldProvider { id, provider, credential })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, slug, name, url, timeout, priority, models, sealed, sealed_by, enabled, version, created_at
             FROM providers WHERE ",
            $rest
        )
    };
}

/// Holds a workspace until the end of `$tx`, so that what is counted of it stays counted.
macro_rules! hold_workspace {
    ($tx:ident, $workspace:expr) => {
        sqlx::query("UPDATE workspaces SET plan = plan WHERE id = $1")
            .bind($workspace.as_str())
            .execute(&mut *$tx)
            .await?;
    };
}
pub(super) use hold_workspace;

impl Store {
    /// Registers a provider, enabled. [`Error::Taken`] if the workspace has one of that slug; [`Error::TooManyProviders`] if
    /// it has as many as it may; [`Error::Changed`] if the credential was sealed by a master key that is no longer in force.
    pub async fn insert_provider(&self, new: &NewProvider, event: &AuditEvent) -> Result<(), Error> {
        let most = i64::try_from(MOST_PROVIDERS).unwrap_or(i64::MAX);
        write_change!(self, Changed::Workspace(new.workspace.clone()), tx => {
            if let Some(sealed) = &new.credential {
                in_force!(tx, sealed);
            }
            hold_workspace!(tx, new.workspace);
            let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM providers WHERE workspace_id = $1")
                .bind(new.workspace.as_str()).fetch_one(&mut *tx).await?;
            if count >= most {
                return Err(Error::TooManyProviders(most));
            }
            sqlx::query(
                "INSERT INTO providers (id, workspace_id, slug, name, url, timeout, priority, models, sealed, sealed_by, enabled,
                   version, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, TRUE, 0, $11)",
            )
            .bind(new.id.as_str())
            .bind(new.workspace.as_str())
            .bind(&new.slug)
            .bind(&new.settings.name)
            .bind(&new.settings.url)
            .bind(i64::from(new.settings.timeout))
            .bind(i64::from(new.settings.priority))
            .bind(json(&new.settings.models))
            .bind(new.credential.as_ref().map(|sealed| sealed.bytes.as_slice()))
            .bind(new.credential.as_ref().map(|sealed| sealed.by.as_str()))
            .bind(new.created_at.0)
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// A provider of a workspace by its slug.
    pub async fn provider(&self, workspace: &WorkspaceId, slug: &str) -> Result<Option<ModelProvider>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(select!("workspace_id = $1 AND slug = $2"))
            .bind(workspace.as_str()).bind(slug).fetch_optional(pool).await)?;
        row.map(Row::shown).transpose()
    }

    /// The same with its credential.
    pub async fn held_provider(&self, workspace: &WorkspaceId, slug: &str) -> Result<Option<HeldProvider>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(select!("workspace_id = $1 AND slug = $2"))
            .bind(workspace.as_str()).bind(slug).fetch_optional(pool).await)?;
        row.map(Row::held).transpose()
    }

    /// All providers of a workspace, in the order in which they are tried.
    pub async fn providers(&self, workspace: &WorkspaceId) -> Result<Vec<ModelProvider>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(select!("workspace_id = $1 ORDER BY priority, slug"))
                .bind(workspace.as_str()).fetch_all(pool).await)?;
        rows.into_iter().map(Row::shown).collect()
    }

    /// The enabled ones, with their credentials.
    pub async fn held_providers(&self, workspace: &WorkspaceId) -> Result<Vec<HeldProvider>, Error> {
        let sql = select!("workspace_id = $1 AND enabled = TRUE ORDER BY priority, slug");
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(sql).bind(workspace.as_str()).fetch_all(pool).await)?;
        rows.into_iter().map(Row::held).collect()
    }
}
