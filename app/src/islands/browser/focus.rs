//! Focus across a page that is loaded anew: a form in a key's row leaves word of where the focus was, and the next page puts
//! it there. Only for the keyboard: who clicked has seen where.

use super::dom::{find, window};
use web_sys::{HtmlFormElement, Storage};

const WORD: &str = "latchkey-focus";

/// Leaves word, if a form of a row was sent by the keyboard.
pub fn leave(form: &HtmlFormElement) {
    let (Ok(Some(row)), Some(_), Some(storage)) = (form.closest(".key-row"), find(":focus-visible"), storage()) else {
        return;
    };
    let part = if form.class_list().contains("key-switch") { ".switch" } else { ".key-more > summary" };
    let _ = storage.set_item(WORD, &format!("#{} {part}", row.id()));
}

/// Puts the focus where the page before had it.
pub fn start() {
    let Some(storage) = storage() else { return };
    let word = storage.get_item(WORD).ok().flatten();
    let _ = storage.remove_item(WORD);
    if let Some(place) = word.and_then(|word| find(&word)) {
        let _ = place.focus();
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}
