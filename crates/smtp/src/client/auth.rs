//! Who we are to the server: RFC 4954 with PLAIN (RFC 4616), or LOGIN if a server knows nothing else.

use data_encoding::BASE64;

use super::capabilities::Capabilities;

/// A user and a password. They are never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// The lines to say one after the other, each but the last answered by 334; `None` if the server offers no
    /// way that is known here.
    pub(super) fn lines(&self, server: &Capabilities) -> Option<Vec<String>> {
        let encoded = |text: &str| BASE64.encode(text.as_bytes());
        if server.auth_plain {
            return Some(vec![format!(
                "AUTH PLAIN {}",
                encoded(&format!("\0{}\0{}", self.user, self.password))
            )]);
        }
        server.auth_login.then(|| vec!["AUTH LOGIN".to_owned(), encoded(&self.user), encoded(&self.password)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_preferred() {
        let ada = Credentials { user: "ada".to_owned(), password: "sécret".to_owned() };
        let server =
            |auth_plain, auth_login| Capabilities { auth_plain, auth_login, ..Capabilities::default() };
        // "\0ada\0sécret"
        assert_eq!(ada.lines(&server(true, true)), Some(vec!["AUTH PLAIN AGFkYQBzw6ljcmV0".to_owned()]));
        let login = ["AUTH LOGIN", "YWRh", "c8OpY3JldA=="].map(str::to_owned).to_vec();
        assert_eq!(ada.lines(&server(false, true)), Some(login));
        assert_eq!(ada.lines(&server(false, false)), None);
        assert_eq!(format!("{ada:?}"), "Credentials");
    }
}
