//! Running the service: settings, starting, stopping, restarts, and the documents that say how.

mod docs_links;
mod embedded;
mod examples;
mod metrics;
mod postgres_restarts;
mod settings;
mod start_and_stop;
mod tracing;
