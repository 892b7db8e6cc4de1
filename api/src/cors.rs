//! Cross-Origin Resource Sharing: the sites whose pages may read GraphQL responses, by the setting `cors_origins`.
//!
//! A browser asks before it lets another site's page send JSON or a token (a preflight, OPTIONS). Here those pages get
//! `/graphql` and nothing else, never with cookies or what else a browser adds by itself: there is nothing of that kind.
//! Always: without the setting no answer says anything of it, and browsers refuse. <https://fetch.spec.whatwg.org/#http-cors-protocol>

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderName};
use url::Url;

/// The time in seconds for which a browser may cache a preflight response; browsers limit it to two hours.
const PREFLIGHT_SECONDS: usize = 7_200;

/// Response headers that a page may read in addition to the safelisted ones.
const EXPOSED_HEADERS: [&str; 5] =
    ["ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "allow"];

/// Sites whose pages may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CorsOrigins {
    /// None but this one.
    #[default]
    None,
    /// All.
    Any,
    /// These, each as a browser writes it in Origin.
    PaperRow(Vec<String>),
}

impl CorsOrigins {
    /// Reads the setting: nothing, `*`, or origins separated by commas.
    ///
    /// # Errors
    /// The error for a text that is not an origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Vec<&str> = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        match entries[..] {
            [] => Ok(Self::None),
            ["*"] => Ok(Self::Any),
            _ => entries.into_iter().map(origin).collect::<Result<_, _>>().map(Self::PaperRow),
        }
    }

    /// Whether some page of another site may ask.
    pub(crate) fn are_some(&self) -> bool {
        *self != Self::None
    }

    /// Whether pages of this origin may.
    pub(crate) fn allow(&self, origin: &Url) -> bool {
        match self {
            Self::None => false,
            Self::Any => matches!(origin.scheme(), "http" | "https"),
            Self::PaperRow(origins) => origins.contains(&origin.origin().ascii_serialization()),
        }
    }

    /// The code in responses.
    pub(crate) fn middleware(&self) -> Cors {
        let cors = Cors::default()
            .allowed_methods(["GET", "HEAD", "POST"])
            .allowed_headers([header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE])
            .allowed_header(HeaderName::from_static("last-event-id"))
            // What clients of Apollo send so that a browser asks first.
            .allowed_headers(["apollo-require-preflight", "x-apollo-operation-name", "x-requested-with"])
            .expose_headers(EXPOSED_HEADERS)
            .max_age(PREFLIGHT_SECONDS);
        match self {
            Self::None => cors,
            Self::Any => cors.allow_any_origin().send_wildcard(),
            Self::PaperRow(origins) => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
        }
    }
}

/// An origin as a browser writes it: in small letters, without the port that its scheme has anyway.
fn origin(text: &str) -> Result<String, String> {
    let wrong =
        || format!("{text:?} is not an origin such as https://app.example.org; * alone stands for all");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_nobody = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_web && is_bare && is_nobody && !text.contains('*') {
        return Ok(url.origin().ascii_serialization());
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let listed =
            |origins: &[&str]| CorsOrigins::PaperRow(origins.iter().map(ToString::to_string).collect());
        for (text, read) in [
            ("", CorsOrigins::None),
            (" , ", CorsOrigins::None),
            ("*", CorsOrigins::Any),
            ("https://App.Example.org:443/", listed(&["https://app.example.org"])),
            (
                "http://localhost:3000, https://a.example",
                listed(&["http://localhost:3000", "https://a.example"]),
            ),
            ("https://bücher.example", listed(&["https://xn--bcher-kva.example"])),
        ] {
            assert_eq!(CorsOrigins::parse(text).unwrap(), read, "{text}");
        }
        for text in [
            "app.example.org",
            "https://app.example.org/path",
            "https://app.example.org?x",
            "https://ada@app.example.org",
            "https://*.example.org",
            "ftp://app.example.org",
            "null",
            "*, https://app.example.org",
        ] {
            assert!(CorsOrigins::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_listed_origins_are_allowed() {
        let url = |text: &str| Url::parse(text).unwrap();
        let listed = CorsOrigins::parse("https://a.example").unwrap();
        assert!(listed.allow(&url("https://a.example")) && !listed.allow(&url("http://a.example")));
        assert!(
            CorsOrigins::Any.allow(&url("http://b.example")) && !CorsOrigins::Any.allow(&url("file:///x"))
        );
        assert!(!CorsOrigins::None.allow(&url("https://a.example")));
    }
}
