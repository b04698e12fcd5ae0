//! The keys' forms: [`create`] and rotate, [`edit`], [`stop`] (disable, enable, delete; one or many), [`reveal`].

mod create;
mod edit;
mod reveal;
mod stop;

use super::back_or;
use crate::web::Here;
use domain::id::UserId;
use server::{
    Error,
    auth::{self, Grant},
    flash::{FreshKey, Slot},
    keys,
};

/// Hands a fresh key on to the page that shows it once, and says where that is.
fn show_once(here: &Here, user: UserId, created: keys::Created) -> String {
    let to = format!("{}/new", key_page(&created.view.workspace, created.view.id.as_str()));
    let recoverable = created.recoverable;
    let key = created.key.expose().to_owned();
    let fresh = FreshKey { user, name: created.view.name, key, recoverable, revealed: false };
    here.set_cookie(&here.latchkey.seal(Slot::Key, &fresh));
    to
}

async fn change(here: &Here, workspace: &str) -> Result<Grant<auth::ChangeKey>, Error> {
    here.caller().await?.in_workspace(workspace).await?.allow()
}

fn key_page(workspace: &str, key: &str) -> String {
    format!("/w/{workspace}/keys/{key}")
}

/// Where the form stood, if it says so and that is a page of ours; else the key's page.
fn back_to(back: &str, workspace: &str, key: &str) -> String {
    back_or(back, key_page(workspace, key))
}
