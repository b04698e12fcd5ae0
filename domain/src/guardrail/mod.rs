//! Guardrails: rules on what goes to a model and what comes back. Read from the guardrail's form and from the store; asked by the
//! model relay about every text of a request and of its answer, and by the form's “try it” box.
//!
//! # How it is used
//!
//! 1. [`RawGuardrail::check`] reads the form; [`Guardrail`] is kept as JSON beside name and description.
//! 2. [`Compiled::new`] makes a guardrail ready, once when it is loaded; the relay keeps it beside the key's record.
//! 3. For a request: [`Compiled::judge_size`] of the whole input, then [`Compiled::judge`] of each of its texts (the strings of
//!    messages and tool results, not the JSON around them), each [`Verdict`] put in its place. Reports are joined by
//!    [`Report::add`].
//! 4. For an answer that is there as a whole: the same with [`Side::Output`]. For a stream: one [`Scanner`] for each text in
//!    it (each choice's content, each tool call's arguments), fed with what its events add: [`Scanner::push`] gives what may go
//!    on, [`Scanner::end`] the rest.
//!
//! ```
//! use domain::guardrail::{Compiled, RawGuardrail, RawRule, Side, Verdict};
//! let rule = RawRule { find: "email".into(), effect: "redact".into(), side: "both".into(), ..RawRule::default() };
//! let form = RawGuardrail { name: "Personal data".into(), rules: vec![rule], ..RawGuardrail::default() };
//! let ready = Compiled::new(&form.check().unwrap().guardrail).unwrap();
//! let judged = ready.judge(Side::Input, "Write to ada@example.com.");
//! assert_eq!(judged.verdict, Verdict::Redacted("Write to [e-mail].".into()));
//!
//! let mut stream = ready.scan(Side::Output);
//! assert_eq!(stream.push("Write to ad").unwrap(), "Write to ");
//! assert_eq!(stream.push("a@example.com, ").unwrap(), "[e-mail], ");
//! assert_eq!(stream.end().unwrap(), "");
//! assert_eq!(stream.report().hits[0].times, 1);
//! ```
//!
//! # The law of streams
//!
//! However a text is cut into pieces, what the scanner gives out is together what [`Compiled::judge`] makes of the whole text,
//! the hits are the same, and it is denied if and only if the whole text is. Of a denied text nothing of the match has gone out,
//! though what stood before it may have. (Where several rules deny, the whole text is denied by the first of them, the stream
//! by the one whose match is known first.)
//!
//! For that a rule decides a place of the text only when nothing that follows could change its mind. A place is *open* while all
//! the text from there on is the beginning of something that the rule's pattern matches, a whole match included, which may
//! grow (more digits, and it is no card) or end badly (a letter, and the word goes on). A match counts once no place at or before
//! its beginning is open, and only text before the first open place goes out. So ordinary text is not held back for longer
//! than the last word of it.
//!
//! The law holds for matches up to [`WINDOW`] bytes, which every form of the built-in detectors is. A place that has been open
//! for more is decided by what is known: if the pattern matches there, the match counts as far as the text is known, and what
//! follows is looked at afresh; if it does not, the place goes out, and with it the beginning of a longer match, should it come
//! to one. Whole texts have no such bound. A pattern whose matches may begin anywhere and go on over anything (`(?s).*secret`)
//! holds back the whole window, always.
//!
//! Private keys are the exception: their begin line counts by itself, and everything to their end line is withheld, however
//! long; to the end of the text, if there is no end line.
//!
//! # Its cost
//!
//! A short text in which no rule has a candidate costs one pass of one automaton, whatever the number of rules; a longer one a
//! search for what rules begin with, many bytes at a time, and a look at its digits. Own patterns are linear in time. Those that
//! begin with no letters of their own, as `[A-Z]{3}\d{4}` does, take a pass over every byte; those with Unicode's word border `\b`
//! are slower on text beyond ASCII that holds something like them, where `(?-u:\b)` is not.

mod beginnings;
mod compiled;
mod detect;
mod fields;
mod finder;
pub mod openai;
mod pattern;
mod pieces;
mod rule;
mod sieve;
mod stage;
mod stream;
#[cfg(test)]
mod tests;
mod verdict;

pub use compiled::Compiled;
pub use detect::Detector;
pub use fields::{Guardrail, INPUT_MOST, MOST_RULES, NewGuardrail, RawGuardrail, description, max_input, name};
pub use finder::COMPILED_MOST;
pub use pieces::Piece;
pub use rule::{Effect, Find, PATTERN_MOST, REMOVED, REPLACEMENT_MOST, RawRule, Rule, Side, Sides, WORD_MOST};
pub use stream::Scanner;
pub use verdict::{Denial, Hit, Judgement, Report, Verdict};

/// The longest match, in bytes, that is found in a stream however it is cut.
pub const WINDOW: usize = 2048;
