//! The trending score, as docs/ranking.md explains it.
//!
//! score = log10(max(1, upvotes + comments / 2)) + since / 3 days, with `since` counted from 2020-01-01,
//! so that ten times the votes outweigh three days. It does not depend on now: it is computed when a
//! vote, a comment or an import changes its parts, stored in millionths, and indexed.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Seconds that weigh as much as ten times the votes.
const WINDOW_SECONDS: f64 = 3.0 * 24.0 * 3600.0;

/// 2020-01-01T00:00:00Z in seconds since 1970.
const EPOCH_SECONDS: i64 = 1_577_836_800;

/// Stored scores are in millionths.
const SCALE: f64 = 1_000_000.0;

/// The start of a paper's age: the time it was featured, else the day it was published.
#[must_use]
pub fn since(featured_at: Option<DateTime<Utc>>, published_on: NaiveDate) -> DateTime<Utc> {
    featured_at.unwrap_or_else(|| published_on.and_time(NaiveTime::MIN).and_utc())
}

/// The score in millionths, from all votes and all comments, local and reported.
#[must_use]
pub fn trending(upvotes: i32, comments: i32, since: DateTime<Utc>) -> i64 {
    let votes = f64::from(upvotes) + f64::from(comments) / 2.0;
    let milliseconds = since.timestamp_millis() - EPOCH_SECONDS * 1000;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of dates fit into 53 bits")]
    let age = milliseconds as f64 / 1000.0 / WINDOW_SECONDS;
    let score = votes.max(1.0).log10() + age;
    #[expect(clippy::cast_possible_truncation, reason = "scores are thousands at most")]
    let scaled = (score * SCALE).round() as i64;
    scaled
}

/// A stored score as it is shown.
#[must_use]
pub fn shown(trending: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "scores are thousands of millionths at most")]
    let score = trending as f64 / SCALE;
    score
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_trending_score_follows_its_formula() {
        let epoch = instant("2020-01-01T00:00:00Z");
        assert_eq!(trending(0, 0, epoch), 0);
        assert_eq!(trending(1, 0, epoch), 0);
        assert_eq!(trending(10, 0, epoch), 1_000_000);
        assert_eq!(trending(8, 4, epoch), 1_000_000);
        assert_eq!(trending(0, 0, instant("2020-01-04T00:00:00Z")), 1_000_000);
        assert_eq!(trending(100, 0, instant("2019-12-29T00:00:00Z")), 1_000_000);
        assert!((shown(1_500_000) - 1.5).abs() < f64::EPSILON);
    }

    #[test]
    fn ten_times_the_votes_equal_three_days() {
        let then = instant("2026-01-06T02:30:00Z");
        let later = then + TimeDelta::days(3);
        assert_eq!(trending(70, 0, then), trending(7, 0, later));
        assert!(trending(71, 0, then) > trending(7, 0, later));
    }

    #[test]
    fn age_counts_from_the_feature_else_from_the_day() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 6).unwrap();
        assert_eq!(since(None, day), instant("2026-01-06T00:00:00Z"));
        assert_eq!(since(Some(instant("2026-01-07T01:00:00Z")), day), instant("2026-01-07T01:00:00Z"));
    }
}
