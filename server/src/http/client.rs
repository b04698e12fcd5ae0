//! Finds out who is at the other end of a request: the address (through trusted proxies only) and the user agent.

use crate::{Client, Latchkey};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap,
        header::{HeaderName, USER_AGENT},
    },
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The longest user agent that is kept, in characters.
const AGENT_MOST: usize = 200;

pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address at the other end of the connection, whatever headers say; `None` if the server was not told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub Option<IpAddr>);

impl Peer {
    pub fn new(address: Option<SocketAddr>) -> Self {
        Self(address.map(|address| address.ip().to_canonical()))
    }
}

/// Notes the client for everything that comes after.
pub(super) async fn find_client(State(latchkey): State<Latchkey>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let headers = request.headers();
    let ip = peer.map(|peer| behind_proxies(peer, headers, &latchkey.config.trusted_proxies));
    let client = Client { ip, agent: agent(headers).into() };
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The nearest address that is not a trusted proxy's: the peer itself, or the first such from the right of
/// `X-Forwarded-For`. What stands further left was written by strangers.
pub(super) fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if trusted.is_empty() { peer } else { nearest(peer, forwarded(headers), trusted) }
}

/// The client of whoever asks by forward auth, whose gateway key vouches for what it wrote last into `X-Forwarded-For`; from
/// there on to the left as [`behind_proxies`] reads. Without the header, the peer; `None` if the last entry is no address.
pub(super) fn named_by_gateway(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut hops = forwarded(headers);
    match hops.next() {
        None => peer.0,
        Some(last) => Some(nearest(last?, hops, trusted)),
    }
}

fn nearest(first: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = first;
    for hop in hops {
        if !trusted.iter().any(|net| net.contains(&nearest)) {
            break;
        }
        match hop {
            Some(ip) => nearest = ip,
            // A trusted proxy never writes this: what stands left of it can't be believed either.
            None => break,
        }
    }
    nearest
}

/// The entries of all `X-Forwarded-For` headers, from right to left; `None` for what is no address.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let values = headers.get_all(FORWARDED_FOR).into_iter().rev();
    values.map(|value| value.to_str().unwrap_or("?")).flat_map(|value| value.rsplit(',')).map(address)
}

/// An address as proxies write it: plain, with a port, or in brackets. IPv4 in IPv6 form is folded.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    ip.map(|ip| ip.to_canonical())
}

/// The user agent, up to its first tab: the only control character that a header's text can hold.
pub(super) fn agent(headers: &HeaderMap) -> &str {
    let text = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // It is ASCII.
    let text = text.get(..AGENT_MOST).unwrap_or(text);
    text.split('\t').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, forwarded_for: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(found("203.0.113.9", &["10.0.0.1"], &[]), "203.0.113.9");
        assert_eq!(found("203.0.113.9", &["10.0.0.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn trusted_proxies_are_read_from_right_to_left() {
        let trusted = &["10.0.0.0/8", "::1/128"];
        assert_eq!(found("10.0.0.1", &["1.1.1.1, 203.0.113.9"], trusted), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.7"], trusted), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &["1.1.1.1", "203.0.113.9"], trusted), "203.0.113.9");
        assert_eq!(found("::1", &["203.0.113.9:4711"], trusted), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &["[2001:db8::1]:80"], trusted), "2001:db8::1");
        assert_eq!(found("10.0.0.1", &["1.1.1.1, unknown"], trusted), "10.0.0.1");
        assert_eq!(found("10.0.0.1", &["10.0.0.3"], trusted), "10.0.0.3");
        assert_eq!(found("10.0.0.1", &[], trusted), "10.0.0.1");
    }

    #[test]
    fn a_gateway_names_its_client() {
        let named = |forwarded_for: &[&str], trusted: &[&str]| {
            let headers = forwarded_for.iter().map(|value| (FORWARDED_FOR, value.parse().unwrap())).collect();
            let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
            named_by_gateway(Peer("192.0.2.1".parse().ok()), &headers, &trusted).map(|ip| ip.to_string())
        };
        assert_eq!(named(&[], &[]).as_deref(), Some("192.0.2.1"));
        assert_eq!(named(&["1.1.1.1, 203.0.113.9"], &[]).as_deref(), Some("203.0.113.9"));
        assert_eq!(named(&["1.1.1.1, 203.0.113.9, 10.0.0.7"], &["10.0.0.0/8"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(named(&["1.1.1.1, 203.0.113.9, 10.0.0.7"], &[]).as_deref(), Some("10.0.0.7"));
        assert_eq!(named(&["::ffff:203.0.113.9"], &[]).as_deref(), Some("203.0.113.9"));
        assert_eq!(named(&["203.0.113.9, unknown"], &[]), None);
        assert_eq!(named(&[""], &[]), None);
    }

    #[test]
    fn mapped_addresses_are_folded() {
        assert_eq!(found("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], &["10.0.0.0/8"]), "203.0.113.9");
    }
}
