//! A sample while its call is under way: the beginning of the request, and of the answer as it passes.

use super::keep::{Place, keep};
use crate::{Latchkey, verify::Record};
use domain::{
    id::{SampleId, WorkspaceId},
    key::KeyId,
    model::ModelName,
    sample::{Gathered, Sample, Sampling},
    time::Timestamp,
};

/// A sample that is being taken; dropped, none was.
pub(crate) struct Taken {
    pub(super) workspace: WorkspaceId,
    pub(super) key: KeyId,
    pub(super) model: ModelName,
    pub(super) at: Timestamp,
    request: Gathered,
    answer: Gathered,
    /// Among the calls that are sampled at the time.
    place: Place,
}

impl Taken {
    /// Begins with a call whose request goes to a provider, if it is one of those that are sampled: decided here, once.
    pub fn begin(
        latchkey: &Latchkey,
        sampling: Option<Sampling>,
        key: &Record,
        model: &ModelName,
        request: &[u8],
    ) -> Option<Box<Self>> {
        let share = sampling?.share;
        if !latchkey.random.with(|rng| share.takes(rng)) {
            return None;
        }
        let place = latchkey.samples.place()?;
        Some(Box::new(Self {
            workspace: key.workspace().id.clone(),
            key: key.id,
            model: model.clone(),
            at: latchkey.now(),
            request: Gathered::of(request),
            answer: Gathered::default(),
            place,
        }))
    }

    /// This goes to the client.
    pub fn passes(&mut self, bytes: &[u8]) {
        self.answer.add(bytes);
    }

    /// Keeps it, off the call's way. The sample's id; `None` where nothing was answered, or more samples come than are written.
    pub fn end(self, latchkey: &Latchkey) -> Option<SampleId> {
        if self.answer.is_empty() || !latchkey.samples.admits(latchkey.now()) {
            return None;
        }
        let id = latchkey.random.with(|rng| SampleId::generate(rng));
        latchkey.settling.spawn(keep(latchkey.clone(), id.clone(), self));
        Some(id)
    }

    /// What was said. Its place is free once it is dropped.
    pub(super) fn said(self) -> (Sample, Place) {
        (Sample { request: self.request.excerpt(), answer: self.answer.excerpt() }, self.place)
    }
}
