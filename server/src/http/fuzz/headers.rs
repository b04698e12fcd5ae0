//! Headers that decide who calls and from where.

use crate::http::client::{FORWARDED_FOR, Peer, behind_proxies, named_by_gateway};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use ipnet::IpNet;
use std::net::IpAddr;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The lines as header values; those that HTTP does not allow are left out.
fn values(data: &[u8]) -> Vec<HeaderValue> {
    data.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok()).collect()
}

/// One header a line: `a` and a space before an `Authorization`, anything else and a space before an `X-API-Key`.
///
/// # Panics
/// If a credential is found where there is none, or two different ones pass for one.
pub fn credential(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').filter(|line| line.len() >= 2);
    let headers: Vec<(HeaderName, HeaderValue)> = lines
        .filter_map(|line| {
            let name = if line[0] == b'a' { AUTHORIZATION } else { API_KEY };
            Some((name, HeaderValue::from_bytes(&line[2..]).ok()?))
        })
        .collect();
    let read = |headers: &[(HeaderName, HeaderValue)]| {
        let map: HeaderMap = headers.iter().cloned().fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        });
        crate::http::credential::credential(&map).map(|found| found.map(str::to_owned))
    };
    let found = read(&headers);
    assert_eq!(found == Ok(None), headers.is_empty());
    let reversed: Vec<_> = headers.iter().rev().cloned().collect();
    assert_eq!(read(&reversed), found, "the order of the headers decides");
    let each: Vec<_> = headers.iter().map(|header| read(std::slice::from_ref(header))).collect();
    let same = each.windows(2).all(|two| two[0] == two[1]);
    assert_eq!(found.is_ok(), same, "two credentials: {each:?}");
    if let Ok(Some(text)) = found {
        assert_eq!(text.trim(), text);
        assert!(each.iter().all(|one| one.as_ref().is_ok_and(|one| one.as_deref() == Some(&text))));
        for (_, value) in &headers {
            assert!(value.to_str().map_or(text.is_empty(), |value| value.contains(&text)), "{text} from nowhere");
        }
    }
}

/// The first byte chooses who holds the connection; then `X-Forwarded-For`, one header a line.
///
/// # Panics
/// If a client can choose its address.
pub fn forwarded_for(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let peers: [IpAddr; 4] = [
        [203, 0, 113, 1].into(),
        [10, 0, 0, 1].into(),
        [0, 0, 0, 0, 0, 0, 0, 1].into(),
        [0, 0, 0, 0, 0, 0xffff, 0x0a00, 1].into(),
    ];
    let peer = peers[usize::from(*choice) % 4];
    let nets = [IpNet::new([10, 0, 0, 0].into(), 8), IpNet::new([0, 0, 0, 0, 0, 0, 0, 1].into(), 128)];
    let trusted: Vec<IpNet> = nets.into_iter().flatten().collect();
    let trusts = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    let headers = |values: &[HeaderValue]| {
        values.iter().cloned().fold(HeaderMap::new(), |mut map, value| {
            map.append(FORWARDED_FOR, value);
            map
        })
    };
    let values = values(rest);
    let plain = headers(&values);
    let found = behind_proxies(peer, &plain, &trusted);
    assert_eq!(found, found.to_canonical(), "an IPv4 address in IPv6 form");
    if !trusts(peer.to_canonical()) {
        assert_eq!(found, peer.to_canonical(), "a stranger is believed");
    }
    assert_eq!(behind_proxies(peer, &plain, &[]), peer.to_canonical(), "nobody is trusted, and yet");
    let named = named_by_gateway(Peer(Some(peer)), &plain, &trusted);

    // What a client sends, a proxy appends to: it stands further left, in a header before or in the same one.
    let forged = HeaderValue::from_static("198.51.100.66, 10.9.9.9");
    let mut before = values.clone();
    before.insert(0, forged);
    let same = values.split_first().map(|(first, more)| {
        let joined = [b"198.51.100.66, ", first.as_bytes()].concat();
        let first = HeaderValue::from_bytes(&joined).unwrap_or_else(|_| first.clone());
        [&[first], more].concat()
    });
    for forged in [Some(before), same].into_iter().flatten() {
        let forged = headers(&forged);
        if !trusts(found) {
            assert_eq!(behind_proxies(peer, &forged, &trusted), found, "a forged entry counts");
        }
        if !values.is_empty() && named.is_none_or(|ip| !trusts(ip)) {
            assert_eq!(named_by_gateway(Peer(Some(peer)), &forged, &trusted), named, "a forged entry counts");
        }
    }
}
