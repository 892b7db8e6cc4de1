//! LaTeX of titles and abstracts: any text becomes one clean line, and the key of its words is its own key.

#![no_main]

use domain::papers::words;
use latex::readable;
use libfuzzer_sys::fuzz_target;
use plain_text::{is_direction_control, one_line};

fuzz_target!(|source: &str| {
    let shown = readable(source);
    assert!(!shown.contains(|c: char| c.is_control() || is_direction_control(c)));
    assert_eq!(shown, one_line(&shown));
    assert!(shown.len() <= 16 + 8 * source.len());
    let key = words::key(source);
    assert_eq!(words::key(&key), key);
});
