//! Writes down what came of a request once that is known: when its answer has ended, or was given up.

use crate::{Latchkey, verify::Judged};
use std::time::Duration;

/// Outcomes, beside an empty one where the server answered.
pub(super) const UPSTREAM: &str = "UPSTREAM_UNAVAILABLE";
/// The client went away before the answer was whole.
pub(super) const GIVEN_UP: &str = "GIVEN_UP";
/// The key stopped while it was answered.
pub(super) const STOPPED: &str = "STOPPED";
/// Another message of the same batch was refused.
pub(super) const NOT_SENT: &str = "NOT_SENT";

/// The uses of one request; written when it is dropped.
pub(super) struct Receipt {
    latchkey: Latchkey,
    uses: Vec<Judged>,
    begun: Duration,
    outcome: &'static str,
}

impl Receipt {
    pub fn new(latchkey: &Latchkey, uses: Vec<Judged>) -> Self {
        Self { latchkey: latchkey.clone(), uses, begun: latchkey.clock.steady(), outcome: GIVEN_UP }
    }

    /// Says what came of it; the last word counts.
    pub fn came_to(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }

    /// Whether that was the last word.
    pub fn is(&self, outcome: &str) -> bool {
        self.outcome == outcome
    }

    /// Writes it down now: what goes on for hours is told when it begins.
    pub fn write(&mut self) {
        let took = self.latchkey.clock.steady().saturating_sub(self.begun);
        for mut used in self.uses.drain(..) {
            if let Some(mcp) = &mut used.mcp {
                mcp.took = took;
                // What was said before, such as what a dry run would have blocked, stays unless there is more to say.
                if !self.outcome.is_empty() {
                    mcp.outcome = self.outcome;
                }
            }
            used.record(&self.latchkey.recorder);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.write();
    }
}
