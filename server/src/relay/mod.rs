//! The model relay: `/v1/*` in the form of OpenAI's API, forwarded to the providers of the key's workspace with their API keys
//! in the place of the client's. `door` says which path is what; a call (`call`) is read and judged (`ready`), its key's guardrail
//! looks at it (`guard`), what it may cost is held of its key's cap (`hold`), it is sent to one provider after another (`upstream`), and
//! its answer goes back as it comes (`stream`), counted on the way (`count`). Where the workspace wants it, what passes is
//! sampled (`crate::samples`). `docs/models.md` says what a client meets.

mod again;
mod bill;
mod body;
mod call;
mod count;
mod door;
mod events;
mod guard;
mod guardrails;
mod hold;
mod kept;
mod last_words;
mod list;
mod patience;
mod reading;
mod ready;
mod recover;
mod repeats;
mod room;
mod stream;
mod tell;
mod texts;
mod understood;
mod upstream;
mod watch;

pub(crate) use door::relay;
pub(crate) use guardrails::Guardrails;
pub(crate) use hold::Settling;
pub(crate) use recover::recover;
pub use room::RELAY_MEMORY;
pub(crate) use room::Room;
pub(crate) use tell::broke_down;

use std::time::Duration;

/// The most bytes of a request's body: images stand in it.
const REQUEST_MOST: usize = 32 * 1024 * 1024;
/// The most bytes of an answer that is not streamed: it is held until it is whole, so that another provider can still be tried.
const ANSWER_MOST: usize = 64 * 1024 * 1024;
/// The most bytes of one event of a stream.
const EVENT_MOST: usize = 16 * 1024 * 1024;
/// The longest that a request may take altogether, its stream included. What is held of a cap for longer than this belongs to
/// a request whose process died.
const LONGEST: Duration = Duration::from_hours(1);
/// The same, as time stamps count.
const LONGEST_MILLIS: i64 = domain::time::HOUR;
