//! An answer on its way back, part by part as it comes. It ends when the key stops; dropped, because the client went away, it
//! cancels the request at the server.

use super::{
    LOOKED_THROUGH_MOST,
    events::Events,
    receipt::{Receipt, STOPPED, UPSTREAM},
    sight::{Cut, NotUnderstood},
    upstream::{NoAnswer, log, patience},
    waiting::Waiting,
    watch::{LOOK, Watch},
};
use crate::upstream::chain;
use axum::body::{Body, Bytes};
use domain::refusal::Refusal;
use futures::{StreamExt, stream::unfold};
use http_body_util::BodyDataStream;
use reqwest::Response;
use std::io;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// What is done with what comes.
pub(super) enum Way {
    /// It passes as it is.
    Whole,
    /// It is an event stream for a narrowed key.
    Events(Events),
}

pub(super) struct Relay {
    /// Without the answer's head: it would keep the whole of what was read with it, 8 KB, for as long as a stream is open.
    answer: BodyDataStream<reqwest::Body>,
    watch: Watch,
    receipt: Receipt,
    way: Way,
    /// An event stream may end at any time; anything else that ends early is broken off, so that nobody takes it for whole.
    is_stream: bool,
    /// Nobody owes a word: it may be silent for as long as it likes.
    may_be_silent: bool,
    waiting: Option<Waiting>,
    last: Instant,
    look: Interval,
    ended: bool,
    /// Why the key stopped, if it did.
    refusal: Refusal,
}

/// What the next look at the answer came to.
enum Next {
    Piece(Bytes),
    End,
    /// It ends before its time.
    Broken(&'static str),
}

impl Relay {
    pub fn new(
        answer: Response,
        watch: Watch,
        receipt: Receipt,
        is_stream: bool,
        may_be_silent: bool,
        waiting: Option<Waiting>,
    ) -> Self {
        let way = if is_stream && watch.sight.is_narrow() { Way::Events(Events::default()) } else { Way::Whole };
        let now = Instant::now();
        let mut look = interval_at(now + LOOK, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            answer: BodyDataStream::new(answer.into()),
            watch,
            receipt,
            way,
            is_stream,
            may_be_silent,
            waiting,
            last: now,
            look,
            ended: false,
            refusal: Refusal::Unavailable,
        }
    }

    /// The body for the client.
    pub fn into_body(self) -> Body {
        Body::from_stream(unfold(self, |mut relay| async {
            let piece = relay.piece().await?;
            Some((piece, relay))
        }))
    }

    /// All of it, cut to what the key sees: a list in JSON.
    pub async fn into_cut(mut self) -> Result<Vec<u8>, NoAnswer> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await {
            let piece = piece
                .map_err(|_| if self.receipt.is(STOPPED) { NoAnswer::Stopped(self.refusal) } else { NoAnswer::Away })?;
            if whole.len() + piece.len() > LOOKED_THROUGH_MOST {
                return Err(self.unreadable("its list is larger than what is looked through"));
            }
            whole.extend_from_slice(&piece);
        }
        let cut = str::from_utf8(&whole).map_err(|_| NotUnderstood).and_then(|text| self.watch.sight.cut(text));
        match cut {
            Ok(Cut::Whole) => Ok(whole),
            Ok(Cut::To(stays)) => Ok(stays),
            Err(NotUnderstood) => Err(self.unreadable("its list is not in the form of the protocol")),
        }
    }

    /// Ends it where nothing of the body is passed on.
    pub fn ended_well(mut self) {
        self.receipt.came_to("");
    }

    fn unreadable(&mut self, why: &str) -> NoAnswer {
        self.receipt.came_to(UPSTREAM);
        log(&self.watch, why);
        NoAnswer::Away
    }

    /// The next piece for the client.
    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        while !self.ended {
            let piece = match self.next().await {
                Next::Piece(piece) => piece,
                Next::End => {
                    self.receipt.came_to("");
                    self.ended = true;
                    return None;
                }
                Next::Broken(outcome) => return self.broken(outcome),
            };
            let Way::Events(events) = &mut self.way else {
                self.waiting.iter_mut().for_each(|waiting| waiting.heard(&piece));
                return Some(Ok(piece));
            };
            let passed = events.pass(&piece, &self.watch.sight);
            if passed.tools_changed {
                self.watch.target.tools.forget();
            }
            if passed.ends {
                log(&self.watch, "an event of its stream can't be looked through");
                let ends = self.broken(UPSTREAM);
                return if passed.on.is_empty() { ends } else { Some(Ok(passed.on.into())) };
            }
            // Else there is an event that is not whole yet.
            if !passed.on.is_empty() {
                return Some(Ok(passed.on.into()));
            }
        }
        None
    }

    fn broken(&mut self, outcome: &'static str) -> Option<io::Result<Bytes>> {
        self.receipt.came_to(outcome);
        self.ended = true;
        if !self.is_stream {
            return Some(Err(io::Error::other("the answer ends before its time")));
        }
        // A stream that a server broke off may be taken up again: its client is told nothing that would end that.
        let waiting = self.waiting.take().filter(|_| outcome == STOPPED)?;
        waiting.last_word(self.refusal).map(Ok)
    }

    fn stopped(&mut self, refusal: Refusal) -> Next {
        self.refusal = refusal;
        Next::Broken(STOPPED)
    }

    async fn next(&mut self) -> Next {
        loop {
            tokio::select! {
                piece = self.answer.next() => {
                    // Nothing passes once the key may not.
                    if let Err(refusal) = self.watch.holds().await {
                        return self.stopped(refusal);
                    }
                    self.last = Instant::now();
                    return match piece {
                        Some(Ok(piece)) => Next::Piece(piece),
                        None => Next::End,
                        Some(Err(error)) => {
                            let error = chain(&error.without_url());
                            tracing::warn!(server = self.watch.target.slug(), error, "an MCP server broke off its answer");
                            Next::Broken(UPSTREAM)
                        }
                    };
                }
                _ = self.look.tick() => {
                    if let Err(refusal) = self.watch.holds().await {
                        return self.stopped(refusal);
                    }
                    if !self.may_be_silent && self.last.elapsed() > patience(&self.watch) {
                        log(&self.watch, "it stopped in the middle of its answer");
                        return Next::Broken(UPSTREAM);
                    }
                }
            }
        }
    }
}
