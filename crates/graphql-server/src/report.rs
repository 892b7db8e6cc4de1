//! Reports on operations, for a service that counts them.

use std::time::Duration;

use async_graphql::parser::types::OperationType;

/// An operation that has ended, or a subscription that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationReport<'a> {
    /// Its name, as the client has it; `None` if it has none, or was refused before it was known.
    pub name: Option<&'a str>,
    /// Its kind; `None` if it was refused before it was known.
    pub kind: Option<OperationType>,
    /// How it ended.
    pub outcome: OperationOutcome,
    /// The time that it took to execute.
    pub took: Duration,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationOutcome {
    /// With data, and no error.
    Succeeded,
    /// With a response that the cache had; it was not executed.
    Cached,
    /// With an error, beside data or instead.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was not executed: its document is not valid, or costs too much.
    Refused,
    /// It is a subscription, and was started.
    Started,
}

impl OperationReport<'_> {
    /// The report on an operation that is not executed.
    pub(crate) const REFUSED: Self =
        Self { name: None, kind: None, outcome: OperationOutcome::Refused, took: Duration::ZERO };
}

impl<'a> OperationReport<'a> {
    /// The report on a query whose response was in the cache.
    pub(crate) fn cached(name: Option<&'a str>) -> Self {
        let kind = Some(OperationType::Query);
        Self { name, kind, outcome: OperationOutcome::Cached, took: Duration::ZERO }
    }
}

/// The name of the operation that is meant: the one that the request says, or else the one that the document begins with.
/// A document that begins with a fragment tells none here; nothing depends on it but reports.
pub(crate) fn operation_name<'a>(document: &'a str, said: Option<&'a str>) -> Option<&'a str> {
    if said.is_some() {
        return said;
    }
    let (keyword, rest) = word(document);
    if !matches!(keyword, "query" | "mutation" | "subscription") {
        return None;
    }
    Some(word(rest).0).filter(|name| !name.is_empty())
}

/// The name at the beginning, behind what is ignored (specification, section 2.1), and what follows it.
fn word(text: &str) -> (&str, &str) {
    let mut text = text;
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '\u{feff}'));
        let Some(comment) = text.strip_prefix('#') else { break };
        text = comment.split_once(['\n', '\r']).map_or("", |(_, rest)| rest);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_name_is_taken_from_the_request_or_document() {
        for (document, name) in [
            ("query Latest { feed }", Some("Latest")),
            ("\u{feff}# one\n,, mutation\tVote($id: ID!) { vote }", Some("Vote")),
            ("subscription #x\r\n Heard{a}", Some("Heard")),
            ("query($n: Int) { a }", None),
            ("{ query }", None),
            ("fragment F on Query { a } query Latest { ...F }", None),
            ("# query Latest", None),
            ("", None),
        ] {
            assert_eq!(operation_name(document, None), name, "{document:?}");
        }
        assert_eq!(operation_name("query A { a } query B { b }", Some("B")), Some("B"));
    }
}
