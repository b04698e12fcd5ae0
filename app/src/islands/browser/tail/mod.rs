//! The log as it grows (`data-tail` has the address of its stream): while the switch is on, new rows take their place in the list.
//! They are held back while it is paused or scrolled out of sight, and counted; a stream that breaks off is begun again.

mod rows;

use super::{
    dom::{after, closest, find, find_in, on, window},
    toast::announce,
};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventSource, HtmlElement, MessageEvent};

/// Between two words about how many requests came: every row would be too much to hear.
const SAID_EVERY: i32 = 5_000;
/// How often a stream that was refused is tried again, and the pause before. One that only broke off the browser begins again.
const TRIES: u32 = 12;
const AGAIN: i32 = 5_000;
/// How often the rows say anew how long ago they were.
const AGED_EVERY: i32 = 20_000;

#[derive(Default)]
struct Tail {
    source: Option<EventSource>,
    /// Where the stream goes on.
    since: String,
    paused: bool,
    /// Rows that wait to be shown.
    held: Vec<Element>,
    /// New requests that nothing was said of yet.
    unsaid: usize,
    tries: u32,
}

thread_local! {
    static TAIL: RefCell<Tail> = RefCell::default();
}

fn with<T>(change: impl FnOnce(&mut Tail) -> T) -> T {
    TAIL.with_borrow_mut(change)
}

/// The bar with the switch.
fn bar() -> Option<HtmlElement> {
    find("[data-tail]")
}

fn part(selector: &str) -> Option<HtmlElement> {
    find_in(bar()?.as_ref(), selector)
}

pub fn start() {
    let Some(bar) = bar() else { return };
    with(|tail| tail.since = bar.get_attribute("data-tail-since").unwrap_or_default());
    on(window().as_ref(), "scroll", |_| {
        if with(|tail| !tail.paused && !tail.held.is_empty()) && rows::in_sight() {
            show();
        }
    });
    // A page in the browser's memory holds no connection; it goes on when it is back.
    on(window().as_ref(), "pagehide", |_| close());
    on(window().as_ref(), "pageshow", |_| {
        if is_on() && with(|tail| tail.source.is_none()) {
            open();
        }
    });
    age();
}

pub fn on_click(event: &Event) {
    if closest(event, "[data-tail-switch]").is_some() {
        turn(!is_on());
    } else if closest(event, "[data-tail-pause]").is_some() {
        pause(with(|tail| !tail.paused));
    } else if closest(event, "[data-tail-new]").is_some() {
        pause(false);
        // The button goes away: the focus goes on where the list begins.
        if let Some(switch) = part("[data-tail-switch]") {
            let _ = switch.focus();
        }
        if let Some(bar) = bar() {
            bar.scroll_into_view();
        }
    }
}

fn is_on() -> bool {
    let checked = part("[data-tail-switch]").and_then(|switch| switch.get_attribute("aria-checked"));
    checked.as_deref() == Some("true")
}

fn turn(to: bool) {
    if let Some(switch) = part("[data-tail-switch]") {
        let _ = switch.set_attribute("aria-checked", if to { "true" } else { "false" });
    }
    if let Some(pause) = part("[data-tail-pause]") {
        pause.set_hidden(!to);
    }
    pause(false);
    state("");
    close();
    if to {
        with(|tail| tail.tries = 0);
        open();
    }
}

fn pause(to: bool) {
    with(|tail| tail.paused = to);
    if let Some(pause) = part("[data-tail-pause]") {
        pause.set_text_content(Some(if to { "Resume" } else { "Pause" }));
    }
    if !to {
        show();
    }
}

fn state(words: &str) {
    if let Some(state) = part("[data-tail-state]") {
        state.set_text_content(Some(words));
    }
}

fn close() {
    if let Some(source) = with(|tail| tail.source.take()) {
        source.close();
    }
}

fn open() {
    let Some(address) = bar().and_then(|bar| bar.get_attribute("data-tail")) else { return };
    let joint = if address.contains('?') { '&' } else { '?' };
    let since = with(|tail| tail.since.clone());
    state("Connecting");
    let Ok(source) = EventSource::new(&format!("{address}{joint}since={since}")) else { return };
    on(&source, "open", |_| {
        with(|tail| tail.tries = 0);
        state("Waiting for requests");
    });
    on(&source, "message", |event| {
        if let Some(message) = event.dyn_ref::<MessageEvent>() {
            with(|tail| tail.since = message.last_event_id());
            take(rows::read(&message.data().as_string().unwrap_or_default()));
        }
    });
    let asked = source.clone();
    on(&source, "error", move |_| broken(&asked));
    with(|tail| tail.source = Some(source));
}

/// A stream that broke off is begun again by the browser, one that was refused by us: a while, for whoever is signed out is
/// refused for good.
fn broken(source: &EventSource) {
    if with(|tail| tail.source.as_ref() != Some(source)) {
        return;
    }
    state("Connecting again");
    if source.ready_state() != EventSource::CLOSED {
        return;
    }
    close();
    let tries = with(|tail| {
        tail.tries += 1;
        tail.tries
    });
    if tries > TRIES {
        turn(false);
        state("Stopped. Load the page again.");
        announce("Live has stopped. Load the page again.");
        return;
    }
    after(AGAIN, || {
        if is_on() && with(|tail| tail.source.is_none()) {
            open();
        }
    });
}

fn take(fresh: Vec<Element>) {
    let fresh: Vec<Element> =
        fresh.into_iter().filter(|row| !rows::is_shown(row) && !with(|tail| rows::is_among(row, &tail.held))).collect();
    if fresh.is_empty() {
        return;
    }
    let (first_word, paused) = with(|tail| {
        let first_word = tail.unsaid == 0;
        tail.unsaid += fresh.len();
        tail.held.extend(fresh);
        rows::keep_newest(&mut tail.held);
        (first_word, tail.paused)
    });
    if first_word {
        after(SAID_EVERY, || {
            let count = with(|tail| std::mem::take(&mut tail.unsaid));
            announce(&counted(count, count >= rows::KEPT));
        });
    }
    state("");
    if paused || !rows::in_sight() { offer() } else { show() }
}

/// Shows what was held back.
fn show() {
    let held = with(|tail| std::mem::take(&mut tail.held));
    rows::insert(&held);
    offer();
}

/// Says how many are held back, on the button that shows them.
fn offer() {
    let held = with(|tail| tail.held.len());
    if let Some(button) = part("[data-tail-new]") {
        button.set_text_content(Some(&counted(held, held >= rows::KEPT)));
        button.set_hidden(held == 0);
    }
}

fn counted(count: usize, or_more: bool) -> String {
    match (count, or_more) {
        (1, _) => "1 new request".into(),
        (count, false) => format!("{count} new requests"),
        (count, true) => format!("{count} or more new requests"),
    }
}

/// Lets the rows age, for as long as the page lives.
fn age() {
    after(AGED_EVERY, || {
        if is_on() {
            rows::age();
        }
        age();
    });
}
