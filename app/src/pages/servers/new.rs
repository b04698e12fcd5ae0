//! A new server.

use super::fields::{AddressField, CredentialFields, OpenToField};
use crate::{
    components::{Column, FormNotice, Frame, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::auth::ManageServers;

/// The page.
#[component]
pub fn NewServerPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        caller.in_workspace(&slug).await?.allow::<ManageServers>()?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("server");
        let list = format!("/w/{slug}/servers");
        Ok(view! {
            <Title text="Add server · Latchkey" />
            <Frame place active="servers">
                <Column back=(list.clone(), "Servers")>
                    <div class="dialog dialog-page dialog-wide">
                        <div class="dialog-head">
                            <div>
                                <h1 class="dialog-title">"Add server"</h1>
                                <p>"Nothing is connected to yet: on the server's page you test the connection and see its tools."</p>
                            </div>
                        </div>
                        <Post action="/console/register_server" hidden=vec![("workspace", slug)]>
                            <div class="dialog-body">
                                <FormNotice flash=flash.clone() />
                                <div class="field-pair">
                                    <TextField name="name" label="Name" hint="What people see." most=80 placeholder="GitHub" flash=flash.clone() focused=true />
                                    <TextField
                                        name="slug"
                                        label="Slug"
                                        hint="Part of its address and of policies, so it stays."
                                        most=32
                                        placeholder="github"
                                        flash=flash.clone()
                                    />
                                </div>
                                <AddressField flash=flash.clone() />
                                <CredentialFields flash=flash.clone() />
                                <OpenToField everyone=true flash />
                            </div>
                            <div class="dialog-foot">
                                <a class="btn btn-quiet" href=list>"Cancel"</a>
                                <button class="btn btn-primary">"Add server"</button>
                            </div>
                        </Post>
                    </div>
                </Column>
            </Frame>
        })
    })
}
