//! Lists of subscribers: any file is read or refused, and nobody comes out of it who is not on a line of it.

#![no_main]

use domain::subscriptions::csv::{ListFile, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let report = check(&ListFile { bytes, name: "list.csv" }, true);
    assert!(report.summary.subscribed + report.summary.left_out <= report.summary.read);
});
