//! Running the service: settings, starting, stopping, restarts, metrics, and the documents about it.

mod docs_links;
mod embedded;
mod examples;
mod metrics;
mod postgres_restarts;
mod settings;
mod start_and_stop;
mod tracing;
