//! Words over the page, and words for assistive technology alone.

use super::dom::{after, all, document, find};
use web_sys::HtmlElement;

/// Toasts that the server rendered go away after a while.
pub fn start() {
    let _ = place();
    for toast in all("[data-toast]") {
        after(6_000, move || toast.remove());
    }
}

/// Shows a word for a while.
pub fn say(text: &str) {
    put(text, "toast", 6_000);
}

/// Says a word to assistive technology alone.
pub fn announce(text: &str) {
    put(text, "visually-hidden", 2_000);
}

/// Where words stand: inside the open dialog if there is one, for what lies under it is neither seen nor heard.
fn place() -> Option<HtmlElement> {
    let words = find("#toasts")?;
    let around = find("dialog:modal").or_else(|| document().body())?;
    if words.parent_element().as_ref() != Some(around.as_ref()) {
        around.append_child(&words).ok()?;
    }
    Some(words)
}

fn put(text: &str, class: &str, milliseconds: i32) {
    let Some(place) = place() else { return };
    let Ok(toast) = document().create_element("p") else { return };
    toast.set_class_name(class);
    toast.set_text_content(Some(text));
    let _ = place.append_child(&toast);
    after(milliseconds, move || toast.remove());
}
