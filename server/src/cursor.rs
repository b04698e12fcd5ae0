//! Where a page of a list begins, as the URL has it: the id of the row before, a dot, and its sort value.

use store::Cursor;

pub(crate) fn text(cursor: &Cursor) -> String {
    format!("{}.{}", cursor.id, cursor.value)
}

/// What an URL says; `None`, which is the first page, if it makes no sense.
pub(crate) fn read(text: &str) -> Option<Cursor> {
    let (id, value) = text.split_once('.')?;
    Some(Cursor { id: id.into(), value: value.into() })
}
