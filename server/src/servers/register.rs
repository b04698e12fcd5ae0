//! Registering a server.

use super::{RawServer, ServerView};
use crate::{
    Error,
    auth::{Grant, ManageServers},
};
use domain::{field::Fields, id::ServerId, mcp};
use store::NewServer;

/// Registers a server that every member may use, or nobody until somebody is chosen. Nothing is connected to: that is what
/// asking it for its tools is for.
pub async fn register(grant: &Grant<ManageServers>, raw: &RawServer, everyone: bool) -> Result<ServerView, Error> {
    let latchkey = grant.caller().latchkey();
    let mut fields = Fields::default();
    let name = fields.take(mcp::server_name(&raw.name));
    let slug = fields.take(mcp::slug(&raw.slug));
    let url = fields.take(mcp::upstream_url(&raw.url));
    let header = fields.take(mcp::credential_header(&raw.header));
    let credential = fields.take(mcp::credential(&raw.credential));
    let checked = (|| Some((name?, slug?, url?, header?, credential?)))();
    let (name, slug, url, header, credential) = fields.finish(checked)?;
    let id = latchkey.random.with(|rng| ServerId::generate(rng));
    let credential = match &credential {
        Some(credential) => Some(latchkey.seal_credential(&id, credential).await?),
        None => None,
    };
    let workspace = grant.workspace().id.clone();
    let new = NewServer { id, workspace, slug, name, url, header, credential, everyone, created_at: latchkey.now() };
    let event = super::event(grant, "server.create", &new.id, &new.slug);
    let done = super::store(grant).insert_server(&new, &event).await;
    done.map_err(|error| {
        Error::taken(error, "slug", "There is a server with this slug already. Choose another slug.")
    })?;
    Ok(super::view(latchkey, &super::find(grant, &new.slug).await?, true))
}
