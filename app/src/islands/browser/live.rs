//! Lists that follow their form while one types (`data-live` has the id of the list): the same page is fetched with the
//! new query, its list takes the old one's place, and the address follows.

use super::dom::{after, document, find, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DomParser, Event, FormData, HtmlFormElement, HtmlInputElement, Response, SupportedType, UrlSearchParams,
};

thread_local! {
    /// Counts what was asked for: an answer that comes after a later question is thrown away.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

pub fn on_input(event: &Event) {
    let searched = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    if searched.is_some_and(|input| input.type_() == "search") {
        ask(event, 200);
    }
}

pub fn on_change(event: &Event) {
    if super::dom::closest(event, "select").is_some() {
        ask(event, 0);
    }
}

fn ask(event: &Event, wait: i32) {
    let Some(form) = super::dom::closest(event, "form[data-live]") else { return };
    let form: HtmlFormElement = form.unchecked_into();
    let turn = ASKED.with(|asked| {
        asked.set(asked.get().wrapping_add(1));
        asked.get()
    });
    after(wait, move || {
        if ASKED.with(Cell::get) == turn {
            spawn_local(async move {
                if follow(&form, turn).await.is_err() {
                    super::toast::say("The list can't be loaded. Try again.");
                }
            });
        }
    });
}

async fn follow(form: &HtmlFormElement, turn: u32) -> Result<(), JsValue> {
    let list = form.get_attribute("data-live").and_then(|id| find(&format!("#{id}"))).ok_or(JsValue::NULL)?;
    let url = address(form)?;
    list.set_attribute("aria-busy", "true")?;
    let response: Response = JsFuture::from(window().fetch_with_str(&url)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    if ASKED.with(Cell::get) != turn {
        return Ok(());
    }
    list.set_attribute("aria-busy", "false")?;
    if !response.ok() || response.redirected() {
        return Err(JsValue::NULL);
    }
    let page = DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)?;
    let fresh = page.get_element_by_id(&list.id()).ok_or(JsValue::NULL)?;
    replace(&list, &fresh)?;
    for selector in ["form[data-live] .toolbar-actions", "#rename-template"] {
        let (old, new) = (document().query_selector(selector)?, page.query_selector(selector)?);
        if let (Some(old), Some(new)) = (old, new) {
            old.replace_with_with_node_1(&new)?;
        }
    }
    // Which filters are set, and where the theme switch comes back to.
    for (selector, attribute) in [("form[data-live] .select", "class"), (".theme [name=page]", "value")] {
        let (old, new) = (document().query_selector_all(selector)?, page.query_selector_all(selector)?);
        for at in 0..old.length().min(new.length()) {
            let elements = (old.get(at).and_then(element), new.get(at).and_then(element));
            if let (Some(old), Some(new)) = elements {
                old.set_attribute(attribute, &new.get_attribute(attribute).unwrap_or_default())?;
            }
        }
    }
    super::toast::announce(&summary(&list));
    window().history()?.replace_state_with_url(&JsValue::NULL, "", Some(&url))
}

/// The form's action with what is chosen; what is not chosen is left out.
fn address(form: &HtmlFormElement) -> Result<String, JsValue> {
    let all = UrlSearchParams::new_with_str_sequence_sequence(FormData::new_with_form(form)?.unchecked_ref())?;
    let chosen = UrlSearchParams::new()?;
    for name in ["q", "status", "environment", "owner", "sort"] {
        match all.get(name).as_deref() {
            None | Some("") => {}
            Some("used") if name == "sort" => {}
            Some(value) => chosen.append(name, value),
        }
    }
    let query = String::from(chosen.to_string());
    let action = form.get_attribute("action").unwrap_or_default();
    Ok(if query.is_empty() { action } else { format!("{action}?{query}") })
}

fn element(node: web_sys::Node) -> Option<web_sys::Element> {
    node.dyn_into().ok()
}

/// What a list holds now, in a few words: to hear all of it after every letter would be no help.
fn summary(list: &web_sys::Element) -> String {
    let heads = list.query_selector_all(".section-head > *, .empty-title").ok();
    let texts = heads.iter().flat_map(|heads| (0..heads.length()).filter_map(|at| heads.get(at)?.text_content()));
    texts.collect::<Vec<_>>().join(" ")
}

/// Puts the children of `fresh` in the place of those of `list`.
fn replace(list: &web_sys::Element, fresh: &web_sys::Element) -> Result<(), JsValue> {
    list.set_text_content(None);
    while let Some(child) = fresh.first_child() {
        list.append_child(&child)?;
    }
    Ok(())
}
