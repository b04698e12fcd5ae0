//! The decision: may this key do this now? Pure, so that every rule and their order can be tested without a server.
//!
//! Called by the server's verifier once the key is known and its secret was right.

use crate::{
    access::Role,
    id::ServerId,
    key::{Limits, Permission, ServerScope, Status, status},
    mcp::{Outcome, Standing},
    model::{ModelName, ModelScope, Spend},
    refusal::Refusal,
    time::Timestamp,
    workspace::Plan,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What decides about a key, as it stands at this moment.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Paused by a person.
    pub disabled: bool,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it may do at most.
    pub permission: Permission,
    /// The owner's live role in the key's workspace; `None` if the owner left it or was deactivated.
    pub owner_role: Option<Role>,
    /// The workspace's live plan.
    pub plan: Plan,
    /// From where and how often it may be used.
    pub limits: Limits,
    /// Which MCP servers it reaches.
    pub servers: ServerScope,
    /// Which models it may use.
    pub models: ModelScope,
    /// What it may spend; `None` without a cap. In a box: very many keys are held in memory, and few have one.
    pub spend: Option<Box<Spend>>,
    /// Whether it was created for URLs.
    pub url_credential: bool,
}

/// What is asked for with a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// What the request wants to do; `None` where the caller asks only whether the key is good, and applies the permission
    /// in the answer itself.
    pub access: Option<Access>,
    /// From where; `None` if that is not known.
    pub ip: Option<IpAddr>,
    /// Whether the key stood in the request's URL, where others may read it.
    pub in_url: bool,
    /// At which MCP server; `None` where it is about none.
    pub server: Option<AskedServer<'a>>,
    /// For which of its tools.
    pub tool: Option<AskedTool>,
    /// With which model; `None` where it is about none.
    pub model: Option<&'a ModelName>,
}

/// An MCP server that a request is for.
#[derive(Clone, Copy, Debug)]
pub struct AskedServer<'a> {
    /// The server.
    pub id: &'a ServerId,
    /// Whether the key's owner may use it now.
    pub open_to_owner: bool,
}

/// A tool that a request calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedTool {
    /// How it stands by its server's word and by the administrator's.
    pub standing: Standing,
    /// What the key's firewall policy says; [`Outcome::Passes`] without one.
    pub firewall: Outcome,
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Look.
    Read,
    /// Change something.
    Write,
}

impl Facts {
    /// What the key can do now: never more than its owner can. A viewer's key acts as read-only.
    #[must_use]
    pub fn effective_permission(&self) -> Permission {
        match self.owner_role {
            Some(Role::Developer | Role::Admin) => self.permission,
            Some(Role::Viewer) | None => Permission::ReadOnly,
        }
    }
}

/// Decides in the order of design §5: disabled, expired, owner, plan, address, URL, scope (server, model, tool, access).
/// The rate comes after all of them and is the server's to count: a refused request takes nothing from it. After the rate
/// comes [`afford`].
pub fn decide(key: &Facts, asked: Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
    match status(key.disabled, key.expires_at, false, now) {
        Status::Disabled => return Err(Refusal::KeyDisabled),
        Status::Expired => return Err(Refusal::KeyExpired),
        Status::Exhausted | Status::Enabled => {}
    }
    if key.owner_role.is_none() {
        return Err(Refusal::OwnerInactive);
    }
    if key.plan == Plan::Basic {
        return Err(Refusal::PlanRequired);
    }
    if !key.limits.addresses.allows(asked.ip) {
        return Err(Refusal::IpNotAllowed);
    }
    if asked.in_url && !key.url_credential {
        return Err(Refusal::KeyInUrl);
    }
    if asked.server.is_some_and(|server| !server.open_to_owner || !key.servers.reaches(server.id)) {
        return Err(Refusal::ServerNotAllowed);
    }
    if asked.model.is_some_and(|model| !key.models.reaches(model)) {
        return Err(Refusal::ModelNotAllowed);
    }
    if let Some(AskedTool { standing, firewall }) = asked.tool {
        if standing == Standing::Hidden || firewall == Outcome::Blocks {
            return Err(Refusal::ToolBlocked);
        }
        if !standing.is_open_to(key.effective_permission()) {
            return Err(Refusal::ReadOnly);
        }
    }
    if asked.access == Some(Access::Write) && key.effective_permission() == Permission::ReadOnly {
        return Err(Refusal::ReadOnly);
    }
    Ok(())
}

/// Everything but the rate, for a look at a key that is no request of its own: an open stream, or what comes before a body.
pub fn may(key: &Facts, asked: Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
    decide(key, asked, now).and_then(|()| afford(key, now))
}

/// The last of the order: whether the key's spend cap is not reached. Asked on every request, so it costs a key without a
/// cap one comparison, and any other two.
pub fn afford(key: &Facts, now: Timestamp) -> Result<(), Refusal> {
    match &key.spend {
        Some(spend) if spend.is_exhausted(now) => Err(Refusal::KeyExhausted),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cap, MicroUsd, Period};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_000);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn asked(access: Option<Access>) -> Asked<'static> {
        Asked { access, ip: Some(HERE), ..Asked::default() }
    }

    fn tool(standing: Standing, firewall: Outcome) -> AskedTool {
        AskedTool { standing, firewall }
    }

    /// A call of a tool that changes something.
    fn call(server: &ServerId, open_to_owner: bool, firewall: Outcome) -> Asked<'_> {
        let server = Some(AskedServer { id: server, open_to_owner });
        Asked { server, tool: Some(tool(Standing::Changes, firewall)), ..asked(Some(Access::Write)) }
    }

    fn only_from(list: &str) -> Limits {
        Limits::check(list, "").unwrap()
    }

    fn good() -> Facts {
        Facts {
            disabled: false,
            expires_at: None,
            permission: Permission::ReadWrite,
            owner_role: Some(Role::Developer),
            plan: Plan::Pro,
            limits: Limits::default(),
            servers: ServerScope::All,
            models: ModelScope::All,
            spend: None,
            url_credential: false,
        }
    }

    #[test]
    fn refusals_come_in_the_documented_order() {
        let mut key = Facts {
            disabled: true,
            expires_at: Some(NOW),
            permission: Permission::ReadOnly,
            owner_role: None,
            plan: Plan::Basic,
            limits: only_from("10.0.0.0/8"),
            servers: ServerScope::These(Vec::new()),
            models: ModelScope::These(Vec::new()),
            spend: None,
            url_credential: false,
        };
        let model = ModelName::parse("gpt-4.1").unwrap();
        let github = ServerId::from_text("github");
        let ask = |key: &Facts| {
            decide(key, Asked { in_url: true, model: Some(&model), ..call(&github, true, Outcome::Blocks) }, NOW)
        };
        assert_eq!(ask(&key), Err(Refusal::KeyDisabled));
        key.disabled = false;
        assert_eq!(ask(&key), Err(Refusal::KeyExpired));
        key.expires_at = None;
        assert_eq!(ask(&key), Err(Refusal::OwnerInactive));
        key.owner_role = Some(Role::Admin);
        assert_eq!(ask(&key), Err(Refusal::PlanRequired));
        key.plan = Plan::Pro;
        assert_eq!(ask(&key), Err(Refusal::IpNotAllowed));
        key.limits = only_from("10.0.0.0/8, 192.0.2.0/24");
        assert_eq!(ask(&key), Err(Refusal::KeyInUrl));
        key.url_credential = true;
        assert_eq!(ask(&key), Err(Refusal::ServerNotAllowed));
        key.servers = ServerScope::These(vec![github.clone()]);
        assert_eq!(ask(&key), Err(Refusal::ModelNotAllowed));
        key.models = ModelScope::parse("gpt-4*").unwrap();
        assert_eq!(ask(&key), Err(Refusal::ToolBlocked));
        let ask = |key: &Facts| decide(key, call(&github, true, Outcome::WouldBlock), NOW);
        assert_eq!(ask(&key), Err(Refusal::ReadOnly));
        key.permission = Permission::ReadWrite;
        assert_eq!(ask(&key), Ok(()));
    }

    #[test]
    fn a_server_that_the_owner_lost_is_lost_to_the_key() {
        let github = ServerId::from_text("github");
        for servers in [ServerScope::All, ServerScope::These(vec![github.clone()])] {
            let key = Facts { servers, ..good() };
            assert_eq!(decide(&key, call(&github, true, Outcome::Passes), NOW), Ok(()));
            assert_eq!(decide(&key, call(&github, false, Outcome::Passes), NOW), Err(Refusal::ServerNotAllowed));
        }
        let key = Facts { servers: ServerScope::These(Vec::new()), ..good() };
        assert_eq!(decide(&key, asked(Some(Access::Write)), NOW), Ok(()), "what is about no server needs none");
    }

    #[test]
    fn a_key_uses_the_models_it_names() {
        let ask = |models: &str, model: &str| {
            let (key, model) =
                (Facts { models: ModelScope::parse(models).unwrap(), ..good() }, ModelName::parse(model));
            decide(&key, Asked { model: Some(&model.unwrap()), ..asked(None) }, NOW)
        };
        assert_eq!(ask("", "o3"), Ok(()));
        assert_eq!(ask("gpt-4.1*", "gpt-4.1-mini"), Ok(()));
        assert_eq!(ask("gpt-4.1*", "o3"), Err(Refusal::ModelNotAllowed));
        let none = Facts { models: ModelScope::These(Vec::new()), ..good() };
        assert_eq!(decide(&none, asked(Some(Access::Write)), NOW), Ok(()), "what is about no model needs none");
    }

    #[test]
    fn an_exhausted_key_is_refused_last_and_comes_back_by_itself() {
        let cap = Cap { amount: MicroUsd::dollars(1), period: Period::Day };
        let until = |end| Facts { spend: Some(Box::new(Spend { cap, exhausted_until: end })), ..good() };
        assert_eq!(afford(&good(), NOW), Ok(()));
        assert_eq!(afford(&until(None), NOW), Ok(()));
        assert_eq!(afford(&until(Some(NOW.plus(1))), NOW), Err(Refusal::KeyExhausted));
        assert_eq!(afford(&until(Some(NOW)), NOW), Ok(()));
        assert_eq!(decide(&until(Some(NOW.plus(1))), asked(None), NOW), Ok(()), "the rate is counted before");
    }

    #[test]
    fn a_read_only_key_calls_what_only_reads() {
        let read_only = Facts { permission: Permission::ReadOnly, ..good() };
        let ask = |key: &Facts, standing| {
            decide(key, Asked { tool: Some(tool(standing, Outcome::Passes)), ..asked(None) }, NOW)
        };
        assert_eq!(ask(&read_only, Standing::Reads), Ok(()));
        assert_eq!(ask(&read_only, Standing::Changes), Err(Refusal::ReadOnly));
        assert_eq!(ask(&read_only, Standing::Hidden), Err(Refusal::ToolBlocked));
        assert_eq!(ask(&good(), Standing::Changes), Ok(()));
        assert_eq!(ask(&good(), Standing::Hidden), Err(Refusal::ToolBlocked), "no key sees it");
        let viewers = Facts { owner_role: Some(Role::Viewer), ..good() };
        assert_eq!(ask(&viewers, Standing::Changes), Err(Refusal::ReadOnly));
    }

    #[test]
    fn a_viewers_key_acts_as_read_only() {
        let key = Facts { owner_role: Some(Role::Viewer), ..good() };
        assert_eq!(decide(&key, asked(Some(Access::Write)), NOW), Err(Refusal::ReadOnly));
        assert_eq!(decide(&key, asked(Some(Access::Read)), NOW), Ok(()));
        assert_eq!(decide(&key, asked(None), NOW), Ok(()));
    }

    #[test]
    fn an_unknown_address_passes_no_list() {
        let nowhere = Asked::default();
        assert_eq!(decide(&good(), nowhere, NOW), Ok(()));
        let key = Facts { limits: only_from("0.0.0.0/0, ::/0"), ..good() };
        assert_eq!(decide(&key, nowhere, NOW), Err(Refusal::IpNotAllowed));
        assert_eq!(decide(&key, asked(None), NOW), Ok(()));
    }

    #[test]
    fn a_key_for_urls_passes_in_a_header_too() {
        let in_url = |in_url| Asked { in_url, ..asked(Some(Access::Write)) };
        let made_for_it = Facts { url_credential: true, ..good() };
        assert_eq!(decide(&made_for_it, in_url(true), NOW), Ok(()));
        assert_eq!(decide(&made_for_it, in_url(false), NOW), Ok(()));
        assert_eq!(decide(&good(), in_url(true), NOW), Err(Refusal::KeyInUrl));
    }

    prop_compose! {
        fn facts()(
            disabled: bool,
            expires_at in proptest::option::of(0_i64..2_000),
            read_write: bool,
            owner in 0_usize..4,
            pro: bool,
            list in 0_usize..3,
            servers in 0_usize..3,
            models in 0_usize..3,
            url_credential: bool,
        ) -> Facts {
            Facts {
                disabled,
                expires_at: expires_at.map(Timestamp),
                permission: if read_write { Permission::ReadWrite } else { Permission::ReadOnly },
                owner_role: [None, Some(Role::Viewer), Some(Role::Developer), Some(Role::Admin)][owner],
                plan: if pro { Plan::Pro } else { Plan::Basic },
                limits: only_from(["", "192.0.2.0/24", "10.0.0.0/8"][list]),
                servers: [ServerScope::All, ServerScope::These(vec![ServerId::from_text("github")]),
                    ServerScope::These(Vec::new())][servers].clone(),
                models: [ModelScope::All, ModelScope::parse("gpt*").unwrap(), ModelScope::These(Vec::new())][models].clone(),
                spend: None,
                url_credential,
            }
        }
    }

    proptest! {
        #[test]
        fn narrowing_never_opens(key in facts(), write: bool, reads: bool, in_url: bool) {
            let github = ServerId::from_text("github");
            let model = ModelName::parse("gpt-4.1").unwrap();
            let access = Asked {
                model: Some(&model),
                server: Some(AskedServer { id: &github, open_to_owner: true }),
                tool: Some(tool(if reads { Standing::Reads } else { Standing::Changes }, Outcome::Passes)),
                in_url,
                ..asked(Some(if write { Access::Write } else { Access::Read }))
            };
            let narrower = [
                Facts { disabled: true, ..key.clone() },
                Facts { expires_at: Some(NOW), ..key.clone() },
                Facts { owner_role: None, ..key.clone() },
                Facts { owner_role: key.owner_role.map(|_| Role::Viewer), ..key.clone() },
                Facts { plan: Plan::Basic, ..key.clone() },
                Facts { permission: Permission::ReadOnly, ..key.clone() },
                Facts { limits: only_from("198.51.100.1"), ..key.clone() },
                Facts { servers: ServerScope::These(Vec::new()), ..key.clone() },
                Facts { models: ModelScope::These(Vec::new()), ..key.clone() },
                Facts { url_credential: false, ..key.clone() },
            ];
            if decide(&key, access, NOW).is_err() {
                for narrow in narrower {
                    prop_assert!(decide(&narrow, access, NOW).is_err());
                }
            }
        }

        #[test]
        fn who_may_write_may_read(key in facts()) {
            if decide(&key, asked(Some(Access::Write)), NOW).is_ok() {
                prop_assert_eq!(decide(&key, asked(Some(Access::Read)), NOW), Ok(()));
            }
        }
    }
}
