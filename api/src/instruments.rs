//! The metrics of this crate: their names, what they say, and zeros to begin with. docs/metrics.md lists all.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};

/// Requests, by route, method and status.
pub const HTTP_REQUESTS: &str = "daily_papers_http_requests_total";
/// Requests, in seconds until their response began, by route and method.
pub const HTTP_DURATION: &str = "daily_papers_http_request_duration_seconds";
/// Subscriptions that hear live events.
pub const LIVE_SUBSCRIBERS: &str = "daily_papers_live_subscribers";

/// Says what the metrics are. Call it once the recorder is set.
pub fn register() {
    describe_counter!(HTTP_REQUESTS, "Requests, by route, method and status.");
    describe_histogram!(
        HTTP_DURATION,
        Unit::Seconds,
        "Time until the response to a request began, by route and method."
    );
    describe_gauge!(LIVE_SUBSCRIBERS, "Subscriptions to live events that are open in this process.");
    gauge!(LIVE_SUBSCRIBERS).set(0.0);
}
