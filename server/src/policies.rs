//! Use-cases about firewall policies: adding, changing, deleting one, and what one would do to the tools of today. Called by
//! the console.

use crate::{
    Error,
    auth::{Grant, ManageServers, SeeServers},
    version::{self, version},
};
use domain::{
    field::Fields,
    id::PolicyId,
    mcp::{Effect, Firewall, Policy, Standing, policy_name},
};
use serde::{Deserialize, Serialize};
use store::{AuditEvent, FirewallPolicy, NewPolicy, Store};

/// Policies that a page shows at once.
const PAGE: usize = 50;
/// Servers whose tools a preview looks at, and tools that it shows.
const SERVERS: usize = 50;
const TOOLS: usize = 500;

/// A policy's form as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RawPolicy {
    /// What people call it.
    pub name: String,
    /// Its rules, one a line: `allow github/get_*`.
    pub rules: String,
    /// What becomes of tools that no rule names: `allow` or `deny`.
    pub default: String,
    /// It only records what it would block.
    pub dry_run: bool,
    /// The version that the form was filled with; empty for none.
    pub version: String,
}

/// A policy as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyView {
    /// Names it.
    pub id: PolicyId,
    /// What people call it.
    pub name: String,
    /// What it does.
    pub firewall: Firewall,
    /// How many live keys are under it.
    pub keys: i64,
    /// The version of all that its form sets.
    pub version: String,
}

/// One page of policies, by name.
#[derive(Clone, Debug)]
pub struct PolicyList {
    /// The policies.
    pub policies: Vec<PolicyView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What a policy would do to one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previewed {
    /// The tool's server, by slug.
    pub server: String,
    /// The tool's name.
    pub tool: String,
    /// What becomes of a call.
    pub effect: Effect,
    /// The number of the rule that decides, from 1; `None` for the default.
    pub rule: Option<usize>,
}

/// What a policy would do to the tools that the workspace's servers listed when they were last asked.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The tools, hidden ones left out.
    pub tools: Vec<Previewed>,
    /// Servers that were never asked: nobody knows what they have.
    pub unknown: Vec<String>,
    /// There is more than is shown.
    pub cut: bool,
}

impl From<FirewallPolicy> for PolicyView {
    fn from(policy: FirewallPolicy) -> Self {
        let version = version_of(&policy.name, &policy.firewall);
        let FirewallPolicy { id, name, firewall, keys, .. } = policy;
        Self { id, name, firewall, keys, version }
    }
}

fn version_of(name: &str, firewall: &Firewall) -> String {
    version(&(name, &firewall.policy, firewall.dry_run))
}

impl RawPolicy {
    fn check(&self) -> Result<(String, Firewall), Error> {
        let mut fields = Fields::default();
        let name = fields.take(policy_name(&self.name));
        let rules = fields.take(Policy::parse_rules(&self.rules));
        let default = fields.take(Effect::parse_default(&self.default));
        let checked = (|| {
            let policy = Policy { rules: rules?, default: default? };
            Some((name?, Firewall { policy, dry_run: self.dry_run }))
        })();
        Ok(fields.finish(checked)?)
    }
}

/// Adds a policy.
pub async fn create(grant: &Grant<ManageServers>, raw: &RawPolicy) -> Result<PolicyId, Error> {
    let (name, firewall) = raw.check()?;
    let latchkey = grant.caller().latchkey();
    let id = latchkey.random.with(|rng| PolicyId::generate(rng));
    let new = NewPolicy { id, workspace: grant.workspace().id.clone(), name, firewall, created_at: latchkey.now() };
    let event = event(grant, "policy.create", &new.id, &new.name);
    store(grant).insert_policy(&new, &event).await.map_err(taken)?;
    Ok(new.id)
}

/// Changes a policy. The next call of every key under it meets the change. [`Error::Overtaken`] if it is not what the form was
/// filled with any more.
pub async fn change(grant: &Grant<ManageServers>, id: &str, raw: &RawPolicy) -> Result<(), Error> {
    let (name, firewall) = raw.check()?;
    let before = find(grant, id).await?;
    let wanted = version_of(&name, &firewall);
    let seen =
        |now: &FirewallPolicy| version::check("policy", &raw.version, version_of(&now.name, &now.firewall), &wanted);
    seen(&before)?;
    let event = event(grant, "policy.edit", &before.id, &name);
    match store(grant).change_policy(&grant.workspace().id, &before, &name, &firewall, &event).await {
        // Between the two: of a form without a version nobody knows what it has seen.
        Err(store::Error::Changed) => seen(&find(grant, id).await?).and(Err(Error::Changed)),
        done => done.map_err(taken),
    }
}

/// Deletes a policy that no live key is under.
pub async fn delete(grant: &Grant<ManageServers>, id: &str) -> Result<(), Error> {
    let found = find(grant, id).await?;
    let event = event(grant, "policy.delete", &found.id, &found.name);
    Ok(store(grant).delete_policy(&grant.workspace().id, &found.id, &event).await?)
}

/// One policy.
pub async fn show(grant: &Grant<SeeServers>, id: &str) -> Result<PolicyView, Error> {
    find(grant, id).await.map(PolicyView::from)
}

/// One page of policies.
pub async fn list(grant: &Grant<SeeServers>, after: &str) -> Result<PolicyList, Error> {
    let page = store(grant).policy_page(&grant.workspace().id, after, PAGE).await?;
    Ok(PolicyList { policies: page.policies.into_iter().map(PolicyView::from).collect(), next: page.next })
}

/// What rules and default would do to today's tools, before they are saved.
pub async fn preview(grant: &Grant<SeeServers>, rules: &str, default: &str) -> Result<Preview, Error> {
    let mut fields = Fields::default();
    let rules = fields.take(Policy::parse_rules(rules));
    let default = fields.take(Effect::parse_default(default));
    let policy = fields.finish(rules.zip(default).map(|(rules, default)| Policy { rules, default }))?;
    let workspace = &grant.workspace().id;
    let page = store(grant).server_page(workspace, "", SERVERS).await?;
    let mut preview = Preview { cut: page.next.is_some(), ..Preview::default() };
    for (server, listed) in store(grant).with_tools(workspace, page.servers).await? {
        let Some(listed) = listed else {
            preview.unknown.push(server.slug);
            continue;
        };
        for tool in listed.tools {
            if server.marks.standing(&tool.name, tool.read_only) == Standing::Hidden {
                continue;
            }
            if preview.tools.len() == TOOLS {
                preview.cut = true;
                break;
            }
            let (effect, rule) = policy.decide(&server.slug, &tool.name);
            let (server, tool) = (server.slug.clone(), tool.name);
            preview.tools.push(Previewed { server, tool, effect, rule: rule.map(|at| at + 1) });
        }
    }
    Ok(preview)
}

async fn find<A>(grant: &Grant<A>, id: &str) -> Result<FirewallPolicy, Error> {
    store(grant).policy(&grant.workspace().id, &PolicyId::from_text(id)).await?.ok_or(Error::NotFound)
}

fn store<A>(grant: &Grant<A>) -> &Store {
    &grant.caller().latchkey().store
}

fn event<A>(grant: &Grant<A>, action: &str, policy: &PolicyId, name: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, policy.as_str(), name)
}

fn taken(error: store::Error) -> Error {
    Error::taken(error, "name", "There is a policy of this name already. Choose another name.")
}
