//! The addresses that are not of the public internet: one table.
//!
//! A site could send the service to a machine beside it, by its name or by a redirect. IPv6 is public in `2000::/3` alone.
//! Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6; RFC 6890, RFC 4291, RFC 3056.
//!
//! Always: an address is judged after it was looked up, and that very one is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix))
}

const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), prefix))
}

/// `::`, with its last three groups.
const fn low(sixth: u16, eighth: u16, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, sixth, 0, eighth), prefix))
}

/// Networks whose addresses are refused, each with a name that fits "is …". The first match counts.
const REFUSED: &[(IpNet, &str)] = &[
    (v4(0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 10), "an address shared by the customers of a provider"),
    (v4(127, 0, 0, 8), "a loopback address"),
    (v4(169, 254, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 12), "a private address"),
    (v4(192, 0, 0, 24), "an address of a protocol"),
    (v4(192, 0, 2, 24), "an address for documentation"),
    (v4(192, 88, 99, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 16), "a private address"),
    (v4(198, 18, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 24), "an address for documentation"),
    (v4(203, 0, 113, 24), "an address for documentation"),
    (v4(224, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 4), "a reserved address"),
    (low(0, 0, 128), "an unspecified address"),
    (low(0, 1, 128), "a loopback address"),
    (low(0xffff, 0, 96), "an IPv4 address in disguise"),
    (v6(0x64, 0xff9b, 0, 96), "an IPv4 address behind NAT64"),
    (v6(0x64, 0xff9b, 1, 48), "an IPv4 address behind NAT64"),
    (v6(0x100, 0, 0, 64), "an address that discards"),
    (v6(0x2001, 0, 0, 23), "an address of a protocol"),
    (v6(0x2001, 0xdb8, 0, 32), "an address for documentation"),
    (v6(0x3fff, 0, 0, 20), "an address for documentation"),
    (v6(0xfc00, 0, 0, 7), "a private address"),
    (v6(0xfe80, 0, 0, 10), "a link-local address"),
    (v6(0xfec0, 0, 0, 10), "a private address"),
    (v6(0xff00, 0, 0, 8), "a multicast address"),
];

/// The public addresses of IPv6.
const PUBLIC_V6: IpNet = v6(0x2000, 0, 0, 3);

/// 6to4: the IPv4 address follows the first 16 bits.
const SIX_TO_FOUR: IpNet = v6(0x2002, 0, 0, 16);

/// The reason why an address is refused, which fits "is …".
pub(crate) fn refusal(address: IpAddr) -> Option<&'static str> {
    if let Some((_, reason)) = REFUSED.iter().find(|(network, _)| network.contains(&address)) {
        return Some(reason);
    }
    let IpAddr::V6(v6) = address else { return None };
    if SIX_TO_FOUR.contains(&address) {
        let [_, _, a, b, c, d, ..] = v6.octets();
        return refusal(Ipv4Addr::new(a, b, c, d).into());
    }
    (!PUBLIC_V6.contains(&address)).then_some("a reserved address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> bool {
        refusal(address.parse().unwrap()).is_some()
    }

    #[test]
    fn every_row_is_refused_from_its_first_address_to_its_last() {
        for (network, reason) in REFUSED {
            for address in [network.network(), network.broadcast()] {
                let found = refusal(address);
                assert_eq!(found, Some(*reason), "{address} of {network}");
            }
        }
    }

    #[test]
    fn the_table_has_these_addresses() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "::7f00:1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:c0a8:101::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(refused(address), "{address}");
        }
    }

    #[test]
    fn their_neighbours_are_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2002:808:808::1",
            "2606:4700::1111",
            "3ffe::1",
            "2a00:1450::1",
        ] {
            assert!(!refused(address), "{address}: {:?}", refusal(address.parse().unwrap()));
        }
    }
}
