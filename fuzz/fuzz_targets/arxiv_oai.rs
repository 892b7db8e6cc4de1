//! Responses of arXiv's OAI-PMH: any octets are read, and versions are in order.

#![no_main]

use arxiv::oai::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    for entry in parse(octets).into_iter().flat_map(|page| page.entries).flatten() {
        let Some(record) = entry.record else { continue };
        assert_eq!(record.id, entry.id);
        assert!(record.versions.is_sorted_by(|one, other| one.number < other.number));
    }
});
