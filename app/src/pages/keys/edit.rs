//! What can be changed about a key, on its page: each form with its own message and its own button.

use super::{
    choices::{ExpiryField, GatewayField, Permissions},
    row::{RowContext, key_fields},
};
use crate::{
    components::{ErrorText, FormNotice, Post, TextField, error_of},
    web::Flashed,
};
use domain::{access::Reach, key::Permission, workspace::Settings};
use leptos::prelude::*;
use server::{flash::Flash, keys::KeyView};

/// The forms.
#[component]
pub fn Edit(
    /// The key.
    key: KeyView,
    /// Where the forms come back to.
    context: RowContext,
    /// What the workspace allows.
    settings: Settings,
    /// How far the caller may go with its keys.
    reach: Option<Reach>,
    /// The workspace's name.
    workspace: String,
    /// What a refused form left.
    flashed: Flashed,
) -> impl IntoView {
    let (permit, expire) = (flashed.of("permit"), flashed.of("expire"));
    view! {
        <Details key=key.clone() context=context.clone() flashed />
        <PermissionPanel key=key.clone() context=context.clone() reach workspace flash=permit />
        <ExpiryPanel key context settings flash=expire />
    }
    .into_any()
}

#[component]
fn Details(key: KeyView, context: RowContext, flashed: Flashed) -> impl IntoView {
    let (rename, describe) = (flashed.of("rename"), flashed.of("describe"));
    let (rename_fields, describe_fields) = (key_fields(&context, &key), key_fields(&context, &key));
    view! {
        <section class="panel" aria-labelledby="details">
            <div class="panel-head"><h2 id="details">"Name and description"</h2></div>
            <Post action="/console/rename_key" hidden=rename_fields>
                <div class="panel-body">
                    <FormNotice flash=rename.clone() />
                    <TextField name="name" label="Name" most=80 value=key.name.clone() flash=rename />
                </div>
                <div class="panel-foot"><button class="btn">"Rename"</button></div>
            </Post>
            <Post action="/console/describe_key" hidden=describe_fields>
                <div class="panel-body">
                    <FormNotice flash=describe.clone() />
                    <div class="field-pair">
                        <TextField
                            name="description"
                            label="Description"
                            optional=true
                            most=500
                            value=key.description.clone()
                            flash=describe.clone()
                        />
                        <TextField
                            name="environment"
                            label="Environment"
                            optional=true
                            most=32
                            value=key.environment.clone()
                            flash=describe
                        />
                    </div>
                </div>
                <div class="panel-foot"><button class="btn">"Save changes"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

#[component]
fn PermissionPanel(
    key: KeyView,
    context: RowContext,
    reach: Option<Reach>,
    workspace: String,
    flash: Flash,
) -> impl IntoView {
    let value = match key.permission {
        Permission::ReadOnly => "read_only",
        Permission::ReadWrite => "read_write",
    };
    let (gateway, asks) = (key.gateway, reach == Some(Reach::AllKeys) && !key.url_credential);
    view! {
        <section class="panel" aria-labelledby="permission-title">
            <div class="panel-head"><h2 id="permission-title">"What it may do"</h2></div>
            <Post action="/console/permit_key" hidden=key_fields(&context, &key)>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <Permissions reach value flash=flash.clone() />
                    {if asks {
                        view! { <GatewayField workspace value=gateway flash /> }.into_any()
                    } else {
                        view! { <ErrorText name="gateway" error=error_of(&flash, "gateway") /> }.into_any()
                    }}
                </div>
                <div class="panel-foot"><button class="btn">"Save permission"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

#[component]
fn ExpiryPanel(key: KeyView, context: RowContext, settings: Settings, flash: Flash) -> impl IntoView {
    let day = key.expires_at.map(domain::time::Timestamp::day).unwrap_or_default();
    let value = if key.expires_at.is_some() { "date" } else { "never" };
    view! {
        <section class="panel" aria-labelledby="expiry-title">
            <div class="panel-head"><h2 id="expiry-title">"How long it works"</h2></div>
            <Post action="/console/expire_key" hidden=key_fields(&context, &key)>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <ExpiryField settings value day flash />
                </div>
                <div class="panel-foot"><button class="btn">"Save expiry"</button></div>
            </Post>
        </section>
    }
    .into_any()
}
