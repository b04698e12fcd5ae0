//! The own name, and the e-mail by which one signs in.

use crate::components::{FormNotice, Post, TextField};
use leptos::prelude::*;
use server::flash::Flash;

/// The panel of the name.
#[component]
pub fn ProfilePanel(
    /// What the person is called.
    name: String,
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
                </div>
                <div class="panel-foot"><button class="btn">"Save name"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

/// The panel of the e-mail. It asks for the password.
#[component]
pub fn EmailPanel(
    /// By what they sign in.
    email: String,
    /// What its refused form left.
    flash: Flash,
) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="email-title">
            <div class="panel-head">
                <h2 id="email-title">"E-mail"</h2>
                <p>"You sign in with it, and it stands beside your keys. Your sessions and keys go on."</p>
            </div>
            <Post action="/console/change_own_email">
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <div class="field-pair">
                        <TextField name="email" label="E-mail" kind="email" value=email autocomplete="email" flash=flash.clone() />
                        <TextField name="password" label="Your password" kind="password" autocomplete="current-password" flash />
                    </div>
                </div>
                <div class="panel-foot"><button class="btn">"Change e-mail"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
