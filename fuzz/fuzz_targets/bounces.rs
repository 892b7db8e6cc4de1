//! The reader of mail that came back: any octets are read, without a panic and in time.

#![no_main]

use domain::bounces::report;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    let report = report::read(Some("b+x@bounces.example.org"), message);
    assert!(report.marks.len() <= 16);
});
