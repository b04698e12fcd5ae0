//! `latchkey serve`: opens the database, binds the address, and serves the console and the data plane until SIGTERM or
//! SIGINT; then it finishes what is under way, within bounds, and writes what is still waiting.

use super::{ceilings::CeilingSettings, places, runtime, site};
use crate::{
    config::{Address, Settings, proxies},
    failure::Failure,
    output,
};
use clap::Args;
use secrecy::SecretString;
use server::{
    Clock, Latchkey, Random,
    auth::set_up_unattended,
    http::listen,
    mail::{BadSetting, Mailer, Mails},
};
use std::{fs, io, net::SocketAddr, path::PathBuf, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

/// The longest that requests under way may take once the end is near.
const DRAIN: Duration = Duration::from_secs(10);
/// The shortest token of /metrics.
const TOKEN_LEAST: usize = 16;

/// Serves.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    address: Address,
    /// Proxies whose X-Forwarded-For is believed: addresses and blocks, separated by commas
    #[arg(
        long,
        env = "LATCHKEY_TRUSTED_PROXIES",
        hide_env_values = true,
        value_name = "LIST",
        default_value = "",
        hide_default_value = true
    )]
    trusted_proxies: String,
    /// Keys whose records are kept in memory at most
    #[arg(long, env = "LATCHKEY_CACHED_KEYS", hide_env_values = true, value_name = "NUMBER", default_value = "250000")]
    cached_keys: String,
    /// Requests that the log of uses takes in a second; more are counted and not listed
    #[arg(
        long,
        env = "LATCHKEY_USAGE_EVENTS_PER_SECOND",
        hide_env_values = true,
        value_name = "NUMBER",
        default_value = "500"
    )]
    usage_events_per_second: String,
    /// Days that the log of uses keeps a request; 0 keeps all
    #[arg(
        long,
        env = "LATCHKEY_USAGE_RETENTION_DAYS",
        hide_env_values = true,
        value_name = "DAYS",
        default_value = "90"
    )]
    usage_retention_days: String,
    /// Milliseconds that a request under way waits for its key to be read anew once it may have changed; then it ends
    #[arg(
        long,
        env = "LATCHKEY_RECHECK_PATIENCE",
        hide_env_values = true,
        value_name = "MILLISECONDS",
        default_value = "500"
    )]
    recheck_patience: String,
    #[command(flatten)]
    ceilings: CeilingSettings,
    /// File with the bearer token of /metrics; without one this machine alone may read it
    #[arg(long, env = "LATCHKEY_METRICS_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,
    /// Connections that may be open at a time; more wait [default: 10000, or what the system allows]
    #[arg(long, env = "LATCHKEY_MAX_CONNECTIONS", hide_env_values = true, value_name = "NUMBER")]
    max_connections: Option<String>,
    /// E-mail of the first administrator, made at the start if there is none
    #[arg(long, env = "LATCHKEY_ADMIN_EMAIL", hide_env_values = true, value_name = "EMAIL")]
    admin_email: Option<String>,
    /// File with the first administrator's password
    #[arg(long, env = "LATCHKEY_ADMIN_PASSWORD_FILE", hide_env_values = true, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// Mail server that tells owners of keys that expire or near their cap, such as `smtps://user:password@host:465`
    #[arg(
        long,
        env = "LATCHKEY_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        help = "Mail server that tells owners of keys that expire or near their cap, such as smtps://user:password@host:465"
    )]
    smtp_url: Option<SecretString>,
    /// Sender of these mails
    #[arg(long, env = "LATCHKEY_MAIL_FROM", hide_env_values = true, value_name = "ADDRESS")]
    mail_from: Option<String>,
}

impl Serve {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        runtime()?.block_on(self.serve(settings))
    }

    async fn serve(self, settings: &Settings) -> Result<(), Failure> {
        let wanted = self.address.socket()?;
        self.address.public_url(wanted)?;
        let trusted = proxies(&self.trusted_proxies)?;
        let (cached_keys, usage_events_per_second) = (self.cached_keys()?, self.usage_events_per_second()?);
        let (usage_retention_days, ceilings) = (self.usage_retention_days()?, self.ceilings.read()?);
        let recheck = self.recheck_patience()?;
        let (admin, mailer, metrics_token) = (self.admin()?, self.mailer()?, self.metrics_token()?);
        let most = places::connections(self.max_connections.as_deref())?;
        site::options(wanted)?;
        let listener = TcpListener::bind(wanted).await.map_err(|error| cannot_listen(wanted, &error))?;
        let socket = listener.local_addr().map_err(|error| cannot_listen(wanted, &error))?;
        let signals = Signals::listen()?;
        let config = settings.open(self.address.public_url(socket)?, trusted)?;
        let config = server::Config {
            cached_keys,
            usage_events_per_second,
            usage_retention_days,
            ceilings,
            patience: server::Patience { recheck, ..config.patience },
            metrics_token,
            ..config
        };
        let latchkey = server::open(config, Clock::system(), Random::system()).await;
        let latchkey = latchkey.map_err(|error| Failure::failed(error.to_string()))?;
        let done = match set_up(&latchkey, admin).await {
            Ok(()) => {
                latchkey.keep_records();
                let mails = mailer.map(|mailer| Mails::start(latchkey.clone(), mailer));
                let done = serve_until_signal(&latchkey, listener, most, signals).await;
                if let Some(mails) = mails {
                    // A mail that takes longer is due again once its claim has run out.
                    let _ = timeout(DRAIN, mails.finish()).await;
                }
                done
            }
            refused => refused,
        };
        latchkey.shut_down().await;
        done
    }

    fn cached_keys(&self) -> Result<usize, Failure> {
        let message = "give a number of keys, such as 250000";
        let setting = |_| Failure::setting("--cached-keys", "LATCHKEY_CACHED_KEYS", message);
        self.cached_keys.parse().map_err(setting)
    }

    fn recheck_patience(&self) -> Result<Duration, Failure> {
        let millis = self.recheck_patience.parse().ok().filter(|millis| (100..=60_000).contains(millis));
        let message = "give milliseconds from 100 to 60000, such as 500";
        let setting = || Failure::setting("--recheck-patience", "LATCHKEY_RECHECK_PATIENCE", message);
        millis.map(Duration::from_millis).ok_or_else(setting)
    }

    fn usage_events_per_second(&self) -> Result<u32, Failure> {
        let message = "give a number of requests, such as 500";
        let setting = |_| Failure::setting("--usage-events-per-second", "LATCHKEY_USAGE_EVENTS_PER_SECOND", message);
        self.usage_events_per_second.parse().map_err(setting)
    }

    fn usage_retention_days(&self) -> Result<u32, Failure> {
        let refused = || {
            let message = "give a number of days from 0 to 36500, such as 90";
            Failure::setting("--usage-retention-days", "LATCHKEY_USAGE_RETENTION_DAYS", message)
        };
        self.usage_retention_days.parse().ok().filter(|days| *days <= 36_500).ok_or_else(refused)
    }

    fn metrics_token(&self) -> Result<Option<SecretString>, Failure> {
        let refused = |message: &str| Failure::setting("--metrics-token-file", "LATCHKEY_METRICS_TOKEN_FILE", message);
        let Some(file) = &self.metrics_token_file else { return Ok(None) };
        let text = fs::read_to_string(file).map_err(|error| refused(&error.to_string()))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.len() < TOKEN_LEAST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused(
                "the first line of the file has 16 or more letters, digits and signs, without a space",
            ));
        }
        Ok(Some(token.into()))
    }

    fn mailer(&self) -> Result<Option<Mailer>, Failure> {
        let url_setting = |message: &str| Failure::setting("--smtp-url", "LATCHKEY_SMTP_URL", message);
        let from_setting = |message: &str| Failure::setting("--mail-from", "LATCHKEY_MAIL_FROM", message);
        match (&self.smtp_url, &self.mail_from) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(from_setting("a mail server needs a sender too")),
            (None, Some(_)) => Err(url_setting("a sender needs a mail server too")),
            (Some(url), Some(from)) => Mailer::new(url, from).map(Some).map_err(|bad| match bad {
                BadSetting::Url => url_setting(&bad.to_string()),
                BadSetting::From => from_setting(&bad.to_string()),
            }),
        }
    }

    fn admin(&self) -> Result<Option<(String, SecretString)>, Failure> {
        let file_setting =
            |message: &str| Failure::setting("--admin-password-file", "LATCHKEY_ADMIN_PASSWORD_FILE", message);
        match (&self.admin_email, &self.admin_password_file) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(file_setting("an administrator's e-mail needs the file of their password too")),
            (None, Some(_)) => {
                let message = "the file of an administrator's password needs their e-mail too";
                Err(Failure::setting("--admin-email", "LATCHKEY_ADMIN_EMAIL", message))
            }
            (Some(email), Some(file)) => {
                let text = fs::read_to_string(file).map_err(|error| file_setting(&error.to_string()))?;
                Ok(Some((email.clone(), text.lines().next().unwrap_or_default().into())))
            }
        }
    }
}

fn cannot_listen(socket: SocketAddr, error: &io::Error) -> Failure {
    Failure::doing(format!("--addr (LATCHKEY_ADDR): cannot listen on {socket}"), error)
}

/// Makes the first administrator, and tells people where to go.
async fn set_up(latchkey: &Latchkey, admin: Option<(String, SecretString)>) -> Result<(), Failure> {
    if let Some((email, password)) = admin {
        let made = set_up_unattended(latchkey, &email, &password).await;
        let named = |error: server::Error| match error.fields().first() {
            Some(field) if field.field == "email" => {
                Failure::setting("--admin-email", "LATCHKEY_ADMIN_EMAIL", &field.message)
            }
            Some(field) => Failure::setting("--admin-password-file", "LATCHKEY_ADMIN_PASSWORD_FILE", &field.message),
            None => error.into(),
        };
        if made.map_err(named)? {
            tracing::info!(email, "the first administrator was made");
        }
    }
    output::print(&format!("Latchkey serves {}", latchkey.public_url()))?;
    // On stdout alone: logs are kept and shipped, and whoever reads them must not become the administrator.
    if let Some(link) = latchkey.set_up_url().await? {
        output::print(&format!("Nobody administers it yet. Set it up with this link, which works once:\n{link}"))?;
    }
    Ok(())
}

async fn serve_until_signal(
    latchkey: &Latchkey,
    listener: TcpListener,
    most: usize,
    mut signals: Signals,
) -> Result<(), Failure> {
    let socket = listener.local_addr().map_err(|error| Failure::doing("the address", error))?;
    let surfaces = app::surfaces(latchkey.clone(), site::options(socket)?);
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = tokio::spawn(listen(listener, surfaces, most, stopped));
    tracing::info!(address = %socket, url = latchkey.public_url(), most, "serving");
    tokio::select! {
        ended = &mut serving => {
            let reason = ended.map_or_else(|error| error.to_string(), |()| "nobody asked it to".to_owned());
            return Err(Failure::doing("serving ended", reason));
        }
        () = signals.first() => {}
    }
    tracing::info!("stopping: requests under way are finished");
    latchkey.end_streams();
    let _ = stop.send(());
    if timeout(DRAIN, &mut serving).await.is_err() {
        serving.abort();
        tracing::warn!(seconds = DRAIN.as_secs(), "some requests took too long and were cut off");
    }
    Ok(())
}

/// SIGTERM and SIGINT, listened for from the very start: one that comes before the first request ends it in order too.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::doing("signals", error));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn first(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
