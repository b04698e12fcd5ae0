//! Registering, editing, switching and removing a server.

use super::{list, manage, page};
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use leptos::prelude::*;
use server::servers::{self, RawServer};

/// Registers a server; its page comes next, where it can be asked for its tools.
#[server(prefix = "/console", endpoint = "register_server")]
pub async fn register_server(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] slug: String,
    #[server(default)] url: String,
    #[server(default)] header: String,
    #[server(default)] credential: String,
    #[server(default)] open_to: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let typed = [("name", &*name), ("slug", &*slug), ("url", &*url), ("header", &*header), ("open_to", &*open_to)];
    let form = Form { here: &here, name: "server", page: format!("{}/new", list(&workspace)), typed: &typed };
    let done = async {
        let grant = manage(&here, &workspace).await?;
        let raw = RawServer {
            name: name.clone(),
            slug: slug.clone(),
            url: url.clone(),
            header: header.clone(),
            credential: credential.into(),
            erase_credential: false,
        };
        let made = servers::register(&grant, &raw, open_to != "chosen").await?;
        Ok((page(&workspace, &made.slug), Some(format!("{} is registered. Test the connection next.", made.name))))
    };
    form.answer(done.await)
}

/// Changes name, address and credential of a server.
#[server(prefix = "/console", endpoint = "edit_server")]
pub async fn edit_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] header: String,
    #[server(default)] credential: String,
    #[server(default)] erase_credential: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let typed = [("name", &*name), ("url", &*url), ("header", &*header), ("erase_credential", &*erase_credential)];
    let form = Form { here: &here, name: "edit-server", page: page.clone(), typed: &typed };
    let done = async {
        let raw = RawServer {
            name: name.clone(),
            slug: String::new(),
            url: url.clone(),
            header: header.clone(),
            credential: credential.into(),
            erase_credential: !erase_credential.is_empty(),
        };
        servers::edit(&manage(&here, &workspace).await?, &server, &raw).await?;
        Ok((page, Some("Saved. It holds from the next request on.".into())))
    };
    form.answer(done.await)
}

/// Lets a server be reached (`enabled` is `on`), or not.
#[server(prefix = "/console", endpoint = "switch_server")]
pub async fn switch_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] enabled: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let form = Form { here: &here, name: "switch-server", page: page.clone(), typed: &[] };
    let done = async {
        let on = !enabled.is_empty();
        servers::enable(&manage(&here, &workspace).await?, &server, on).await?;
        let said = if on {
            "The server is enabled: keys reach it from the next request on."
        } else {
            "The server is disabled: no key reaches it. Everything is kept."
        };
        Ok((page, Some(said.into())))
    };
    form.answer(done.await)
}

/// Removes a server; its slug has to be typed.
#[server(prefix = "/console", endpoint = "remove_server")]
pub async fn remove_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] typed: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let stay = format!("{}/remove", page(&workspace, &server));
    let form = Form { here: &here, name: "remove-server", page: stay, typed: &[("typed", &typed)] };
    let done = async {
        servers::remove(&manage(&here, &workspace).await?, &server, &typed).await?;
        Ok((list(&workspace), Some(format!("{server} is removed: no key reaches it."))))
    };
    form.answer(done.await)
}
