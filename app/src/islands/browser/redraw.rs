//! Long forms that their page takes itself (`data-redraw` has the id of the part that follows while one types): their buttons
//! draw the form anew without leaving the page, and that part is fetched with what is typed. Saving is left to the browser.

use super::dom::{after, closest, document, find_in, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Document, DomParser, Event, FormData, Headers, HtmlButtonElement, HtmlFormElement, HtmlTextAreaElement, Request,
    RequestInit, Response, SubmitEvent, SupportedType, UrlSearchParams,
};

/// How often a form is sent again because it was typed on while the answer was under way.
const TURNS: usize = 5;

thread_local! {
    /// Counts what was asked for: an answer that comes after a later question is thrown away.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

pub fn on_submit(event: &Event) {
    let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
    if !form.has_attribute("data-redraw") {
        return;
    }
    let button = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
    let Some(step) = button.and_then(|button| button.dyn_into::<HtmlButtonElement>().ok()).map(|button| button.value())
    else {
        return;
    };
    if step == "save" {
        return;
    }
    event.prevent_default();
    if form.has_attribute("aria-busy") {
        return;
    }
    next_turn();
    spawn_local(async move {
        let _ = form.set_attribute("aria-busy", "true");
        let drawn = redraw(&form, &step).await;
        let _ = form.remove_attribute("aria-busy");
        if drawn.is_err() {
            super::toast::say("The form can't be sent. Try again.");
        }
    });
}

pub fn on_input(event: &Event) {
    let Some(form) = closest(event, "form[data-redraw]") else { return };
    let form: HtmlFormElement = form.unchecked_into();
    let sample = find_in(&form, "textarea").and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok());
    // Without a text to try there is nothing to follow, unless it was just taken away.
    let empty = sample.is_none_or(|sample| sample.value().is_empty());
    if empty && closest(event, "textarea").is_none() {
        return;
    }
    let turn = next_turn();
    after(300, move || {
        if ASKED.with(Cell::get) == turn {
            spawn_local(async move {
                if follow(&form, turn).await.is_err() {
                    super::toast::say("The rules can't be tried at the moment. Try again.");
                }
            });
        }
    });
}

fn next_turn() -> u32 {
    ASKED.with(|asked| {
        asked.set(asked.get().wrapping_add(1));
        asked.get()
    })
}

/// Presses a button: the whole form takes the old one's place, and what the answer marks has the focus.
async fn redraw(form: &HtmlFormElement, step: &str) -> Result<(), JsValue> {
    for _ in 0..TURNS {
        let sent = fields(form)?;
        let page = fetch(form, &sent, step).await?;
        // What was typed meanwhile would be lost.
        if fields(form)? != sent {
            continue;
        }
        let fresh = page.get_element_by_id(&form.id()).ok_or(JsValue::NULL)?;
        form.replace_with_with_node_1(&fresh)?;
        if let Some(control) = find_in(&fresh, "[autofocus]") {
            let _ = control.focus();
        }
        return Ok(());
    }
    Err(JsValue::NULL)
}

/// Fetches the part that follows while one types.
async fn follow(form: &HtmlFormElement, turn: u32) -> Result<(), JsValue> {
    let id = form.get_attribute("data-redraw").unwrap_or_default();
    let page = fetch(form, &fields(form)?, "try").await?;
    if ASKED.with(Cell::get) != turn {
        return Ok(());
    }
    let fresh = page.get_element_by_id(&id).ok_or(JsValue::NULL)?;
    let part = document().get_element_by_id(&id).ok_or(JsValue::NULL)?;
    // Its content alone: what is announced is what changes inside.
    part.set_text_content(None);
    while let Some(child) = fresh.first_child() {
        part.append_child(&child)?;
    }
    Ok(())
}

fn fields(form: &HtmlFormElement) -> Result<String, JsValue> {
    let data = FormData::new_with_form(form)?;
    Ok(String::from(UrlSearchParams::new_with_str_sequence_sequence(data.unchecked_ref())?.to_string()))
}

/// The page that the browser would show if a button was pressed.
async fn fetch(form: &HtmlFormElement, fields: &str, step: &str) -> Result<Document, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "text/html")?;
    headers.set("Content-Type", "application/x-www-form-urlencoded")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&format!("{fields}&do={step}")));
    let request = Request::new_with_str_and_init(&form.get_attribute("action").unwrap_or_default(), &init)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
    if !response.ok() || response.redirected() {
        return Err(JsValue::NULL);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)
}
