//! Small words for the document.

use leptos::prelude::{document as leptos_document, window as leptos_window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Element, Event, HtmlElement, Window};

/// The document.
pub fn document() -> Document {
    leptos_document()
}

/// The window.
pub fn window() -> Window {
    leptos_window()
}

/// Listens on the document for as long as the page lives.
pub fn on_document(event: &str, listen: impl Fn(&Event) + 'static) {
    on(document().as_ref(), event, listen);
}

/// Listens on anything for as long as the page lives.
pub fn on(target: &web_sys::EventTarget, event: &str, listen: impl Fn(&Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| listen(&event));
    let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

/// The nearest element around where an event happened that matches a selector.
pub fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

/// The first element of the page that matches a selector.
pub fn find(selector: &str) -> Option<HtmlElement> {
    find_in(document().as_ref(), selector)
}

/// The first element inside `parent` that matches a selector.
pub fn find_in(parent: &web_sys::Node, selector: &str) -> Option<HtmlElement> {
    let found = match parent.dyn_ref::<Element>() {
        Some(element) => element.query_selector(selector),
        None => parent.dyn_ref::<Document>()?.query_selector(selector),
    };
    found.ok()??.dyn_into().ok()
}

/// All elements that match a selector.
pub fn all(selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = document().query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)?.dyn_into().ok()).collect()
}

/// Runs something after that many milliseconds; what it returns cancels it.
pub fn after(milliseconds: i32, run: impl FnOnce() + 'static) -> Option<i32> {
    let run = Closure::once_into_js(run);
    window().set_timeout_with_callback_and_timeout_and_arguments_0(run.unchecked_ref(), milliseconds).ok()
}
