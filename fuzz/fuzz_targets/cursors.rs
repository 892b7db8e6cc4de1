//! Cursors: one that is taken leads to the same place once it was written anew; a foreign one is refused.
//!
//! The input is what a cursor hides behind its Base64.

#![no_main]

use api::contract::cursor::{CursorKind, PageArguments};
use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let kind = CursorKind::new("papers".to_owned(), 2);
    let slice = |kind: &CursorKind, after| {
        PageArguments { after: Some(after), ..PageArguments::default() }.slice(kind).ok()
    };
    let cursor = BASE64URL_NOPAD.encode(octets);
    if let Some(key) = slice(&kind, cursor.clone()).and_then(|slice| slice.after) {
        let again = slice(&kind, kind.encode(&key)).and_then(|slice| slice.after);
        assert_eq!(again, Some(key));
        assert!(slice(&CursorKind::new("papers".to_owned(), 3), cursor.clone()).is_none());
        assert!(slice(&CursorKind::new("others".to_owned(), 2), cursor).is_none());
    }
    let _ = slice(&kind, String::from_utf8_lossy(octets).into_owned());
});
