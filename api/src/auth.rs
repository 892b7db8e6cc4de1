//! Whom a request speaks for: the bearer of the token in its Authorization header. RFC 6750 section 2.1.

use actix_web::HttpRequest;
use actix_web::http::header;
use domain::accounts::{self, Viewer};
use domain::{Result, Services};

/// Whom a request speaks for.
#[derive(Clone, Debug)]
pub enum Identity {
    /// It has no token.
    Nobody,
    /// It has a token of this person.
    Viewer(Viewer),
    /// It has a token that is none, has expired, or is of someone who is banned.
    Unknown,
}

/// Looks the token of a request up.
///
/// # Errors
/// Where the database fails.
pub async fn identify(request: &HttpRequest, services: &Services) -> Result<Identity> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(Identity::Nobody) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token else { return Ok(Identity::Unknown) };
    let viewer = accounts::authenticate(&services.db, services.now(), token).await?;
    Ok(viewer.map_or(Identity::Unknown, Identity::Viewer))
}
