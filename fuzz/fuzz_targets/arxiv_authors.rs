//! Lines of authors: any text becomes clean names of a length that everything can carry.

#![no_main]

use arxiv::authors::{AuthorList, MAX_NAME_CHARS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    for name in AuthorList::parse(line).names {
        assert!(name.chars().any(char::is_alphabetic));
        assert!(name.chars().count() <= 2 * MAX_NAME_CHARS && !name.contains(char::is_control));
    }
});
