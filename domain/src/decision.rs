//! The decision: may this key do this now? Pure, so that every rule and their order can be tested without a server.
//!
//! Called by the server's verifier once the key is known and its secret was right.

use crate::{
    access::Role,
    key::{Limits, Permission, Status, status},
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
}

/// What is asked for with a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// What the request wants to do; `None` where the caller asks only whether the key is good, and applies the permission
    /// in the answer itself.
    pub access: Option<Access>,
    /// From where; `None` if that is not known.
    pub ip: Option<IpAddr>,
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

/// Decides in the order of design §5: disabled, expired, owner, plan, address, scope. The rate comes after all of them and is
/// the server's to count: a refused request takes nothing from it.
pub fn decide(key: &Facts, asked: Asked, now: Timestamp) -> Result<(), Refusal> {
    match status(key.disabled, key.expires_at, now) {
        Status::Disabled => return Err(Refusal::KeyDisabled),
        Status::Expired => return Err(Refusal::KeyExpired),
        Status::Enabled => {}
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
    if asked.access == Some(Access::Write) && key.effective_permission() == Permission::ReadOnly {
        return Err(Refusal::ReadOnly);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_000);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn asked(access: Option<Access>) -> Asked {
        Asked { access, ip: Some(HERE) }
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
        };
        let ask = |key: &Facts| decide(key, asked(Some(Access::Write)), NOW);
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
        assert_eq!(ask(&key), Err(Refusal::ReadOnly));
        key.permission = Permission::ReadWrite;
        assert_eq!(ask(&key), Ok(()));
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
        let nowhere = Asked { access: None, ip: None };
        assert_eq!(decide(&good(), nowhere, NOW), Ok(()));
        let key = Facts { limits: only_from("0.0.0.0/0, ::/0"), ..good() };
        assert_eq!(decide(&key, nowhere, NOW), Err(Refusal::IpNotAllowed));
        assert_eq!(decide(&key, asked(None), NOW), Ok(()));
    }

    prop_compose! {
        fn facts()(
            disabled: bool,
            expires_at in proptest::option::of(0_i64..2_000),
            read_write: bool,
            owner in 0_usize..4,
            pro: bool,
            list in 0_usize..3,
        ) -> Facts {
            Facts {
                disabled,
                expires_at: expires_at.map(Timestamp),
                permission: if read_write { Permission::ReadWrite } else { Permission::ReadOnly },
                owner_role: [None, Some(Role::Viewer), Some(Role::Developer), Some(Role::Admin)][owner],
                plan: if pro { Plan::Pro } else { Plan::Basic },
                limits: only_from(["", "192.0.2.0/24", "10.0.0.0/8"][list]),
            }
        }
    }

    proptest! {
        #[test]
        fn narrowing_never_opens(key in facts(), write: bool) {
            let access = asked(Some(if write { Access::Write } else { Access::Read }));
            let narrower = [
                Facts { disabled: true, ..key.clone() },
                Facts { expires_at: Some(NOW), ..key.clone() },
                Facts { owner_role: None, ..key.clone() },
                Facts { owner_role: key.owner_role.map(|_| Role::Viewer), ..key.clone() },
                Facts { plan: Plan::Basic, ..key.clone() },
                Facts { permission: Permission::ReadOnly, ..key.clone() },
                Facts { limits: only_from("198.51.100.1"), ..key.clone() },
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
