//! Feeds of arXiv's announcements: any octets are read, and texts are clean.

#![no_main]

use arxiv::feed::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    for record in parse(octets).into_iter().flat_map(|feed| feed.entries).flatten() {
        let texts = [Some(&record.title), record.r#abstract.as_ref(), record.journal_ref.as_ref()];
        let texts = texts.into_iter().flatten().chain(&record.authors).chain(&record.categories);
        assert!(texts.flat_map(|text| text.chars()).all(|c| !c.is_control()));
    }
});
