//! All requests of one key, page by page.

use super::{KeyView, Reaches, UseView, view};
use crate::{
    Error,
    auth::{Grant, InWorkspace, SeeKeys},
};
use domain::{key::KeyId, time::Timestamp};
use store::UseCursor;

/// Requests of one page.
const PAGE: usize = 50;

/// What the page is asked for; it stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestQuery {
    /// Only requests that were accepted, or only those that were not.
    pub accepted: Option<bool>,
    /// Where the page begins; empty for the newest.
    pub after: String,
}

/// The page.
#[derive(Clone, Debug)]
pub struct RequestList {
    /// The key.
    pub key: KeyView,
    /// Its requests, newest first.
    pub uses: Vec<UseView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One page of the requests of a key that the caller may see.
pub async fn requests(
    grant: &Grant<SeeKeys>,
    place: &InWorkspace,
    id: &str,
    query: &RequestQuery,
) -> Result<RequestList, Error> {
    let store = &grant.caller().latchkey().store;
    let workspace = &grant.workspace().id;
    let id = KeyId::parse(id).ok_or(Error::NotFound)?;
    let key = store.key(workspace, &id).await?.ok_or(Error::NotFound)?;
    let after = cursor(&query.after);
    let page = store.use_page(workspace, &id, query.accepted, after.as_ref(), PAGE).await?;
    Ok(RequestList {
        key: view(grant.caller(), Reaches::of(place), key),
        uses: page.uses.into_iter().map(UseView::from).collect(),
        next: page.next.map(|next| format!("{}.{}", next.at.0, next.id)),
    })
}

/// A cursor as the URL has it: the moment of the last request, a dot, its number.
fn cursor(text: &str) -> Option<UseCursor> {
    let (at, id) = text.split_once('.')?;
    Some(UseCursor { at: Timestamp(at.parse().ok()?), id: id.parse().ok()? })
}
