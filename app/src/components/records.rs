//! A table of records: rows with columns, which become cards on narrow screens (`style/records.css`).

use leptos::prelude::*;

/// The table. Its rows are `<tr role="row">`, their cells `<td role="cell">`: shown as cards, a table would otherwise be none
/// for assistive technology.
#[component]
pub fn Records<const N: usize>(
    /// What the columns are called.
    columns: [&'static str; N],
    /// The rows.
    rows: AnyView,
) -> impl IntoView {
    let heads = columns.map(|column| view! { <th role="columnheader" scope="col">{column}</th> });
    view! {
        <table class="records" role="table">
            <thead role="rowgroup"><tr role="row">{heads.collect_view()}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}
