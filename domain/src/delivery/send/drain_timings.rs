//! Timings of a drain, logged once at its end for the operator.
//!
//! The steps overlap: while agents hand messages over, outcomes are written and the next batch is got ready. So their
//! times sum up to more than the drain took, and those of the agents to as many times more as there are connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::outbox::Lane;

/// A step of a drain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Claiming deliveries, and choosing papers.
    Claim,
    /// Reading the papers of contents that are not known yet.
    Read,
    /// Building messages.
    Compose,
    /// Handing messages over, all connections together.
    Send,
    /// Writing outcomes.
    Record,
}

/// Microseconds of each step, and deliveries.
#[derive(Debug, Default)]
pub(crate) struct DrainTimings {
    steps: [AtomicU64; 5],
    deliveries: AtomicU64,
}

impl DrainTimings {
    /// Counts the time since `began` to a step.
    pub(crate) fn count(&self, step: Step, began: Instant) {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Some(sum) = self.steps.get(step as usize) {
            sum.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Counts claimed deliveries.
    pub(crate) fn count_claimed(&self, deliveries: usize) {
        self.deliveries.fetch_add(deliveries as u64, Ordering::Relaxed);
    }

    /// Logs the timings, if there was anything to do.
    pub(crate) fn log(&self, lane: Lane) {
        let deliveries = self.deliveries.load(Ordering::Relaxed);
        if deliveries == 0 {
            return;
        }
        let [claim_ms, read_ms, compose_ms, send_ms, record_ms] =
            self.steps.each_ref().map(|sum| sum.load(Ordering::Relaxed) / 1_000);
        tracing::info!(?lane, deliveries, claim_ms, read_ms, compose_ms, send_ms, record_ms, "queue drained");
    }
}
