//! Paging arguments and cursors.
//!
//! A cursor is a version, a mark of the list that it belongs to, and the key of a row in the order of the
//! list. A cursor of another list, order or filter is an error, not a wrong page.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use async_graphql::Result;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use db::paging::{Key, PageRange};
use sha2::{Digest as _, Sha256};

use graphql_server::ErrorCode;

/// Rows of a page if the client does not say how many.
const DEFAULT_PAGE: u64 = 20;

/// Rows of a page at most.
pub const MAX_PAGE: u64 = 100;

/// The maximum number of bytes of a cursor that is looked at.
const MAX_CURSOR: usize = 400;

/// The paging arguments of a connection.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// The first so many.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// The last so many.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

/// The mark of a list in its cursors, and how many numbers its keys have.
#[derive(Clone, Debug)]
pub struct CursorKind {
    list: Arc<dyn Debug + Send + Sync>,
    /// Made once a cursor is: most answers have none.
    mark: OnceLock<String>,
    width: usize,
}

impl CursorKind {
    /// The cursors of this list, which its `Debug` tells from all others.
    #[must_use]
    pub fn new(list: Arc<impl Debug + Send + Sync + 'static>, width: usize) -> Self {
        Self { list, mark: OnceLock::new(), width }
    }

    fn mark(&self) -> &str {
        self.mark.get_or_init(|| {
            let description = format!("{:?}", self.list);
            HEXLOWER.encode(&Sha256::digest(description.as_bytes())[..4])
        })
    }

    /// The cursor of the row with this key.
    #[must_use]
    pub fn encode(&self, key: &Key) -> String {
        let numbers: Vec<String> = key.iter().map(ToString::to_string).collect();
        BASE64URL_NOPAD.encode(format!("1 {} {}", self.mark(), numbers.join(" ")).as_bytes())
    }

    fn decode(&self, name: &str, cursor: &str) -> Result<Key> {
        let wrong = || ErrorCode::BadRequest.error(format!("{name} is not a cursor of this list."));
        if cursor.len() > MAX_CURSOR {
            return Err(wrong());
        }
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let rest = text.strip_prefix("1 ").and_then(|rest| rest.strip_prefix(self.mark()));
        let numbers = rest.and_then(|rest| rest.strip_prefix(' ')).ok_or_else(wrong)?;
        let key: Key = numbers.split(' ').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
        if key.len() == self.width { Ok(key) } else { Err(wrong()) }
    }
}

impl PageArguments {
    /// The part of a list that the arguments ask for.
    ///
    /// # Errors
    /// `BAD_REQUEST` for `first` and `last` together, a number outside 0 to 100, and a foreign cursor.
    pub fn slice(&self, kind: &CursorKind) -> Result<PageRange> {
        let limit = |name: &str, number: i32| {
            u64::try_from(number).ok().filter(|&number| number <= MAX_PAGE).ok_or_else(|| {
                ErrorCode::BadRequest.error(format!("{name} is {number}; it must be 0 to {MAX_PAGE}."))
            })
        };
        let (limit, from_end) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(ErrorCode::BadRequest.error("Give either first or last, not both."));
            }
            (Some(first), None) => (limit("first", first)?, false),
            (None, Some(last)) => (limit("last", last)?, true),
            (None, None) => (DEFAULT_PAGE, false),
        };
        let decode = |name: &str, cursor: &Option<String>| {
            cursor.as_ref().map(|cursor| kind.decode(name, cursor)).transpose()
        };
        Ok(PageRange {
            limit,
            from_end,
            after: decode("after", &self.after)?,
            before: decode("before", &self.before)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arguments(first: Option<i32>, last: Option<i32>, after: Option<String>) -> PageArguments {
        PageArguments { first, after, last, before: None }
    }

    #[test]
    fn arguments_are_checked() {
        let kind = CursorKind::new(Arc::new("papers"), 2);
        let slice = |first, last| arguments(first, last, None).slice(&kind);
        assert_eq!(slice(None, None).unwrap().limit, 20);
        assert_eq!(slice(Some(100), None).unwrap().limit, 100);
        assert!(slice(None, Some(5)).unwrap().from_end);
        assert_eq!(slice(Some(0), None).unwrap().limit, 0);
        for (first, last) in [(Some(1), Some(1)), (Some(-1), None), (None, Some(101)), (Some(i32::MAX), None)]
        {
            assert!(slice(first, last).is_err());
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let papers = CursorKind::new(Arc::new("papers"), 2);
        let cursor = papers.encode(&vec![5, 7]);
        let after = |kind: &CursorKind| arguments(None, None, Some(cursor.clone())).slice(kind);
        assert_eq!(after(&papers).unwrap().after, Some(vec![5, 7]));
        assert!(after(&CursorKind::new(Arc::new("others"), 2)).is_err());
        assert!(after(&CursorKind::new(Arc::new("papers"), 3)).is_err());
    }

    proptest! {
        #[test]
        fn cursors_decode_to_what_was_encoded(key in proptest::collection::vec(any::<i64>(), 1..4)) {
            let kind = CursorKind::new(Arc::new("list"), key.len());
            prop_assert_eq!(kind.decode("after", &kind.encode(&key)).unwrap(), key);
        }

        #[test]
        fn decoding_never_panics(text in "\\PC{0,80}") {
            let _ = CursorKind::new(Arc::new("list"), 2).decode("after", &text);
        }
    }
}
