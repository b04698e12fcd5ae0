//! Asking a provider for its models: `GET {base}/models`, in OpenAI's form, by the rules of every connection outward. What it
//! lists is shown to whoever asked, and kept by nobody: the provider's form says which of them are used.

use super::held::HeldProvider;
use crate::{
    Error, Latchkey,
    auth::{Grant, ManageModels},
    servers::trouble::{AWAY, PRIVATE},
    upstream::{Refused, is_private},
};
use domain::model::{MOST_LISTED, ModelName};
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

/// How long it may take altogether; a provider that may be silent for less gets no more than that.
const DEADLINE: Duration = Duration::from_secs(20);
/// The most bytes of an answer: the longest lists of the field, with all that they say of each model, are a quarter of it.
const ANSWER_MOST: usize = 4 * 1024 * 1024;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It answered.
    Lists {
        /// Its models, by name.
        models: Vec<ModelName>,
        /// Entries that are no model's name.
        left_out: usize,
        /// It has more models than a provider may list here.
        cut: bool,
        /// How long it took, in milliseconds.
        millis: i64,
    },
    /// It did not; a sentence that says why, and what to look at.
    Fails(&'static str),
}

const NO_LIST: &str = "It has no list of models at this address. Look at the URL: most end with /v1. A provider that has no \
                       list works too: type the names of its models.";
const NOT_OPENAI: &str = "It answered, but not as an OpenAI-compatible API does. Look at the URL: most end with /v1.";
const ELSEWHERE: &str = "It leads to another address, which is not followed: the API key would go along. Type the address that it \
                         leads to, if it is the provider's.";
const TOO_LARGE: &str =
    "Its list is larger than 4 MiB, which no provider's is. Look at the URL, or type the names of its models.";
const CREDENTIAL: &str =
    "It wants another API key. Type it again, as the provider's console shows it, and look whether it may list models.";
const TOO_OFTEN: &str =
    "It takes no more requests at the moment, or the account has no credit left. Look at the provider's console.";
const SLOW: &str = "It took too long. Look whether the provider is up, and ask again.";
const FAILED: &str = "The provider failed by itself. Look at its status page, and ask again.";
const LOST: &str = "Its API key can't be opened: it was sealed by a master key that is not at hand. Type it again.";

/// Asks a provider for its models with its API key. It may be a disabled one.
pub async fn ask(grant: &Grant<ManageModels>, slug: &str) -> Result<Asked, Error> {
    let latchkey = grant.caller().latchkey();
    let found = super::store(grant).held_provider(&grant.workspace().id, slug).await?.ok_or(Error::NotFound)?;
    let held = HeldProvider::open(latchkey, found);
    let begun = latchkey.now();
    let patience = DEADLINE.min(Duration::from_secs(held.as_ref().settings.timeout.into()));
    let body = match timeout(patience, fetch(latchkey, &held)).await {
        Err(_) => return Ok(Asked::Fails(SLOW)),
        Ok(Err(NoList::Unavailable)) => return Err(Error::Unavailable),
        Ok(Err(NoList::Because(why))) => return Ok(Asked::Fails(why)),
        Ok(Ok(body)) => body,
    };
    let Some((mut models, left_out)) = read(&body, &held) else { return Ok(Asked::Fails(NOT_OPENAI)) };
    let cut = models.len() > MOST_LISTED;
    models.truncate(MOST_LISTED);
    Ok(Asked::Lists { models, left_out, cut, millis: latchkey.now().since(begun) })
}

/// Why there is no list.
enum NoList {
    Because(&'static str),
    Unavailable,
}

async fn fetch(latchkey: &Latchkey, held: &HeldProvider) -> Result<Vec<u8>, NoList> {
    let because = |why| Err(NoList::Because(why));
    let url = format!("{}/models", held.as_ref().settings.url);
    let client = match latchkey.upstreams.client_for(&url) {
        Ok(client) => client,
        Err(Refused::Private) => return because(PRIVATE),
        Err(Refused::Address) => return because(AWAY),
        Err(Refused::NoClient) => return Err(NoList::Unavailable),
    };
    let Ok(authorization) = held.authorization() else { return because(LOST) };
    let mut request = client.get(url).header(ACCEPT, "application/json");
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value);
    }
    let mut answer = request.send().await.map_err(|error| NoList::Because(unreached(&error)))?;
    if let Some(why) = refused(&answer) {
        return because(why);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| NoList::Because(unreached(&error)))? {
        if body.len() + piece.len() > ANSWER_MOST {
            return because(TOO_LARGE);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn unreached(error: &reqwest::Error) -> &'static str {
    if is_private(error) {
        PRIVATE
    } else if error.is_timeout() {
        SLOW
    } else if error.is_connect() {
        AWAY
    } else {
        NOT_OPENAI
    }
}

/// What an answer other than a list means.
fn refused(answer: &Response) -> Option<&'static str> {
    match answer.status() {
        StatusCode::OK if answer.content_length().is_some_and(|length| length > ANSWER_MOST as u64) => Some(TOO_LARGE),
        StatusCode::OK => None,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(CREDENTIAL),
        StatusCode::PAYMENT_REQUIRED | StatusCode::TOO_MANY_REQUESTS => Some(TOO_OFTEN),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Some(NO_LIST),
        status if status.is_redirection() => Some(ELSEWHERE),
        status if status.is_server_error() => Some(FAILED),
        _ => Some(NOT_OPENAI),
    }
}

/// The models of a list in OpenAI's form, `{"data":[{"id":…}]}`, by name, and how many entries are none. Some providers leave
/// the object around the list out, or have bare names in it.
fn read(body: &[u8], held: &HeldProvider) -> Option<(Vec<ModelName>, usize)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let list = body.get("data").unwrap_or(&body).as_array()?;
    let mut left_out = 0;
    let mut names = BTreeSet::new();
    for entry in list {
        let id = entry.get("id").unwrap_or(entry).as_str();
        match id.filter(|id| !held.is_in(id)).map(ModelName::parse) {
            Some(Ok(name)) => {
                names.insert(name);
            }
            Some(Err(_)) | None => left_out += 1,
        }
    }
    Some((names.into_iter().collect(), left_out))
}
