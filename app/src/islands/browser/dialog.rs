//! Links that open a dialog of the page instead of leaving it (`data-dialog`), and what closes it (`data-close`).

use super::dom::{closest, find};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, MouseEvent};

pub fn on_click(event: &Event) {
    if let Some(link) = closest(event, "[data-dialog]") {
        let plain = event
            .dyn_ref::<MouseEvent>()
            .is_none_or(|click| !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.button() != 0));
        let dialog = link.get_attribute("data-dialog").and_then(|id| find(&format!("#{id}")));
        let dialog = dialog.and_then(|found| found.dyn_into::<HtmlDialogElement>().ok());
        // A click that opens a tab stays one.
        if let (true, Some(dialog)) = (plain, dialog)
            && dialog.show_modal().is_ok()
        {
            event.prevent_default();
        }
    } else if let Some(button) = closest(event, "[data-close]")
        && let Ok(Some(dialog)) = button.closest("dialog")
    {
        dialog.unchecked_into::<HtmlDialogElement>().close();
    }
}
