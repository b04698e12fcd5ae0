//! All keys of all users, for an administrator of the installation: the keys screen with user and workspace in each row.

use super::{
    batch::{Confirm, asked},
    query,
    row::RowContext,
    sections::Sections,
    toolbar::Toolbar,
};
use crate::{
    components::{AdminTabs, Column, Frame, Place, Title},
    pages::load::load,
    web::Here,
};
use leptos::prelude::*;
use server::keys;

/// The page.
#[component]
pub fn EverywherePage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.instance()?;
        let query = query::read_anywhere(&here);
        let list = keys::list_anywhere(&grant, &query).await?;
        let place = Place::find(&here, &caller, None).await?;
        let flashed = here.flashed();
        let context =
            RowContext { everywhere: true, back: format!("/admin/keys{}", query::write(&query)), now: here.now() };
        Ok(view! {
            <Title text="All keys · Latchkey" />
            <Frame place active="admin" said=flashed.notice()>
                <div class="page-head">
                    <div><h1>"All keys"</h1><p class="page-lead">"Every key of every user, in every workspace."</p></div>
                </div>
                <AdminTabs active="/admin/keys" />
                <Toolbar
                    path="/admin/keys".into()
                    query=query.clone()
                    environments=list.environments
                    owners=list.owners
                    workspaces=Some(list.workspaces)
                />
                <Sections path="/admin/keys".into() query sections=list.sections context />
            </Frame>
        })
    })
}

/// The page that confirms a batch.
#[component]
pub fn EverywhereBatchPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.instance()?;
        let (action, ids) = asked(&here)?;
        let batch = keys::review_anywhere(&grant, &ids).await?;
        let place = Place::find(&here, &caller, None).await?;
        let (flash, now) = (here.flashed().of("batch"), here.now());
        Ok(view! {
            <Title text="All keys · Latchkey" />
            <Frame place active="admin">
                <Column back=("/admin/keys".to_owned(), "All keys")>
                    <Confirm action batch flash now />
                </Column>
            </Frame>
        })
    })
}
