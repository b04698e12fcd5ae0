//! What the program counts about itself. A request costs an atomic addition or two: every counter is made at the start and
//! found by number, without a lock or an allocation. Counted by `http`; read by `GET /metrics` ([`Latchkey::scrape`]).

mod scrape;

use crate::{
    Latchkey,
    surface::{Code, Surface},
};
use domain::time::Timestamp;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, core::Collector, proto::MetricFamily,
};
use std::time::Duration;

/// The surfaces whose decisions are timed.
const TIMED: [Surface; 3] = [Surface::Me, Surface::Verify, Surface::ForwardAuth];
/// Bounds of the histogram, in seconds: from an answer out of memory to the longest wait for the database.
const BOUNDS: [f64; 12] = [2.5e-6, 5e-6, 1e-5, 2.5e-5, 1e-4, 5e-4, 2.5e-3, 1e-2, 5e-2, 0.25, 1.0, 5.0];
/// First digits of HTTP statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters. One for a process.
pub(crate) struct Metrics {
    started: Timestamp,
    requests: IntCounterVec,
    /// By surface, code, and whether the answer was an error; `None` where the catalogue of codes has no such answer.
    by_surface: [[[Option<IntCounter>; 2]; Code::COUNT]; Surface::ALL.len()],
    decisions: HistogramVec,
    timed: [Histogram; TIMED.len()],
    console: IntCounterVec,
    by_class: [IntCounter; CLASSES.len()],
}

impl Metrics {
    /// All at nothing, counting from that moment on.
    pub fn new(started: Timestamp) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new(
                "latchkey_requests_total",
                "Requests of the data plane, by surface, code and status of the answer.",
            ),
            &["surface", "code", "status"],
        )?;
        let decisions = HistogramVec::new(
            HistogramOpts::new(
                "latchkey_decision_seconds",
                "From the request, and for verify its body, to the decision: forward auth decides about two keys.",
            )
            .buckets(BOUNDS.to_vec()),
            &["surface"],
        )?;
        let console = IntCounterVec::new(
            Opts::new(
                "latchkey_console_requests_total",
                "Requests of the console, its files included, by class of status.",
            ),
            &["status"],
        )?;
        let by_surface = Surface::ALL.map(|surface| {
            let mut codes: [[Option<IntCounter>; 2]; Code::COUNT] = Default::default();
            for code in surface.verdicts() {
                codes[code.index()][0] = Some(counter(&requests, surface, *code, surface.ok()));
            }
            for code in surface.errors() {
                codes[code.index()][1] = Some(counter(&requests, surface, *code, code.status()));
            }
            codes
        });
        Ok(Self {
            started,
            by_surface,
            requests,
            timed: TIMED.map(|surface| decisions.with_label_values(&[surface.name()])),
            decisions,
            by_class: CLASSES.map(|class| console.with_label_values(&[class])),
            console,
        })
    }

    /// Counts an answer of the data plane.
    pub fn answered(&self, surface: Surface, code: Code, status: u16) {
        match &self.by_surface[surface as usize][code.index()][usize::from(status >= 400)] {
            Some(counter) => counter.inc(),
            None => counter(&self.requests, surface, code, status).inc(),
        }
    }

    /// Counts a decision about a key, and how long it took.
    pub fn decided(&self, surface: Surface, took: Duration) {
        if let Some(at) = TIMED.iter().position(|timed| *timed == surface) {
            self.timed[at].observe(took.as_secs_f64());
        }
    }

    /// Counts an answer of the console.
    pub fn console(&self, status: u16) {
        let class = usize::from(status / 100).clamp(1, CLASSES.len());
        self.by_class[class - 1].inc();
    }

    /// What was counted, in the exposition's form.
    fn families(&self) -> Vec<MetricFamily> {
        [self.requests.collect(), self.decisions.collect(), self.console.collect()].concat()
    }
}

impl Latchkey {
    /// Counts a decision about a key that began then.
    pub(crate) fn decided(&self, surface: Surface, begun: Duration) {
        self.metrics.decided(surface, self.clock.steady().saturating_sub(begun));
    }
}

fn counter(requests: &IntCounterVec, surface: Surface, code: Code, status: u16) -> IntCounter {
    requests.with_label_values(&[surface.name(), code.text(), &status.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::refusal::Refusal;
    use prometheus::proto::Bucket;

    fn value(metrics: &Metrics, surface: Surface, code: Code, status: u16) -> u64 {
        counter(&metrics.requests, surface, code, status).get()
    }

    #[test]
    fn answers_are_counted_apart() {
        let metrics = Metrics::new(Timestamp(0)).unwrap();
        let disabled = Code::Refused(Refusal::KeyDisabled);
        metrics.answered(Surface::Verify, disabled, 200);
        metrics.answered(Surface::Verify, disabled, 200);
        metrics.answered(Surface::Verify, disabled, 401);
        metrics.answered(Surface::ForwardAuth, Code::Valid, 204);
        assert_eq!(value(&metrics, Surface::Verify, disabled, 200), 2, "what was said about the key in question");
        assert_eq!(value(&metrics, Surface::Verify, disabled, 401), 1, "the gateway key");
        assert_eq!(value(&metrics, Surface::ForwardAuth, Code::Valid, 204), 1);
        assert_eq!(value(&metrics, Surface::Me, Code::Valid, 200), 0);
    }

    #[test]
    fn an_answer_that_the_catalogue_lacks_is_counted_all_the_same() {
        let metrics = Metrics::new(Timestamp(0)).unwrap();
        metrics.answered(Surface::Health, Code::PayloadTooLarge, 413);
        assert_eq!(value(&metrics, Surface::Health, Code::PayloadTooLarge, 413), 1);
    }

    #[test]
    fn decisions_fall_into_their_bucket() {
        let metrics = Metrics::new(Timestamp(0)).unwrap();
        metrics.decided(Surface::Me, Duration::from_micros(3));
        metrics.decided(Surface::Other, Duration::from_secs(1));
        let families = metrics.decisions.collect();
        let me = families[0].get_metric().iter().find(|metric| metric.get_label()[0].value() == "me").unwrap();
        let buckets: Vec<u64> = me.get_histogram().get_bucket().iter().map(Bucket::cumulative_count).collect();
        assert_eq!((buckets[0], buckets[1], buckets[BOUNDS.len() - 1]), (0, 1, 1));
    }
}
