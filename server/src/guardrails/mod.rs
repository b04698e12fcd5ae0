//! Use-cases about guardrails: adding, changing, deleting one, and trying one on a sample before it is saved. Called by the
//! console. Keys are put under them in `keys`.

mod trial;

pub use trial::{Outcome, SAMPLE_MOST, Trial, try_out};

use crate::{
    Error,
    auth::{Grant, ManageModels},
    version::{self, version},
};
use domain::{
    guardrail::{Guardrail, NewGuardrail, RawGuardrail},
    id::GuardrailId,
};
use store::{AuditEvent, InsertGuardrail, Store, StoredGuardrail};
use tokio::task::spawn_blocking;

/// Guardrails that a page shows at once.
const PAGE: usize = 50;

/// A guardrail as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailView {
    /// Names it.
    pub id: GuardrailId,
    /// What people call it.
    pub name: String,
    /// What it is for, possibly empty.
    pub description: String,
    /// What it does.
    pub guardrail: Guardrail,
    /// How many live keys are under it.
    pub keys: i64,
    /// The version of all that its form sets.
    pub version: String,
}

/// One page of guardrails, by name.
#[derive(Clone, Debug)]
pub struct GuardrailList {
    /// The guardrails.
    pub guardrails: Vec<GuardrailView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl From<StoredGuardrail> for GuardrailView {
    fn from(stored: StoredGuardrail) -> Self {
        let version = version_of(&stored.name, &stored.description, &stored.guardrail);
        let StoredGuardrail { id, name, description, guardrail, keys, .. } = stored;
        Self { id, name, description, guardrail, keys, version }
    }
}

fn version_of(name: &str, description: &str, guardrail: &Guardrail) -> String {
    version(&(name, description, guardrail))
}

/// Adds a guardrail.
pub async fn create(grant: &Grant<ManageModels>, raw: &RawGuardrail) -> Result<GuardrailId, Error> {
    let new = checked(raw).await?;
    let latchkey = grant.caller().latchkey();
    let id = latchkey.random.with(|rng| GuardrailId::generate(rng));
    let event = event(grant, "guardrail.create", &id, &new.name);
    let insert = InsertGuardrail { id, workspace: grant.workspace().id.clone(), new, created_at: latchkey.now() };
    store(grant).insert_guardrail(&insert, &event).await.map_err(taken)?;
    Ok(insert.id)
}

/// Changes a guardrail. The next request of every key under it meets the change. [`Error::Overtaken`] if it is not what the
/// form was filled with any more.
pub async fn change(grant: &Grant<ManageModels>, id: &str, raw: &RawGuardrail) -> Result<(), Error> {
    let new = checked(raw).await?;
    let before = find(grant, id).await?;
    let wanted = version_of(&new.name, &new.description, &new.guardrail);
    let seen = |now: &StoredGuardrail| {
        let now = version_of(&now.name, &now.description, &now.guardrail);
        version::check("guardrail", &raw.version, now, &wanted)
    };
    seen(&before)?;
    let event = event(grant, "guardrail.edit", &before.id, &new.name);
    match store(grant).change_guardrail(&grant.workspace().id, &before, &new, &event).await {
        // Between the two: of a form without a version nobody knows what it has seen.
        Err(store::Error::Changed) => seen(&find(grant, id).await?).and(Err(Error::Changed)),
        done => done.map_err(taken),
    }
}

/// Deletes a guardrail that no live key is under.
pub async fn delete(grant: &Grant<ManageModels>, id: &str) -> Result<(), Error> {
    let found = show(grant, id).await?;
    let event = event(grant, "guardrail.delete", &found.id, &found.name);
    Ok(store(grant).delete_guardrail(&grant.workspace().id, &found.id, &event).await?)
}

/// One guardrail.
pub async fn show(grant: &Grant<ManageModels>, id: &str) -> Result<GuardrailView, Error> {
    find(grant, id).await.map(GuardrailView::from)
}

/// One page of guardrails.
pub async fn list(grant: &Grant<ManageModels>, after: &str) -> Result<GuardrailList, Error> {
    let page = store(grant).guardrail_page(&grant.workspace().id, after, PAGE).await?;
    Ok(GuardrailList { guardrails: page.guardrails.into_iter().map(GuardrailView::from).collect(), next: page.next })
}

/// The form, checked where it holds nobody up: patterns are compiled for it.
async fn checked(raw: &RawGuardrail) -> Result<NewGuardrail, Error> {
    let raw = raw.clone();
    Ok(aside(move || raw.check()).await??)
}

/// Work that takes milliseconds, where it holds up no other request.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a guardrail could not be looked at");
        Error::Unavailable
    })
}

async fn find(grant: &Grant<ManageModels>, id: &str) -> Result<StoredGuardrail, Error> {
    store(grant).guardrail(&grant.workspace().id, &GuardrailId::from_text(id)).await?.ok_or(Error::NotFound)
}

fn store(grant: &Grant<ManageModels>) -> &Store {
    &grant.caller().latchkey().store
}

fn event(grant: &Grant<ManageModels>, action: &str, guardrail: &GuardrailId, name: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, guardrail.as_str(), name)
}

fn taken(error: store::Error) -> Error {
    Error::taken(error, "name", "There is a guardrail of this name already. Choose another name.")
}
