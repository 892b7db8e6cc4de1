//! Fields of log lines as text: `name=value`, as tracing-subscriber writes them, at a fraction of the cost.
//!
//! Fields of a span are formatted when they are recorded, whether or not a line is written in it, and each request has a
//! span. `DefaultFields` asks `Debug` for each value and a style for each name, which took more instructions than all else
//! that a response from the cache needs to be looked up. Usual texts and whole numbers are copied here; it writes the
//! rest.
//!
//! Always: what is written is, byte for byte, what `DefaultFields` writes without colours.

use std::error::Error;
use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

/// The bytes that the fields of a request take up, and some more.
const USUAL_BYTES: usize = 128;

/// Writes fields for logs that are not a terminal.
#[derive(Clone, Copy, Debug)]
pub struct PlainFields;

impl<'writer> FormatFields<'writer> for PlainFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let text = String::with_capacity(USUAL_BYTES);
        let mut visitor = PlainVisitor { text, is_empty: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result.and_then(|()| writer.write_str(&visitor.text))
    }
}

/// The fields that were visited.
struct PlainVisitor {
    text: String,
    /// Whether no field was written, not even an empty message.
    is_empty: bool,
    result: fmt::Result,
}

impl PlainVisitor {
    /// Begins a field, if its name needs nothing but to be copied.
    fn begin(&mut self, field: &Field) -> bool {
        let name = field.name();
        if name == "message" || is_skipped(name) || name.starts_with("r#") {
            return false;
        }
        if !self.is_empty {
            self.text.push(' ');
        }
        self.is_empty = false;
        self.text.push_str(name);
        self.text.push('=');
        true
    }

    /// Has the visitor of tracing-subscriber write a field.
    fn delegate(&mut self, field: &Field, record: impl FnOnce(&mut DefaultVisitor<'_>)) {
        let mut visitor = DefaultVisitor::new(Writer::new(&mut self.text), self.is_empty);
        record(&mut visitor);
        self.result = self.result.and(visitor.finish());
        self.is_empty &= is_skipped(field.name());
    }
}

impl Visit for PlainVisitor {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if self.begin(field) {
            self.result = self.result.and(write!(self.text, "{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.begin(field) {
            self.result = self.result.and(write!(self.text, "{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if is_copied(value) && self.begin(field) {
            self.text.push('"');
            self.text.push_str(value);
            self.text.push('"');
        } else {
            self.delegate(field, |visitor| visitor.record_str(field, value));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.delegate(field, |visitor| visitor.record_error(field, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.delegate(field, |visitor| visitor.record_debug(field, value));
    }
}

/// Whether a field of this name is not written: it is of a line that came from the crate `log`.
fn is_skipped(name: &str) -> bool {
    name.starts_with("log.")
}

/// Whether `Debug` writes a text as it is.
fn is_copied(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use proptest::prelude::*;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::fmt::format::DefaultFields;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// The log of a test.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.lock().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    /// What is logged by `act`, if fields are formatted so.
    fn logged<F>(fields: F, act: impl FnOnce()) -> String
    where
        F: for<'writer> FormatFields<'writer> + Send + Sync + 'static,
    {
        let log = Log::default();
        let lines = tracing_subscriber::fmt::layer().with_writer(log.clone()).fmt_fields(fields);
        let lines = lines.compact().with_ansi(false).without_time();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), act);
        let bytes = log.lock();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Lines with fields of every kind, in spans and without.
    fn log_all(text: &str, number: i64, size: u64) {
        let span = tracing::error_span!(
            "request",
            request.id = text,
            size,
            r#type = text,
            later = tracing::field::Empty,
            other = tracing::field::Empty
        );
        span.record("later", text).record("other", number);
        let error = std::io::Error::other(text.to_owned());
        span.in_scope(|| {
            tracing::error!(text, number, size, is_on = number > 0, share = 0.5, ?span, "{text}");
            tracing::warn!(%text, wide = i128::from(number), "log.line" = size);
            tracing::info!(error = &error as &dyn Error, number);
        });
        tracing::info!(message = text);
    }

    #[test]
    fn fields_are_written() {
        let line = logged(PlainFields, || {
            let span = tracing::error_span!("request", request.id = "a-1", status = tracing::field::Empty);
            span.record("status", 200);
            span.in_scope(|| tracing::info!(name = "say \"a\"", "done"));
        });
        assert!(line.ends_with("done name=\"say \\\"a\\\"\" request.id=\"a-1\" status=200\n"), "{line}");
    }

    proptest! {
        #[test]
        fn fields_are_written_as_by_the_default(
            text in prop_oneof!["[ -~]{0,40}", any::<String>()],
            number: i64,
            size: u64,
        ) {
            let act = || log_all(&text, number, size);
            prop_assert_eq!(logged(PlainFields, act), logged(DefaultFields::new(), act));
        }
    }
}
