//! The metrics of this crate: their names, what they say, and zeros to begin with.
//!
//! Instruments stand beside what they measure, and name it by these constants; docs/metrics.md lists all. A metric that
//! is there from the start, as zero, can be alerted on.
//!
//! Always: a label has a bounded set of values, and none of them says anything about a person: no address, no domain of
//! an address, no id.

use db::{Access, Observer, set_observer};
use metrics::{
    Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram,
};

use entity::enums::{DeliveryKind, DeliveryStatus, ImportStatus, PaperSource};
use sea_orm::Iterable as _;

/// Statements, in seconds, by access.
pub const STATEMENT_DURATION: &str = "daily_papers_database_statement_duration_seconds";
/// Statements that failed, by access.
pub const STATEMENT_FAILURES: &str = "daily_papers_database_statement_failures_total";
/// Waits for a connection, in seconds, by access.
pub const CONNECTION_WAIT: &str = "daily_papers_database_connection_wait_seconds";
/// Outcomes of deliveries, by kind and status.
pub const DELIVERIES: &str = "daily_papers_deliveries_total";
/// Attempts at deliveries, in seconds, by kind.
pub const ATTEMPT_DURATION: &str = "daily_papers_delivery_attempt_duration_seconds";
/// Replies of the mail server, by class.
pub const SMTP_REPLIES: &str = "daily_papers_smtp_replies_total";
/// Circuits that were opened or closed, by scope.
pub const CIRCUIT_TRANSITIONS: &str = "daily_papers_circuit_transitions_total";
/// Runs of imports that ended, by source and status.
pub const IMPORTS: &str = "daily_papers_imports_total";
/// Records of imports that ended, by source and result.
pub const IMPORT_RECORDS: &str = "daily_papers_import_records_total";
/// Whether the gauges below could be read.
pub const DATABASE_UP: &str = "daily_papers_database_up";
/// Deliveries that are due, by lane.
pub const QUEUE_DUE: &str = "daily_papers_queue_due_deliveries";
/// Deliveries that wait for an attempt, due or not, by lane.
pub const QUEUE_WAITING: &str = "daily_papers_queue_waiting_deliveries";
/// The age of the delivery that has been due for longest, by lane.
pub const QUEUE_OLDEST_AGE: &str = "daily_papers_queue_oldest_due_age_seconds";
/// Circuits that are open, by scope.
pub const CIRCUITS_OPEN: &str = "daily_papers_circuits_open";
/// The end of the last import that succeeded, by source.
pub const SOURCE_LAST_SUCCESS: &str = "daily_papers_source_last_success_timestamp_seconds";
/// Requests to sources, by site and outcome.
pub const SOURCE_REQUESTS: &str = "daily_papers_source_requests_total";
/// The outcomes of requests to sources.
pub const SOURCE_OUTCOMES: [&str; 5] = ["read", "not_modified", "host_failed", "invalid", "later"];
/// When a scheduled source was read last, by source.
pub const SOURCE_READ: &str = "daily_papers_source_last_read_timestamp_seconds";
/// Workers that were heard of lately.
pub const WORKERS: &str = "daily_papers_workers";
/// Searches, in seconds, by kind.
pub const SEARCH_DURATION: &str = "daily_papers_search_duration_seconds";
/// The kinds of searches.
pub const SEARCH_KINDS: [&str; 8] =
    ["keyword", "semantic", "hybrid", "cover", "rerank", "related", "suggestions", "counts"];
/// When the search index of this process last had all changes of the database.
pub const SEARCH_INDEX_CURRENT: &str = "daily_papers_search_index_current_timestamp_seconds";
/// Papers in the search index of this process.
pub const SEARCH_INDEXED: &str = "daily_papers_search_indexed_papers";
/// Papers that wait for a vector of the model in use.
pub const SEARCH_AWAITING_VECTOR: &str = "daily_papers_search_papers_awaiting_vector";

/// The label value of an enum of the entities: `SIGN_IN` is `sign_in`.
pub(crate) fn label(value: &impl sea_orm::ActiveEnum<Value = String>) -> String {
    value.to_value().to_lowercase()
}

/// A count as gauges have it: exact up to 2⁵³.
pub(crate) fn as_gauge(number: impl TryInto<i64>) -> f64 {
    let number = number.try_into().unwrap_or(i64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "nothing that is counted here comes near")]
    let number = number as f64;
    number
}

/// Says what the metrics are, sets counters to zero, and has the database measured. Call it once the recorder is set.
pub fn register() {
    describe();
    for kind in DeliveryKind::iter() {
        for status in [
            DeliveryStatus::Sent,
            DeliveryStatus::Deferred,
            DeliveryStatus::Failed,
            DeliveryStatus::InDoubt,
            DeliveryStatus::Expired,
        ] {
            counter!(DELIVERIES, "kind" => label(&kind), "status" => label(&status)).absolute(0);
        }
        let _ = histogram!(ATTEMPT_DURATION, "kind" => label(&kind));
    }
    for class in ["2xx", "4xx", "5xx"] {
        counter!(SMTP_REPLIES, "class" => class).absolute(0);
    }
    for (scope, to) in [("all", "open"), ("all", "closed"), ("domain", "open"), ("domain", "closed")] {
        counter!(CIRCUIT_TRANSITIONS, "scope" => scope, "to" => to).absolute(0);
    }
    for source in PaperSource::iter() {
        for status in [ImportStatus::Done, ImportStatus::Failed] {
            counter!(IMPORTS, "source" => label(&source), "status" => label(&status)).absolute(0);
        }
        for result in ["created", "updated", "unchanged", "rejected"] {
            counter!(IMPORT_RECORDS, "source" => label(&source), "result" => result).absolute(0);
        }
    }
    for site in ["huggingface.co", "arxiv.org"] {
        for outcome in SOURCE_OUTCOMES {
            counter!(SOURCE_REQUESTS, "site" => site, "outcome" => outcome).absolute(0);
        }
    }
    for kind in SEARCH_KINDS {
        let _ = histogram!(SEARCH_DURATION, "kind" => kind);
    }
    set_observer(DatabaseInstruments::new());
}

fn describe() {
    let seconds = Unit::Seconds;
    describe_histogram!(STATEMENT_DURATION, seconds, "Time that statements took, by access.");
    describe_counter!(STATEMENT_FAILURES, "Statements that failed, by access.");
    describe_histogram!(
        CONNECTION_WAIT,
        seconds,
        "Time that callers waited for a free connection, by access."
    );
    describe_counter!(DELIVERIES, "Outcomes of deliveries that were recorded, by kind and status.");
    describe_histogram!(ATTEMPT_DURATION, seconds, "Time that attempts at deliveries took, by kind.");
    describe_counter!(SMTP_REPLIES, "Replies that decided a message, by class.");
    describe_counter!(CIRCUIT_TRANSITIONS, "Circuits opened and closed by this process, by scope.");
    describe_counter!(IMPORTS, "Import runs that ended in this process, by source and status.");
    describe_counter!(IMPORT_RECORDS, "Records of import runs that ended, by source and result.");
    describe_gauge!(DATABASE_UP, "Whether the gauges that come from the database could be read: 1 or 0.");
    describe_gauge!(QUEUE_DUE, "Deliveries that are due, by lane.");
    describe_gauge!(QUEUE_WAITING, "Deliveries that wait for an attempt, due or not, by lane.");
    describe_gauge!(QUEUE_OLDEST_AGE, seconds, "Age of the delivery that has been due for longest, by lane.");
    describe_gauge!(CIRCUITS_OPEN, "Circuits that are open, by scope.");
    describe_gauge!(SOURCE_LAST_SUCCESS, seconds, "End of the last import that succeeded, by source.");
    describe_counter!(SOURCE_REQUESTS, "Requests to sources of this process, by site and outcome.");
    describe_gauge!(SOURCE_READ, seconds, "When a scheduled source was last read, by source.");
    describe_gauge!(WORKERS, "Workers that were heard of in the last minutes.");
    describe_histogram!(SEARCH_DURATION, seconds, "Time that searches took, by kind.");
    describe_gauge!(
        SEARCH_INDEX_CURRENT,
        seconds,
        "When the search index of this process last had all changes."
    );
    describe_gauge!(SEARCH_INDEXED, "Papers in the search index of this process.");
    describe_gauge!(SEARCH_AWAITING_VECTOR, "Papers that wait for a vector of the model in use.");
}

/// The instruments of the database, found once: there are many statements.
struct DatabaseInstruments {
    reads: AccessInstruments,
    writes: AccessInstruments,
}

struct AccessInstruments {
    waits: Histogram,
    statements: Histogram,
    failures: Counter,
}

impl AccessInstruments {
    fn new(access: &'static str) -> Self {
        Self {
            waits: histogram!(CONNECTION_WAIT, "access" => access),
            statements: histogram!(STATEMENT_DURATION, "access" => access),
            failures: counter!(STATEMENT_FAILURES, "access" => access),
        }
    }
}

impl DatabaseInstruments {
    fn new() -> Self {
        Self { reads: AccessInstruments::new("read"), writes: AccessInstruments::new("write") }
    }

    fn of(&self, access: Access) -> &AccessInstruments {
        match access {
            Access::Read => &self.reads,
            Access::Write => &self.writes,
        }
    }
}

impl Observer for DatabaseInstruments {
    fn waited(&self, access: Access, waited: std::time::Duration) {
        self.of(access).waits.record(waited);
    }

    fn executed(&self, access: Access, took: std::time::Duration, has_failed: bool) {
        let instruments = self.of(access);
        instruments.statements.record(took);
        if has_failed {
            instruments.failures.increment(1);
        }
    }
}
