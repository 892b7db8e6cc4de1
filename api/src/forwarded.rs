//! The client address of a request: the peer, or the address that trusted proxies report in `X-Forwarded-For` or
//! `Forwarded` (RFC 7239).
//!
//! Each proxy adds, at the right, the address that it was asked from. From there the addresses of trusted proxies are
//! passed over; the first untrusted address is the client. What stands left of it may be anything.
//!
//! Always: headers of untrusted clients are ignored. If both headers are there and name different clients, neither is
//! believed: a proxy that writes one may hand on the other as a stranger made it up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderMap};
use ipnet::IpNet;

/// The client address of a request.
#[must_use]
pub fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    from_headers(peer, request.headers(), trusted)
}

fn from_headers(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let by_list = joined(headers, "x-forwarded-for").map(|text| client(peer, list_hops(&text), trusted));
    let by_rfc = joined(headers, FORWARDED.as_str()).map(|text| client(peer, forwarded_hops(&text), trusted));
    match (by_list, by_rfc) {
        (Some(list), Some(rfc)) if list != rfc => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

/// The values of all headers of a name as one list. RFC 9110 section 5.3.
fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).map(|value| value.to_str().unwrap_or("unknown")).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The last hop that is not a trusted proxy; a hop that hides itself ends the search at the proxy that named it.
fn client(peer: IpAddr, hops: Vec<Option<IpAddr>>, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        match hop {
            Some(next) if is_trusted(address, trusted) => address = next.to_canonical(),
            _ => break,
        }
    }
    address
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The addresses of `X-Forwarded-For: 198.51.100.1, [2001:db8::1]:443`.
fn list_hops(text: &str) -> Vec<Option<IpAddr>> {
    split(text, ',').into_iter().map(node).collect()
}

/// The addresses of `Forwarded: for=198.51.100.1;proto=https, for="[2001:db8::1]:443"`. An element without `for` hides
/// where it came from.
fn forwarded_hops(text: &str) -> Vec<Option<IpAddr>> {
    let of_element = |element: &str| {
        split(element, ';').into_iter().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| node(value))
        })
    };
    split(text, ',').into_iter().map(|element| of_element(element).flatten()).collect()
}

/// The parts of a list that are not empty; what stands between quotation marks is not taken apart.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts = text.split(move |c: char| {
        let is_end = c == separator && !is_quoted;
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        is_end
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// An address with or without a port, brackets and quotation marks; `None` for `unknown`, `_hidden` and the like. RFC 7239
/// section 6.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    // Ports may be hidden too: 192.0.2.1:_web, [2001:db8::1]:_web, [2001:db8::1].
    match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.split_once(':')?.0.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn from(peer: &str, headers: &[(&'static str, &str)]) -> IpAddr {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()];
        from_headers(ip(peer), &map, &trusted)
    }

    #[test]
    fn only_trusted_proxies_may_name_the_client() {
        let list = "x-forwarded-for";
        assert_eq!(from("192.0.2.1", &[(list, "198.51.100.1")]), ip("192.0.2.1"));
        assert_eq!(from("192.0.2.1", &[("forwarded", "for=198.51.100.1")]), ip("192.0.2.1"));
        for (headers, client) in [
            (&[(list, "198.51.100.1")][..], "198.51.100.1"),
            (&[(list, "203.0.113.9, 198.51.100.1, 10.0.0.2")], "198.51.100.1"),
            (&[(list, "203.0.113.9"), (list, "198.51.100.1"), (list, "10.0.0.2, 10.0.0.3")], "198.51.100.1"),
            (&[(list, "198.51.100.1:5678")], "198.51.100.1"),
            (&[(list, "[2001:db8::1]:443")], "2001:db8::1"),
            (&[(list, "[2001:db8::1]")], "2001:db8::1"),
            (&[(list, "2001:db8::1")], "2001:db8::1"),
            (&[(list, "\"198.51.100.1:80\"")], "198.51.100.1"),
            (&[(list, "::ffff:198.51.100.1")], "198.51.100.1"),
            (&[(list, "203.0.113.9, unknown")], "10.0.0.1"),
            (&[(list, "unknown, 10.0.0.2")], "10.0.0.2"),
            (&[(list, "nonsense")], "10.0.0.1"),
            (&[(list, "")], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(from("10.0.0.1", headers), ip(client), "{headers:?}");
        }
        assert_eq!(from("::ffff:10.0.0.1", &[(list, "198.51.100.1")]), ip("198.51.100.1"));
        assert_eq!(from("2001:db8:ffff::1", &[(list, "198.51.100.1")]), ip("198.51.100.1"));
    }

    #[test]
    fn the_forwarded_header_is_read_as_in_rfc_7239() {
        for (value, client) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=198.51.100.60;proto=http;by=203.0.113.43", "198.51.100.60"),
            ("proto=https; FOR = 198.51.100.60", "198.51.100.60"),
            ("for=203.0.113.9, for=198.51.100.1, for=10.0.0.2", "198.51.100.1"),
            ("for=203.0.113.9, for=\"_gazonk\"", "10.0.0.1"),
            ("for=203.0.113.9, for=unknown, for=10.0.0.2", "10.0.0.2"),
            ("for=198.51.100.1, proto=https", "10.0.0.1"),
            ("for=\"198.51.100.1:_web\"", "198.51.100.1"),
            ("for=203.0.113.9;host=\"a,for=192.0.2.1\"", "203.0.113.9"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(from("10.0.0.1", &[("forwarded", value)]), ip(client), "{value}");
        }
    }

    #[test]
    fn contradicting_headers_are_ignored() {
        let both = |list, rfc| from("10.0.0.1", &[("x-forwarded-for", list), ("forwarded", rfc)]);
        assert_eq!(both("198.51.100.1", "for=\"198.51.100.1:80\""), ip("198.51.100.1"));
        assert_eq!(both("198.51.100.1", "for=203.0.113.9"), ip("10.0.0.1"));
    }
}
