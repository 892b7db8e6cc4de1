//! Listings of arXiv's announcements: any octets are read, and no section has more entries than it states.

#![no_main]

use arxiv::listing::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(listing) = parse(octets) {
        assert!(listing.sections.iter().all(|section| section.entries.len() as u64 <= section.total));
        assert!(listing.entries().count() as u64 <= listing.total);
    }
});
