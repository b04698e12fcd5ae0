//! Forms that post without leaving the page (`data-enhance`): errors appear under their fields and nothing typed is lost;
//! an accepted form leads on. Without this the same form posts by itself.

use super::dom::{document, find_in, window};
use domain::field::FieldError;
use serde::{Deserialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Event, FormData, Headers, HtmlElement, HtmlFormElement, Request, RequestInit, Response, SubmitEvent,
    UrlSearchParams,
};

#[derive(Deserialize)]
struct Accepted {
    to: String,
}

/// What a refused form says.
#[derive(Default, Deserialize)]
pub struct Refused {
    /// At its top.
    pub message: String,
    fields: Vec<FieldError>,
    /// The version that the form has from now on; empty for the one that it had.
    #[serde(default)]
    version: String,
    /// Nobody is signed in any more.
    #[serde(skip)]
    unauthenticated: bool,
}

pub fn on_submit(event: &Event) {
    let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
    if !form.has_attribute("data-enhance") {
        return;
    }
    event.prevent_default();
    if form.has_attribute("aria-busy") {
        return;
    }
    let submitter = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
    spawn_local(async move {
        let _ = form.set_attribute("aria-busy", "true");
        let answer = send(&form, submitter.as_ref()).await;
        let _ = form.remove_attribute("aria-busy");
        match answer {
            Ok(Ok(to)) => {
                super::focus::leave(&form);
                go(&to);
            }
            Ok(Err(refused)) => show(&form, &refused),
            Err(_) => {
                let message = "Latchkey can't be reached. Try again.".into();
                show(&form, &Refused { message, ..Refused::default() });
            }
        }
    });
}

/// Posts a form as the browser would, asking for JSON.
async fn send(form: &HtmlFormElement, submitter: Option<&HtmlElement>) -> Result<Result<String, Refused>, JsValue> {
    let data = FormData::new_with_form(form)?;
    if let Some(button) = submitter.and_then(|button| button.dyn_ref::<web_sys::HtmlButtonElement>())
        && !button.name().is_empty()
    {
        data.append_with_str(&button.name(), &button.value())?;
    }
    let body = UrlSearchParams::new_with_str_sequence_sequence(data.unchecked_ref())?;
    let action = form.get_attribute("action").unwrap_or_default();
    match post::<Accepted>(&action, &body).await? {
        Err(refused) if refused.unauthenticated && !action.ends_with("/sign_in") => {
            Ok(Ok(format!("/login?next={}", String::from(js_sys::encode_uri_component(&here())))))
        }
        answer => Ok(answer.map(|accepted| accepted.to)),
    }
}

/// Posts a form's fields to a server function, asking for JSON.
pub async fn post<T: DeserializeOwned>(action: &str, body: &UrlSearchParams) -> Result<Result<T, Refused>, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    headers.set("Content-Type", "application/x-www-form-urlencoded")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&String::from(body.to_string())));
    let request = Request::new_with_str_and_init(action, &init)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    if response.ok() {
        return serde_json::from_str(&text).map(Ok).map_err(|_| JsValue::NULL);
    }
    // What the layers around the console refuse comes as a plain sentence.
    let refused = serde_json::from_str(&text);
    let refused = refused.unwrap_or(Refused { message: text, ..Refused::default() });
    Ok(Err(Refused { unauthenticated: response.status() == 401, ..refused }))
}

/// Leads on. Staying where one is means seeing it anew, at the same place of the page.
fn go(to: &str) {
    let location = window().location();
    let _ = if here() == to { location.reload() } else { location.assign(to) };
}

/// Path and query of this page.
fn here() -> String {
    let location = window().location();
    format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
}

/// Shows what is wrong: at each field, or at the form's top; the first wrong field has the focus.
fn show(form: &HtmlFormElement, refused: &Refused) {
    clear(form);
    // Whoever saves again has read what they replace.
    if !refused.version.is_empty()
        && let Some(version) = find_in(form, "input[name=version]")
    {
        let _ = version.set_attribute("value", &refused.version);
    }
    let mut at_top = refused.message.clone();
    let mut first: Option<HtmlElement> = None;
    for error in &refused.fields {
        match find_in(form, &format!("[name='{}']:not([type=hidden])", error.field)) {
            Some(control) => {
                mark(form, &control, error);
                first.get_or_insert(control);
            }
            None => at_top = format!("{at_top} {}", error.message),
        }
    }
    if !at_top.trim().is_empty() {
        match find_in(form, "[data-form-notice]") {
            Some(notice) => {
                if let Some(text) = find_in(&notice, "p") {
                    text.set_text_content(Some(at_top.trim()));
                }
                notice.set_hidden(false);
            }
            None => super::toast::say(at_top.trim()),
        }
    }
    if let Some(control) = first {
        // A field in a fold can be neither seen nor focused.
        if let Ok(Some(fold)) = control.closest("details:not([open])") {
            let _ = fold.set_attribute("open", "");
        }
        let _ = control.focus();
    }
}

fn mark(form: &HtmlFormElement, control: &HtmlElement, error: &FieldError) {
    // A field without an id stands in a row: its error must not take the id of a dialog's.
    let id = format!("{}-error", if control.id().is_empty() { "row".into() } else { control.id() });
    let Ok(text) = document().create_element("p") else { return };
    text.set_class_name("field-error");
    text.set_id(&id);
    let _ = text.set_attribute("role", "alert");
    let icon = document().query_selector("[data-form-notice] > .icon").ok().flatten();
    if let Some(icon) = icon.and_then(|icon| icon.clone_node_with_deep(true).ok()) {
        let _ = text.append_child(&icon);
    }
    if let Ok(words) = document().create_element("span") {
        words.set_text_content(Some(&error.message));
        let _ = text.append_child(&words);
    }
    let _ = control.set_attribute("aria-invalid", "true");
    describe(control, Some(id));
    // Radio buttons: the error stands under their group, not inside one choice.
    let place = control.closest(".field, fieldset, .key-rename").ok().flatten();
    let _ = place.unwrap_or_else(|| form.clone().into()).append_child(&text);
}

/// Ties a control to its hint, if it has one, and its error.
fn describe(control: &HtmlElement, error: Option<String>) {
    let hint = format!("{}-hint", control.id());
    let hint = document().get_element_by_id(&hint).map(|_| hint);
    let ids: Vec<String> = hint.into_iter().chain(error).collect();
    let _ = control.remove_attribute("aria-describedby");
    if !ids.is_empty() {
        let _ = control.set_attribute("aria-describedby", &ids.join(" "));
    }
}

fn clear(form: &HtmlFormElement) {
    while let Some(error) = find_in(form, ".field-error") {
        error.remove();
    }
    while let Some(control) = find_in(form, "[aria-invalid]") {
        let _ = control.remove_attribute("aria-invalid");
        describe(&control, None);
    }
    if let Some(notice) = find_in(form, "[data-form-notice]") {
        notice.set_hidden(true);
    }
}
