//! The way to the mail server. The URL of the mail server may hold a password: it is never printed, not even in an error.

use super::letter::Letter;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use secrecy::{ExposeSecret, SecretString};
use std::time::{Duration, UNIX_EPOCH};

/// Sends mails through one mail server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Which setting is wrong, in words that do not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// The mail server's URL.
    #[error(
        "give the mail server as smtps://user:password@host:465, smtp://…?tls=required, or smtp://host:25 without a password"
    )]
    Url,
    /// The sender.
    #[error("give the sender as an address such as latchkey@example.com, or Latchkey <latchkey@example.com>")]
    From,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct NotTaken {
    reason: String,
    /// Trying again soon will not help.
    pub for_good: bool,
}

impl Mailer {
    /// A mailer of a server's URL and a sender. Nothing is connected yet.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, BadSetting> {
        let url = url.expose_secret();
        // A password does not travel in the clear.
        if url.starts_with("smtp://") && url.contains('@') && !url.contains("tls=required") {
            return Err(BadSetting::Url);
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| BadSetting::Url)?;
        let transport = transport.timeout(Some(Duration::from_secs(30))).build();
        Ok(Self { transport, from: from.trim().parse().map_err(|_| BadSetting::From)? })
    }

    /// Hands a mail to the mail server.
    pub(super) async fn send(&self, letter: Letter) -> Result<(), NotTaken> {
        let message = self.message(letter).map_err(|reason| NotTaken { reason, for_good: true })?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(NotTaken { for_good: error.is_permanent(), reason: error.to_string() }),
        }
    }

    fn message(&self, letter: Letter) -> Result<Message, String> {
        let to = letter.email.parse::<Address>().map_err(|_| "the owner's address is none that mail can be sent to")?;
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.at.0).unwrap_or_default());
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .date(at)
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name), to))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|error| error.to_string())?;
        // Nobody's out-of-office note should answer (RFC 3834).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".into()));
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(url: &str, from: &str) -> Result<(), BadSetting> {
        Mailer::new(&url.into(), from).map(drop)
    }

    #[test]
    fn settings() {
        for url in
            ["smtps://u:p@mail.example.com:465", "smtp://u:p@mail.example.com?tls=required", "smtp://127.0.0.1:25"]
        {
            assert_eq!(mailer(url, "Latchkey <latchkey@example.com>"), Ok(()), "{url}");
        }
        for url in ["", "mail.example.com", "http://mail.example.com", "smtp://u:p@mail.example.com"] {
            assert_eq!(mailer(url, "latchkey@example.com"), Err(BadSetting::Url), "{url}");
        }
        for from in ["", "latchkey", "a@b@c", "Latchkey <>"] {
            assert_eq!(mailer("smtp://127.0.0.1:25", from), Err(BadSetting::From), "{from}");
        }
    }
}
