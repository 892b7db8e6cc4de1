//! Pages of arXiv's query API: any octets are read, and no page has fewer entries than it states.

#![no_main]

use arxiv::atom::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(page) = parse(octets) {
        let stated = page.total.saturating_sub(page.start).min(page.per_page);
        assert!(page.entries.len() as u64 >= stated);
        for record in page.entries.into_iter().flatten() {
            assert!(!record.title.contains(char::is_control));
        }
    }
});
