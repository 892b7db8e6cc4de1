//! Identifiers of arXiv: what was read of a text is read again, and so are the addresses made of it.

#![no_main]

use arxiv::ArxivId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some((id, version)) = ArxivId::parse_with_version(text) {
        assert_eq!(ArxivId::parse(&id.to_string()).as_ref(), Some(&id));
        assert_eq!(ArxivId::parse(&id.abstract_url()).as_ref(), Some(&id));
        assert_eq!(ArxivId::parse(&id.pdf_url()).as_ref(), Some(&id));
        if let Some(version) = version {
            assert_eq!(ArxivId::parse_with_version(&format!("{id}v{version}")), Some((id, Some(version))));
        }
    }
});
