//! Where a key may be used from: blocks and single addresses, IPv4 and IPv6. Read from forms, commands and the store;
//! asked by the decision.

use crate::field::{FieldError, shown};
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The most entries of a list.
pub const MOST_ADDRESSES: usize = 64;
/// The form's field.
const FIELD: &str = "allow_ip";

/// The addresses a key may be used from; an empty list is no limit. IPv4 addresses in their IPv6 form (`::ffff:…`) are
/// IPv4, in the list and in who asks, so `::/0` is every IPv6 address and no IPv4 one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AddressList(Box<[IpNet]>);

impl AddressList {
    /// A list as a person types it: one entry a line, or several between commas. An error names the line.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let mut blocks = Vec::new();
        for (at, line) in text.lines().enumerate() {
            for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let found = block(entry);
                blocks.push(found.map_err(|why| FieldError::new(FIELD, format!("Line {}: {why}", at + 1)))?);
            }
        }
        Self::new(blocks)
    }

    /// A list of blocks, in their order; an entry that comes again is left out.
    pub fn new(blocks: impl IntoIterator<Item = IpNet>) -> Result<Self, FieldError> {
        let mut list = Vec::new();
        for block in blocks.into_iter().map(folded) {
            if !list.contains(&block) {
                list.push(block);
            }
            if list.len() > MOST_ADDRESSES {
                let message =
                    format!("A key takes {MOST_ADDRESSES} addresses and blocks at most. Join some into blocks.");
                return Err(FieldError::new(FIELD, message));
            }
        }
        Ok(Self(list.into()))
    }

    /// Whether a request from `ip` may pass. Where the address is not known, only a key without a list passes.
    #[must_use]
    pub fn allows(&self, ip: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || ip.is_some_and(|ip| {
                let ip = ip.to_canonical();
                self.0.iter().any(|block| block.contains(&ip))
            })
    }

    /// Whether there is no limit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The entries as people write them: a block of one address without its prefix.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        self.0.iter().map(written).collect()
    }
}

impl From<AddressList> for Vec<String> {
    fn from(list: AddressList) -> Self {
        list.entries()
    }
}

impl TryFrom<Vec<String>> for AddressList {
    type Error = String;

    fn try_from(entries: Vec<String>) -> Result<Self, String> {
        let blocks = entries.iter().map(|entry| block(entry)).collect::<Result<Vec<_>, _>>()?;
        Self::new(blocks).map_err(|error| error.message)
    }
}

/// One entry: an address, or a block such as `10.0.0.0/8`. A block with bits beyond its prefix may be meant as the network or
/// as the address, which is not for us to guess: it is refused with both.
pub fn block(text: &str) -> Result<IpNet, String> {
    let shown = shown(text);
    let parsed = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let block = parsed.ok_or_else(|| format!("“{shown}” is neither an address nor a block such as 10.0.0.0/8."))?;
    if block.trunc() != block {
        return Err(format!(
            "“{shown}” has bits beyond its prefix. Write {} for the network, or {} for the one address.",
            block.trunc(),
            block.addr()
        ));
    }
    Ok(folded(block))
}

/// A block of IPv4 addresses in their IPv6 form as the IPv4 block it is.
fn folded(block: IpNet) -> IpNet {
    let IpNet::V6(v6) = block else { return block };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok()).map_or(block, IpNet::V4)
}

fn written(block: &IpNet) -> String {
    if block.prefix_len() == block.max_prefix_len() { block.addr().to_string() } else { block.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn list(text: &str) -> AddressList {
        AddressList::parse(text).unwrap()
    }

    fn refused(text: &str) -> String {
        let error = AddressList::parse(text).unwrap_err();
        assert_eq!(error.field, "allow_ip");
        error.message
    }

    #[test]
    fn lines_and_commas() {
        let typed = " 10.0.0.0/8, 192.0.2.7\r\n\n2001:DB8::/32\n::ffff:198.51.100.9,10.0.0.0/8,::ffff:172.16.0.0/108";
        let entries = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "198.51.100.9", "172.16.0.0/12"];
        assert_eq!(list(typed).entries(), entries);
        assert!(list(" \n , ").is_empty());
    }

    #[test]
    fn an_error_names_the_line_and_what_would_be_right() {
        assert_eq!(
            refused("10.0.0.0/8\n\n1.2.3.4, 10.0.0.300"),
            "Line 3: “10.0.0.300” is neither an address nor a block such as 10.0.0.0/8."
        );
        assert_eq!(
            refused("10.0.0.5/24"),
            "Line 1: “10.0.0.5/24” has bits beyond its prefix. Write 10.0.0.0/24 for the network, or 10.0.0.5 for the one address."
        );
        for bad in ["10.0.0.0/33", "::/129", "10.0.0.0/-1", "localhost", "1.2.3.4:80", "[::1]", "010.0.0.1", "1.2.3.4/"]
        {
            assert!(refused(bad).starts_with("Line 1: "), "{bad}");
        }
        assert!(!refused("lk_abcdefgh_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").contains(&"x".repeat(38)));
        assert!(!refused("a\u{202E}b").contains('\u{202E}'));
    }

    #[test]
    fn sixty_four_fit() {
        let many = |count: usize| (0..count).map(|n| format!("10.0.{n}.0/24")).collect::<Vec<_>>().join("\n");
        assert_eq!(list(&many(64)).len(), 64);
        assert_eq!(list(&format!("{}, 10.0.0.0/24", many(64))).len(), 64, "one that comes again does not count");
        assert!(refused(&many(65)).contains("64 addresses and blocks at most"));
    }

    #[test]
    fn who_may_pass() {
        let list = list("10.0.0.0/8\n2001:db8::/32");
        let allows = |ip: &str| list.allows(Some(ip.parse().unwrap()));
        assert!(allows("10.255.0.1") && allows("2001:db8::1") && allows("::ffff:10.1.2.3"));
        assert!(!allows("11.0.0.0") && !allows("2001:db9::1") && !allows("::ffff:11.0.0.0") && !allows("::10.1.2.3"));
        assert!(!list.allows(None), "an unknown address is in no list");
        assert!(AddressList::default().allows(None), "without a list every address passes");
        assert!(!AddressList::parse("::/0").unwrap().allows(Some("::ffff:10.0.0.1".parse().unwrap())));
    }

    #[test]
    fn is_kept_as_a_list_of_text() {
        let kept = serde_json::to_string(&list("10.0.0.0/8, ::1")).unwrap();
        assert_eq!(kept, r#"["10.0.0.0/8","::1"]"#);
        assert_eq!(serde_json::from_str::<AddressList>(&kept).unwrap(), list("10.0.0.0/8, ::1"));
        assert!(serde_json::from_str::<AddressList>(r#"["somewhere"]"#).is_err());
    }

    /// An address's family and bits, IPv4 in IPv6 form folded, most significant first.
    fn bits(ip: IpAddr) -> (bool, Vec<bool>) {
        let octets = match ip {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => match v6.octets() {
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4 @ ..] => v4.to_vec(),
                all => all.to_vec(),
            },
        };
        let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect();
        (octets.len() == 4, bits)
    }

    fn naive(block: IpNet, ip: IpAddr) -> bool {
        let ((family, network), (asked, address)) = (bits(block.addr()), bits(ip));
        let mapped = family && matches!(block, IpNet::V6(_));
        let prefix = usize::from(block.prefix_len()) - if mapped { 96 } else { 0 };
        family == asked && network[..prefix] == address[..prefix]
    }

    /// Few different addresses, so that blocks and clients meet.
    fn ip() -> impl Strategy<Value = IpAddr> {
        let v4 = prop_oneof![Just(0x0a00_0000_u32), any::<u32>()];
        let v4 = (v4, 0_u32..512).prop_map(|(base, low)| Ipv4Addr::from(base ^ low));
        let v6 = prop_oneof![Just(0x2001_0db8_u128 << 96), any::<u128>()];
        let v6 = (v6, 0_u128..512).prop_map(|(base, low)| Ipv6Addr::from(base ^ low));
        prop_oneof![
            v4.clone().prop_map(IpAddr::from),
            v4.prop_map(|ip| IpAddr::from(ip.to_ipv6_mapped())),
            v6.prop_map(IpAddr::from)
        ]
    }

    fn blocks() -> impl Strategy<Value = Vec<IpNet>> {
        let one = (ip(), any::<u8>()).prop_map(|(ip, prefix)| {
            // Short of 96 bits a block of IPv4 addresses in IPv6 form is not one.
            let (least, most) = match ip {
                IpAddr::V4(_) => (0, 32),
                IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => (96, 128),
                IpAddr::V6(_) => (0, 128),
            };
            IpNet::new(ip, least + prefix % (most - least + 1)).unwrap().trunc()
        });
        prop::collection::vec(one, 1..8)
    }

    proptest! {
        #[test]
        fn membership_is_equality_of_the_first_bits(blocks in blocks(), ip in ip()) {
            let list = AddressList::new(blocks.clone()).unwrap();
            prop_assert_eq!(list.allows(Some(ip)), blocks.iter().any(|block| naive(*block, ip)));
        }

        #[test]
        fn what_was_written_is_read_back(blocks in blocks()) {
            let list = AddressList::new(blocks).unwrap();
            prop_assert_eq!(AddressList::parse(&list.entries().join("\n")).unwrap(), list.clone());
            prop_assert_eq!(AddressList::new(list.0.clone()).unwrap(), list);
        }

        #[test]
        fn one_more_block_never_closes(blocks in blocks(), more in blocks(), ip in ip()) {
            let fewer = AddressList::new(blocks.clone()).unwrap();
            let wider = AddressList::new(blocks.into_iter().chain(more)).unwrap();
            prop_assert!(!fewer.allows(Some(ip)) || wider.allows(Some(ip)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = AddressList::parse(&text);
        }
    }
}
