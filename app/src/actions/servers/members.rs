//! Who may use a server: everybody, or chosen members.

use super::{manage, page};
use crate::{
    actions::{Form, Next, Refused},
    web::Here,
};
use leptos::prelude::*;
use server::servers;

/// Opens a server to every member, or to chosen ones alone.
#[server(prefix = "/console", endpoint = "open_server")]
pub async fn open_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] open_to: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let form = Form { here: &here, name: "open-server", page: page.clone(), typed: &[] };
    let done = async {
        let everyone = open_to != "chosen";
        servers::open(&manage(&here, &workspace).await?, &server, everyone).await?;
        let said = if everyone { "Every member may use it now." } else { "Only chosen members may use it now." };
        Ok((page, Some(said.into())))
    };
    form.answer(done.await)
}

/// Chooses a member for a server, by e-mail.
#[server(prefix = "/console", endpoint = "choose_for_server")]
pub async fn choose_for_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] email: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let form = Form { here: &here, name: "choose-for-server", page: page.clone(), typed: &[("email", &email)] };
    let done = async {
        let name = servers::choose_by_email(&manage(&here, &workspace).await?, &server, &email).await?;
        Ok((page, Some(format!("{name} may use it now."))))
    };
    form.answer(done.await)
}

/// Takes a member's choice back, by id.
#[server(prefix = "/console", endpoint = "unchoose_for_server")]
pub async fn unchoose_for_server(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] user: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = page(&workspace, &server);
    let form = Form { here: &here, name: "open-server", page: page.clone(), typed: &[] };
    let done = async {
        servers::unchoose(&manage(&here, &workspace).await?, &server, &user).await?;
        Ok((page, Some("They are chosen no more.".into())))
    };
    form.answer(done.await)
}
