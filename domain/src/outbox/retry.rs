//! The retry delay.

use chrono::TimeDelta;
use entity::enums::Cadence;

/// Minutes before each further attempt after a temporary failure.
const RETRY_MINUTES: [i64; 6] = [5, 15, 30, 60, 120, 240];

/// The delay until another probe after an inconclusive one.
pub const PROBE_AGAIN_DELAY: TimeDelta = TimeDelta::minutes(5);

/// The delay of a delivery that a defect of this service or its configuration holds back. It costs no attempt: a new
/// build or setting fixes it.
pub const OWN_DEFECT_DELAY: TimeDelta = TimeDelta::minutes(5);

/// The delay before a message without a reply to its final dot is sent again, once.
pub const DOUBT_DELAY: TimeDelta = TimeDelta::minutes(30);

/// The wait after the `deferrals`-th deferral (the first is 0), spread by ± 20 % so that what was deferred
/// together does not come back together. `fraction` is a random number in `0.0..1.0`.
#[must_use]
pub fn retry_delay(deferrals: i32, fraction: f64) -> TimeDelta {
    let step = usize::try_from(deferrals).unwrap_or_default().min(RETRY_MINUTES.len() - 1);
    let minutes = RETRY_MINUTES.get(step).copied().unwrap_or(240);
    spread(TimeDelta::minutes(minutes), fraction)
}

/// The pause of the whole queue after the `failures`-th consecutive failure of the sender or the connection (the first
/// is 0): 5 seconds, doubling, at most 5 minutes.
#[must_use]
pub fn hold_delay(failures: u32, fraction: f64) -> TimeDelta {
    let seconds = 5_i64.saturating_mul(1 << failures.min(6)).min(300);
    spread(TimeDelta::seconds(seconds), fraction)
}

/// The time until the next probe of an open circuit, after `failures` refused probes: 15 minutes, doubling, at most 4
/// hours.
#[must_use]
pub fn probe_delay(failures: i32, fraction: f64) -> TimeDelta {
    let minutes = 15_i64.saturating_mul(1 << failures.clamp(0, 4)).min(240);
    spread(TimeDelta::minutes(minutes), fraction)
}

/// The time after its due time for which a digest is worth sending.
#[must_use]
pub fn digest_lifetime(cadence: Cadence) -> TimeDelta {
    match cadence {
        Cadence::Daily => TimeDelta::hours(24),
        Cadence::Weekly | Cadence::Monthly => TimeDelta::hours(72),
    }
}

fn spread(delay: TimeDelta, fraction: f64) -> TimeDelta {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "hours in milliseconds")]
    let milliseconds = (delay.num_milliseconds() as f64 * (0.8 + 0.4 * fraction)) as i64;
    TimeDelta::milliseconds(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_delays_grow_within_their_jitter() {
        let minutes = |deferrals| retry_delay(deferrals, 0.5).num_minutes();
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 99].map(minutes), [5, 15, 30, 60, 120, 240, 240, 240]);
        assert_eq!(retry_delay(0, 0.0), TimeDelta::minutes(4));
        assert!(retry_delay(0, 0.999_999) < TimeDelta::minutes(6));
        let seconds = |failures| hold_delay(failures, 0.5).num_seconds();
        assert_eq!([0, 1, 2, 5, 6, 40].map(seconds), [5, 10, 20, 160, 300, 300]);
        let probes = |failures| probe_delay(failures, 0.5).num_minutes();
        assert_eq!([-1, 0, 1, 2, 3, 4, 99].map(probes), [15, 15, 30, 60, 120, 240, 240]);
    }
}
