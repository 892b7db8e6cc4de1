//! What is typed into a search: any text is read, and shown again; passages of any text lie within it.
//!
//! The first line is what is typed, the rest a text in which it is looked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use search::highlight::Highlighter;
use search::query::{MAX_QUERY_CHARS, Query};
use search::text::{fold, tokens};

fuzz_target!(|source: &str| {
    let (typed, text) = source.split_once('\n').unwrap_or((source, source));
    let folded = fold(text);
    assert_eq!(fold(&folded), folded);
    let words: Vec<_> = tokens(text).into_iter().filter(|token| !token.is_joined).collect();
    assert!(words.iter().all(|token| text.get(token.range.clone()).is_some()));
    let Ok(query) = Query::parse(typed) else {
        assert!(typed.chars().count() > MAX_QUERY_CHARS);
        return;
    };
    assert_eq!(Query::parse(typed).as_ref(), Ok(&query));
    assert!(query.topic().len() <= typed.len() + query.clauses.len());
    assert!(query.to_string().len() <= 64 + 32 * typed.len());
    if let Some(passage) = Highlighter::new(&query, []).passage(text) {
        let html = passage.html(text);
        assert_eq!(html.matches("<mark>").count(), passage.matches.len());
        assert_eq!(html.matches('<').count(), 2 * passage.matches.len());
    }
});
