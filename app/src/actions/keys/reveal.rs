//! A secret seen again, where the workspace keeps it: on a page, or copied from the list.

use super::key_page;
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use leptos::prelude::*;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use server::{
    Error,
    auth::{self, Grant},
    flash::{FreshKey, Slot},
    keys,
};

/// A key on its way to the clipboard.
#[derive(Clone, Serialize, Deserialize)]
pub struct Copied {
    /// The whole key.
    pub key: String,
}

/// Leads to the page that shows the key.
#[server(prefix = "/console", endpoint = "reveal_key")]
pub async fn reveal_key(#[server(default)] workspace: String, #[server(default)] key: String) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "reveal", page: key_page(&workspace, &key), typed: &[] };
    let done = async {
        let user = here.caller().await?.user_id().cloned().ok_or(Error::Unauthenticated)?;
        let revealed = keys::reveal(&grant(&here, &workspace).await?, &key).await?;
        let secret = revealed.key.expose_secret().to_owned();
        let fresh = FreshKey { user, name: revealed.name, key: secret, recoverable: true, revealed: true };
        here.set_cookie(&here.latchkey.seal(Slot::Key, &fresh));
        Ok((format!("{}/new", key_page(&workspace, &key)), None))
    };
    form.answer(done.await)
}

/// The key for the script that copies it. Without script there is no clipboard, and the page is the way.
#[server(prefix = "/console", endpoint = "copy_key")]
pub async fn copy_key(#[server(default)] workspace: String, #[server(default)] key: String) -> Result<Copied, Refused> {
    let here = Here::new();
    let revealed = async { keys::reveal(&grant(&here, &workspace).await?, &key).await };
    match revealed.await {
        Ok(revealed) => Ok(Copied { key: revealed.key.expose_secret().to_owned() }),
        Err(error) => {
            here.status(error.status());
            Err(Refused { message: error.to_string(), fields: Vec::new(), version: String::new() })
        }
    }
}

async fn grant(here: &Here, workspace: &str) -> Result<Grant<auth::RevealKey>, Error> {
    here.caller().await?.in_workspace(workspace).await?.allow()
}
