//! Metrics of HTTP requests, by route, method and status.
//!
//! Always: without [`register`], which is called if there is a recorder, nothing is measured.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};

use crate::instruments::{HTTP_DURATION, HTTP_REQUESTS};
use crate::series::Series;

/// The instruments of responses, by route, then by method and status.
static RESPONSES: OnceLock<Series<(&'static str, StatusCode), Instruments>> = OnceLock::new();

struct Instruments {
    requests: Counter,
    duration: Histogram,
}

/// Has requests measured. Call it once the recorder is set.
pub(crate) fn register() {
    RESPONSES.get_or_init(Series::default);
}

/// Counts a request and the time until its response began.
pub(crate) fn count(route: &str, method: &'static str, status: StatusCode, took: Duration) {
    let Some(responses) = RESPONSES.get() else { return };
    let instruments = || {
        let (route, code) = (route.to_owned(), status.as_str().to_owned());
        Instruments {
            duration: histogram!(HTTP_DURATION, "route" => route.clone(), "method" => method),
            requests: counter!(HTTP_REQUESTS, "route" => route, "method" => method, "status" => code),
        }
    };
    responses.record(route, (method, status), instruments, |of| {
        of.duration.record(took);
        of.requests.increment(1);
    });
}
