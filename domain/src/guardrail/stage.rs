//! One rule at work on a text that comes in pieces: what may go is handed on, what may still become a match is held back. The
//! whole text is a single, last piece. Put in a row by the judge and by the scanner.

use super::{WINDOW, finder::Finder, rule::Effect};

/// How much of the text that has gone is kept, for borders that look back: two characters at least.
const CONTEXT: usize = 8;
/// Longer than any end line of a private key.
const END_MOST: usize = 128;

/// How far a rule has come in a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// Everything before is decided.
    pub(super) at: usize,
    /// It stands inside a match that runs on to an end of its own.
    inside: bool,
}

impl Cursor {
    /// Everything before `at` is decided.
    pub(super) fn at(at: usize) -> Self {
        Self { at, inside: false }
    }
}

/// What a rule did to the text that it went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many matches were replaced.
    Went(u32),
    /// It denies.
    Denied,
}

/// Goes on over `text` as far as that is certain, to its end if nothing more comes, and writes to `out` what goes on.
pub(super) fn advance(
    (finder, effect): (&Finder, &Effect),
    text: &str,
    cursor: &mut Cursor,
    last: bool,
    out: &mut String,
) -> Step {
    let open = |at| if last { usize::MAX } else { finder.open(text, at) };
    let mut times = 0;
    let mut undecided = open(cursor.at);
    loop {
        if cursor.inside && !leave(finder, text, cursor, last) {
            return Step::Went(times);
        }
        if undecided < cursor.at {
            undecided = open(cursor.at);
        }
        let Some(found) = finder.next(text, cursor.at, undecided) else {
            let decided = undecided.min(text.len());
            out.push_str(&text[cursor.at..decided]);
            cursor.at = decided;
            return Step::Went(times);
        };
        let Effect::Redact(replacement) = effect else { return Step::Denied };
        times += 1;
        out.push_str(&text[cursor.at..found.start]);
        out.push_str(replacement);
        *cursor = Cursor { at: found.end, inside: finder.end().is_some() };
    }
}

/// Goes to the end of the match that the cursor stands in, and says whether it was there.
fn leave(finder: &Finder, text: &str, cursor: &mut Cursor, last: bool) -> bool {
    if let Some(end) = finder.end().and_then(|end| end.find_at(text, cursor.at)) {
        *cursor = Cursor { at: end.end, inside: false };
        return true;
    }
    let kept = if last { 0 } else { END_MOST };
    cursor.at = cursor.at.max(text.floor_char_boundary(text.len().saturating_sub(kept)));
    false
}

/// A rule's place in a stream: the text that it holds back, after a little of what has gone.
#[derive(Debug, Default)]
pub(super) struct Stage {
    text: String,
    cursor: Cursor,
}

impl Stage {
    /// Takes a piece, and writes to `out` what may go.
    pub(super) fn take(&mut self, rule: (&Finder, &Effect), piece: &str, last: bool, out: &mut String) -> Step {
        self.text.push_str(piece);
        let step = advance(rule, &self.text, &mut self.cursor, last, out);
        self.cursor.at = trim(&mut self.text, self.cursor.at);
        step
    }

    /// Takes a piece that is known to go by as it is, while nothing is held back.
    pub(super) fn skip(&mut self, piece: &str) {
        self.text.push_str(piece);
        let at = self.text.len();
        self.cursor.at = trim(&mut self.text, at);
    }

    /// Whether it holds nothing back.
    pub(super) fn is_idle(&self) -> bool {
        !self.cursor.inside && self.cursor.at == self.text.len()
    }
}

/// Drops what lies before `at` but for a little, and answers where `at` is now.
pub(super) fn trim(text: &mut String, at: usize) -> usize {
    let from = text.floor_char_boundary(at.saturating_sub(CONTEXT));
    // Moving what is held for every few bytes would cost more than keeping them.
    if from > 0 && (from >= WINDOW || at == text.len()) {
        text.drain(..from);
        return at - from;
    }
    at
}
