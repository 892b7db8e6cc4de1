//! The media type of a body. RFC 9110, section 8.3.1.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The media type of a request's body in lower case, without parameters; empty if there is none.
pub(crate) fn of(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}
