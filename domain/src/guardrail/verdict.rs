//! What a guardrail says to a text, and what is recorded of it: which rules hit and how often, never what they found.

use serde::{Deserialize, Serialize};

/// Why a guardrail refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// A rule that denies found something: its place in [`Guardrail::rules`](super::Guardrail::rules), from zero on.
    Rule(usize),
    /// The input is larger than [`Guardrail::max_input`](super::Guardrail::max_input).
    Size,
}

/// What becomes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on as it is.
    Passes,
    /// This goes on in its place.
    Redacted(String),
    /// It does not go on.
    Denied(Denial),
}

/// How often a rule hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hit {
    /// Its place in [`Guardrail::rules`](super::Guardrail::rules), from zero on.
    pub rule: usize,
    /// How many pieces of text it redacted, or 1 where it denied.
    pub times: u32,
}

/// What is recorded of one text, or by [`add`](Self::add) of all texts of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The rules that hit, by their place.
    pub hits: Vec<Hit>,
    /// Why it was denied, or in a dry run would have been.
    pub denial: Option<Denial>,
}

/// A verdict and its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What becomes of the text. In a dry run it always passes.
    pub verdict: Verdict,
    /// What hit; in a dry run, what would have.
    pub report: Report,
}

impl Report {
    /// Whether nothing hit.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.hits.is_empty() && self.denial.is_none()
    }

    /// Adds what another text's report says. The first denial stays.
    pub fn add(&mut self, other: &Self) {
        for hit in &other.hits {
            self.count(hit.rule, hit.times);
        }
        self.denial = self.denial.or(other.denial);
    }

    pub(super) fn count(&mut self, rule: usize, times: u32) {
        if times == 0 {
            return;
        }
        match self.hits.binary_search_by_key(&rule, |hit| hit.rule) {
            Ok(at) => self.hits[at].times = self.hits[at].times.saturating_add(times),
            Err(at) => self.hits.insert(at, Hit { rule, times }),
        }
    }

    pub(super) fn deny(&mut self, why: Denial) {
        if let Denial::Rule(rule) = why {
            self.count(rule, 1);
        }
        self.denial = self.denial.or(Some(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_many_texts_are_one() {
        let mut all = Report::default();
        assert!(all.is_clean());
        for (rule, times) in [(3, 2), (0, 1), (3, 1), (1, 0)] {
            let mut one = Report::default();
            one.count(rule, times);
            all.add(&one);
        }
        let mut denied = Report::default();
        denied.deny(Denial::Rule(2));
        all.add(&denied);
        all.add(&Report { denial: Some(Denial::Size), ..Report::default() });
        let hit = |rule, times| Hit { rule, times };
        assert_eq!(all.hits, [hit(0, 1), hit(2, 1), hit(3, 3)]);
        assert_eq!(all.denial, Some(Denial::Rule(2)));
    }
}
