//! What the engine needs of the service around it.
//!
//! The engine carries operations and knows the schema; who asks, what that person may spend, and what resolvers find in
//! their context are the service's business. So a service implements [`Host`], and the engine asks it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use async_graphql::{Executor, Request};
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::quota::{Budget, OpenStream};
use crate::report::OperationReport;

/// The service cannot tell right now who a caller is, because its database does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// Whether a caller's token is still valid, looked up again if that is due.
pub(crate) async fn is_still_valid<H: Host>(host: &H, caller: &mut H::Caller) -> bool {
    match host.recheck_at(caller) {
        Some(due_at) if due_at <= host.now() => host.recheck(caller).await,
        _ => true,
    }
}

/// The service behind the engine. One value serves one thread of the HTTP server.
pub trait Host: Clone + Send + Sync + Unpin + 'static {
    /// The schema that executes operations. Documents are valid before it sees them.
    type Schema: Executor;

    /// Whom a request or a connection speaks for; a value of its own for callers who are nobody.
    type Caller: Clone + Send + Sync + Unpin + 'static;

    /// Looks up whom a bearer token names; without a token the caller is nobody. `None` if the token is not valid.
    ///
    /// # Errors
    /// If that cannot be found out now.
    fn identify(
        &self,
        token: Option<String>,
    ) -> impl Future<Output = Result<Option<Self::Caller>, Unavailable>> + Send;

    /// When a caller's token has to be looked up again; `None` for a caller without one.
    fn recheck_at(&self, caller: &Self::Caller) -> Option<DateTime<Utc>>;

    /// Looks a caller's token up again, and brings `caller` up to date. `false` if the token is no longer valid. What
    /// cannot be found out now counts as valid, until the next time.
    fn recheck(&self, caller: &mut Self::Caller) -> impl Future<Output = bool> + Send;

    /// The address that a request came from.
    fn client_address(&self, request: &HttpRequest) -> IpAddr;

    /// Refuses a browser's request that a page of another site caused (RFC 6454, section 3).
    ///
    /// # Errors
    /// A sentence for the client.
    fn check_origin(&self, request: &HttpRequest) -> Result<(), String>;

    /// Counts a WebSocket or an event stream until the answer is dropped; `None` if the client has as many as it may.
    fn open_stream(&self, client: IpAddr) -> Option<OpenStream>;

    /// Charges an operation to the person who asks, or to the address of a caller who is nobody. Returns what is left;
    /// `None` if there is no limit.
    ///
    /// # Errors
    /// What is left, if it is not enough.
    fn charge(&self, caller: &Self::Caller, client: IpAddr, points: u64) -> Result<Option<Budget>, Budget>;

    /// Puts what resolvers look for in their context into a request.
    fn prepare(&self, request: Request, caller: &Self::Caller, client: IpAddr) -> Request;

    /// Hears of an operation that has ended, or was refused.
    fn on_operation(&self, report: &OperationReport<'_>) {
        let _ = report;
    }

    /// Hears whether the response to a request that may have one in the cache was there.
    fn on_cache_lookup(&self, is_hit: bool) {
        let _ = is_hit;
    }

    /// The time.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until that time has come.
    fn sleep_until(&self, at: DateTime<Utc>) -> impl Future<Output = ()> + Send;

    /// Is cancelled when the process is to end: sockets and streams end with it.
    fn stop(&self) -> &CancellationToken;
}
