//! The account page's forms.

#![expect(clippy::struct_field_names, reason = "the fields of a password form are passwords")]

use super::{Form, Next, Refused};
use crate::web::Here;
use leptos::prelude::*;
use server::{Client, Error, auth, users};

const PAGE: &str = "/account";

/// Gives the caller another name.
#[server(prefix = "/console", endpoint = "rename_self")]
pub async fn rename_self(#[server(default)] name: String) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "profile", page: PAGE.into(), typed: &[("name", &name)] };
    let done = async {
        let name = users::rename_self(&here.caller().await?, &name).await?;
        Ok((PAGE.into(), Some(format!("You are now called “{name}”."))))
    };
    form.answer(done.await)
}

/// Gives the caller another e-mail.
#[server(prefix = "/console", endpoint = "change_own_email")]
pub async fn change_own_email(
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "email", page: PAGE.into(), typed: &[("email", &email)] };
    let done = async {
        let client = Client::of(&here.parts.extensions);
        let email = users::change_own_email(&here.caller().await?, &client, &email, &password.into()).await?;
        Ok((PAGE.into(), Some(format!("You sign in with {email} from now on."))))
    };
    form.answer(done.await)
}

/// Replaces the own password.
#[server(prefix = "/console", endpoint = "change_password")]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "password", page: PAGE.into(), typed: &[] };
    let done = async {
        let caller = here.caller().await?;
        if new_password != repeat_password {
            return Err(Error::field("repeat_password", "The two new passwords differ."));
        }
        auth::change_password(&caller, &here.parts, current_password.into(), new_password.into()).await?;
        Ok((PAGE.into(), Some("Your password is changed. Your other sessions are signed out.".into())))
    };
    form.answer(done.await)
}

/// Ends one other session of the caller.
#[server(prefix = "/console", endpoint = "sign_out_other")]
pub async fn sign_out_other(#[server(default)] session: String) -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "sessions", page: PAGE.into(), typed: &[] };
    let done = async {
        auth::sign_out_other(&here.caller().await?, &session).await?;
        Ok((PAGE.into(), Some("That session is signed out.".into())))
    };
    form.answer(done.await)
}

/// Ends every other session of the caller.
#[server(prefix = "/console", endpoint = "sign_out_others")]
pub async fn sign_out_others() -> Result<Next, Refused> {
    let here = Here::new();
    let form = Form { here: &here, name: "sessions", page: PAGE.into(), typed: &[] };
    let done = async {
        auth::sign_out_others(&here.caller().await?, &here.parts).await?;
        Ok((PAGE.into(), Some("All other sessions are signed out.".into())))
    };
    form.answer(done.await)
}
