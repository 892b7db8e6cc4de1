//! The snapshot of arXiv's metadata, compressed or not: any octets are read, and lines follow each other.

#![no_main]

use arxiv::snapshot::{LineReader, Records, decompress};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Ok(input) = decompress(octets) else { return };
    let mut end = 0;
    for line in Records::new(LineReader::new(input).with_max_line_bytes(10_000)).map_while(Result::ok) {
        assert!(end <= line.offset && line.offset < line.next_offset);
        end = line.next_offset;
    }
});
