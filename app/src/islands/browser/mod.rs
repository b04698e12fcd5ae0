//! What runs in the browser: listeners on the document, one subject a file. A page marks what it wants by `data-` attributes.

mod copy;
mod dialog;
mod dom;
mod focus;
mod form;
mod live;
mod menu;
mod redraw;
mod rename;
mod reveal;
mod tail;
mod toast;

use dom::on_document;

/// Starts everything, once a page.
pub fn start() {
    on_document("click", |event| {
        copy::on_click(event);
        dialog::on_click(event);
        menu::on_click(event);
        rename::on_click(event);
        reveal::on_click(event);
        tail::on_click(event);
    });
    on_document("keydown", |event| {
        menu::on_key(event);
        rename::on_key(event);
    });
    on_document("submit", |event| {
        form::on_submit(event);
        redraw::on_submit(event);
    });
    on_document("input", |event| {
        live::on_input(event);
        redraw::on_input(event);
    });
    on_document("change", live::on_change);
    reveal::start();
    tail::start();
    toast::start();
    focus::start();
    // Tests and styles can tell that the page is alive.
    if let Some(root) = dom::document().document_element() {
        let _ = root.set_attribute("data-ready", "");
    }
}
