//! Samples of model calls: sealed to their workspace and their id, so that moved to another row they do not open.

use super::master::Bound;
use crate::{Error, Latchkey};
use domain::{
    id::{SampleId, WorkspaceId},
    sample::Sample,
};
use secrecy::ExposeSecret;
use store::Sealed;

impl Latchkey {
    /// What was said, sealed under the master key in force.
    pub(crate) async fn seal_sample(
        &self,
        workspace: &WorkspaceId,
        id: &SampleId,
        said: &Sample,
    ) -> Result<Sealed, Error> {
        let text = serde_json::to_string(said).map_err(|_| Error::Unavailable)?;
        self.seal_for(Bound::Sample(workspace, id), &text).await
    }

    /// Opens what [`seal_sample`](Self::seal_sample) sealed.
    pub(crate) fn open_sample(&self, workspace: &WorkspaceId, id: &SampleId, sealed: &Sealed) -> Result<Sample, Error> {
        let text = self.open_for(Bound::Sample(workspace, id), sealed)?;
        serde_json::from_str(text.expose_secret()).map_err(|_| Error::Unavailable)
    }
}
