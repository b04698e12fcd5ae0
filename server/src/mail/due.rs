//! What a mail can be due about, claimed from the database and answered there. Called by the mail task; what each says is in
//! `letter`.

use super::letter::{self, Letter};
use crate::{Error, Latchkey};
use domain::time::{DAY, HOUR, Timestamp};
use store::{ExpiryMail, MailedKey, SpendMail};

/// How many days ahead of an expiry a mail is due.
const AHEAD: [i64; 2] = [1, 7];
/// A notice of spending that is older is no news: it waits from a time without a mail server.
const NEWS: i64 = 7 * DAY;
/// Mails of one kind that are claimed at a time: with [`SEND`](super::SEND) they are sent well before the claim runs out.
const BATCH: i64 = 20;
/// A claim lasts that long: after it, whoever claimed must be gone.
const CLAIM: i64 = HOUR;

/// A kind of mail, which is claimed by itself.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A key has spent 80 % of its cap, or all of it.
    Spend,
    /// A key expires within so many days, and later than in `least`: a mail that is late gives way to the next one.
    Expiry { days: i64, least: i64 },
}

/// A mail that this instance has claimed.
pub(super) enum Due {
    Spend(SpendMail),
    Expiry(ExpiryMail),
}

impl Kind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let before = std::iter::once(0).chain(AHEAD);
        std::iter::once(Self::Spend)
            .chain(AHEAD.into_iter().zip(before).map(|(days, least)| Self::Expiry { days, least }))
    }

    /// Claims what is due of this kind and was not tried since `now`, which is when the look began: what fails stays away from
    /// the rest of the look, however long that takes.
    pub async fn claim(self, latchkey: &Latchkey, now: Timestamp) -> Result<Vec<Due>, Error> {
        let store = &latchkey.store;
        let until = latchkey.now().plus(CLAIM);
        Ok(match self {
            Self::Spend => {
                let mails = store.claim_spend_mails(now.plus(-NEWS), now, until, BATCH).await?;
                mails.into_iter().map(Due::Spend).collect()
            }
            Self::Expiry { days, least } => {
                let mails = store.claim_expiry_mails(days, now.plus(least * DAY), now, until, BATCH).await?;
                mails.into_iter().map(Due::Expiry).collect()
            }
        })
    }
}

impl Due {
    /// What it says.
    pub fn letter(&self, latchkey: &Latchkey) -> Letter {
        match self {
            Self::Spend(mail) => letter::about_spend(latchkey, mail),
            Self::Expiry(mail) => letter::about_expiry(latchkey, mail),
        }
    }

    /// About which key.
    pub fn about(&self) -> &MailedKey {
        match self {
            Self::Spend(mail) => &mail.about,
            Self::Expiry(mail) => &mail.about,
        }
    }

    /// Its subject in the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Spend(mail) => mail.level.word(),
            Self::Expiry(_) => "expiry",
        }
    }

    /// The mail server has taken it.
    pub async fn sent(&self, latchkey: &Latchkey) -> Result<(), Error> {
        let (store, now) = (&latchkey.store, latchkey.now());
        match self {
            Self::Spend(mail) => store.spend_mail_sent(mail, now).await?,
            Self::Expiry(mail) => store.expiry_mail_sent(mail, now).await?,
        }
        Ok(())
    }

    /// It has not: it is due again then.
    pub async fn failed(&self, latchkey: &Latchkey, again_at: Timestamp) -> Result<(), Error> {
        let store = &latchkey.store;
        match self {
            Self::Spend(mail) => store.spend_mail_failed(mail, again_at).await?,
            Self::Expiry(mail) => store.expiry_mail_failed(mail, again_at).await?,
        }
        Ok(())
    }
}
