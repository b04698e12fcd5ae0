//! Changing the own password.

use crate::components::{FormNotice, Post, TextField};
use leptos::prelude::*;
use server::flash::Flash;

/// The panel.
#[component]
pub fn PasswordPanel(
    /// What its refused form left.
    flash: Flash,
) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="password-title">
            <div class="panel-head"><h2 id="password-title">"Change password"</h2><p>"Your other sessions are signed out."</p></div>
            <Post action="/console/change_password">
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField
                        name="current_password"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        flash=flash.clone()
                    />
                    <div class="field-pair">
                        <TextField
                            name="new_password"
                            label="New password"
                            kind="password"
                            autocomplete="new-password"
                            flash=flash.clone()
                        />
                        <TextField
                            name="repeat_password"
                            label="New password again"
                            kind="password"
                            autocomplete="new-password"
                            flash
                        />
                    </div>
                </div>
                <div class="panel-foot"><button class="btn">"Change password"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
