//! Disable, enable and delete: one key, or many at once.

use super::{back_to, change, key_page};
use crate::{
    actions::{Form, Next, Refused},
    web::{Here, encode},
};
use leptos::prelude::*;
use server::{
    Error,
    keys::{self, BatchAction},
};

/// Pauses a key.
#[server(prefix = "/console", endpoint = "disable_key")]
pub async fn disable_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    switch(&workspace, &key, &back, false).await
}

/// Lets a key work again.
#[server(prefix = "/console", endpoint = "enable_key")]
pub async fn enable_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<Next, Refused> {
    switch(&workspace, &key, &back, true).await
}

async fn switch(workspace: &str, key: &str, back: &str, on: bool) -> Result<Next, Refused> {
    let here = Here::new();
    let to = back_to(back, workspace, key);
    let form = Form { here: &here, name: "switch", page: to.clone(), typed: &[] };
    let done = async {
        let grant = change(&here, workspace).await?;
        let said = if on {
            keys::enable(&grant, key).await?;
            "The key is enabled."
        } else {
            keys::disable(&grant, key).await?;
            "The key is disabled: its next request is refused."
        };
        Ok((to, Some(said.into())))
    };
    form.answer(done.await)
}

/// Deletes a key for ever.
#[server(prefix = "/console", endpoint = "delete_key")]
pub async fn delete_key(
    #[server(default)] workspace: String,
    #[server(default)] key: String,
    #[server(default)] typed_name: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("{}/delete", key_page(&workspace, &key));
    let form = Form { here: &here, name: "delete", page, typed: &[("typed_name", &typed_name)] };
    let done = async {
        let name = keys::delete(&change(&here, &workspace).await?, &key, &typed_name).await?;
        Ok((format!("/w/{workspace}/keys"), Some(format!("“{name}” is deleted."))))
    };
    form.answer(done.await)
}

/// Disables, enables or deletes keys of a workspace: all of them, or none.
#[server(prefix = "/console", endpoint = "batch_keys")]
pub async fn batch_keys(
    #[server(default)] workspace: String,
    #[server(default)] action: String,
    #[server(default)] keys: String,
    #[server(default)] typed_count: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let list = format!("/w/{workspace}/keys");
    let form = batch_form(&here, &list, &action, &keys);
    let done = async {
        let what = BatchAction::parse(&action).ok_or(Error::NotFound)?;
        let count = keys::batch(&change(&here, &workspace).await?, what, &ids(&keys), &typed_count).await?;
        Ok((list, Some(done_word(what, count))))
    };
    form.answer(done.await)
}

/// Disables or deletes keys anywhere: all of them, or none.
#[server(prefix = "/console", endpoint = "batch_all_keys")]
pub async fn batch_all_keys(
    #[server(default)] action: String,
    #[server(default)] keys: String,
    #[server(default)] typed_count: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let list = "/admin/keys".to_owned();
    let form = batch_form(&here, &list, &action, &keys);
    let done = async {
        let what = BatchAction::parse(&action).ok_or(Error::NotFound)?;
        let grant = here.caller().await?.instance()?;
        let count = keys::batch_anywhere(&grant, what, &ids(&keys), &typed_count).await?;
        Ok((list, Some(done_word(what, count))))
    };
    form.answer(done.await)
}

/// The form of the page that asks about a batch; refused, it comes back to the same question.
fn batch_form<'a>(here: &'a Here, list: &str, action: &str, keys: &str) -> Form<'a> {
    let mut page = format!("{list}/batch?do={}", encode(action));
    for id in ids(keys) {
        page = format!("{page}&key={}", encode(&id));
    }
    Form { here, name: "batch", page, typed: &[] }
}

fn ids(keys: &str) -> Vec<String> {
    keys.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

fn done_word(action: BatchAction, count: usize) -> String {
    let keys = if count == 1 { "1 key is".to_owned() } else { format!("{count} keys are") };
    match action {
        BatchAction::Disable => format!("{keys} disabled: their next requests are refused."),
        BatchAction::Enable => format!("{keys} enabled."),
        BatchAction::Delete => format!("{keys} deleted."),
    }
}
