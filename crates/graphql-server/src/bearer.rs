//! The bearer token of a request. RFC 6750, section 2.1.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The token of a request; an empty one, which is nobody's, if its Authorization header holds something else.
#[must_use]
pub fn token_of(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    Some(token(value.to_str().unwrap_or_default()).to_owned())
}

/// The token in the value of such a header; an empty one if there is none.
#[must_use]
pub fn token(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    }
}
