//! Files of Hugging Face's daily papers: whatever is read of one is fit for the database.

#![no_main]

use std::sync::LazyLock;

use domain::calendar::{Calendar, DayBounds};
use domain::sources::hf_daily::parse;
use domain::subscriptions::settings::parse_time;
use domain::zones;
use libfuzzer_sys::fuzz_target;

static BOUNDS: LazyLock<DayBounds> = LazyLock::new(|| {
    let calendar = Calendar::new(zones::find("UTC").unwrap(), parse_time("00:00").unwrap());
    DayBounds::new(calendar, "2026-01-12T12:00:00Z".parse().unwrap())
});

fuzz_target!(|file: &[u8]| {
    for (paper, _) in parse(file, None, &BOUNDS).into_iter().flatten().flatten() {
        assert!(paper.problems(true).iter().all(|problem| problem.field.ends_with(&["abstract".to_owned()])));
        assert!(paper.arxiv_id.is_some() && paper.feature.is_some());
        let texts = [&paper.title, &paper.r#abstract, &paper.summary];
        let texts = texts.into_iter().flatten().chain(&paper.authors).chain(&paper.keywords);
        assert!(texts.flat_map(|text| text.chars()).all(|c| !c.is_control()));
    }
});
