//! The rows of the log in the page: read from an event, put in their place, at most so many, as old as they are.

use crate::islands::browser::dom::{all, find, find_in};
use domain::time::Timestamp;
use std::cmp::Reverse;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, HtmlAnchorElement, SupportedType, Url};

/// Rows that the page keeps.
pub const KEPT: usize = 200;

/// The rows that an event brings.
pub fn read(text: &str) -> Vec<Element> {
    let table = format!("<table><tbody>{text}</tbody></table>");
    let page = DomParser::new().and_then(|parser| parser.parse_from_string(&table, SupportedType::TextHtml));
    let Ok(Ok(rows)) = page.map(|page| page.query_selector_all("tbody > tr[data-id]")) else { return Vec::new() };
    (0..rows.length()).filter_map(|at| rows.get(at)?.dyn_into().ok()).collect()
}

/// Whether the list of the page has this row.
pub fn is_shown(row: &Element) -> bool {
    find(&format!("#log-lines tr[data-id=\"{}\"]", place(row).1)).is_some()
}

/// Whether it is among these.
pub fn is_among(row: &Element, rows: &[Element]) -> bool {
    rows.iter().any(|other| place(other) == place(row))
}

/// Leaves the newest of these.
pub fn keep_newest(rows: &mut Vec<Element>) {
    rows.sort_by_key(|row| Reverse(place(row)));
    rows.truncate(KEPT);
}

/// Whether the beginning of the list is in sight: rows that come in there move nothing that is being read.
pub fn in_sight() -> bool {
    let shown = find("#log-lines").filter(|list| !list.hidden());
    shown.is_none_or(|list| list.get_bounding_client_rect().top() >= 0.0)
}

/// Puts rows where they belong: nearly always first, but what was written late stands where it happened.
pub fn insert(rows: &[Element]) {
    let Some(list) = find("#log-lines").filter(|_| !rows.is_empty()) else { return };
    let Some(body) = find_in(&list, "tbody") else { return };
    for row in rows {
        let mut next = body.first_element_child();
        while let Some(later) = next.as_ref().filter(|other| place(other) > place(row)) {
            next = later.next_element_sibling();
        }
        let _ = row.class_list().add_1("is-new");
        let _ = body.insert_before(row, next.as_deref());
    }
    let mut gone = false;
    while body.child_element_count() as usize > KEPT {
        let Some(oldest) = body.last_element_child() else { break };
        oldest.remove();
        gone = true;
    }
    if gone {
        lead_on(&body);
    }
    list.set_hidden(false);
    if let Some(nothing) = find("[data-tail-empty]") {
        nothing.remove();
    }
    if let Some(words) = find("#log-lines ~ .pagination > span") {
        words.set_text_content(Some(&format!("{} requests on this page", body.child_element_count())));
    }
}

/// Lets the link to older requests begin where the list now ends.
fn lead_on(body: &Element) {
    let links = all("#log-lines ~ .pagination a");
    let link = links.into_iter().find_map(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    let (Some(link), Some(oldest)) = (link, body.last_element_child()) else { return };
    if let Ok(url) = Url::new(&link.href()) {
        let (at, id) = place(&oldest);
        url.search_params().set("after", &format!("{at}.{id}"));
        link.set_href(&url.href());
    }
}

/// Says anew how long ago each was.
pub fn age() {
    let now = now();
    for row in all("#log-lines tr[data-id]") {
        if let Some(time) = find_in(&row, "time") {
            time.set_text_content(Some(&Timestamp(place(&row).0).ago(now)));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds have no part")]
fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// A row's moment and number: what the log is ordered by.
fn place(row: &Element) -> (i64, i64) {
    let number = |name: &str| row.get_attribute(name).and_then(|text| text.parse().ok()).unwrap_or_default();
    (number("data-at"), number("data-id"))
}
