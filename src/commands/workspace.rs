//! `latchkey workspace`: workspaces, and who belongs to which with what role.

use super::{as_operator, enter, missing};
use crate::{
    config::{Address, Settings},
    failure::Failure,
    output,
};
use clap::{Args, Subcommand};
use domain::{
    access::Role,
    workspace::{Plan, Settings as WorkspaceSettings},
};
use serde_json::{Value, json};
use server::{
    invites,
    workspaces::{self, WorkspaceView},
};

/// Workspaces.
#[derive(Subcommand)]
pub enum Workspace {
    /// Add a workspace
    Create(Create),
    /// List all workspaces
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a user a member, or change a member's role
    AddMember(AddMember),
    /// End a membership: the member's keys of the workspace stop at once
    RemoveMember(RemoveMember),
    /// Make a link that lets one person join, open for seven days; it is printed once
    Invite(Invite),
}

/// Adds a workspace.
#[derive(Args)]
pub struct Create {
    /// Its name in URLs: lower-case letters, digits, hyphens
    #[arg(long)]
    slug: String,
    /// What people call it
    #[arg(long)]
    name: String,
    /// pro, or basic, on which keys do not work
    #[arg(long, default_value = "pro", value_parser = plan)]
    plan: Plan,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes a user a member.
#[derive(Args)]
pub struct AddMember {
    /// The workspace's slug
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// The user's e-mail
    #[arg(long)]
    email: String,
    /// viewer, developer or admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Ends a membership.
#[derive(Args)]
pub struct RemoveMember {
    /// The workspace's slug
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// The member's e-mail
    #[arg(long)]
    email: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes an invite.
#[derive(Args)]
pub struct Invite {
    /// The workspace's slug
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// viewer, developer or admin
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    address: Address,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Workspace {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(settings),
            Self::List { json } => list(settings, json),
            Self::AddMember(add) => add.run(settings),
            Self::RemoveMember(remove) => remove.run(settings),
            Self::Invite(invite) => invite.run(settings),
        }
    }
}

impl Create {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let (grant, defaults) = (caller.instance()?, WorkspaceSettings::default());
            let made = workspaces::create(&grant, &self.slug, &self.name, self.plan, defaults).await?;
            output::either(self.json, &as_json(&made), &format!("The workspace {} is there.", made.slug))
        })
    }
}

impl AddMember {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let grant = enter(caller, &self.workspace).await?.allow()?;
            workspaces::put_member(&grant, &self.email, self.role).await?;
            let (email, role) = (self.email.trim().to_lowercase(), self.role.word());
            let text = format!("{} is {role} in {}.", output::safe(&email), self.workspace);
            output::either(self.json, &json!({"workspace": self.workspace, "email": email, "role": role}), &text)
        })
    }
}

impl RemoveMember {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let grant = enter(caller, &self.workspace).await?.allow()?;
            let done = workspaces::remove_member(&grant, &self.email).await;
            let nobody = format!("--email: “{}” is no member of the workspace", self.email);
            done.map_err(|error| missing(error, &nobody))?;
            let email = self.email.trim().to_lowercase();
            let text = format!("{} is no member of {} any more.", output::safe(&email), self.workspace);
            output::either(self.json, &json!({"workspace": self.workspace, "email": email, "role": null}), &text)
        })
    }
}

impl Invite {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        let url = self.address.public_url(self.address.socket()?)?;
        as_operator(settings, async |caller| {
            let grant = enter(caller, &self.workspace).await?.allow()?;
            let made = invites::create(&grant, self.role).await?;
            let (link, role) = (made.link(url.trim_end_matches('/')), self.role.word());
            let ends = made.expires_at;
            let text = format!(
                "Whoever opens this link first joins {} as {role}, until {}:\n\n  {link}\n\nCopy it now: it isn't shown again.",
                self.workspace,
                ends.human()
            );
            let value = json!({"workspace": self.workspace, "role": role, "link": link, "expires_at": ends.rfc3339()});
            output::either(self.json, &value, &text)
        })
    }
}

fn list(settings: &Settings, as_json_text: bool) -> Result<(), Failure> {
    as_operator(settings, async |caller| {
        let workspaces = workspaces::list(&caller.instance()?).await?;
        if as_json_text {
            return output::json(&workspaces.iter().map(as_json).collect());
        }
        let rows: Vec<_> = workspaces.into_iter().map(row).collect();
        output::print(&output::table(["SLUG", "NAME", "PLAN", "CREATED"], &rows))
    })
}

fn row(workspace: WorkspaceView) -> [String; 4] {
    [workspace.slug, workspace.name, workspace.plan.word().into(), workspace.created_at.day()]
}

fn as_json(workspace: &WorkspaceView) -> Value {
    json!({
        "slug": workspace.slug,
        "name": workspace.name,
        "plan": workspace.plan,
        "created_at": workspace.created_at.rfc3339(),
    })
}

fn plan(text: &str) -> Result<Plan, &'static str> {
    Plan::parse(text).map_err(|_| "the plan is pro or basic")
}

fn role(text: &str) -> Result<Role, &'static str> {
    Role::parse(text).map_err(|_| "the role is viewer, developer or admin")
}
