//! The own name and e-mail.

use crate::components::{FormNotice, Post, TextField};
use leptos::prelude::*;
use server::flash::Flash;

/// The panel.
#[component]
pub fn ProfilePanel(
    /// What the person is called.
    name: String,
    /// By what they sign in.
    email: String,
    /// What its refused form left.
    flash: Flash,
) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="profile-title">
            <div class="panel-head"><h2 id="profile-title">"Profile"</h2><p>"How others see you."</p></div>
            <Post action="/console/rename_self">
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField name="name" label="Name" most=80 value=name autocomplete="name" flash />
                    <div class="field">
                        <p class="field-label">"E-mail"</p>
                        <p>{email}</p>
                        <p class="field-hint">"You sign in with it. Changing it is up to the administrators of this installation."</p>
                    </div>
                </div>
                <div class="panel-foot"><button class="btn">"Save name"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
