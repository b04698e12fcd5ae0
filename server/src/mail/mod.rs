//! Mail to the owners of keys that are going to expire: seven days ahead and one day ahead, once each, whichever of several
//! instances sends it. Started by `latchkey serve` where a mail server is configured.

mod letter;
mod mailer;

pub use mailer::{BadSetting, Mailer};

use crate::{Error, Latchkey};
use domain::time::{DAY, HOUR, MINUTE, Timestamp};
use std::time::Duration;
use store::ExpiryMail;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How many days ahead a mail is due.
const AHEAD: [i64; 2] = [1, 7];
/// Between two looks.
const EVERY: Duration = Duration::from_mins(5);
/// Mails of one kind that are claimed at a time: with [`SEND`] they are sent well before the claim runs out.
const BATCH: i64 = 20;
/// A claim lasts that long: after it, whoever claimed must be gone.
const CLAIM: i64 = HOUR;
/// The longest that a mail server may take.
const SEND: Duration = Duration::from_mins(1);
/// A mail that was not taken is tried again after that long; one that was refused for good, after that long.
const AGAIN: (i64, i64) = (10 * MINUTE, 12 * HOUR);

/// The task that sends mails.
pub struct Mails {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Mails {
    /// Looks for mails that are due, now and every few minutes.
    #[must_use]
    pub fn start(latchkey: Latchkey, mailer: Mailer) -> Self {
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(go_on(latchkey, mailer, stopped));
        Self { stop, task }
    }

    /// Ends it, once a mail that is being sent is sent.
    pub async fn finish(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}

async fn go_on(latchkey: Latchkey, mailer: Mailer, mut stopped: watch::Receiver<()>) {
    loop {
        // What goes wrong is in the log, and due again at the next look.
        let _ = send_due(&latchkey, &mailer, &stopped).await;
        tokio::select! {
            _ = stopped.changed() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Sends what is due, until `stopped` is; answers how many mails were taken.
pub async fn send_due(latchkey: &Latchkey, mailer: &Mailer, stopped: &watch::Receiver<()>) -> Result<usize, Error> {
    let mut sent = 0;
    for (at, days) in AHEAD.into_iter().enumerate() {
        // A mail that is late gives way to the next one.
        let least = if at == 0 { 0 } else { AHEAD[at - 1] };
        loop {
            let now = latchkey.now();
            let not_before = now.plus(least * DAY);
            let mails = latchkey.store.claim_expiry_mails(days, not_before, now, now.plus(CLAIM), BATCH).await?;
            if mails.is_empty() {
                break;
            }
            for mail in mails {
                if stopped.has_changed().is_err() {
                    latchkey.store.expiry_mail_failed(&mail, now).await?;
                } else if send(latchkey, mailer, &mail, now).await? {
                    sent += 1;
                }
            }
            if stopped.has_changed().is_err() {
                return Ok(sent);
            }
        }
    }
    Ok(sent)
}

/// Sends a claimed mail; whether it was taken.
async fn send(latchkey: &Latchkey, mailer: &Mailer, mail: &ExpiryMail, now: Timestamp) -> Result<bool, Error> {
    let letter = letter::about(latchkey, mail, now);
    let refused = match timeout(SEND, mailer.send(letter)).await {
        Ok(Ok(())) => None,
        Ok(Err(refused)) => Some((refused.to_string(), if refused.for_good { AGAIN.1 } else { AGAIN.0 })),
        Err(_) => Some(("the mail server took too long".into(), AGAIN.0)),
    };
    match refused {
        None => {
            latchkey.store.expiry_mail_sent(mail, latchkey.now()).await?;
            tracing::info!(key = mail.key.as_str(), days = mail.days, "the owner was told that a key expires");
            Ok(true)
        }
        Some((reason, wait)) => {
            tracing::warn!(key = mail.key.as_str(), reason, "a mail about an expiry was not taken; it is tried again");
            latchkey.store.expiry_mail_failed(mail, latchkey.now().plus(wait)).await?;
            Ok(false)
        }
    }
}
