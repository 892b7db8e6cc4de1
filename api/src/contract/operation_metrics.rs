//! Metrics of GraphQL operations, by name and outcome.
//!
//! Always: the names are bounded, because clients choose them. The first [`MAX_NAMES`] that were executed have a label of
//! their own, for as long as the process lives; the rest are `other`.

use std::collections::HashSet;
use std::sync::{LazyLock, PoisonError, RwLock};

use async_graphql::parser::types::OperationType;
use graphql_server::{OperationOutcome, OperationReport};
use metrics::{counter, histogram};

use crate::instruments::{CACHE_LOOKUPS, GRAPHQL_DURATION, GRAPHQL_OPERATIONS};

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

static NAMES: LazyLock<Names> = LazyLock::new(Names::default);

impl Names {
    /// The label of a name, which gets one of its own if there is room.
    fn label(&self, name: &str) -> String {
        if name.len() > MAX_NAME_BYTES {
            return OTHER.to_owned();
        }
        if self.0.read().unwrap_or_else(PoisonError::into_inner).contains(name) {
            return name.to_owned();
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MAX_NAMES {
            return OTHER.to_owned();
        }
        names.insert(name.into());
        name.to_owned()
    }
}

/// Counts an operation.
pub(super) fn count(report: &OperationReport<'_>) {
    let operation = match (report.name, report.outcome) {
        (_, OperationOutcome::Refused) => OTHER.to_owned(),
        (Some(name), _) => NAMES.label(name),
        (None, _) => ANONYMOUS.to_owned(),
    };
    let outcome = match report.outcome {
        OperationOutcome::Succeeded => "succeeded",
        OperationOutcome::Cached => "cached",
        OperationOutcome::Failed => "failed",
        OperationOutcome::TimedOut => "timed_out",
        OperationOutcome::Refused => "refused",
        OperationOutcome::Started => "started",
    };
    let kind = match report.kind {
        Some(OperationType::Query) => "query",
        Some(OperationType::Mutation) => "mutation",
        Some(OperationType::Subscription) => "subscription",
        None => OTHER,
    };
    let was_executed = matches!(
        report.outcome,
        OperationOutcome::Succeeded | OperationOutcome::Failed | OperationOutcome::TimedOut
    );
    if was_executed {
        histogram!(GRAPHQL_DURATION, "operation" => operation.clone()).record(report.took);
    }
    counter!(GRAPHQL_OPERATIONS, "operation" => operation, "type" => kind, "outcome" => outcome).increment(1);
}

/// Counts an operation that its caller cannot pay for.
pub(super) fn count_rate_limited() {
    counter!(GRAPHQL_OPERATIONS, "operation" => OTHER, "type" => OTHER, "outcome" => "rate_limited")
        .increment(1);
}

/// Counts a look into the response cache.
pub(super) fn count_cache_lookup(is_hit: bool) {
    counter!(CACHE_LOOKUPS, "result" => if is_hit { "hit" } else { "miss" }).increment(1);
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
