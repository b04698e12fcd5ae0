//! `latchkey key create`: a key for a member, within the workspace's rules on expiry. No limit on numbers binds the
//! operator. The key is printed once, here.

use super::as_json;
use crate::{
    commands::{as_operator, enter},
    config::Settings,
    failure::Failure,
    output,
};
use clap::Args;
use domain::{
    field::{FieldError, Fields},
    key::{self, AddressList, Expiry, Limits, NewKey, Permission, RateLimit},
    model::{Cap, ModelLimits, ModelScope, Period},
    time::{Timestamp, parse_span},
    workspace,
};
use ipnet::IpNet;
use server::keys;

/// Creates a key.
#[derive(Args)]
pub struct Create {
    /// The workspace's slug
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// The owner's e-mail; a member of the workspace
    #[arg(long, value_name = "EMAIL")]
    owner: String,
    /// Its name
    #[arg(long)]
    name: String,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    description: String,
    /// What it may do: `read_only` or `read_write`
    #[arg(long, default_value = "read_only", value_parser = permission)]
    permission: Permission,
    /// A label such as prod
    #[arg(long, value_name = "LABEL", default_value = "", hide_default_value = true)]
    environment: String,
    /// When it ends: a number and m, h, d or w, such as 30d [default: never]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    expires_in: Option<i64>,
    /// It may verify other keys of its workspace
    #[arg(long)]
    gateway: bool,
    /// It may stand in the URL of an MCP endpoint, for clients that take no header; it can't be changed later
    #[arg(long)]
    url_credential: bool,
    /// An address or block it may be used from, such as 10.0.0.0/8; may be given up to 64 times [default: every address]
    #[arg(long, value_name = "CIDR", value_parser = address)]
    allow_ip: Vec<IpNet>,
    /// The most requests a minute, 1 to 100000 [default: no limit]
    #[arg(long, value_name = "N", value_parser = rate_limit)]
    rate_limit: Option<RateLimit>,
    /// A model it may use, or the beginning of names, such as gpt-4.1*; may be given up to 100 times [default: every model]
    #[arg(long, value_name = "NAMES", value_parser = models)]
    models: Vec<String>,
    /// The most US dollars it may spend on models, such as 25 or 0.5 [default: no cap]
    #[arg(long, value_name = "USD", requires = "spend_period", value_parser = amount)]
    spend_cap: Option<String>,
    /// The time in which the cap counts: total, day, week or month (UTC)
    #[arg(long, value_name = "PERIOD", requires = "spend_cap", value_parser = ["total", "day", "week", "month"])]
    spend_period: Option<String>,
    /// The guardrail that its requests to models go through, by name or id [default: none]
    #[arg(long, value_name = "NAME")]
    guardrail: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Create {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        as_operator(settings, async |caller| {
            let place = enter(caller, &self.workspace).await?;
            let mut new = self.checked(place.settings(), caller.latchkey().now()).map_err(server::Error::from)?;
            let grant = place.allow()?;
            if let Some(named) = &self.guardrail {
                new.model.guardrail = Some(keys::guardrail_named(&grant, named).await?);
            }
            let created = keys::create_for(&grant, &self.owner, new).await?;
            let mut answer = as_json(&created.view);
            answer["key"] = created.key.expose().into();
            answer["workspace"] = self.workspace.as_str().into();
            let name = output::safe(&created.view.name);
            let text = format!(
                "“{name}” of {} in {}:\n\n  {}\n\nCopy it now: it isn't shown again.",
                created.view.owner_email,
                self.workspace,
                created.key.expose()
            );
            output::either(self.json, &answer, &text)
        })
    }

    fn checked(&self, settings: &workspace::Settings, now: Timestamp) -> Result<NewKey, Vec<FieldError>> {
        let mut fields = Fields::default();
        let name = fields.take(key::name(&self.name));
        let description = fields.take(key::description(&self.description));
        let environment = fields.take(key::environment(&self.environment));
        let chosen = self.expires_in.map_or(Expiry::Never, Expiry::After);
        let expires_at = fields.take(key::expiry(chosen, settings, now));
        let addresses = fields.take(AddressList::new(self.allow_ip.iter().copied()));
        let url_credential = fields.take(key::url_credential(self.url_credential, self.gateway));
        let (cap, period) = (self.spend_cap.as_deref(), self.spend_period.as_deref());
        let limits = ModelLimits::check(&self.models.join("\n"), cap.unwrap_or_default(), period.unwrap_or_default());
        let model = fields.take_all(limits);
        let (permission, gateway, rate) = (self.permission, self.gateway, self.rate_limit);
        let checked = (|| {
            let (name, description, environment) = (name?, description?, environment?);
            let (limits, expires_at) = (Limits { addresses: addresses?, rate }, expires_at?);
            let (url_credential, mcp, model) = (url_credential?, key::McpScope::default(), model?);
            Some(NewKey {
                name,
                description,
                environment,
                permission,
                expires_at,
                gateway,
                url_credential,
                limits,
                mcp,
                model,
            })
        })();
        fields.finish(checked)
    }
}

fn permission(text: &str) -> Result<Permission, String> {
    key::permission(text).map_err(|_| "the permission is read_only or read_write".into())
}

fn address(text: &str) -> Result<IpNet, String> {
    key::block(text).map_err(|why| why.trim_end_matches('.').to_owned())
}

fn rate_limit(text: &str) -> Result<RateLimit, &'static str> {
    let count = text.parse::<u32>().map_err(|_| "give a whole number of requests a minute, 1 to 100000")?;
    RateLimit::try_from(count)
}

fn models(text: &str) -> Result<String, String> {
    match ModelScope::parse(text) {
        Ok(ModelScope::These(_)) => Ok(text.into()),
        Ok(ModelScope::All) => Err("give the name of a model, or leave the flag out for every model".into()),
        Err(error) => Err(error.message.trim_start_matches("Line 1: ").trim_end_matches('.').to_owned()),
    }
}

fn amount(text: &str) -> Result<String, String> {
    match Cap::check(text, Period::Total.word()) {
        Ok(Some(_)) => Ok(text.into()),
        _ => Err("give US dollars, such as 25 or 0.125, more than 0 and at most 1000000000".into()),
    }
}

fn span(text: &str) -> Result<i64, &'static str> {
    parse_span(text).ok_or("give a whole number and m, h, d or w, such as 30d")
}
