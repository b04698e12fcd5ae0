//! Which guardrail a key's model traffic goes through: chosen at its creation, changed on its page with its models.

use super::scope::lift;
use crate::{
    Error,
    auth::{ChangeKey, CreateKey, Grant, SeeKeys},
};
use domain::{
    field::FieldError,
    id::{GuardrailId, WorkspaceId},
};
use store::{Key, Store};

/// Guardrails that a form offers.
const OFFERED: usize = 200;

/// What a form offers.
#[derive(Clone, Debug, Default)]
pub struct GuardrailChoices {
    /// The first guardrails by name, and the key's own: id and name.
    pub guardrails: Vec<(String, String)>,
    /// The id of the key's guardrail; empty for none.
    pub guardrail: String,
}

impl GuardrailChoices {
    /// What the key's guardrail is called; `None` without one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let own = self.guardrails.iter().find(|(id, _)| *id == self.guardrail);
        own.map(|(_, name)| name.as_str())
    }
}

/// What can be chosen for a key under that guardrail.
pub async fn guardrail_choices(grant: &Grant<SeeKeys>, of: Option<&GuardrailId>) -> Result<GuardrailChoices, Error> {
    let (store, workspace) = (&grant.caller().latchkey().store, &grant.workspace().id);
    let mut guardrails = store.guardrail_page(workspace, "", OFFERED).await?.guardrails;
    if let Some(own) = of
        && !guardrails.iter().any(|guardrail| guardrail.id == *own)
    {
        guardrails.extend(store.guardrail(workspace, own).await?);
    }
    Ok(GuardrailChoices {
        guardrails: guardrails.into_iter().map(|guardrail| (guardrail.id.to_string(), guardrail.name)).collect(),
        guardrail: of.map(ToString::to_string).unwrap_or_default(),
    })
}

/// The guardrail of a new key as the command line names it: by its id, or by its name in upper or lower case.
pub async fn guardrail_named(grant: &Grant<CreateKey>, named: &str) -> Result<GuardrailId, Error> {
    let (store, workspace) = (&grant.caller().latchkey().store, &grant.workspace().id);
    let found = match store.guardrail(workspace, &GuardrailId::from_text(named.trim())).await? {
        Some(found) => Some(found),
        None => store.guardrail_named(workspace, named.trim()).await?,
    };
    found.map(|found| found.id).ok_or_else(|| {
        let message = "The workspace has no guardrail of this name or id. Its page Guardrails lists those it has.";
        Error::field("guardrail", message)
    })
}

/// The guardrail of a new key, by its id; empty for none.
pub(super) async fn chosen(store: &Store, workspace: &WorkspaceId, id: &str) -> Result<Option<GuardrailId>, Error> {
    let Some(id) = Some(id.trim()).filter(|id| !id.is_empty()).map(GuardrailId::from_text) else { return Ok(None) };
    if store.guardrail(workspace, &id).await?.is_none() {
        let message = "This guardrail is not there any more. Choose another.";
        return Err(FieldError::new("guardrail", message).into());
    }
    Ok(Some(id))
}

/// The guardrail that a key is to have from here on. Who is held by one can't lift it: see [`lift`].
pub(super) async fn changed(grant: &Grant<ChangeKey>, key: &Key, id: &str) -> Result<Option<GuardrailId>, Error> {
    let now = key.model.guardrail.as_ref();
    if now.map_or("", GuardrailId::as_str) == id.trim() {
        return Ok(now.cloned());
    }
    if now.is_some() {
        lift(grant, key, "a guardrail")?;
    }
    chosen(&grant.caller().latchkey().store, &grant.workspace().id, id).await
}
