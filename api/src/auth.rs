//! Authentication of requests by the token in the Authorization header. RFC 6750 section 2.1.

use actix_web::HttpRequest;
use actix_web::http::header;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use domain::accounts::{self, Viewer};
use domain::{Result, Services};
use graphql_server::bearer;
use sha2::{Digest as _, Sha256};

use crate::observe;

/// The time after which the token of an open connection is checked again.
const RECHECK_AFTER: TimeDelta = TimeDelta::seconds(30);

/// The token of another program, as an operator set it: only its hash is held, so that comparing takes the same time
/// whatever is compared.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken([u8; 32]);

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(secret)")
    }
}

impl BearerToken {
    /// The token with this text.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether a request carries it.
    #[must_use]
    pub fn is_of(&self, request: &HttpRequest) -> bool {
        bearer::token_of(request).is_some_and(|token| Self::new(&token) == *self)
    }

    /// Whether a request carries it as the password of any name. RFC 7617.
    #[must_use]
    pub fn is_password_of(&self, request: &HttpRequest) -> bool {
        let password = || {
            let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
            let (_, pair) =
                value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))?;
            let pair = String::from_utf8(BASE64.decode(pair.trim().as_bytes()).ok()?).ok()?;
            Some(pair.split_once(':')?.1.to_owned())
        };
        password().is_some_and(|password| Self::new(&password) == *self)
    }
}

/// The user that a request or a connection acts for; nobody without a token.
#[derive(Clone, Debug)]
pub struct Caller(Option<AuthenticatedCaller>);

/// A caller with a token. A connection may outlive its token, so the token is checked again.
#[derive(Clone, Debug)]
struct AuthenticatedCaller {
    token: String,
    viewer: Viewer,
    checked_at: DateTime<Utc>,
}

impl Caller {
    /// Looks a token up; without one the caller is nobody. `None` if the token is not valid, has expired, or belongs to
    /// someone who is banned.
    pub async fn identify(services: &Services, token: Option<String>) -> Result<Option<Self>> {
        let Some(token) = token else { return Ok(Some(Self(None))) };
        let checked_at = services.now();
        let Some(viewer) = accounts::authenticate(&services.db, checked_at, &token).await? else {
            return Ok(None);
        };
        observe::record_viewer(viewer.user_id);
        Ok(Some(Self(Some(AuthenticatedCaller { token, viewer, checked_at }))))
    }

    /// The person whom the token names.
    #[must_use]
    pub fn viewer(&self) -> Option<&Viewer> {
        self.0.as_ref().map(|caller| &caller.viewer)
    }

    /// The time of the next check of the token; `None` for a caller without one.
    #[must_use]
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.as_ref().map(|caller| caller.checked_at + RECHECK_AFTER)
    }

    /// Whether the token is still good, looked up now.
    pub async fn is_valid(&mut self, services: &Services) -> bool {
        let Some(known) = &mut self.0 else { return true };
        match Self::identify(services, Some(known.token.clone())).await {
            Ok(Some(caller)) => {
                *self = caller;
                true
            }
            Ok(None) => false,
            Err(error) => {
                // Without the database nothing is shown either.
                tracing::error!(%error, "a token could not be looked up");
                known.checked_at = services.now();
                true
            }
        }
    }
}
