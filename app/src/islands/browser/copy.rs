//! Copying (`data-copy` has the text, `data-copy-from` the id of what holds it, `data-copy-key` the id of a key that is
//! revealed for it and shown nowhere) and downloading (`data-download`).

use super::{
    dom::{after, closest, document, find, window},
    form::{Refused, post},
    toast,
};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Element, Event, HtmlAnchorElement, HtmlElement, HtmlTextAreaElement, Url, UrlSearchParams};

pub fn on_click(event: &Event) {
    if let Some(button) = closest(event, "[data-copy], [data-copy-from]") {
        let from = button.get_attribute("data-copy-from").and_then(|id| find(&format!("#{id}")));
        let text = button.get_attribute("data-copy").or_else(|| from?.text_content());
        spawn_local(copy(button, text.unwrap_or_default()));
    } else if let Some(button) = closest(event, "[data-copy-key]") {
        spawn_local(async move {
            let (id, workspace) = (button.get_attribute("data-copy-key"), button.get_attribute("data-workspace"));
            match reveal(&workspace.unwrap_or_default(), &id.unwrap_or_default()).await {
                Ok(Ok(revealed)) => {
                    copy(button, revealed.key).await;
                    toast::say("The key is copied. The audit log says so.");
                }
                Ok(Err(refused)) => toast::say(&refused.message),
                Err(_) => toast::say("Latchkey can't be reached. Try again."),
            }
        });
    } else if let Some(button) = closest(event, "[data-download]") {
        let name = button.get_attribute("data-download").unwrap_or_default();
        download(&name, &button.get_attribute("data-text").unwrap_or_default());
    }
}

#[derive(Deserialize)]
struct Revealed {
    key: String,
}

/// Asks for a key's secret; it goes to the clipboard and nowhere else.
async fn reveal(workspace: &str, key: &str) -> Result<Result<Revealed, Refused>, JsValue> {
    let form = UrlSearchParams::new()?;
    form.append("workspace", workspace);
    form.append("key", key);
    post("/console/copy_key", &form).await
}

async fn copy(button: Element, text: String) {
    // The clipboard is missing on plain HTTP, and may be refused: then the old way, and at last the person's own hands.
    let clipboard = js_sys::Reflect::get(window().navigator().as_ref(), &JsValue::from_str("clipboard"));
    let written = match clipboard.map(|clipboard| clipboard.is_undefined()) {
        Ok(false) => JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok(),
        _ => false,
    };
    if written || copy_by_selection(&button, &text) {
        let _ = button.set_attribute("data-copied", "");
        toast::announce("Copied");
        after(2_000, move || {
            let _ = button.remove_attribute("data-copied");
        });
    } else {
        toast::say("The browser refused to copy. Select the text and copy it by hand.");
    }
}

/// Selects the text in a field that nobody sees, inside the open dialog if there is one (elsewhere it can't have focus).
fn copy_by_selection(button: &Element, text: &str) -> bool {
    let copied = || {
        let area: HtmlTextAreaElement = document().create_element("textarea").ok()?.dyn_into().ok()?;
        area.set_value(text);
        area.set_class_name("visually-hidden");
        button.parent_element()?.append_child(&area).ok()?;
        area.select();
        let page: web_sys::HtmlDocument = document().dyn_into().ok()?;
        let done = page.exec_command("copy").unwrap_or(false);
        area.remove();
        button.dyn_ref::<HtmlElement>()?.focus().ok()?;
        Some(done)
    };
    copied().unwrap_or(false)
}

fn download(name: &str, text: &str) {
    let save = || {
        let parts = js_sys::Array::of1(&JsValue::from_str(&format!("{text}\n")));
        let blob = Blob::new_with_str_sequence(&parts).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&url);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&url).ok()
    };
    if save().is_none() {
        toast::say("The browser refused the download. Copy the key instead.");
    }
}
