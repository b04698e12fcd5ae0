//! Menus close by Escape, by a click elsewhere and once something in them was chosen.

use super::dom::{all, closest, find_in};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent};

const OPEN: &str = "details.menu[open]";

pub fn on_click(event: &Event) {
    let inside = closest(event, "details.menu");
    let chosen = closest(event, ".menu-item").is_some();
    for menu in all(OPEN) {
        let within = inside.as_ref() == Some(menu.as_ref());
        if chosen || !within {
            close(&menu);
        }
        if chosen && within {
            focus_summary(&menu);
        }
    }
}

pub fn on_key(event: &Event) {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
    if key.key() != "Escape" {
        return;
    }
    for menu in all(OPEN) {
        close(&menu);
        focus_summary(&menu);
    }
}

/// What was chosen goes with the menu; the focus stays where the menu was opened.
fn focus_summary(menu: &HtmlElement) {
    if let Some(summary) = find_in(menu, "summary") {
        let _ = summary.focus();
    }
}

fn close(menu: &HtmlElement) {
    let _ = menu.remove_attribute("open");
}
