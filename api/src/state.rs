//! The state that the handlers share.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;
use domain::Services;
use domain::search::Search;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::bounces::{Amazon, BounceSettings};
use crate::cors::CorsOrigins;
use crate::forwarded;
use crate::limits::Limits;
use crate::same_origin::{self, ForeignPage};
use crate::visitor::Visitor;

/// The state that the handlers share.
#[derive(Clone)]
pub struct ApiState {
    /// The services, with the database as this thread has it.
    pub services: Services,
    /// The search engine of this process.
    pub search: Arc<Search>,
    /// The limits of one client.
    pub limits: Limits,
    /// Proxies whose X-Forwarded-For or Forwarded counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether browsers get GraphiQL.
    pub graphiql: bool,
    /// The folder whose mail a browser on this machine may read.
    pub dev_mail: Option<PathBuf>,
    /// Sites whose pages may ask GraphQL.
    pub cors: CorsOrigins,
    /// Settings for the intake of returned mail.
    pub bounces: BounceSettings,
    /// The client that fetches certificates to verify Amazon's notices.
    pub amazon: Arc<Amazon>,
    /// Cancelled when the process is to end: what would last, ends.
    pub stop: CancellationToken,
}

impl ApiState {
    /// The client address of a request: the peer, or the address that trusted proxies report.
    #[must_use]
    pub fn client_address(&self, request: &HttpRequest) -> IpAddr {
        forwarded::client_address(request, &self.trusted_proxies)
    }

    /// The client of a request, for what it may ask for only so often.
    pub(crate) fn visitor(&self, request: &HttpRequest) -> Visitor<'_> {
        let client = self.client_address(request);
        Visitor { services: &self.services, limits: &self.limits, client }
    }

    /// Refuses what a browser sends for a page that is not ours.
    ///
    /// # Errors
    /// The message for the client.
    pub fn check_origin(&self, request: &HttpRequest) -> Result<(), ForeignPage> {
        same_origin::check(request.headers(), &self.services.settings.base_url, &[])
    }

    /// The same for GraphQL, which pages of other sites may ask too if the operator says so.
    ///
    /// # Errors
    /// The message for the client.
    pub fn check_graphql_origin(&self, request: &HttpRequest) -> Result<(), ForeignPage> {
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        match origin.and_then(|origin| Url::parse(origin).ok()) {
            Some(origin) if self.cors.allow(&origin) => Ok(()),
            _ => self.check_origin(request),
        }
    }
}
