//! Markdown of comments: any text becomes HTML that is bounded, safe, shallow, and turns no other text around.

#![no_main]

use domain::community::comments::MAX_BODY;
use domain::community::markdown::{MAX_NESTING, to_html};
use libfuzzer_sys::fuzz_target;
use plain_text::is_direction_control;

/// How deep the elements of well-formed HTML nest.
fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with("br") && !tag.starts_with("hr")) {
        depth = if tag.starts_with('/') { depth.saturating_sub(1) } else { depth + 1 };
        deepest = deepest.max(depth);
    }
    deepest
}

fuzz_target!(|text: &str| {
    if text.chars().count() <= MAX_BODY {
        let html = to_html(text);
        assert!(html.len() <= 500_000);
        assert!(depth(&html) <= MAX_NESTING);
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains(is_direction_control));
    }
});
