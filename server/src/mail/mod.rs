//! Mail to the owners of keys: seven days and one day ahead of an expiry, and when 80 % of a spend cap or all of it is spent;
//! once each, whichever of several instances sends it. Started by `latchkey serve` where a mail server is configured.

mod due;
mod letter;
mod mailer;

pub use mailer::{BadSetting, Mailer};

use crate::{Error, Latchkey};
use domain::time::{HOUR, MINUTE, Timestamp};
use due::{Due, Kind};
use std::time::Duration;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Between two looks.
const EVERY: Duration = Duration::from_mins(1);
/// The longest that a mail server may take.
const SEND: Duration = Duration::from_mins(1);
/// A mail that was not taken is tried again after that long; one that was refused for good, after that long.
const AGAIN: (i64, i64) = (10 * MINUTE, 12 * HOUR);
/// What came of a mail is written down in so many tries at most, with a pause in between.
const NOTED: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// The task that sends mails.
pub struct Mails {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Mails {
    /// Looks for mails that are due, now and every minute.
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
    let (mut sent, now) = (0, latchkey.now());
    for kind in Kind::all() {
        loop {
            let mails = kind.claim(latchkey, now).await?;
            if mails.is_empty() {
                break;
            }
            for mail in mails {
                if stopped.has_changed().is_err() {
                    noted(latchkey, &mail, Some(latchkey.now())).await;
                } else if send(latchkey, mailer, &mail).await {
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
async fn send(latchkey: &Latchkey, mailer: &Mailer, mail: &Due) -> bool {
    let (key, subject) = (mail.about().key.as_str(), mail.word());
    let refused = match timeout(SEND, mailer.send(mail.letter(latchkey))).await {
        Ok(Ok(())) => None,
        Ok(Err(refused)) => Some((refused.to_string(), if refused.for_good { AGAIN.1 } else { AGAIN.0 })),
        Err(_) => Some(("the mail server took too long".into(), AGAIN.0)),
    };
    match refused {
        None => {
            tracing::info!(key, subject, "the owner of a key was told by mail");
            noted(latchkey, mail, None).await;
            true
        }
        Some((reason, wait)) => {
            tracing::warn!(key, subject, reason, "a mail to the owner of a key was not taken; it is tried again");
            noted(latchkey, mail, Some(latchkey.now().plus(wait))).await;
            false
        }
    }
}

/// Writes down what came of a mail: that it was taken, or when it is due again. Where that fails again and again, the others go on, and this one is due again when its claim
/// runs out: one that was taken then comes a second time.
async fn noted(latchkey: &Latchkey, mail: &Due, again_at: Option<Timestamp>) {
    for turn in 1..=NOTED {
        let written = match again_at {
            None => mail.sent(latchkey).await,
            Some(again_at) => mail.failed(latchkey, again_at).await,
        };
        if written.is_ok() {
            return;
        }
        if turn < NOTED {
            sleep(PAUSE).await;
        }
    }
    let (key, subject) = (mail.about().key.as_str(), mail.word());
    tracing::error!(key, subject, "what came of a mail to the owner of a key could not be written");
}
