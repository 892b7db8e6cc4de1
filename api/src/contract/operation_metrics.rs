//! Metrics of GraphQL operations, by name and outcome.
//!
//! Always: the names are bounded, because clients choose them. The first [`MAX_NAMES`] that were executed have a label of
//! their own, for as long as the process lives; the rest are `other`. Without [`register`], which is called if there is a
//! recorder, nothing is measured.

use std::collections::HashSet;
use std::sync::OnceLock;

use async_graphql::parser::types::OperationType;
use graphql_server::{OperationOutcome, OperationReport};
use metrics::{Counter, Histogram, counter, histogram};
use parking_lot::RwLock;

use crate::instruments::{CACHE_LOOKUPS, GRAPHQL_DURATION, GRAPHQL_OPERATIONS};
use crate::series::Series;

/// Names that have a label of their own, at most.
const MAX_NAMES: usize = 200;

/// Bytes of a name that has one, at most.
const MAX_NAME_BYTES: usize = 64;

/// The label of names that have none, and of operations whose name nobody knows.
const OTHER: &str = "other";

/// The label of operations without a name.
const ANONYMOUS: &str = "anonymous";

/// Names with a label of their own.
#[derive(Debug, Default)]
struct Names(RwLock<HashSet<Box<str>>>);

impl Names {
    /// The label of a name, which gets one of its own if there is room.
    fn label<'a>(&self, name: &'a str) -> &'a str {
        if name.len() > MAX_NAME_BYTES {
            return OTHER;
        }
        if self.0.read().contains(name) {
            return name;
        }
        let mut names = self.0.write();
        if names.len() >= MAX_NAMES {
            return OTHER;
        }
        names.insert(name.into());
        name
    }
}

/// The instruments of operations.
static OPERATIONS: OnceLock<Operations> = OnceLock::new();

struct Operations {
    names: Names,
    /// By name, then by type and outcome.
    outcomes: Series<(&'static str, OperationOutcome), Instruments>,
    rate_limited: Counter,
    hits: Counter,
    misses: Counter,
}

struct Instruments {
    operations: Counter,
    /// Of those that were executed.
    duration: Option<Histogram>,
}

/// Has operations measured. Call it once the recorder is set.
pub(crate) fn register() {
    OPERATIONS.get_or_init(|| Operations {
        names: Names::default(),
        outcomes: Series::default(),
        rate_limited: counter!(GRAPHQL_OPERATIONS, "operation" => OTHER, "type" => OTHER, "outcome" => "rate_limited"),
        hits: counter!(CACHE_LOOKUPS, "result" => "hit"),
        misses: counter!(CACHE_LOOKUPS, "result" => "miss"),
    });
}

/// Counts an operation.
pub(super) fn count(report: &OperationReport<'_>) {
    let Some(operations) = OPERATIONS.get() else { return };
    let name = match (report.name, report.outcome) {
        (_, OperationOutcome::Refused) => OTHER,
        (Some(name), _) => operations.names.label(name),
        (None, _) => ANONYMOUS,
    };
    let kind = match report.kind {
        Some(OperationType::Query) => "query",
        Some(OperationType::Mutation) => "mutation",
        Some(OperationType::Subscription) => "subscription",
        None => OTHER,
    };
    let (key, make) = ((kind, report.outcome), || Instruments::new(name, kind, report.outcome));
    operations.outcomes.record(name, key, make, |of| {
        of.operations.increment(1);
        if let Some(duration) = &of.duration {
            duration.record(report.took);
        }
    });
}

impl Instruments {
    fn new(name: &str, kind: &'static str, outcome: OperationOutcome) -> Self {
        let (label, was_executed) = match outcome {
            OperationOutcome::Succeeded => ("succeeded", true),
            OperationOutcome::Cached => ("cached", false),
            OperationOutcome::Failed => ("failed", true),
            OperationOutcome::TimedOut => ("timed_out", true),
            OperationOutcome::Refused => ("refused", false),
            OperationOutcome::Started => ("started", false),
        };
        let name = name.to_owned();
        Self {
            duration: was_executed.then(|| histogram!(GRAPHQL_DURATION, "operation" => name.clone())),
            operations: counter!(GRAPHQL_OPERATIONS, "operation" => name, "type" => kind, "outcome" => label),
        }
    }
}

/// Counts an operation that its caller cannot pay for.
pub(super) fn count_rate_limited() {
    if let Some(operations) = OPERATIONS.get() {
        operations.rate_limited.increment(1);
    }
}

/// Counts a look into the response cache.
pub(super) fn count_cache_lookup(is_hit: bool) {
    if let Some(operations) = OPERATIONS.get() {
        let lookups = if is_hit { &operations.hits } else { &operations.misses };
        lookups.increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_number_of_names_get_labels() {
        let names = Names::default();
        assert_eq!(names.label(&"n".repeat(MAX_NAME_BYTES + 1)), OTHER);
        for number in 0..MAX_NAMES {
            let name = format!("Operation{number}");
            assert_eq!(names.label(&name), name);
        }
        assert_eq!(names.label("OneMore"), OTHER);
        assert_eq!(names.label("Operation7"), "Operation7");
    }
}
