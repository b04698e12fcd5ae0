//! Hears everything that the whole test process logs, at the finest level, and remembers what could be a secret: every
//! run of 20 or more characters of keys, passwords (the suite's own are base62), cookies and e-mail addresses. With
//! `LATCHKEY_TEST_LOG` set it prints the warnings too: what an instance complained of when a story failed.

use std::{
    collections::HashSet,
    env,
    fmt::{self, Write},
    sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, filter::LevelFilter, fmt::layer as fmt_layer, layer::Context, layer::SubscriberExt, util::SubscriberInitExt,
};

const SHORTEST: usize = 20;

static HEARD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
static ONCE: Once = Once::new();

/// Starts to listen, for the whole process. `log` records are heard too.
pub fn listen() {
    ONCE.call_once(|| {
        let printed = env::var_os("LATCHKEY_TEST_LOG").map(|_| fmt_layer().with_filter(LevelFilter::WARN));
        tracing_subscriber::registry().with(printed).with(Ear.with_filter(LevelFilter::TRACE)).init();
    });
}

/// Whether a text was logged, by itself or inside a longer one.
pub fn heard(text: &str) -> bool {
    assert!(text.len() >= SHORTEST, "{text} is too short to be listened for");
    assert!(text.chars().all(is_heard), "{text} would be heard in pieces, and never found");
    lock().iter().any(|token| token.contains(text))
}

/// Whether a character is part of what is remembered.
fn is_heard(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@')
}

fn lock() -> MutexGuard<'static, HashSet<String>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear;

impl<S: Subscriber> Layer<S> for Ear {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        text.remember();
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        values.record(&mut text);
        text.remember();
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        text.remember();
    }
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{value:?} ");
    }

    fn record_str(&mut self, _: &Field, value: &str) {
        let _ = write!(self.0, "{value} ");
    }
}

impl Text {
    fn remember(&self) {
        let mut heard = None;
        for token in self.0.split(|c| !is_heard(c)).filter(|token| token.len() >= SHORTEST) {
            let heard = heard.get_or_insert_with(lock);
            if !heard.contains(token) {
                heard.insert(token.to_owned());
            }
        }
    }
}
