//! Where a redirect may lead: to another path of the same host, or from http to https of it.
//!
//! The caller takes turns and counts failures by host, and what it sends is meant for that host.
//!
//! Always: a redirect never leads to another host or port, and never from https to http. RFC 9110, section 10.2.2.

use url::Url;

use crate::connect::has_user;
use crate::error::{Error, Result};

/// Redirects that are followed for one request.
pub const MAX_REDIRECTS: usize = 3;

/// Octets of an address that a site sends.
pub(crate) const MAX_ADDRESS_OCTETS: usize = 4_096;

/// The address that a redirect from `from` leads to.
pub(crate) fn target(from: &Url, location: &str) -> Result<Url> {
    let host = from.host_str().unwrap_or_default();
    let refuse = |reason: &str| Err(Error::Redirect(format!("{host} redirects {reason}")));
    if location.len() > MAX_ADDRESS_OCTETS {
        return refuse("to an address that is too long");
    }
    let Ok(mut to) = from.join(location) else { return refuse("to what is not an address") };
    to.set_fragment(None);
    if !matches!(to.scheme(), "http" | "https") {
        return refuse("to what is not on the web");
    }
    if to.host() != from.host() {
        let other = plain_text::shorten(to.host_str().unwrap_or_default(), 253);
        return refuse(&format!("to another host, {other}"));
    }
    if has_user(&to) {
        return refuse("to an address that names a user");
    }
    match (from.scheme(), to.scheme()) {
        ("https", "http") => refuse("from https to http"),
        ("http", "https") if from.port().is_none() && to.port().is_none() => Ok(to),
        _ if from.port_or_known_default() == to.port_or_known_default() => Ok(to),
        _ => refuse("to another port"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(from: &str, location: &str) -> Result<String> {
        target(&from.parse().unwrap(), location).map(String::from)
    }

    #[test]
    fn a_redirect_stays_on_its_host_and_port() {
        for (from, location, reached) in [
            ("https://a.org/x", "/y", "https://a.org/y"),
            ("https://a.org/x/z", "../y?q=1#part", "https://a.org/y?q=1"),
            ("https://a.org/", "https://A.org:443/y", "https://a.org/y"),
            ("http://a.org/", "https://a.org/", "https://a.org/"),
            ("http://a.org:80/", "https://a.org:443/", "https://a.org/"),
            ("http://a.org:8080/", "//a.org:8080/y", "http://a.org:8080/y"),
        ] {
            assert_eq!(to(from, location), Ok(reached.to_owned()), "{from} {location}");
        }
    }

    #[test]
    fn any_other_redirect_is_refused_with_its_reason() {
        let long = "x".repeat(MAX_ADDRESS_OCTETS + 1);
        for (from, location, reason) in [
            ("https://a.org/", "http://a.org/", "a.org redirects from https to http"),
            ("https://a.org/", "https://b.org/", "a.org redirects to another host, b.org"),
            ("https://a.org/", "https://a.org.b.org/", "a.org redirects to another host, a.org.b.org"),
            ("https://a.org/", "//10.0.0.1/", "a.org redirects to another host, 10.0.0.1"),
            ("https://a.org/", "https://a.org:8443/", "a.org redirects to another port"),
            ("http://a.org/", "https://a.org:8443/", "a.org redirects to another port"),
            ("http://a.org:8080/", "https://a.org/", "a.org redirects to another port"),
            ("https://a.org/", "//ada:secret@a.org/", "a.org redirects to an address that names a user"),
            ("https://a.org/", "//ada@a.org/", "a.org redirects to an address that names a user"),
            ("https://a.org/", "file:///etc/passwd", "a.org redirects to what is not on the web"),
            ("https://a.org/", "javascript:alert(1)", "a.org redirects to what is not on the web"),
            ("https://a.org/", "https://[", "a.org redirects to what is not an address"),
            ("https://a.org/", &long, "a.org redirects to an address that is too long"),
        ] {
            assert_eq!(to(from, location), Err(Error::Redirect(reason.to_owned())), "{from} {location}");
        }
    }
}
