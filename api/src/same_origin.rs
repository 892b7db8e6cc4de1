//! The same-origin check: whether a request comes from one of our own pages or from another site.
//!
//! A page of another site could have every visitor ask for mails to third parties, or open a socket. Browsers say where
//! the page is from: in `Origin` (RFC 6454) and `Sec-Fetch-Site` (W3C Fetch Metadata). A site can also give its own
//! name our address (DNS rebinding); to the browser its page and we are one then, and only the name in `Host` and
//! `Origin` is wrong. So a name counts only if it is that of `base_url`. An address of the machine, or `localhost`,
//! cannot be given away, and counts if the page has it too. A program that sends neither is not a browser.
//!
//! Always: forms, mutations and sockets go by this; what a mail program posts by itself (one click) does not.

use std::net::IpAddr;

use actix_web::http::header::{self, HeaderMap};
use url::{Host, Origin, Url};

/// Why a request is refused: it comes from a page of another site, or under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignPage {
    base_url: String,
}

impl std::fmt::Display for ForeignPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "This request came from a page of another site, or used a host name that this service does not know. Open {} and try again. If the service should have another host name, its operator must set base_url.",
            self.base_url
        )
    }
}

/// Refuses what a browser sends for a page that is not ours. `allowed` are the origins that may act nevertheless.
///
/// # Errors
/// The message for the client.
pub fn check(headers: &HeaderMap, base_url: &Url, allowed: &[Origin]) -> Result<(), ForeignPage> {
    if is_ours(headers, base_url, allowed) {
        Ok(())
    } else {
        Err(ForeignPage { base_url: base_url.to_string() })
    }
}

fn is_ours(headers: &HeaderMap, base_url: &Url, allowed: &[Origin]) -> bool {
    let site = text(headers, "sec-fetch-site");
    let host = text(headers, header::HOST.as_str()).unwrap_or_default();
    let Some(origin) = text(headers, header::ORIGIN.as_str()) else {
        return site.is_none_or(|site| is_same(site) && is_known(host, base_url));
    };
    let page = Url::parse(origin).ok().filter(|page| matches!(page.scheme(), "http" | "https"));
    let Some(page) = page else {
        // A browser hides the origin of a page ("null"), and says nevertheless whether it is ours.
        return origin == "null" && site.is_some_and(is_same) && is_known(host, base_url);
    };
    if allowed.contains(&page.origin()) {
        return true;
    }
    let is_asked = Url::parse(&format!("{}://{host}/", page.scheme()))
        .is_ok_and(|asked| asked.origin() == page.origin() && is_fixed(asked.host().as_ref()));
    site.is_none_or(is_same) && (page.origin() == base_url.origin() || is_asked)
}

fn is_same(site: &str) -> bool {
    matches!(site, "same-origin" | "none")
}

/// Whether a request for this host is for us: its name is ours, or nobody's to give.
fn is_known(host: &str, base_url: &Url) -> bool {
    let asked = Url::parse(&format!("{}://{host}/", base_url.scheme()));
    asked.is_ok_and(|asked| asked.origin() == base_url.origin() || is_fixed(asked.host().as_ref()))
}

/// Whether no site can have this host lead elsewhere.
fn is_fixed(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => is_specified((*address).into()),
        Some(Host::Ipv6(address)) => is_specified((*address).into()),
        None => false,
    }
}

fn is_specified(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const BASE: &str = "https://papers.example.org/";

    fn ours(base_url: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let allowed = [Url::parse("https://tools.example.org").unwrap().origin()];
        check(&map, &Url::parse(base_url).unwrap(), &allowed).is_ok()
    }

    #[test]
    fn requests_from_other_sites_are_recognized_by_headers() {
        let (host, inside) = (("host", "papers.example.org"), ("host", "inside:8080"));
        let own = ("origin", "https://papers.example.org");
        for (headers, expected) in [
            (&[][..], true),
            (&[("host", "evil.example")], true),
            (&[host, own], true),
            // A proxy that asks under another name.
            (&[inside, own], true),
            (&[inside, own, ("sec-fetch-site", "same-origin")], true),
            (&[host, ("origin", "https://papers.example.org:443")], true),
            (&[host, ("origin", "http://papers.example.org")], false),
            (&[host, ("origin", "https://papers.example.org.evil.example")], false),
            (&[host, ("origin", "https://evil.example")], false),
            (&[host, ("origin", "https://tools.example.org"), ("sec-fetch-site", "same-site")], true),
            (&[host, ("origin", "null")], false),
            (&[host, ("origin", "")], false),
            (&[host, ("origin", "file://papers.example.org")], false),
            (&[host, ("origin", "null"), ("sec-fetch-site", "same-origin")], true),
            (&[host, ("origin", "null"), ("sec-fetch-site", "cross-site")], false),
            (&[host, ("sec-fetch-site", "same-origin")], true),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("sec-fetch-site", "cross-site")], false),
            (&[host, own, ("sec-fetch-site", "same-site")], false),
            // A name that leads here by rebinding.
            (&[("host", "evil.example"), ("origin", "http://evil.example")], false),
            (
                &[
                    ("host", "evil.example:8080"),
                    ("origin", "http://evil.example:8080"),
                    ("sec-fetch-site", "same-origin"),
                ],
                false,
            ),
            (&[("host", "evil.example"), ("sec-fetch-site", "same-origin")], false),
            (&[inside, ("origin", "http://inside:8080")], false),
        ] {
            assert_eq!(ours(BASE, headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn local_host_names_are_same_origin() {
        for (host, origin, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("localhost:8080", "http://localhost:8080", true),
            ("[::1]:8080", "http://[::1]:8080", true),
            ("192.0.2.7:8080", "http://192.0.2.7:8080", true),
            ("localhost:8080", "http://localhost:3000", false),
            ("127.0.0.1:8080", "http://localhost:8080", false),
            ("0.0.0.0:8080", "http://0.0.0.0:8080", false),
            ("localhost.evil.example:8080", "http://localhost.evil.example:8080", false),
            ("127.0.0.1.evil.example:8080", "http://127.0.0.1.evil.example:8080", false),
        ] {
            for base_url in ["http://127.0.0.1:9090/", BASE] {
                let headers = [("host", host), ("origin", origin), ("sec-fetch-site", "same-origin")];
                assert_eq!(ours(base_url, &headers), expected, "{host} {origin}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_address() {
        let error = ForeignPage { base_url: BASE.to_owned() };
        assert!(error.to_string().contains(BASE) && error.to_string().contains("base_url"));
    }
}
