//! Connections to what an administrator registered: MCP servers and providers of models. Which addresses are allowed is decided where the connection
//! is made, after the name was looked up, so that no name can lead elsewhere between a check and its use.

use domain::mcp::is_public;
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
    time::Duration,
};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// The client for connections outward, made at its first use.
pub(crate) struct Upstreams {
    allow_private: bool,
    client: OnceLock<Client>,
}

/// The address is not one of the public internet, and the operator does not allow others.
#[derive(Debug, thiserror::Error)]
#[error("the address is private")]
struct PrivateAddress;

impl Upstreams {
    pub fn new(allow_private: bool) -> Self {
        // TLS by ring in the whole program, without which no client is made. Several may say so at once: the first one counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { allow_private, client: OnceLock::new() }
    }

    /// A client for that address. It looks names up by the rule, follows no redirect (which could lead to a private address,
    /// and would carry the credential along), and asks no proxy of the environment (which would look names up by itself).
    pub fn client_for(&self, url: &str) -> Result<Client, Refused> {
        let url = Url::parse(url).map_err(|_| Refused::Address)?;
        // An address in place of a name is never looked up.
        let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if literal.is_some_and(|address| !self.allows(address)) {
            return Err(Refused::Private);
        }
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let made = Client::builder()
            .dns_resolver(ByRule { allow_private: self.allow_private })
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                tracing::error!(%error, "no client for connections outward can be made");
                Refused::NoClient
            })?;
        Ok(self.client.get_or_init(|| made).clone())
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address)
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether a connection was not made because the name leads to a private address.
pub(crate) fn is_private(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<PrivateAddress>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// Why nothing is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no address.
    Address,
    /// It is a private one.
    Private,
    /// This machine makes no connections outward.
    NoClient,
}

/// Looks a name up, and leaves out what is not allowed.
struct ByRule {
    allow_private: bool,
}

impl Resolve for ByRule {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (allowed, left_out): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.partition(|address| allow_private || is_public(address.ip()));
            if allowed.is_empty() && !left_out.is_empty() {
                return Err(PrivateAddress.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_place_of_a_name_is_judged_too() {
        let strict = Upstreams::new(false);
        for private in [
            "http://127.0.0.1/",
            "http://[::1]:3000/",
            "http://169.254.169.254/latest",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            assert_eq!(strict.client_for(private).err(), Some(Refused::Private), "{private}");
        }
        assert!(strict.client_for("https://1.1.1.1/").is_ok());
        assert!(strict.client_for("https://mcp.example.com/").is_ok());
        assert!(Upstreams::new(true).client_for("http://127.0.0.1/").is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused() {
        let strict = ByRule { allow_private: false }.resolve("localhost".parse().unwrap()).await;
        assert!(strict.err().unwrap().is::<PrivateAddress>());
        let open = ByRule { allow_private: true }.resolve("localhost".parse().unwrap()).await;
        assert!(open.unwrap().next().is_some());
    }
}
