//! Logging to standard error, as text or as JSON. Each has the fields of the spans that it was written in; spans
//! write no lines of their own.
//!
//! Always: a line has a length, whatever stands in it. A statement of SQL or what another server said may be as long as
//! it likes, and log collectors cut or drop lines that are too long for them.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _};

use anyhow::Result;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};
use url::Url;

use crate::log_fields::PlainFields;
use crate::telemetry::otlp;

/// Directives for libraries whose everyday words nobody needs.
const LIBRARY_DIRECTIVES: [&str; 5] =
    ["sqlx=warn", "apalis=warn", "apalis_core=warn", "sea_orm_migration=warn", "actix_server=warn"];

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogSettings {
    pub filter: EnvFilter,
    pub format: LogFormat,
}

/// The filter for a list of directives such as `info,domain=debug`.
///
/// # Errors
/// What is wrong with it.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    let mut filter =
        EnvFilter::try_new(text).map_err(|error| format!("{text:?} is not a valid filter: {error}"))?;
    // A directive that names a library applies to it.
    for directive in LIBRARY_DIRECTIVES {
        let library = directive.split('=').next().unwrap_or_default();
        if !text.contains(library) {
            let directive = directive
                .parse()
                .map_err(|error| format!("{directive:?} is not a valid directive: {error}"))?;
            filter = filter.add_directive(directive);
        }
    }
    Ok(filter)
}

/// Begins to log what the filter lets pass, and to send spans to an endpoint, if there is one.
///
/// # Errors
/// If spans cannot be sent.
pub fn start(settings: &LogSettings, otlp_endpoint: Option<&Url>) -> Result<()> {
    // A closed log is no reason to fail.
    let is_json = settings.format == LogFormat::Json;
    let lines = fmt::layer().with_writer(move || CutLines { is_json }).log_internal_errors(false);
    let is_terminal = std::io::stderr().is_terminal();
    let lines = if is_json {
        // The list of spans holds the current one.
        lines.json().with_current_span(false).boxed()
    } else if is_terminal {
        lines.compact().with_ansi(true).boxed()
    } else {
        lines.fmt_fields(PlainFields).compact().with_ansi(false).boxed()
    };
    // One filter for all: a filter of a layer's own forgets a span now and then, if a library only asks whether an event
    // would be logged (https://github.com/tokio-rs/tracing/issues/2519). Spans of the service are errors by level, so
    // that every filter lets them pass.
    let subscriber = tracing_subscriber::registry().with(settings.filter.clone()).with(lines);
    // Every span passes through all layers, also through an empty one.
    match otlp_endpoint {
        Some(endpoint) => subscriber.with(otlp::layer(endpoint)?).init(),
        None => subscriber.init(),
    }
    Ok(())
}

/// The maximum length of a line, in bytes.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// The maximum length of a text in a line of JSON, in bytes.
const MAX_TEXT_BYTES: usize = 2 * 1024;

/// Standard error, to which a line goes as a whole and no longer than it may be.
struct CutLines {
    is_json: bool,
}

impl io::Write for CutLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let cut = if self.is_json { cut_json(&text) } else { cut(&text) };
        io::stderr().lock().write_all(cut.as_bytes()).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A text short enough for a line, which says how much it was.
pub fn cut(text: &str) -> Cow<'_, str> {
    cut_to(text, MAX_LINE_BYTES)
}

fn cut_to(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let kept = &text[..text.floor_char_boundary(limit)];
    let end = if text.ends_with('\n') { "\n" } else { "" };
    Cow::Owned(format!("{kept}… (truncated from {} bytes){end}", text.len()))
}

/// A line of JSON stays JSON: its texts are cut.
fn cut_json(line: &str) -> Cow<'_, str> {
    if line.len() <= MAX_LINE_BYTES {
        return Cow::Borrowed(line);
    }
    let Ok(mut value) = serde_json::from_str(line) else { return cut(line) };
    cut_texts(&mut value);
    Cow::Owned(format!("{value}\n"))
}

fn cut_texts(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            if let Cow::Owned(cut) = cut_to(text, MAX_TEXT_BYTES) {
                *text = cut;
            }
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(cut_texts),
        serde_json::Value::Object(values) => values.values_mut().for_each(cut_texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_log_lines_are_shortened() {
        assert_eq!(cut("short\n"), "short\n");
        let long = format!("{}\n", "ä".repeat(50_000));
        let cut = cut(&long);
        assert!(
            cut.len() < MAX_LINE_BYTES + 100 && cut.ends_with("(truncated from 100001 bytes)\n"),
            "{cut}"
        );
    }

    #[test]
    fn shortened_json_lines_are_valid_json() {
        let line = serde_json::json!({ "fields": { "sql": "x".repeat(91_004), "rows": 3 }, "level": "WARN" });
        let line = format!("{line}\n");
        let cut = cut_json(&line);
        let read: serde_json::Value = serde_json::from_str(&cut).unwrap();
        assert!(cut.len() < MAX_LINE_BYTES && cut.ends_with('\n'), "{}", cut.len());
        assert_eq!((&read["fields"]["rows"], &read["level"]), (&3.into(), &"WARN".into()));
        assert!(read["fields"]["sql"].as_str().unwrap().ends_with("(truncated from 91004 bytes)"));
    }
}
