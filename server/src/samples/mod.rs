//! Samples of model calls, where a workspace wants some: taken by the relay (`take`), kept sealed and written off its path
//! (`keep`), shown to administrators with a line in the audit log (`show`), and erased at their end (`forget`).

mod forget;
mod keep;
mod show;
mod take;

pub(crate) use forget::forget;
pub(crate) use keep::Samples;
pub use show::{SampleView, read, show};
pub(crate) use take::Taken;

use crate::auth::{InWorkspace, ReadSamples};
use domain::time::Timestamp;

/// Since when calls may have a sample that the caller may read; `None` where there is none for them.
pub(crate) fn readable_since(place: &InWorkspace, now: Timestamp) -> Option<Timestamp> {
    place.reach::<ReadSamples>()?;
    place.settings().samples.map(|sampling| now.plus(-sampling.keep.millis()))
}
