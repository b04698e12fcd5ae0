//! Changes of a server. The next request that goes through the gateway meets them.

use super::RawServer;
use crate::{
    Error,
    auth::{Grant, ManageServers},
};
use domain::{
    field::Fields,
    mcp::{self, Mark},
};
use store::{CredentialChange, Server, ServerEdit};

/// Changes name, address and credential; a slug stays. An empty credential keeps the one there is, but never for another
/// host: whoever may edit a server may not thereby learn its credential.
pub async fn edit(grant: &Grant<ManageServers>, slug: &str, raw: &RawServer) -> Result<(), Error> {
    let before = super::find(grant, slug).await?;
    let mut fields = Fields::default();
    let name = fields.take(mcp::server_name(&raw.name));
    let url = fields.take(mcp::upstream_url(&raw.url));
    let header = fields.take(mcp::credential_header(&raw.header));
    let credential = fields.take(mcp::credential(&raw.credential));
    let checked = (|| Some((name?, url?, header?, credential?)))();
    let (name, url, header, credential) = fields.finish(checked)?;
    let moved = mcp::origin(&before.url) != mcp::origin(&url);
    let latchkey = grant.caller().latchkey();
    let credential = latchkey
        .change_credential(&before.id, credential, raw.erase_credential, before.has_credential && moved)
        .await?;
    let what = changed(&before, &name, &url, &header, &credential);
    let edit = ServerEdit { name, url, header, credential, url_before: before.url.clone() };
    let event = super::event(grant, "server.edit", &before.id, &what);
    Ok(super::store(grant).edit_server(&grant.workspace().id, &before.id, &edit, &event).await?)
}

/// The slug, and the names of what differs: the audit log never holds an address or a credential.
fn changed(before: &Server, name: &str, url: &str, header: &str, credential: &CredentialChange) -> String {
    let differs = [
        ("name", before.name != name),
        ("URL", before.url != url),
        ("header", before.header != header),
        ("credential", matches!(credential, CredentialChange::Replace(_))),
        ("credential erased", *credential == CredentialChange::Erase),
    ];
    let names: Vec<&str> = differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    if names.is_empty() { before.slug.clone() } else { format!("{}: {}", before.slug, names.join(", ")) }
}

/// Lets a server be reached, or not; everything of it is kept.
pub async fn enable(grant: &Grant<ManageServers>, slug: &str, enabled: bool) -> Result<(), Error> {
    let server = super::find(grant, slug).await?;
    let event = super::event(grant, if enabled { "server.enable" } else { "server.disable" }, &server.id, slug);
    Ok(super::store(grant).enable_server(&grant.workspace().id, &server.id, enabled, &event).await?)
}

/// Says of a tool that it only reads, that it changes something, or that no key sees it; an empty word takes that back.
pub async fn mark(grant: &Grant<ManageServers>, slug: &str, tool: &str, mark: &str) -> Result<(), Error> {
    let server = super::find(grant, slug).await?;
    let mark = Mark::parse(mark)?;
    let mut after = server.marks.clone();
    after.set(tool, mark)?;
    let what = format!("{slug}/{tool}: {}", mark.map_or("as the server says", Mark::word));
    let event = super::event(grant, "server.mark", &server.id, &what);
    Ok(super::store(grant).mark_tools(&grant.workspace().id, &server.id, [&server.marks, &after], &event).await?)
}

/// Removes a server with its credential. Its slug has to be typed: keys lose it at once.
pub async fn remove(grant: &Grant<ManageServers>, slug: &str, typed: &str) -> Result<(), Error> {
    let server = super::find(grant, slug).await?;
    if typed.trim() != slug {
        return Err(Error::field("typed", format!("Type {slug} to remove this server.")));
    }
    let event = super::event(grant, "server.remove", &server.id, slug);
    Ok(super::store(grant).remove_server(&grant.workspace().id, &server.id, &event).await?)
}
