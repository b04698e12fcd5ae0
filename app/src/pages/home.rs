//! `/`: leads to the keys of the first workspace; says so where there is none.

use super::load::load;
use crate::{
    components::{Empty, Frame, Place, Title},
    web::Here,
};
use leptos::{either::Either, prelude::*};
use server::workspaces;

/// The way in.
#[component]
pub fn HomePage() -> impl IntoView {
    let here = Here::new();
    let theme = Here::theme().unwrap_or("system");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        if let Some(first) = workspaces::of_caller(&caller).await?.first() {
            here.redirect(&format!("/w/{}/keys", first.slug));
            return Ok(Either::Left(()));
        }
        let place = Place::find(&here, theme, &caller, None).await?;
        let what = if caller.is_instance_admin() {
            "Keys live in workspaces. Make the first one on the server with “latchkey workspace create”, and add members \
             with “latchkey workspace add-member”."
        } else {
            "Keys live in workspaces, and you are not in one yet. An administrator can add you."
        };
        Ok(Either::Right(view! {
            <Title text="Latchkey" />
            <Frame place>
                <div class="page-head"><div><h1>"Welcome"</h1></div></div>
                <Empty icon="building-2" title="No workspace yet">
                    <p>{what}</p>
                </Empty>
            </Frame>
        }))
    })
}
