//! That all servers answer the same, and answer something: without it nothing is measured.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::operations::Operation;

use super::servers::Fleet;

/// What stands between the data of an answer and its extensions, and what follows an answer.
const BETWEEN: &str = ",\"extensions\":";

/// Compares the answers of all servers with those of the service: octets, and data as JSON for the one on Node, whose
/// answers have no price.
///
/// # Errors
/// Where one differs, or the service itself has not found what the seed has made.
pub(super) fn check(fleet: &Fleet) -> Result<()> {
    for operation in Operation::ALL {
        let expected = fleet.service.ask("/graphql", operation)?;
        let data = data(&expected)?;
        for (pointer, length) in lists(operation) {
            let list = data.pointer(pointer).and_then(Value::as_array);
            let found = list.map_or(0, Vec::len);
            ensure!(found == length, "{}: {pointer} has {found} entries, not {length}", operation.name());
        }
        let mut others = vec![("the ceiling", fleet.ceiling.ask("/graphql", operation)?)];
        if let Some(cached) = &fleet.cached {
            others.push(("the service that caches", cached.ask("/graphql", operation)?));
        }
        if operation == Operation::Feed {
            others.push(("the ceiling's memory", fleet.ceiling.ask("/memory", operation)?));
        }
        for (name, answer) in others {
            ensure!(
                answer == expected,
                "{}: {name} differs\n{}",
                operation.name(),
                beside(&expected, &answer)
            );
        }
        if let Some(mercurius) = &fleet.mercurius {
            let answer = mercurius.ask("/graphql", operation)?;
            let is_same = self::data(&answer)? == data;
            ensure!(is_same, "{}: Mercurius differs\n{}", operation.name(), beside(&expected, &answer));
        }
    }
    Ok(())
}

/// The lists of an answer, and how long they are.
fn lists(operation: Operation) -> Vec<(&'static str, usize)> {
    match operation {
        Operation::Feed => vec![("/feed/papers/nodes", 20), ("/feed/papers/nodes/19/authors", 5)],
        Operation::Paper => vec![("/paper/authors", 5), ("/paper/comments/nodes", 50)],
        Operation::Threads => {
            vec![("/feed/papers/nodes", 10), ("/feed/papers/nodes/0/comments/nodes", 3)]
        }
    }
}

/// What the service appends to the data of an answer, as it stands there.
///
/// # Errors
/// Where it appends nothing.
pub(super) fn extensions(answer: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(answer)?;
    let (_, end) = text.rsplit_once(BETWEEN).with_context(|| format!("an answer without a price: {text}"))?;
    Ok(end.strip_suffix('}').context("the end of an answer")?.to_owned())
}

fn data(answer: &[u8]) -> Result<Value> {
    let mut answer: Value = serde_json::from_slice(answer)?;
    ensure!(answer.get("errors").is_none(), "{answer}");
    Ok(answer["data"].take())
}

/// Two answers from where they begin to differ.
fn beside(expected: &[u8], answer: &[u8]) -> String {
    let same = expected.iter().zip(answer).take_while(|(a, b)| a == b).count();
    let from = |octets: &[u8]| {
        let part = &octets[same.saturating_sub(40)..octets.len().min(same + 80)];
        String::from_utf8_lossy(part).into_owned()
    };
    format!("expected …{}…\nanswered …{}…", from(expected), from(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_compared_verbatim() {
        let answer =
            br#"{"data":{"a":",\"extensions\":"},"extensions":{"cost":{"requested":2,"maximum":9}}}"#;
        assert_eq!(extensions(answer).unwrap(), r#"{"cost":{"requested":2,"maximum":9}}"#);
        assert!(extensions(br#"{"data":null}"#).is_err());
    }

    #[test]
    fn a_difference_is_shown_where_it_begins() {
        assert_eq!(beside(b"abc1", b"abc2"), "expected …abc1…\nanswered …abc2…");
        assert_eq!(beside(b"abc", b""), "expected …abc…\nanswered ……");
    }
}
