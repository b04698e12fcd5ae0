//! `/`: leads to the keys of the first workspace; says so where there is none.

use super::load::load;
use crate::{
    components::{Empty, Frame, Icon, Place, Title},
    web::Here,
};
use leptos::{either::Either, prelude::*};
use server::workspaces::doors;

/// The way in.
#[component]
pub fn HomePage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        if let Some(first) = doors(&caller, None).await?.current {
            here.redirect(&format!("/w/{}/keys", first.slug));
            return Ok(Either::Left(()));
        }
        let place = Place::find(&here, &caller, None).await?;
        let founder = caller.is_instance_admin();
        let what = if founder {
            "Keys live in workspaces. Create the first one, and invite its members."
        } else {
            "Keys live in workspaces, and you are not in one yet. An administrator can invite you."
        };
        Ok(Either::Right(view! {
            <Title text="Latchkey" />
            <Frame place>
                <div class="page-head"><div><h1>"Welcome"</h1></div></div>
                <Empty icon="building-2" title="No workspace yet">
                    <p>{what}</p>
                    {founder.then(|| view! {
                        <div class="empty-actions">
                            <a class="btn btn-primary" href="/admin/workspaces/new"><Icon name="plus" />"Create workspace"</a>
                        </div>
                    })}
                </Empty>
            </Frame>
        }))
    })
}
