//! A guardrail made ready: built once when it is loaded, shared by all requests of its keys. Judges whole texts, and starts
//! the scanners of streams.

use super::{
    Guardrail, Scanner, Side,
    fields::numbered,
    finder::{Finder, Gate, TOGETHER_MOST},
    rule::{Effect, Rule},
    sieve::Sieve,
    stage::{Cursor, Step, advance},
    verdict::{Denial, Judgement, Report, Verdict},
};
use crate::field::FieldError;
use std::{borrow::Cow, num::NonZeroU32, sync::Arc};

/// The longest text of which is asked first whether any rule has a candidate in it, in bytes: in longer ones the sieve is quicker.
const SHORT: usize = 128;

/// A guardrail made ready. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Compiled {
    input: Arc<Lane>,
    output: Arc<Lane>,
    max_input: Option<NonZeroU32>,
    dry_run: bool,
}

/// The rules of one side.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) rules: Vec<Ready>,
    pub(super) gate: Option<Gate>,
    sieve: Sieve,
}

/// A rule made ready.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) place: usize,
    finder: Arc<Finder>,
    effect: Effect,
}

impl Compiled {
    /// Makes a guardrail ready: some milliseconds of work, so once when it is loaded and not at each request. It fails only if
    /// what was kept holds a pattern that [`RawGuardrail::check`](super::RawGuardrail::check) would refuse; then no request
    /// must pass.
    pub fn new(guardrail: &Guardrail) -> Result<Self, FieldError> {
        let each = guardrail.rules.iter().enumerate();
        let ready: Vec<(&Rule, Ready)> = each
            .map(|(place, rule)| {
                let finder = rule.find.finder().map_err(|error| numbered(place, &error))?;
                Ok((rule, Ready { place, finder, effect: rule.effect.clone() }))
            })
            .collect::<Result<_, FieldError>>()?;
        let of =
            |side: Side| ready.iter().filter(move |(rule, _)| rule.side.covers(side)).map(|(_, ready)| ready.clone());
        let input = Arc::new(Lane::of(of(Side::Input).collect()));
        let alike = ready.iter().all(|(rule, _)| rule.side.covers(Side::Input) && rule.side.covers(Side::Output));
        let output = if alike { Arc::clone(&input) } else { Arc::new(Lane::of(of(Side::Output).collect())) };
        Ok(Self { input, output, max_input: guardrail.max_input, dry_run: guardrail.dry_run })
    }

    /// Judges the size of an input: of the request's body, or of its texts together, as the caller counts. Asked before any of
    /// them is judged.
    #[must_use]
    pub fn judge_size(&self, bytes: usize) -> Judgement {
        let most = self.max_input.map_or(usize::MAX, |most| usize::try_from(most.get()).unwrap_or(usize::MAX));
        let mut report = Report::default();
        if bytes > most {
            report.deny(Denial::Size);
        }
        self.judged(report, None)
    }

    /// Judges a text that is there as a whole. An input that is by itself above the maximum is denied for its size.
    ///
    /// Rules are applied in their order; each sees what those before it have redacted. The first that denies decides.
    #[must_use]
    pub fn judge(&self, side: Side, text: &str) -> Judgement {
        if side == Side::Input {
            let by_size = self.judge_size(text.len());
            if by_size.report.denial.is_some() {
                return by_size;
            }
        }
        let lane = self.lane(side);
        let mut report = Report::default();
        if lane.passes(text) {
            return self.judged(report, None);
        }
        let candidates = lane.sieve.candidates(text);
        let mut now = Cow::Borrowed(text);
        for (rule, is_candidate) in lane.rules.iter().zip(candidates) {
            // Once a rule has changed the text, each that follows is asked about that.
            if !is_candidate && matches!(now, Cow::Borrowed(_)) {
                continue;
            }
            let Some(found) = rule.finder.next(&now, 0, usize::MAX) else { continue };
            let mut out = now[..found.start].to_owned();
            let mut cursor = Cursor::at(found.start);
            match advance(rule.parts(), &now, &mut cursor, true, &mut out) {
                Step::Went(times) => report.count(rule.place, times),
                Step::Denied => {
                    report.deny(Denial::Rule(rule.place));
                    return self.judged(report, None);
                }
            }
            now = Cow::Owned(out);
        }
        let changed = if let Cow::Owned(text) = now { Some(text) } else { None };
        self.judged(report, changed)
    }

    /// Begins the scan of a text that comes in pieces: one scanner for each of them, such as each choice of an answer.
    #[must_use]
    pub fn scan(&self, side: Side) -> Scanner {
        Scanner::new(Arc::clone(self.lane(side)), self.dry_run)
    }

    /// Whether no rule looks at that side: then its texts need not be taken apart at all.
    #[must_use]
    pub fn is_idle(&self, side: Side) -> bool {
        self.lane(side).rules.is_empty()
    }

    /// Whether it only records.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    pub(super) fn lane(&self, side: Side) -> &Arc<Lane> {
        match side {
            Side::Input => &self.input,
            Side::Output => &self.output,
        }
    }

    fn judged(&self, report: Report, changed: Option<String>) -> Judgement {
        let verdict = match (self.dry_run, report.denial, changed) {
            (false, Some(why), _) => Verdict::Denied(why),
            (false, None, Some(text)) => Verdict::Redacted(text),
            (true, ..) | (false, None, None) => Verdict::Passes,
        };
        Judgement { verdict, report }
    }
}

impl Lane {
    fn of(rules: Vec<Ready>) -> Self {
        let finders = || rules.iter().map(|rule| &*rule.finder);
        let gate = if rules.is_empty() { None } else { Gate::before(finders()) };
        let room = TOGETHER_MOST.saturating_sub(gate.as_ref().map_or(0, Gate::bytes));
        let sieve = Sieve::before(finders(), room);
        Self { rules, gate, sieve }
    }

    /// Whether a text is known to be one in which no rule finds anything, before any of them is asked.
    fn passes(&self, text: &str) -> bool {
        let gate = self.gate.as_ref().filter(|_| text.len() <= SHORT);
        self.rules.is_empty() || gate.is_some_and(|gate| gate.first(text, 0).is_none())
    }
}

impl Ready {
    pub(super) fn parts(&self) -> (&Finder, &Effect) {
        (&self.finder, &self.effect)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{RawGuardrail, RawRule},
        *,
    };

    /// The bytes that it takes, but for the detectors, which all share.
    fn bytes(ready: &Compiled) -> usize {
        let lanes = [&ready.input, &ready.output];
        let gates: usize = lanes.iter().filter_map(|lane| lane.gate.as_ref()).map(Gate::bytes).sum();
        let sieves: usize = lanes.iter().map(|lane| lane.sieve.bytes()).sum();
        let mut finders: Vec<_> = lanes.iter().flat_map(|lane| &lane.rules).map(|rule| &rule.finder).collect();
        finders.sort_by_key(|finder| Arc::as_ptr(finder));
        finders.dedup_by_key(|finder| Arc::as_ptr(finder));
        gates + sieves + finders.iter().map(|finder| finder.bytes()).sum::<usize>()
    }

    fn rule(find: &str, text: &str, side: &str) -> RawRule {
        let [find, text, effect, side] = [find, text, "deny", side].map(String::from);
        RawRule { find, text, effect, side, ..RawRule::default() }
    }

    #[test]
    fn no_guardrail_takes_more_than_16_mib() {
        // Nearly as large as a pattern may be, and in two lanes.
        let large =
            (0..9).map(|n| rule("pattern", &format!(r"\w{{17}}{n}"), if n % 2 == 0 { "input" } else { "output" }));
        let small = rule("word", "project x", "both");
        let rules: Vec<_> = large.chain([small]).collect();
        let mut raw = RawGuardrail { name: "x".into(), rules, ..RawGuardrail::default() };
        let errors = raw.check().unwrap_err();
        assert!(errors.iter().all(|error| error.message.contains("more than 12 MiB of memory together")), "{errors:?}");
        assert!(errors.iter().all(|error| error.field != "rules.10.text"), "what is small still has room");
        let refused: Vec<_> =
            (0..9).filter(|at| errors.iter().any(|e| e.field == format!("rules.{}.text", at + 1))).collect();
        assert_eq!(refused, (9 - refused.len()..9).collect::<Vec<_>>());
        raw.rules.drain(9 - refused.len()..9);
        let ready = Compiled::new(&raw.check().unwrap().guardrail).unwrap();
        let bytes = bytes(&ready);
        assert!((9 << 20..=16 << 20).contains(&bytes), "{bytes}");
    }

    #[test]
    fn fifty_phrases_have_room() {
        let phrases = (0..50).map(|n| rule("word", &format!("the number {n} of project Blue Wren"), "both")).collect();
        let raw = RawGuardrail { name: "x".into(), rules: phrases, ..RawGuardrail::default() };
        let ready = Compiled::new(&raw.check().unwrap().guardrail).unwrap();
        assert!(bytes(&ready) < 16 << 20, "{}", bytes(&ready));
        assert!(ready.input.gate.is_some(), "and they are asked for together");
    }
}
