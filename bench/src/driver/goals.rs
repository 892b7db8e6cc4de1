//! What the service is to reach, and whether it does.

use super::rounds::{Entry, Heat, Sample};

/// MiB that the service may take at most.
const MEMORY: f64 = 60.0;

/// A goal.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) what: String,
    pub(super) wanted: Wanted,
    /// Nothing where it was not measured.
    pub(super) measured: Option<f64>,
}

/// A bound.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    /// Whether it is reached.
    pub(super) fn is_reached(&self) -> Option<bool> {
        self.measured.map(|measured| match self.wanted {
            Wanted::AtLeast(bound) => measured >= bound,
            Wanted::AtMost(bound) => measured <= bound,
        })
    }
}

/// The goals for what was measured.
pub(super) fn goals(heats: &[Heat], peak_mib: f64) -> Vec<Goal> {
    use Wanted::{AtLeast, AtMost};
    let rate: fn(&Sample) -> Option<f64> = |sample| Some(sample.rate);
    let server: fn(&Sample) -> Option<f64> = |sample| sample.server;
    let wanted = [
        (Entry::Service, Entry::Ceiling, rate, AtLeast(0.6), "requests/s, daily-papers to ceiling"),
        (Entry::Service, Entry::Mercurius, rate, AtLeast(1.3), "requests/s, daily-papers to Mercurius"),
        (Entry::Service, Entry::Mercurius, server, AtMost(0.4), "server time, daily-papers to Mercurius"),
        (Entry::Ceiling, Entry::Database, rate, AtLeast(0.9), "requests/s, ceiling to pgbench"),
        (Entry::Cached, Entry::Memory, rate, AtLeast(0.6), "requests/s, cached to actix from memory"),
    ];
    let mut goals = Vec::new();
    for (ours, theirs, value, wanted, what) in wanted {
        let is_kept = ours == Entry::Cached;
        let has = |heat: &&Heat| heat.lanes.iter().any(|lane| lane.entry == Entry::Memory) == is_kept;
        for heat in heats.iter().filter(has) {
            let measured = ratio(heat, ours, theirs, value);
            goals.push(Goal { what: format!("{}: {what}", heat.title), wanted, measured });
        }
    }
    let what = "daily-papers: peak memory, MiB".to_owned();
    goals.push(Goal { what, wanted: AtMost(MEMORY), measured: Some(peak_mib) });
    goals
}

/// The median over the rounds of one's value to the other's in the same round.
fn ratio(heat: &Heat, ours: Entry, theirs: Entry, value: fn(&Sample) -> Option<f64>) -> Option<f64> {
    let samples = |entry: Entry| heat.lanes.iter().find(|lane| lane.entry == entry).map(|lane| &lane.samples);
    let pairs = samples(ours)?.iter().zip(samples(theirs)?);
    median(pairs.filter_map(|(ours, theirs)| Some(value(ours)? / value(theirs)?)))
}

/// The middle one, or the mean of the two that are.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = if values.len().is_multiple_of(2) { *values.get(values.len() / 2 - 1)? } else { upper };
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use crate::operations::Operation;

    use super::super::rounds::Lane;
    use super::*;

    fn sample(rate: f64) -> Sample {
        Sample { rate, p50: None, p99: None, server: Some(0.5), postgres: 0.5, load: 0.1, others: 0.0 }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let of = |values: &[f64]| median(values.iter().copied());
        assert_eq!(
            (of(&[]), of(&[3.0]), of(&[9.0, 1.0, 2.0]), of(&[1.0, 3.0])),
            (None, Some(3.0), Some(2.0), Some(2.0))
        );
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let lane = |entry, rates: [f64; 3]| Lane { entry, samples: rates.map(sample).to_vec() };
        let lanes =
            vec![lane(Entry::Service, [100.0, 50.0, 10.0]), lane(Entry::Ceiling, [200.0, 100.0, 40.0])];
        let heat = Heat { title: "feed page".to_owned(), operation: Operation::Feed, lanes };
        let goals = goals(&[heat], 61.0);
        let found: Vec<_> = goals.iter().map(|goal| (goal.measured, goal.is_reached())).collect();
        assert_eq!(
            found,
            [(Some(0.5), Some(false)), (None, None), (None, None), (None, None), (Some(61.0), Some(false))]
        );
    }
}
