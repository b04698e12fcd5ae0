//! Renaming a key in its row (`data-rename` has the key's id): the name becomes a field, Enter saves, Escape restores, the
//! error stands beside it. The form comes from the page's template.

use super::dom::{closest, find, find_in};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, HtmlTemplateElement, KeyboardEvent};

pub fn on_click(event: &Event) {
    if let Some(link) = closest(event, "[data-rename]") {
        let id = link.get_attribute("data-rename").unwrap_or_default();
        if begin(&id).is_some() {
            event.prevent_default();
        }
    } else if closest(event, "[data-cancel]").is_some()
        && let Some(row) = closest(event, ".key-row")
    {
        restore(&row);
    }
}

pub fn on_key(event: &Event) {
    let escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|key| key.key() == "Escape");
    if let (true, Some(form)) = (escape, closest(event, ".key-rename"))
        && let Ok(Some(row)) = form.closest(".key-row")
    {
        restore(&row);
    }
}

fn begin(id: &str) -> Option<()> {
    let row = find(&format!("#key-{id}"))?;
    let name = find_in(&row, ".key-name")?;
    let title = find_in(&name, "a")?.text_content()?;
    let template: HtmlTemplateElement = find("#rename-template")?.dyn_into().ok()?;
    if find_in(&row, ".key-rename").is_none() {
        let form = template.content().first_element_child()?.clone_node_with_deep(true).ok()?;
        row.insert_before(&form, Some(&name)).ok()?;
    }
    let key: HtmlInputElement = find_in(&row, ".key-rename [name=key]")?.dyn_into().ok()?;
    key.set_value(id);
    let field: HtmlInputElement = find_in(&row, ".key-rename [name=name]")?.dyn_into().ok()?;
    field.set_value(&title);
    field.set_attribute("aria-label", &format!("Name of {title}")).ok()?;
    name.set_hidden(true);
    row.class_list().add_1("is-editing").ok()?;
    field.focus().ok()?;
    field.select();
    Some(())
}

/// Puts the name back; the focus returns to the row's menu, where it came from.
fn restore(row: &Element) {
    if let Some(form) = find_in(row, ".key-rename") {
        form.remove();
    }
    if let Some(name) = find_in(row, ".key-name") {
        name.set_hidden(false);
    }
    let _ = row.class_list().remove_1("is-editing");
    if let Some(menu) = find_in(row, ".key-more summary") {
        let _ = menu.focus();
    }
}
