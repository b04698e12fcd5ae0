//! The administration's forms about users.

use super::{Form, Next, Refused, back_or};
use crate::web::Here;
use leptos::prelude::*;
use server::users;

const PAGE: &str = "/admin/users";

/// Gives a user another name.
#[server(prefix = "/console", endpoint = "rename_user")]
pub async fn rename_user(#[server(default)] user: String, #[server(default)] name: String) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("{PAGE}/{user}");
    let form = Form { here: &here, name: "rename-user", page: page.clone(), typed: &[("name", &name)] };
    let done = async {
        let name = users::rename(&here.caller().await?.instance()?, &user, &name).await?;
        Ok((page, Some(format!("The user is now called “{name}”."))))
    };
    form.answer(done.await)
}

/// Gives a user another e-mail.
#[server(prefix = "/console", endpoint = "set_user_email")]
pub async fn set_user_email(
    #[server(default)] user: String,
    #[server(default)] email: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let page = format!("{PAGE}/{user}");
    let form = Form { here: &here, name: "user-email", page: page.clone(), typed: &[("email", &email)] };
    let done = async {
        let email = users::set_email(&here.caller().await?.instance()?, &user, &email).await?;
        Ok((page, Some(format!("They sign in with {email} from now on."))))
    };
    form.answer(done.await)
}

/// Shuts a user out.
#[server(prefix = "/console", endpoint = "deactivate_user")]
pub async fn deactivate_user(#[server(default)] user: String) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "deactivate", page: format!("{PAGE}/{user}/deactivate"), typed: &[] };
    let done = async {
        let grant = here.caller().await?.instance()?;
        let user = users::set_active(&grant, &user, false).await?;
        Ok((PAGE.into(), Some(format!("{} is deactivated: sessions have ended, keys have stopped.", user.name))))
    };
    form.answer(done.await)
}

/// Lets a user in again.
#[server(prefix = "/console", endpoint = "activate_user")]
pub async fn activate_user(#[server(default)] user: String, #[server(default)] back: String) -> Result<Next, Refused> {
    let here = Here::new();
    let page = back_or(&back, PAGE.into());
    let form = Form { here: &here, name: "user", page: page.clone(), typed: &[] };
    let done = async {
        let user = users::set_active(&here.caller().await?.instance()?, &user, true).await?;
        Ok((page, Some(format!("{} may sign in again, and their keys work.", user.name))))
    };
    form.answer(done.await)
}

/// Makes a user an administrator of the installation.
#[server(prefix = "/console", endpoint = "promote_user")]
pub async fn promote_user(#[server(default)] user: String, #[server(default)] back: String) -> Result<Next, Refused> {
    set_admin(&user, &back, true).await
}

/// Makes an administrator of the installation an ordinary user.
#[server(prefix = "/console", endpoint = "demote_user")]
pub async fn demote_user(#[server(default)] user: String, #[server(default)] back: String) -> Result<Next, Refused> {
    set_admin(&user, &back, false).await
}

async fn set_admin(user: &str, back: &str, admin: bool) -> Result<Next, Refused> {
    let here = Here::new();
    let page = back_or(back, PAGE.into());
    let form = Form { here: &here, name: "user", page: page.clone(), typed: &[] };
    let done = async {
        let caller = here.caller().await?;
        let user = users::set_instance_admin(&caller.instance()?, user, admin).await?;
        let what = if admin { "administers this installation now" } else { "is an ordinary user now" };
        // Whoever gave it up does not see the administration any more.
        let to = if !admin && caller.user_id() == Some(&user.id) { "/".into() } else { page };
        Ok((to, Some(format!("{} {what}.", user.name))))
    };
    form.answer(done.await)
}
