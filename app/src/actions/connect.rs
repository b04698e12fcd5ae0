//! The form of the connect helper: opening it, creating a key for a client, looking at another server, testing. The next page
//! is the helper with the key filled in, which comes to it in a sealed cookie.

use super::{Form, Next, Refused};
use crate::web::{Here, query_string};
use domain::{mcp::connect::Client, workspace::Plan};
use leptos::prelude::*;
use secrecy::ExposeSecret;
use server::{
    Error,
    auth::{CreateKey, InWorkspace, RevealKey, SeeKeys, SeeServers},
    connect::{self, OwnKeys},
    flash::{Connection, Slot, Tested},
};

/// A key that is filled in, and whether it was created for that.
type Filled = Option<(String, bool)>;

/// Opens the helper, or goes on in it: `step` is `create`, `pick` (a key that is kept), both also with `_for_url` for a client that
/// takes no header, `test`, `show` (another server), or empty for opening it.
#[server(prefix = "/console", endpoint = "connect_client")]
pub async fn connect_client(
    #[server(default)] workspace: String,
    #[server(default)] server: String,
    #[server(default)] client: String,
    #[server(default)] step: String,
    #[server(default)] permission: String,
    #[server(default)] key: String,
    #[server(default)] new: String,
) -> Result<Next, Refused> {
    let here = Here::new();
    let (step, client) = match step.strip_suffix("_for_url") {
        Some(step) => (step.to_owned(), Client::Connector.word().to_owned()),
        None => (step, client),
    };
    let page = format!("/w/{workspace}/connect{}", query_string(&[("server", &server), ("client", &client)]));
    let form = Form { here: &here, name: "connect", page: page.clone(), typed: &[("permission", &permission)] };
    let done = async {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&workspace).await?;
        let wanted = Some(server.as_str()).filter(|server| !server.is_empty());
        let at_hand = (!key.is_empty()).then(|| (key.clone(), !new.is_empty()));
        connect::target(&at.clone().allow::<SeeServers>()?, wanted).await?;
        let (filled, tested) = match (&*step, at_hand) {
            ("create", _) => (Some(create(&at, &client, wanted, &permission).await?), None),
            ("test", Some((key, new))) => {
                let tested = test(&at, &client, wanted, &key).await?;
                (Some((key, new)), Some(tested))
            }
            ("test", None) => return Err(Error::Forbidden("There is no key to test with. Create one first.".into())),
            ("pick", _) => (Some(pick(&at, &client, wanted).await?), None),
            ("show", at_hand) => (at_hand, None),
            (_, Some(at_hand)) => (Some(at_hand), None),
            (_, None) => (open(&at, &client, wanted).await?, None),
        };
        if let (Some((key, new)), Some(user)) = (filled, caller.user_id().cloned()) {
            let connection = Connection { user, workspace, server, key, new, tested };
            here.set_cookie(&here.latchkey.seal(Slot::Connect, &connection));
        }
        Ok((page, None))
    };
    form.answer(done.await)
}

/// A click opens the helper: with a key of the caller's that is kept, or with their very first one; else they choose there.
async fn open(at: &InWorkspace, client: &str, server: Option<&str>) -> Result<Filled, Error> {
    let own = connect::own_keys(&at.clone().allow::<SeeKeys>()?, server).await?;
    if let Some(kept) = kept(at, client, &own).await? {
        return Ok(Some(kept));
    }
    let may_create = at.reach::<CreateKey>().is_some() && at.plan() == Plan::Pro && at.is_member();
    // A key for URLs is made where somebody asks for one, never by the way.
    if own.any || !may_create || of(client).needs_url_credential() {
        return Ok(None);
    }
    create(at, client, server, "read_only").await.map(Some)
}

/// A key of the caller's that is kept and fits the client.
async fn pick(at: &InWorkspace, client: &str, server: Option<&str>) -> Result<(String, bool), Error> {
    let own = connect::own_keys(&at.clone().allow::<SeeKeys>()?, server).await?;
    kept(at, client, &own).await?.ok_or_else(|| {
        let made = if of(client).needs_url_credential() { " made for URLs" } else { "" };
        Error::Forbidden(format!("You have no key{made} whose secret is kept and that reaches this. Create one."))
    })
}

async fn kept(at: &InWorkspace, client: &str, own: &OwnKeys) -> Result<Filled, Error> {
    let fits = if of(client).needs_url_credential() { own.for_url } else { own.fits };
    let Some((key, grant)) = fits.zip(at.clone().allow::<RevealKey>().ok()) else { return Ok(None) };
    let revealed = connect::pick(&grant, &key).await?;
    Ok(Some((revealed.key.expose_secret().to_owned(), false)))
}

fn of(client: &str) -> Client {
    Client::of(client).unwrap_or(Client::ClaudeCode)
}

async fn create(
    at: &InWorkspace,
    client: &str,
    server: Option<&str>,
    permission: &str,
) -> Result<(String, bool), Error> {
    // Where a key is filled in already, the form does not ask.
    let permission = if permission.is_empty() { "read_only" } else { permission };
    let made = connect::create(&at.clone().allow::<CreateKey>()?, of(client), server, permission).await?;
    Ok((made.key.expose().to_owned(), true))
}

async fn test(at: &InWorkspace, client: &str, server: Option<&str>, key: &str) -> Result<Tested, Error> {
    connect::test(&at.clone().allow::<SeeServers>()?, of(client), server, &key.into()).await
}
