//! What the mails say. Plain text; no secret, and no link that does anything by itself.

use crate::Latchkey;
use domain::{
    key::masked,
    model::{Cap, Notice, Period},
    time::Timestamp,
};
use std::fmt::Write;
use store::{ExpiryMail, MailedKey, SpendMail};

/// A mail, before it has a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names the mail for ever: the same one sent twice has the same name.
    pub id: String,
    /// The recipient's name.
    pub name: String,
    /// The recipient's address.
    pub email: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it is written.
    pub at: Timestamp,
}

/// The mail about a key that is going to expire.
pub fn about_expiry(latchkey: &Latchkey, mail: &ExpiryMail) -> Letter {
    let ExpiryMail { about, expires_at, days } = mail;
    let (ahead, end) = (expires_at.ahead(latchkey.now()), expires_at.human());
    letter(
        latchkey,
        about,
        &Words {
            id: format!("expiry.{}.{}.{days}", about.key, expires_at.0),
            event: format!("expires {ahead}"),
            facts: vec![("Expires", end)],
            consequence: "From then on it is refused. If something still uses it, give that another key before.".into(),
        },
    )
}

/// The mail about a key that has spent 80 % of its cap, or all of it.
pub fn about_spend(latchkey: &Latchkey, mail: &SpendMail) -> Letter {
    let SpendMail { about, level, cap, start, spent, .. } = mail;
    let Cap { amount, period } = cap;
    let anew = mail.counts_anew();
    let (event, consequence) = match (level, anew) {
        (Notice::Warning, _) => (
            "has spent 80% of its cap",
            "It works on until the cap is reached, and is refused from then on. If that is too early, raise the cap on its page.".into(),
        ),
        (Notice::Reached, Some(end)) => (
            "has reached its spend cap",
            format!("It is refused until {}, or until the cap is raised on its page.", end.human()),
        ),
        (Notice::Reached, None) => {
            ("has reached its spend cap", "It is refused until the cap is raised on its page.".into())
        }
    };
    let mut facts = vec![("Spent", format!("${spent}")), ("Cap", format!("${amount} {}", period_text(*period)))];
    facts.extend(anew.map(|end| ("Anew", end.human())));
    letter(
        latchkey,
        about,
        &Words {
            id: format!("spend.{}.{}.{}.{}.{}", about.key, period.word(), start.0, amount.micros(), level.word()),
            event: event.into(),
            facts,
            consequence,
        },
    )
}

/// What makes a mail about a key this one.
struct Words {
    id: String,
    /// What the key does.
    event: String,
    /// What stands below the key, as words of at most eight letters and what they are.
    facts: Vec<(&'static str, String)>,
    consequence: String,
}

fn letter(latchkey: &Latchkey, about: &MailedKey, words: &Words) -> Letter {
    let MailedKey { key, key_name, last4, owner_email, owner_name, workspace_slug, workspace_name } = about;
    let Words { id, event, facts, consequence } = words;
    let url = latchkey.public_url();
    let (shown, page) = (masked(latchkey.prefix(), key, last4), format!("{url}/w/{workspace_slug}/keys/{key}"));
    let mut table = vec![("Key", shown)];
    table.extend(facts.iter().cloned());
    table.push(("Page", page));
    let table = table.iter().fold(String::new(), |mut table, (word, fact)| {
        let _ = writeln!(table, "  {word:<8} {fact}");
        table
    });
    Letter {
        id: id.clone(),
        name: owner_name.clone(),
        email: owner_email.clone(),
        subject: format!("Key “{key_name}” {event}"),
        text: format!(
            "Hello {owner_name},\n\n\
             your key “{key_name}” in the workspace {workspace_name} {event}:\n\n\
             {table}\n\
             {consequence}\n\n\
             You get this mail because you own the key. It comes from Latchkey at {url}.\n"
        ),
        at: latchkey.now(),
    }
}

fn period_text(period: Period) -> &'static str {
    match period {
        Period::Total => "in total",
        Period::Day => "a day",
        Period::Week => "a week",
        Period::Month => "a month",
    }
}
