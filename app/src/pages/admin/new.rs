//! A new workspace.

use crate::{
    components::{Choices, Column, FormNotice, Frame, Place, Post, TextField, Title},
    pages::load::load,
    web::Here,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn NewWorkspacePage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        caller.instance()?;
        let place = Place::find(&here, &caller, None).await?;
        let flash = here.flashed().of("workspace");
        let plan = flash.typed.get("plan").cloned().unwrap_or_else(|| "pro".into());
        Ok(view! {
            <Title text="Create workspace · Latchkey" />
            <Frame place active="admin">
                <Column back=("/admin/workspaces".to_owned(), "Workspaces")>
                    <div class="dialog dialog-page dialog-wide">
                        <div class="dialog-head">
                            <div><h1 class="dialog-title">"Create workspace"</h1><p>"You are its first administrator."</p></div>
                        </div>
                        <Post action="/console/create_workspace">
                            <div class="dialog-body">
                                <FormNotice flash=flash.clone() />
                                <TextField name="name" label="Name" placeholder="Acme" most=80 flash=flash.clone() focused=true />
                                <TextField
                                    name="slug"
                                    label="Slug"
                                    hint="Its part of the address, for ever: lower-case letters, digits and hyphens. Left empty, it is made from the name."
                                    placeholder="acme"
                                    before="/w/"
                                    most=32
                                    optional=true
                                    flash=flash.clone()
                                />
                                <Choices
                                    name="plan"
                                    legend="Plan"
                                    chosen=plan
                                    flash
                                    choices=vec![
                                        ("pro", "Pro", "Keys work, and members create them.".to_owned()),
                                        ("basic", "Basic", "Keys do not work; none can be created.".to_owned()),
                                    ]
                                />
                            </div>
                            <div class="dialog-foot">
                                <a class="btn btn-quiet" href="/admin/workspaces">"Cancel"</a>
                                <button class="btn btn-primary">"Create workspace"</button>
                            </div>
                        </Post>
                    </div>
                </Column>
            </Frame>
        })
    })
}
