//! The metrics of this crate: their names, what they say, and zeros to begin with. docs/metrics.md lists all.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};

use crate::contract::operation_metrics;
use crate::http_metrics;

/// Requests, by route, method and status.
pub const HTTP_REQUESTS: &str = "daily_papers_http_requests_total";
/// Requests, in seconds until their response began, by route and method.
pub const HTTP_DURATION: &str = "daily_papers_http_request_duration_seconds";
/// GraphQL operations, by name, type and outcome.
pub const GRAPHQL_OPERATIONS: &str = "daily_papers_graphql_operations_total";
/// GraphQL operations that were executed, in seconds, by name.
pub const GRAPHQL_DURATION: &str = "daily_papers_graphql_operation_duration_seconds";
/// Looks into the response cache, by result.
pub const CACHE_LOOKUPS: &str = "daily_papers_graphql_response_cache_lookups_total";
/// Subscriptions that hear live events.
pub const LIVE_SUBSCRIBERS: &str = "daily_papers_live_subscribers";

/// Says what the metrics are, and has requests and operations measured. Call it once the recorder is set.
pub fn register() {
    describe();
    http_metrics::register();
    operation_metrics::register();
    gauge!(LIVE_SUBSCRIBERS).set(0.0);
}

fn describe() {
    describe_counter!(HTTP_REQUESTS, "Requests, by route, method and status.");
    describe_histogram!(
        HTTP_DURATION,
        Unit::Seconds,
        "Time until the response to a request began, by route and method."
    );
    describe_counter!(GRAPHQL_OPERATIONS, "GraphQL operations, by name, type and outcome.");
    describe_histogram!(
        GRAPHQL_DURATION,
        Unit::Seconds,
        "Time that queries and mutations took to execute, by name."
    );
    describe_counter!(CACHE_LOOKUPS, "Looks into the GraphQL response cache, by result: hit or miss.");
    describe_gauge!(LIVE_SUBSCRIBERS, "Subscriptions to live events that are open in this process.");
}
