//! Telemetry: how operators watch a process, beside its log.

pub mod otlp;
pub mod scrape;
