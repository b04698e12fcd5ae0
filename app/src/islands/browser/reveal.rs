//! The fresh key (`data-reveal`): a dialog that only its button closes. Escape asks; leaving the page erases the key from
//! it, so that "back" shows nothing even from a browser's memory.

use super::dom::{all, closest, find, find_in, on, window};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement};

const DIALOG: &str = "dialog[data-reveal]";

pub fn start() {
    let Some(dialog) = find(DIALOG).and_then(|found| found.dyn_into::<HtmlDialogElement>().ok()) else { return };
    // From "open in the page" to "modal": the rest of the page is out of reach until the key is saved.
    // (Not by `close`, whose event would come later and ask.)
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
    if let Some(copy) = find_in(&dialog, "[data-copy-from]") {
        let _ = copy.focus();
    }
    let asked = dialog.clone();
    on(&dialog, "cancel", move |event| {
        event.prevent_default();
        ask(&asked);
    });
    // Chrome closes a dialog on a second Escape whatever the first one's listener said: it comes back.
    let kept = dialog.clone();
    on(&dialog, "close", move |_| {
        let _ = kept.show_modal();
        ask(&kept);
    });
    on(window().as_ref(), "pagehide", |_| {
        for dialog in all(DIALOG) {
            dialog.set_text_content(None);
        }
    });
}

fn ask(dialog: &HtmlDialogElement) {
    if let Some(question) = find_in(dialog, "[data-ask]") {
        question.set_hidden(false);
    }
    if let Some(done) = find_in(dialog, "[data-done]") {
        let _ = done.focus();
    }
}

/// "I've saved my key" takes this page out of the history.
pub fn on_click(event: &Event) {
    let Some(link) = closest(event, "[data-done]") else { return };
    event.prevent_default();
    let _ = window().location().replace(&link.get_attribute("href").unwrap_or_default());
}
