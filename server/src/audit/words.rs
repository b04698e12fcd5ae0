//! What every action of the audit log is called, in one place: in a sentence with a name behind it, alone on the page of
//! what was changed, and in the filter.

/// The words for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Its name in the log, such as `key.rename`.
    pub action: &'static str,
    /// In a sentence, before the name of what was changed: `Renamed key`.
    pub sentence: &'static str,
    /// Where it is clear what was changed: `Renamed`.
    pub alone: &'static str,
    /// In the filter: `Key renamed`.
    pub label: &'static str,
}

const fn known(action: &'static str, sentence: &'static str, alone: &'static str, label: &'static str) -> Words {
    Words { action, sentence, alone, label }
}

/// Every action that Latchkey writes, in the order of the filter.
pub const ACTIONS: &[Words] = &[
    known("key.create", "Created key", "Created", "Key created"),
    known("key.create_for_url", "Created key for URLs", "Created, for URLs", "Key created for URLs"),
    known("key.rename", "Renamed key", "Renamed", "Key renamed"),
    known(
        "key.edit",
        "Changed description or environment of key",
        "Description or environment changed",
        "Key described anew",
    ),
    known("key.permit", "Changed permission of key", "Permission changed", "Key permission changed"),
    known("key.expire", "Changed expiry of key", "Expiry changed", "Key expiry changed"),
    known("key.limits", "Changed limits of key", "Limits changed", "Key limits changed"),
    known(
        "key.scope",
        "Changed servers or policy of key",
        "Servers or policy changed",
        "Key servers or policy changed",
    ),
    known(
        "key.models",
        "Changed models, spend cap or guardrail of key",
        "Models, spend cap or guardrail changed",
        "Key models, spend cap or guardrail changed",
    ),
    known("key.rotate", "Rotated key", "Rotated", "Key rotated"),
    known("key.reveal", "Revealed key", "Revealed", "Key revealed"),
    known("key.disable", "Disabled key", "Disabled", "Key disabled"),
    known("key.enable", "Enabled key", "Enabled", "Key enabled"),
    known("key.delete", "Deleted key", "Deleted", "Key deleted"),
    known("member.put", "Added member or changed role of", "Added, or role changed", "Member added or role changed"),
    known("member.remove", "Removed member", "Removed", "Member removed"),
    known("invite.create", "Invited somebody as", "Created", "Invite created"),
    known("invite.accept", "Accepted an invite as", "Accepted", "Invite accepted"),
    known("invite.revoke", "Revoked an invite", "Revoked", "Invite revoked"),
    known("server.create", "Registered server", "Registered", "Server registered"),
    known("server.edit", "Changed server", "Changed", "Server changed"),
    known("server.enable", "Enabled server", "Enabled", "Server enabled"),
    known("server.disable", "Disabled server", "Disabled", "Server disabled"),
    known("server.open", "Changed who may use server", "Use changed", "Server opened or restricted"),
    known("server.choose", "Let somebody use server", "Member chosen", "Member chosen for server"),
    known(
        "server.unchoose",
        "No longer lets somebody use server",
        "Member no longer chosen",
        "Member no longer chosen for server",
    ),
    known("server.mark", "Marked tool", "Tool marked", "Tool marked"),
    known("server.remove", "Removed server", "Removed", "Server removed"),
    known("policy.create", "Added firewall policy", "Added", "Firewall policy added"),
    known("policy.edit", "Changed firewall policy", "Changed", "Firewall policy changed"),
    known("policy.delete", "Deleted firewall policy", "Deleted", "Firewall policy deleted"),
    known("guardrail.create", "Added guardrail", "Added", "Guardrail added"),
    known("guardrail.edit", "Changed guardrail", "Changed", "Guardrail changed"),
    known("guardrail.delete", "Deleted guardrail", "Deleted", "Guardrail deleted"),
    known("provider.create", "Registered model provider", "Registered", "Model provider registered"),
    known("provider.edit", "Changed model provider", "Changed", "Model provider changed"),
    known("provider.enable", "Enabled model provider", "Enabled", "Model provider enabled"),
    known("provider.disable", "Disabled model provider", "Disabled", "Model provider disabled"),
    known("provider.remove", "Removed model provider", "Removed", "Model provider removed"),
    known("price.set", "Set price of", "Price set", "Model price set"),
    known("price.remove", "Took back the price of", "Price taken back", "Model price taken back"),
    known("sample.read", "Read a sample of a call with key", "Sample of a call read", "Sample of a call read"),
    known("workspace.create", "Created workspace", "Created", "Workspace created"),
    known("workspace.update", "Changed settings of workspace", "Settings changed", "Workspace settings changed"),
    known("user.create", "Added user", "Added", "User added"),
    known("user.disable", "Shut out user", "Shut out", "User shut out"),
    known("user.enable", "Let in user", "Let in again", "User let in again"),
    known("user.promote", "Made an administrator of", "Made an administrator", "Administrator made"),
    known("user.demote", "Took administration from", "Made an ordinary user", "Administrator unmade"),
    known("user.password", "Changed password of", "Password changed", "Password changed"),
    known("user.rename", "Changed name of", "Name changed", "User renamed"),
    known("user.email", "Changed e-mail of", "E-mail changed", "User's e-mail changed"),
    known("master_key.rotate", "Rotated the", "Rotated", "Master key rotated"),
    known(
        "master_key.forget",
        "Erased secrets that no one opens, of the",
        "Unreadable secrets erased",
        "Unreadable secrets erased",
    ),
    known("installation.set_up", "Set up the installation with", "Set up", "Installation set up"),
];

/// The words for an action; `None` for one that a later version wrote.
#[must_use]
pub fn words(action: &str) -> Option<&'static Words> {
    ACTIONS.iter().find(|words| words.action == action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    /// Every `"subject.verb"` that stands in this crate's sources, but for these.
    fn written(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("src/audit") {
                written(&path, found);
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let quoted = text.match_indices('"').filter_map(|(at, _)| text[at + 1..].split('"').next());
            found.extend(quoted.filter(|quoted| is_action(quoted)).map(str::to_owned));
        }
    }

    fn is_action(text: &str) -> bool {
        let subjects = [
            "key",
            "member",
            "workspace",
            "user",
            "installation",
            "invite",
            "session",
            "master_key",
            "server",
            "policy",
            "provider",
            "price",
            "guardrail",
            "sample",
        ];
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        text.split_once('.').is_some_and(|(subject, verb)| subjects.contains(&subject) && word(verb))
    }

    #[test]
    fn every_action_that_is_written_has_its_words() {
        let mut found = BTreeSet::new();
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert_eq!(found, ACTIONS.iter().map(|words| words.action.to_owned()).collect());
    }
}
