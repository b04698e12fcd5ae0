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

/// The part of a form about MCP: `all` (or nothing), `none`, or `chosen` with the slugs that were ticked and typed.
fn raw_scope(servers: &str, chosen: &[String], also: &str, policy: &str) -> Result<keys::RawScope, Error> {
    let servers = match servers {
        "none" => Some(Vec::new()),
        "chosen" => {
            let typed = also.split([',', ' ', '\n', '\r', '\t']).filter(|slug| !slug.is_empty());
            let slugs: Vec<String> = chosen.iter().cloned().chain(typed.map(str::to_owned)).collect();
            if slugs.is_empty() {
                return Err(Error::field("servers", "Tick at least one server, or choose every server or none."));
            }
            Some(slugs)
        }
        _ => None,
    };
    Ok(keys::RawScope { servers, policy: policy.to_owned(), ..keys::RawScope::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_a_form() {
        let of = |servers: &str, chosen: &[&str], also: &str| {
            let chosen: Vec<String> = chosen.iter().map(|slug| (*slug).to_owned()).collect();
            raw_scope(servers, &chosen, also, "").map(|scope| scope.servers)
        };
        assert_eq!(of("", &["a"], "").unwrap(), None);
        assert_eq!(of("all", &["a"], "b").unwrap(), None);
        assert_eq!(of("none", &["a"], "").unwrap(), Some(Vec::new()));
        assert_eq!(of("chosen", &["a"], "b\r\nc, d").unwrap().unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(of("chosen", &[], " ").unwrap_err().fields()[0].field, "servers");
    }
}
