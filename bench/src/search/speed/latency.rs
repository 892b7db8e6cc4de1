//! How long queries take, by the clock and in processor time.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use cpu_time::ThreadTime;

use super::kinds::Ask;

/// How long one kind of query took.
#[derive(Clone, Debug)]
pub(in crate::search) struct Latency {
    pub(in crate::search) what: &'static str,
    pub(in crate::search) clients: u32,
    /// Queries a second, of all clients.
    pub(in crate::search) rate: f64,
    pub(in crate::search) p50_ms: f64,
    pub(in crate::search) p99_ms: f64,
    /// Processor time, which other programs do not change much.
    pub(in crate::search) mean_processor_ms: f64,
    pub(in crate::search) p99_processor_ms: f64,
}

/// Asks all queries of a kind once, shared among clients, after a tenth of them to get warm.
pub(in crate::search) fn measure(
    what: &'static str,
    clients: u32,
    queries: u32,
    ask: &Ask<'_>,
) -> Result<Latency> {
    let count = queries as usize;
    for at in 0..count.div_ceil(10) {
        ask(at)?;
    }
    let failure = OnceLock::new();
    let client = |first: usize| {
        let mut spans = Vec::new();
        for at in (first..count).step_by(clients as usize) {
            let (wall, processor) = (Instant::now(), ThreadTime::now());
            if let Err(error) = ask(at) {
                let _ = failure.set(error);
                break;
            }
            spans.push((wall.elapsed(), processor.elapsed()));
        }
        spans
    };
    let started = Instant::now();
    let spans: Vec<(Duration, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients as usize).map(|first| scope.spawn(move || client(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    if let Some(error) = failure.into_inner() {
        return Err(error.context(what));
    }
    if spans.len() != count {
        bail!("{what}: a client ended early");
    }
    let walls = sorted(spans.iter().map(|(wall, _)| *wall));
    let processor = sorted(spans.iter().map(|(_, processor)| *processor));
    Ok(Latency {
        what,
        clients,
        rate: f64::from(queries) / seconds,
        p50_ms: percentile(&walls, 50),
        p99_ms: percentile(&walls, 99),
        mean_processor_ms: processor.iter().sum::<f64>() / f64::from(queries),
        p99_processor_ms: percentile(&processor, 99),
    })
}

/// In milliseconds.
fn sorted(spans: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut spans: Vec<f64> = spans.map(|span| span.as_secs_f64() * 1e3).collect();
    spans.sort_by(f64::total_cmp);
    spans
}

/// The smallest that so many in a hundred do not exceed.
fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "a percentile is one of the numbers, not computed from them")]
    fn a_percentile_is_one_of_what_was_measured() {
        let sorted: Vec<f64> = (1..=200_u8).map(f64::from).collect();
        assert_eq!([50, 99, 100].map(|hundredths| percentile(&sorted, hundredths)), [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 50), 7.0);
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
