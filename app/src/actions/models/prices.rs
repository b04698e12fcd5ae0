//! What models cost: setting a price, and taking back one that has not begun.

use super::manage;
use crate::{
    actions::{Form, Next, Refused},
    web::{Here, query_string},
};
use leptos::prelude::*;
use server::models::{self, RawPrice};

/// The page, about that model if there is one.
fn page(workspace: &str, about: &str) -> String {
    format!("/w/{workspace}/prices{}", query_string(&[("model", about)]))
}

/// Sets what a model costs; `about` is the model that the page showed.
#[server(prefix = "/console", endpoint = "set_price")]
pub async fn set_price(
    #[server(default)] workspace: String,
    #[server(default)] model: String,
    #[server(default)] input_price: String,
    #[server(default)] cached_input_price: String,
    #[server(default)] output_price: String,
    #[server(default)] from: String,
    #[server(default)] about: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let raw = RawPrice { model, input_price, cached_input_price, output_price, from };
    let typed = [
        ("model", &*raw.model),
        ("input_price", &*raw.input_price),
        ("cached_input_price", &*raw.cached_input_price),
        ("output_price", &*raw.output_price),
        ("from", &*raw.from),
    ];
    let form = Form { here: &here, name: "price", page: page(&workspace, &about), typed: &typed };
    let done = async {
        models::set_price(&manage(&here, &workspace).await?, &raw).await?;
        let said = format!("The price of {} is set.", raw.model.trim());
        Ok((page(&workspace, raw.model.trim()), Some(said)))
    };
    form.answer(done.await)
}

/// Takes a price back that has not begun; `from` is its first moment in Unix milliseconds.
#[server(prefix = "/console", endpoint = "remove_price")]
pub async fn remove_price(
    #[server(default)] workspace: String,
    #[server(default)] model: String,
    #[server(default)] from: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &model);
    let form = Form { here: &here, name: "remove-price", page: page.clone(), typed: &[] };
    let done = async {
        models::remove_price(&manage(&here, &workspace).await?, &model, &from).await?;
        Ok((page, Some("The price is taken back.".into())))
    };
    form.answer(done.await)
}
