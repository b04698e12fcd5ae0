//! The connect helper's use-cases: the key that a client is connected with, and a test that does what the client would. What
//! each client is told stands in `domain::mcp::connect`. Called by the console.

use crate::{
    Error,
    auth::{CreateKey, Grant, RevealKey, SeeKeys, SeeServers},
    flash::Tested,
    keys::{self, Created, KeyView, RawScope, Revealed},
    servers::{ask, trouble},
};
use domain::{
    key::{KeyId, PlainKey, RawKey, ServerScope},
    mcp::connect::{Client, ConnectKey, Target},
};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;
use store::{KeyFilter, Section, Server, Sort};

/// Keys of the caller that are looked through for one that fits, the last used first.
const LOOKED_THROUGH: usize = 50;
/// Days that a key made here works, where the workspace allows that many.
const DAYS: u32 = 30;
/// Names that are tried for a key: `Codex`, `Codex 2`, ….
const NAMES: u32 = 50;
/// What is shown of the tools that a test found, in characters.
const TOOLS: usize = 600;
/// How long asking for the words of a refusal may take.
const ASKING: Duration = Duration::from_secs(5);

/// Which keys of their own a caller has for a connection.
#[derive(Clone, Debug, Default)]
pub struct OwnKeys {
    /// They have a key at all, working or not.
    pub any: bool,
    /// The last used one that works, reaches the server, and whose secret is kept.
    pub fits: Option<KeyId>,
    /// Such a one among those that were created for URLs; `fits` is none of them.
    pub for_url: Option<KeyId>,
}

/// The caller's own keys, seen from a server, or from the workspace's own address (`None`).
pub async fn own_keys(grant: &Grant<SeeKeys>, server: Option<&str>) -> Result<OwnKeys, Error> {
    let (latchkey, workspace) = (grant.caller().latchkey(), &grant.workspace().id);
    let Some(user) = grant.caller().user_id() else { return Ok(OwnKeys::default()) };
    let server = match server {
        Some(slug) => Some(latchkey.store.server(workspace, slug).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let mut filter = KeyFilter {
        search: String::new(),
        environment: String::new(),
        owner: Some(user.clone()),
        section: Section::Enabled,
        now: latchkey.now(),
    };
    let enabled = latchkey.store.key_page(workspace, &filter, Sort::LastUsed, None, LOOKED_THROUGH).await?.keys;
    let fits = |for_url: bool| {
        let mut keys = enabled.iter().filter(|key| key.recoverable && !key.gateway && key.url_credential == for_url);
        keys.find(|key| server.as_ref().is_none_or(|server| reaches(&key.mcp.servers, server))).map(|key| key.id)
    };
    let (fits, for_url) = (fits(false), fits(true));
    filter.section = Section::NotEnabled;
    let any = !enabled.is_empty()
        || !latchkey.store.key_page(workspace, &filter, Sort::LastUsed, None, 1).await?.keys.is_empty();
    Ok(OwnKeys { any, fits, for_url })
}

fn reaches(scope: &ServerScope, server: &Server) -> bool {
    scope.reaches(&server.id)
}

/// The key that fits, seen again: the audit log says so first.
pub async fn pick(grant: &Grant<RevealKey>, key: &KeyId) -> Result<Revealed, Error> {
    keys::reveal(grant, &key.to_string()).await
}

/// A key of the caller's own for a client: called after it, for that server alone (`None` for every one), for thirty days or
/// as long as the workspace allows. For a client that takes no header it is one that may stand in a URL.
pub async fn create(
    grant: &Grant<CreateKey>,
    client: Client,
    server: Option<&str>,
    permission: &str,
) -> Result<Created, Error> {
    let days = grant.workspace().settings.max_expiry_days.map_or(DAYS, |most| most.min(DAYS));
    let scope = RawScope { servers: server.map(|slug| vec![slug.to_owned()]), ..RawScope::default() };
    let mut number = 1;
    loop {
        let name = if number == 1 { client.title().to_owned() } else { format!("{} {number}", client.title()) };
        let raw = RawKey {
            name,
            permission: permission.to_owned(),
            expiry: days.to_string(),
            url_credential: client.needs_url_credential(),
            ..RawKey::default()
        };
        match keys::create(grant, &raw, &scope).await {
            Err(Error::Invalid(fields)) if number < NAMES && fields.iter().all(|field| field.field == "name") => {
                number += 1;
            }
            done => return done,
        }
    }
}

/// The key of a text that the caller has at hand, as lists show it; `None` if the workspace has no such key.
pub async fn known(
    grant: &Grant<SeeKeys>,
    place: &crate::auth::InWorkspace,
    key: &str,
) -> Result<Option<KeyView>, Error> {
    let Ok(key) = PlainKey::parse(key, grant.caller().latchkey().prefix()) else { return Ok(None) };
    match keys::show(grant, place, &key.id().to_string()).await {
        Ok(page) => Ok(Some(page.key)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// What a client is connected to: a server, or the workspace's own address.
pub async fn target(grant: &Grant<SeeServers>, server: Option<&str>) -> Result<Target, Error> {
    let (latchkey, workspace) = (grant.caller().latchkey(), grant.workspace());
    let Some(slug) = server else { return Ok(Target::workspace(latchkey.public_url(), &workspace.slug)?) };
    let server = latchkey.store.server(&workspace.id, slug).await?.ok_or(Error::NotFound)?;
    Ok(Target::server(latchkey.public_url(), &workspace.slug, &server.slug)?)
}

/// Connects as a client would, over this installation's public address: a handshake, then its list of tools. For a client that
/// takes no header, the handshake is made with the key in the address; the list is asked for with a header all the same, since
/// such a key passes in both, and no library is given an address that it might log.
pub async fn test(
    grant: &Grant<SeeServers>,
    client: Client,
    server: Option<&str>,
    key: &SecretString,
) -> Result<Tested, Error> {
    let latchkey = grant.caller().latchkey();
    let target = target(grant, server).await?;
    let plain = PlainKey::parse(key.expose_secret(), latchkey.prefix());
    let Some((plain, header)) = plain.ok().zip(bearer(key)) else {
        return Ok(fails("This is no key of this installation. Choose or create one.".into()));
    };
    // Our own address, as the operator set it: neither a rule about others' addresses nor a proxy concerns it.
    let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().map_err(|error| {
        tracing::error!(%error, "no client for a test of a connection can be made");
        Error::Unavailable
    })?;
    let begun = latchkey.now();
    if client.needs_url_credential()
        && let Some(words) = refusal(http.post(target.with_key(&ConnectKey::of(&plain)).expose())).await
    {
        return Ok(refused(&words));
    }
    match ask::list_in_time(http.clone(), target.url(), Some((AUTHORIZATION, header.clone()))).await {
        Ok(answer) => {
            let names = answer.tools.into_iter().map(|tool| tool.name).collect();
            Ok(works(names, latchkey.now().since(begun)))
        }
        Err(why) => Ok(match refusal(http.post(target.url()).header(AUTHORIZATION, header)).await {
            Some(words) => refused(&words),
            None => fails(said(why).to_owned()),
        }),
    }
}

fn refused(words: &str) -> Tested {
    fails(format!("The connection is refused: {words}"))
}

fn bearer(key: &SecretString) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn works(names: Vec<String>, millis: i64) -> Tested {
    let count = names.len();
    let text = match count {
        0 => format!("It works, in {millis} ms. The key sees no tools there."),
        1 => format!("It works: the key sees 1 tool, in {millis} ms."),
        _ => format!("It works: the key sees {count} tools, in {millis} ms."),
    };
    let mut room = TOOLS;
    let tools: Vec<String> = names
        .into_iter()
        .take_while(|name| {
            let fits = name.len() <= room;
            room = room.saturating_sub(name.len() + 8);
            fits
        })
        .collect();
    Tested { works: true, text, more: count - tools.len(), tools }
}

fn fails(text: String) -> Tested {
    Tested { works: false, text, tools: Vec::new(), more: 0 }
}

/// What went wrong on the way to our own address.
fn said(why: &str) -> &'static str {
    match why {
        trouble::AWAY => {
            "Latchkey does not reach its own public address from where it runs. A client elsewhere may; ask the operator \
             whether LATCHKEY_PUBLIC_URL is right."
        }
        trouble::SLOW => "It took longer than 20 seconds. Look whether the server behind it is up, and test again.",
        trouble::CREDENTIAL => {
            "The key is refused there. Look at its page: it may be disabled, expired or without this server."
        }
        _ => {
            "Something answers there, and not as an MCP server does. Ask the operator whether LATCHKEY_PUBLIC_URL is right."
        }
    }
}

/// The words of Latchkey's own refusal of a request with a key, where that is what stands in the way.
async fn refusal(request: RequestBuilder) -> Option<String> {
    let hello = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "Latchkey", "version": env!("CARGO_PKG_VERSION") },
        },
    });
    let request = request.header(ACCEPT, "application/json, text/event-stream");
    let answer = request.timeout(ASKING).json(&hello).send().await.ok()?;
    if answer.status() == StatusCode::OK {
        return None;
    }
    let answer: Value = answer.json().await.ok()?;
    answer.pointer("/error/message").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_many_tools_is_bounded() {
        let tested = works((0..1_000).map(|n| format!("tool_{n}")).collect(), 12);
        assert!(tested.works && tested.text.contains("1000 tools, in 12 ms"));
        assert_eq!(tested.tools.len() + tested.more, 1_000);
        assert!(tested.tools.iter().map(String::len).sum::<usize>() <= TOOLS && tested.tools.len() > 30);
        assert_eq!(works(vec!["x".repeat(700)], 1).more, 1, "one that is too long is counted alone");
        assert!(works(Vec::new(), 1).text.contains("no tools"));
    }

    #[test]
    fn every_failure_says_what_to_do() {
        for why in [trouble::AWAY, trouble::SLOW, trouble::CREDENTIAL, trouble::FAILED, "anything"] {
            assert!(said(why).len() > 60);
        }
    }
}
