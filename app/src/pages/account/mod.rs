//! The own account: name, e-mail, password and sessions.

mod device;
mod password;
mod profile;
mod sessions;

use super::load::load;
use crate::{
    components::{Column, Frame, Place, Title},
    web::Here,
};
use leptos::prelude::*;
use password::PasswordPanel;
use profile::{EmailPanel, ProfilePanel};
use server::auth;
use sessions::SessionsPanel;

/// The account page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let place = Place::find(&here, &caller, None).await?;
        let sessions = auth::sessions(&caller, &here.parts).await?;
        let flashed = here.flashed();
        let who = if caller.is_instance_admin() {
            format!("{} · administrator of this installation", caller.email())
        } else {
            caller.email().to_owned()
        };
        Ok(view! {
            <Title text="Account · Latchkey" />
            <Frame place active="account" said=flashed.notice()>
                <Column>
                    <div class="page-head"><div><h1>"Account"</h1><p class="page-lead">{who}</p></div></div>
                    <ProfilePanel name=caller.name().to_owned() flash=flashed.of("profile") />
                    <EmailPanel email=caller.email().to_owned() flash=flashed.of("email") />
                    <PasswordPanel flash=flashed.of("password") />
                    <SessionsPanel sessions flash=flashed.of("sessions") now=here.now() />
                </Column>
            </Frame>
        })
    })
}
