//! Made-up data for the components page: keys in every status, a form that was refused, usage.

use crate::pages::usage::Group;
use domain::{
    field::FieldError,
    key::{KeyId, Limits, McpScope, Permission, Status},
    model::{Account, ModelLimits},
    time::{DAY, HOUR, Timestamp},
};
use server::{flash::Flash, keys::KeyView, usage::UsageSum};

/// A form that was refused at all of these fields.
pub fn refused(fields: &[(&str, &str, &str)]) -> Flash {
    let typed = fields.iter().map(|(field, typed, _)| ((*field).to_owned(), (*typed).to_owned())).collect();
    let errors = fields.iter().map(|(field, _, message)| FieldError::new(field, *message)).collect();
    Flash { form: "sample".into(), message: String::new(), errors, typed }
}

/// What so many requests came to.
pub fn used(requests: i64) -> UsageSum {
    let (refused, tokens) = (requests / 10, 1_000 * requests);
    UsageSum {
        accepted: requests - refused,
        refused,
        input_tokens: tokens,
        cached_tokens: tokens / 2,
        output_tokens: tokens / 4,
        cost: 12_345 * requests,
        estimated: 0,
    }
}

/// Rows of a table of usage: a key, a deleted one, what has no name.
pub fn groups() -> Vec<Group> {
    let group = |name: &str, sum| Group {
        name: name.into(),
        nameless: "12 others".into(),
        href: (!name.is_empty()).then(|| "#groups".to_owned()),
        more: (!name.is_empty()).then(|| ("Plain0A1".to_owned(), "#groups".to_owned(), "Mina Park".to_owned())),
        deleted: false,
        sum,
    };
    vec![
        group(&"W".repeat(80), used(60)),
        Group { deleted: true, ..group("A tombstone", UsageSum { estimated: 3, ..used(39) }) },
        group("", UsageSum { accepted: 1, ..UsageSum::default() }),
    ]
}

/// Keys as rows of the list show them, the enabled ones and the others: one a status, and what else changes a row's look.
pub fn keys(now: Timestamp) -> [Vec<KeyView>; 2] {
    let plain = |id: &str, name: &str| key(id, name, now);
    let until = |left: i64| Some(now.plus(left));
    let enabled = [
        plain("Plain0A1", "Claude Code, laptop"),
        plain("Soon00B2", "CI pipeline").map(|key| KeyView {
            environment: "prod".into(),
            description: "deploys".into(),
            permission: Permission::ReadWrite,
            last_used_at: Some(now.plus(-2 * HOUR)),
            expires_at: until(3 * DAY),
            ..key
        }),
        plain("Urgnt0C3", "Nightly export").map(|key| KeyView {
            may_reveal: true,
            own: true,
            expires_at: until(5 * HOUR),
            ..key
        }),
        plain("Gate00D4", &"W".repeat(80)).map(|key| KeyView {
            gateway: true,
            environment: "production-europe-west".into(),
            ..key
        }),
        plain("InUrl0I9", "ChatGPT").map(|key| KeyView { url_credential: true, own: true, ..key }),
        plain("Lockd0G7", "Somebody else's").map(|key| KeyView { may_change: false, ..key }),
    ];
    let others = [
        plain("Pausd0E5", "مفتاح الإنتاج").map(|key| KeyView { status: Status::Disabled, ..key }),
        plain("Over00F6", "Old batch job").map(|key| KeyView {
            status: Status::Expired,
            expires_at: until(-4 * DAY),
            ..key
        }),
        plain("Gone00H8", "A tombstone").map(|key| KeyView {
            deleted_at: Some(now.plus(-HOUR)),
            may_change: false,
            ..key
        }),
    ];
    [enabled.into_iter().flatten().collect(), others.into_iter().flatten().collect()]
}

fn key(id: &str, name: &str, now: Timestamp) -> Option<KeyView> {
    Some(KeyView {
        id: KeyId::parse(id)?,
        name: name.into(),
        description: String::new(),
        environment: String::new(),
        permission: Permission::ReadOnly,
        gateway: false,
        url_credential: false,
        limits: Limits::default(),
        mcp: McpScope::default(),
        model: ModelLimits::default(),
        account: Account::default(),
        back_at: None,
        masked: format!("lk_{id}_••••3f9Q"),
        status: Status::Enabled,
        owner_name: "Mina Park".into(),
        owner_email: "mina@example.com".into(),
        own: false,
        created_at: now.plus(-40 * DAY),
        expires_at: None,
        last_used_at: None,
        last_used_address: String::new(),
        last_used_agent: String::new(),
        uses: 0,
        may_change: true,
        may_reveal: false,
        deleted_at: None,
        workspace: "acme".into(),
        workspace_name: "Acme".into(),
    })
}
