//! The mail server as its address names it: `smtp://user:password@host:port` or `smtps://…`.

use url::Url;

use super::auth::Credentials;

/// Whether the conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// From the first octet (`smtps://`).
    Implicit,
    /// By STARTTLS, or no mail.
    Required,
    /// By STARTTLS if the server offers it.
    Offered,
    /// Never.
    Off,
}

/// A mail server, and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// A name, or an IP address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
}

impl Server {
    /// Reads an address. The port is 465 for smtps, else 587 if there is a user and 25 if there is none.
    /// `?tls=required|offered|off` decides on STARTTLS for smtp; it is required if a password goes to another
    /// machine, else used if it is offered.
    ///
    /// # Errors
    /// What is wrong with the address, without repeating it.
    pub(super) fn parse(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("is not a valid address: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let decode = |text: &str| {
            let decoded =
                percent_decode(text).ok_or("has a user or password that is no percent-encoded UTF-8")?;
            // NUL stands between the two when they are said to the server.
            let is_sayable = !decoded.contains('\0');
            is_sayable.then_some(decoded).ok_or_else(|| "has a user or password with a NUL in it".to_owned())
        };
        let user = (!url.username().is_empty()).then(|| decode(url.username())).transpose()?;
        let password = url.password().map(decode).transpose()?;
        let credentials = match (user, password) {
            (Some(user), Some(password)) => Some(Credentials { user, password }),
            (None, None) => None,
            _ => return Err("has a user without a password, or the reverse".to_owned()),
        };
        let mut tls = match url.scheme() {
            "smtps" => Tls::Implicit,
            "smtp" if credentials.is_some() && !is_loopback(&host) => Tls::Required,
            "smtp" => Tls::Offered,
            other => return Err(format!("begins with {other}: where smtp: or smtps: should stand")),
        };
        for (name, value) in url.query_pairs() {
            tls = match (name.as_ref(), value.as_ref(), tls) {
                ("tls", "required", Tls::Required | Tls::Offered) => Tls::Required,
                ("tls", "offered", Tls::Required | Tls::Offered) => Tls::Offered,
                ("tls", "off", Tls::Required | Tls::Offered) => Tls::Off,
                _ => return Err(format!("has a parameter that is not known: {name}={value}")),
            };
        }
        let port = url.port().unwrap_or(match (tls, &credentials) {
            (Tls::Implicit, _) => 465,
            (_, Some(_)) => 587,
            (_, None) => 25,
        });
        Ok(Self { host, port, tls, credentials })
    }

    /// Whether the server is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The address, for people; without the password.
    pub(super) fn describe(&self) -> String {
        let scheme = if self.tls == Tls::Implicit { "smtps" } else { "smtp" };
        let user = self.credentials.as_ref().map(|it| format!("{}@", it.user)).unwrap_or_default();
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{user}{host}:{}", self.port)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn percent_decode(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('+', "%2B"));
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    (!value.contains('\u{FFFD}')).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_encryption_follow_the_address() {
        for (url, port, tls) in [
            ("smtp://mail.example.org", 25, Tls::Offered),
            ("smtp://u:p@mail.example.org", 587, Tls::Required),
            ("smtp://u:p@localhost", 587, Tls::Offered),
            ("smtp://u:p@mail.example.org?tls=off", 587, Tls::Off),
            ("smtps://u:p@mail.example.org", 465, Tls::Implicit),
            ("smtp://127.0.0.1:1025", 1025, Tls::Offered),
            ("smtp://mail.example.org?tls=required", 25, Tls::Required),
        ] {
            let server = Server::parse(url).unwrap();
            assert_eq!((server.port, server.tls), (port, tls), "{url}");
        }
        assert!(Server::parse("smtp://[::1]:25").unwrap().is_local());
        assert!(!Server::parse("smtp://mail.example.org").unwrap().is_local());
    }

    #[test]
    fn passwords_are_decoded_and_never_shown() {
        let server = Server::parse("smtp://ada%40example.org:s%2Fe+c%20ret@mail.example.org").unwrap();
        let (user, password) = ("ada@example.org".to_owned(), "s/e+c ret".to_owned());
        assert_eq!(server.credentials, Some(Credentials { user, password }));
        assert_eq!(server.describe(), "smtp://ada@example.org@mail.example.org:587");
        assert_eq!(Server::parse("smtp://[::1]").unwrap().describe(), "smtp://[::1]:25");
    }

    #[test]
    fn bad_addresses_are_refused() {
        for url in [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://u@host",
            "smtp://host?tls=maybe",
            "smtps://host?tls=off",
            "smtp://u:p%00@host",
            "smtp://u:%ff@host",
        ] {
            assert!(Server::parse(url).is_err(), "{url}");
        }
    }
}
