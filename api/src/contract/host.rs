//! The service as the engine sees it: who asks, what that may cost, what resolvers find in their context.

use std::net::IpAddr;

use actix_web::HttpRequest;
use async_graphql::Request;
use chrono::{DateTime, Utc};
use graphql_server::quota::{Budget, OpenStream};
use graphql_server::{Host, OperationReport, Unavailable};
use tokio_util::sync::CancellationToken;

use super::context::RequestContext;
use super::loaders::Loader;
use super::operation_metrics;
use super::schema::Schema;
use super::search_loader::SearchLoader;
use crate::auth::Caller;
use crate::state::ApiState;

impl Host for ApiState {
    type Schema = Schema;
    type Caller = Caller;

    async fn identify(&self, token: Option<String>) -> Result<Option<Caller>, Unavailable> {
        Caller::identify(&self.services, token).await.map_err(|error| {
            tracing::error!(%error, "a token could not be looked up");
            Unavailable
        })
    }

    fn recheck_at(&self, caller: &Caller) -> Option<DateTime<Utc>> {
        caller.due_at()
    }

    async fn recheck(&self, caller: &mut Caller) -> bool {
        caller.is_valid(&self.services).await
    }

    fn client_address(&self, request: &HttpRequest) -> IpAddr {
        Self::client_address(self, request)
    }

    fn check_origin(&self, request: &HttpRequest) -> Result<(), String> {
        self.check_graphql_origin(request).map_err(|foreign| foreign.to_string())
    }

    fn open_stream(&self, client: IpAddr) -> Option<OpenStream> {
        self.limits.open_stream(client)
    }

    fn charge(&self, caller: &Caller, client: IpAddr, points: u64) -> Result<Option<Budget>, Budget> {
        let charged = self.limits.charge(caller.viewer().map(|viewer| viewer.user_id), client, points);
        charged.inspect_err(|_| operation_metrics::count_rate_limited())
    }

    fn on_operation(&self, report: &OperationReport<'_>) {
        operation_metrics::count(report);
    }

    fn on_cache_lookup(&self, is_hit: bool) {
        operation_metrics::count_cache_lookup(is_hit);
    }

    fn prepare(&self, request: Request, caller: &Caller, client: IpAddr) -> Request {
        let context = RequestContext {
            services: self.services.clone(),
            search: self.search.clone(),
            viewer: caller.viewer().cloned(),
            client,
        };
        let searches = SearchLoader::for_request(self.services.clone(), self.search.clone());
        request.data(context).data(Loader::for_request(self.services.clone())).data(searches)
    }

    fn now(&self) -> DateTime<Utc> {
        self.services.now()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        self.services.clock.sleep_until(at).await;
    }

    fn stop(&self) -> &CancellationToken {
        &self.stop
    }
}
