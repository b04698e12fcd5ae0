//! `latchkey user`: who may sign in. A password comes over stdin or from a prompt, never as an argument, which other users
//! of the machine could see.

use super::{as_operator, missing};
use crate::{config::Settings, failure::Failure, output};
use clap::{Args, Subcommand};
use domain::field::FieldError;
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{
    Error,
    auth::InstanceGrant,
    users::{self, UserView},
};
use std::io::{self, IsTerminal, Read};

/// More than any password has.
const STDIN_MOST: u64 = 4_096;

/// Users.
#[derive(Subcommand)]
pub enum User {
    /// Add a user
    Create(Create),
    /// List all users
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Shut a user out: their sessions end and their keys stop at once
    Disable(Access),
    /// Let a user in again: their keys work as before
    Enable(Access),
    /// Make a user an administrator of the installation
    Admin(Admin),
    /// Give a user another name
    Rename(Rename),
    /// Give a user another e-mail: they sign in with it from then on, sessions and keys stay
    SetEmail(SetEmail),
}

/// Adds a user.
#[derive(Args)]
pub struct Create {
    /// Their e-mail, by which they sign in
    #[arg(long)]
    email: String,
    /// What the console calls them
    #[arg(long)]
    name: String,
    /// They may do everything in every workspace
    #[arg(long)]
    admin: bool,
    /// Read the password from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes a user an administrator, or no longer.
#[derive(Args)]
pub struct Admin {
    /// Their e-mail
    #[arg(long)]
    email: String,
    /// Make them an ordinary user again
    #[arg(long)]
    remove: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Gives a user another name.
#[derive(Args)]
pub struct Rename {
    /// Their e-mail
    #[arg(long)]
    email: String,
    /// What the console calls them from now on
    #[arg(long)]
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Gives a user another e-mail.
#[derive(Args)]
pub struct SetEmail {
    /// Their e-mail until now
    #[arg(long)]
    email: String,
    /// Their e-mail from now on
    #[arg(long, value_name = "EMAIL")]
    new_email: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shuts a user out, or lets them in.
#[derive(Args)]
pub struct Access {
    /// Their e-mail
    #[arg(required_unless_present = "by_flag")]
    email: Option<String>,
    /// Their e-mail
    #[arg(long = "email", id = "by_flag", value_name = "EMAIL", conflicts_with = "email", hide = true)]
    by_flag: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl User {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(settings),
            Self::List { json } => list(settings, json),
            Self::Disable(access) => access.run(settings, false),
            Self::Enable(access) => access.run(settings, true),
            Self::Admin(admin) => admin.run(settings),
            Self::Rename(rename) => rename.run(settings),
            Self::SetEmail(set) => set.run(settings),
        }
    }
}

impl Create {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        let password = if self.password_stdin { password_from_stdin()? } else { password_from_prompt()? };
        as_operator(settings, async |caller| {
            let grant = caller.instance()?;
            let user = users::create(&grant, &self.email, &self.name, &password, self.admin).await?;
            output::either(self.json, &as_json(&user), &format!("{} may sign in.", output::safe(&user.email)))
        })
    }
}

impl Access {
    fn run(self, settings: &Settings, active: bool) -> Result<(), Failure> {
        let email = self.email.or(self.by_flag).unwrap_or_default();
        as_operator(settings, async |caller| {
            let grant = caller.instance()?;
            let user = find(&grant, &email).await?;
            let user = users::set_active(&grant, user.id.as_str(), active).await?;
            let email = output::safe(&user.email);
            let text = if active {
                format!("{email} may sign in again, keys work.")
            } else {
                format!("{email} is shut out: sessions have ended, keys have stopped.")
            };
            output::either(self.json, &json!({"email": user.email, "active": active}), &text)
        })
    }
}

impl Admin {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let grant = caller.instance()?;
            let user = find(&grant, &self.email).await?;
            let user = users::set_instance_admin(&grant, user.id.as_str(), !self.remove).await?;
            let what = if self.remove { "is an ordinary user" } else { "administers the installation" };
            let text = format!("{} {what} now.", output::safe(&user.email));
            output::either(self.json, &json!({"email": user.email, "instance_admin": user.instance_admin}), &text)
        })
    }
}

impl Rename {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let grant = caller.instance()?;
            let user = find(&grant, &self.email).await?;
            let name = users::rename(&grant, user.id.as_str(), &self.name).await?;
            let text = format!("{} is now called “{}”.", output::safe(&user.email), output::safe(&name));
            output::either(self.json, &as_json(&UserView { name, ..user }), &text)
        })
    }
}

impl SetEmail {
    fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let grant = caller.instance()?;
            let user = find(&grant, &self.email).await?;
            let email = users::set_email(&grant, user.id.as_str(), &self.new_email).await.map_err(of_new_email)?;
            let text = format!("{} signs in with {} from now on.", output::safe(&user.name), output::safe(&email));
            output::either(self.json, &as_json(&UserView { email, ..user }), &text)
        })
    }
}

/// The command has two e-mails: what is wrong is wrong with the new one.
fn of_new_email(error: Error) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|field| FieldError { field: field.field.replace("email", "new_email"), ..field })
                .collect(),
        ),
        other => other,
    }
}

async fn find(grant: &InstanceGrant, email: &str) -> Result<UserView, Failure> {
    let found = users::by_email(grant, email).await;
    found.map_err(|error| missing(error, &format!("there is no user “{email}”")))
}

fn list(settings: &Settings, as_json_text: bool) -> Result<(), Failure> {
    as_operator(settings, async |caller| {
        let users = users::list(&caller.instance()?).await?;
        if as_json_text {
            return output::json(&users.iter().map(as_json).collect());
        }
        let rows: Vec<_> = users.into_iter().map(row).collect();
        output::print(&output::table(["E-MAIL", "NAME", "ADMIN", "SIGN-IN", "CREATED"], &rows))
    })
}

fn row(user: UserView) -> [String; 5] {
    let admin = if user.instance_admin { "yes" } else { "no" };
    let sign_in = if user.active { "allowed" } else { "shut out" };
    [user.email, user.name, admin.into(), sign_in.into(), user.created_at.day()]
}

fn as_json(user: &UserView) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "instance_admin": user.instance_admin,
        "active": user.active,
        "created_at": user.created_at.rfc3339(),
    })
}

fn password_from_stdin() -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(STDIN_MOST).read_to_string(&mut text);
    read.map_err(|error| Failure::doing("--password-stdin", error))?;
    Ok(text.lines().next().unwrap_or_default().into())
}

fn password_from_prompt() -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("password: give it on stdin, with --password-stdin"));
    }
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(|error| Failure::doing("password", error));
    let password = ask("Password: ")?;
    if password != ask("Again: ")? {
        return Err(Failure::failed("password: the two differ"));
    }
    Ok(password.into())
}
