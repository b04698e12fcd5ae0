//! The theme switch: a cookie of a year, so that the server renders the right one.

#![expect(clippy::unused_async, reason = "server functions are async")]

use super::{Form, Next, Refused};
use crate::web::Here;
use leptos::prelude::*;
use server::{Error, auth::local_path};

/// Chooses the theme: `system`, `light` or `dark`.
#[server(prefix = "/console", endpoint = "theme")]
pub async fn set_theme(#[server(default)] theme: String, #[server(default)] page: String) -> Result<Next, Refused> {
    let here = Here::new();
    let page = local_path(&page).to_owned();
    let form = Form { here: &here, name: "theme", page: page.clone(), typed: &[] };
    let secure = if here.latchkey.is_https() { "; Secure" } else { "" };
    let year = 31_536_000;
    let cookie = match theme.as_str() {
        "system" => format!("latchkey_theme=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly{secure}"),
        "light" | "dark" => {
            format!("latchkey_theme={theme}; Path=/; Max-Age={year}; SameSite=Lax; HttpOnly{secure}")
        }
        _ => return form.answer(Err(Error::field("theme", "Theme is system, light or dark."))),
    };
    here.set_cookie(&cookie);
    form.answer(Ok((page, None)))
}
