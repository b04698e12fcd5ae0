//! Name, plan and settings of a workspace. Its keys and members follow from the next request on.

use crate::{
    Count, Error,
    auth::{ChangeSettings, Grant},
};
use domain::{
    sample::RawSampling,
    workspace::{Plan, RawWorkspace, Reveal, Settings},
};
use store::Workspace;

/// How many keys of the workspace work: that many stop when its plan goes to Basic.
pub async fn working_keys(grant: &Grant<ChangeSettings>) -> Result<Count, Error> {
    let latchkey = grant.caller().latchkey();
    Ok(latchkey.store.working_keys(&grant.workspace().id, None, latchkey.now()).await?.into())
}

/// Changes what the settings form holds.
pub async fn change(grant: &Grant<ChangeSettings>, raw: &RawWorkspace) -> Result<(), Error> {
    let (name, plan, settings) = raw.check(&grant.workspace().settings)?;
    write(grant, name, plan, settings).await
}

/// How many keys of the workspace have their secret kept: that many are erased when it shows secrets once again.
pub async fn kept_secrets(grant: &Grant<ChangeSettings>) -> Result<i64, Error> {
    Ok(grant.caller().latchkey().store.count_recoverable(&grant.workspace().id).await?)
}

/// Says whether secrets are kept. Going back to showing them once erases those that are, and has to be confirmed.
pub async fn change_reveal(grant: &Grant<ChangeSettings>, reveal: &str, confirmed: bool) -> Result<(), Error> {
    let reveal = Reveal::parse(reveal)?;
    let before = grant.workspace();
    if reveal == Reveal::Once && !confirmed {
        let kept = kept_secrets(grant).await?;
        if kept > 0 {
            let what = if kept == 1 { "secret of 1 key".to_owned() } else { format!("secrets of {kept} keys") };
            let message = format!("The kept {what} would be erased for ever. Tick the box if that is meant.");
            return Err(Error::field("confirm_erase", message));
        }
    }
    write(grant, before.name.clone(), before.plan, Settings { reveal, ..before.settings.clone() }).await
}

/// How many samples of model calls the workspace keeps: that many are erased when it takes none any more.
pub async fn kept_samples(grant: &Grant<ChangeSettings>) -> Result<i64, Error> {
    let latchkey = grant.caller().latchkey();
    Ok(latchkey.store.count_samples(&grant.workspace().id, latchkey.now()).await?)
}

/// Says which model calls are sampled. Taking none any more erases those that are kept, and has to be confirmed.
pub async fn change_samples(grant: &Grant<ChangeSettings>, raw: &RawSampling, confirmed: bool) -> Result<(), Error> {
    let samples = raw.check()?;
    let before = grant.workspace();
    if samples.is_none() && !confirmed {
        let kept = kept_samples(grant).await?;
        if kept > 0 {
            let what =
                if kept == 1 { "1 sample that is kept".to_owned() } else { format!("{kept} samples that are kept") };
            let message = format!("The {what} would be erased for ever. Tick the box if that is meant.");
            return Err(Error::field("confirm_erase_samples", message));
        }
    }
    write(grant, before.name.clone(), before.plan, Settings { samples, ..before.settings.clone() }).await
}

/// Changes plan and settings.
pub async fn update(grant: &Grant<ChangeSettings>, plan: Plan, settings: Settings) -> Result<(), Error> {
    write(grant, grant.workspace().name.clone(), plan, settings).await
}

async fn write(grant: &Grant<ChangeSettings>, name: String, plan: Plan, settings: Settings) -> Result<(), Error> {
    let caller = grant.caller();
    let before = grant.workspace();
    let after = Workspace { name, plan, settings, ..before.clone() };
    let changed = changed(before, &after);
    let what = if changed.is_empty() { after.slug.clone() } else { format!("{}: {}", after.slug, changed.join(", ")) };
    let event = caller.event(Some(&after.id), "workspace.update", after.id.as_str(), &what);
    Ok(caller.latchkey().store.update_workspace(before, &after, &event).await?)
}

/// The names of the fields that differ: what the audit log says about the change.
fn changed(before: &Workspace, after: &Workspace) -> Vec<String> {
    let mut names = Vec::new();
    if before.name != after.name {
        names.push("name".to_owned());
    }
    if before.plan != after.plan {
        names.push(format!("plan {}", after.plan.word()));
    }
    let fields = |settings: &Settings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (fields(&before.settings), fields(&after.settings));
    names.extend(new.into_iter().filter(|(name, value)| old.get(name) != Some(value)).map(|(name, _)| name));
    names
}
