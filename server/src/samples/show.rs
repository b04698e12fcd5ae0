//! A sample as administrators see it: that it is there, and what was said, each time with a line in the audit log before.

use crate::{
    Error,
    auth::{Grant, ReadSamples},
};
use domain::{id::SampleId, sample::Sample, time::Timestamp};

/// A sample without what was said.
#[derive(Clone, Debug)]
pub struct SampleView {
    /// When the call was.
    pub at: Timestamp,
    /// When it is erased.
    pub ends_at: Timestamp,
    /// The call's key.
    pub key: String,
    /// The key's name.
    pub key_name: String,
    /// Whose key it is.
    pub owner_name: String,
    /// The model's name.
    pub model: String,
}

/// What is known of a sample that the workspace keeps.
pub async fn show(grant: &Grant<ReadSamples>, id: &str) -> Result<SampleView, Error> {
    let latchkey = grant.caller().latchkey();
    let found = latchkey.store.sample(&grant.workspace().id, &SampleId::from_text(id), latchkey.now()).await?;
    let store::KeptSample { at, ends_at, key, key_name, owner_name, model } = found.ok_or(Error::NotFound)?;
    Ok(SampleView { at, ends_at, key: key.to_string(), key_name, owner_name, model })
}

/// The same with what was said. The event, which is about the call's key, is on the disk before the sample is opened.
pub async fn read(grant: &Grant<ReadSamples>, id: &str) -> Result<(SampleView, Sample), Error> {
    let view = show(grant, id).await?;
    let (workspace, id) = (&grant.workspace().id, SampleId::from_text(id));
    let caller = grant.caller();
    let of = format!("{} ({}, {})", view.key_name, view.model, view.at.human());
    let event = caller.event(Some(workspace), "sample.read", &view.key, &of);
    let sealed = caller.latchkey().store.read_sample(workspace, &id, &event).await?;
    Ok((view, caller.latchkey().open_sample(workspace, &id, &sealed)?))
}
