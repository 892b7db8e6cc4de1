//! The queue manager of a worker: drains the delivery queues until nothing is due.
//!
//! A drain claims a batch, gets it ready, and hands it to its agents; while they are at it the next batch is got ready.
//! What fails for a reason other than the recipient (the server cannot be reached, asks us to slow down, refuses us)
//! holds the whole lane with a growing pause. When the worker is to stop, agents finish the message they have started,
//! and what nobody has started goes back to the queue at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::delivery;
use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::delivery::claim::ClaimedBatch;
use crate::delivery::claim::batches::{ClaimBatches, UNPREPARED_DELAY};
use crate::delivery::claim::in_flight::InFlight;
use crate::delivery::record::outcome::Outcome;
use crate::delivery::record::outcome_writer::OutcomeWriter;
use crate::delivery::send::active_queue::ActiveQueue;
use crate::delivery::send::agent::{DeliveryAgent, Handover, LaneHold};
use crate::delivery::send::compose::{self, ComposedMessage};
use crate::delivery::send::lane_backoff::LaneBackoff;
use crate::delivery::send::rate::Rate;
use crate::delivery::send::throttling::Throttling;
use crate::delivery::send::timings::{DrainTimings, Step};
use crate::digests::batch_data::BatchData;
use crate::digests::content_cache::ContentCache;
use crate::outbox::Lane;
use crate::{Result, Services};

/// The capacity of the active queue: while these messages are sent, the next batch is prepared.
const MAX_QUEUED_MESSAGES: usize = 200;

/// The time for which an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Drains the queues of a worker.
#[derive(Debug)]
pub struct QueueManager {
    services: Services,
    backoff: LaneBackoff,
    throttling: Throttling,
}

/// The state of one drain.
struct DrainRun<'a> {
    lane: Lane,
    in_flight: &'a InFlight,
    writer: &'a OutcomeWriter,
    timings: &'a DrainTimings,
    rate: &'a Rate,
    active: &'a ActiveQueue<ComposedMessage>,
    stop: &'a CancellationToken,
}

impl QueueManager {
    /// An office that has nothing in hand.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { backoff: LaneBackoff::new(services.clone()), throttling: Throttling::default(), services }
    }

    /// Sends what is due on a lane until nothing is, or `stop` is cancelled. Returns when to come back,
    /// if the lane is held.
    ///
    /// # Errors
    /// If the database fails; what was claimed comes back when its lease ends.
    pub async fn drain(&self, lane: Lane, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
        if let Some(until) = self.backoff.until(lane) {
            return Ok(Some(until));
        }
        let span = tracing::error_span!("drain", lane = ?lane);
        self.drain_lane(lane, stop).instrument(span).await
    }

    async fn drain_lane(&self, lane: Lane, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
        let in_flight = InFlight::new(self.services.clone());
        let timings = Arc::new(DrainTimings::default());
        let writer = OutcomeWriter::new(self.services.clone(), in_flight.clone(), Arc::clone(&timings));
        let writing = writer.write_all();
        let carrying = async {
            let result = self.carry_all(lane, &in_flight, &writer, &timings, stop).await;
            writer.close();
            result
        };
        // The leases are kept until the last outcome is written.
        let is_drained = tokio::select! {
            ((), result) = futures::future::join(writing, carrying) => result?,
            () = in_flight.keep() => false,
        };
        timings.tell(lane);
        // A hold that ended meanwhile kept this drain from looking further.
        Ok(self.backoff.until(lane).or_else(|| (!is_drained).then(|| self.services.now())))
    }

    async fn carry_all(
        &self,
        lane: Lane,
        in_flight: &InFlight,
        writer: &OutcomeWriter,
        timings: &DrainTimings,
        stop: &CancellationToken,
    ) -> Result<bool> {
        let connections = match lane {
            Lane::Digests => self.services.settings.digests.connections,
            Lane::Transactional => 1,
        };
        let ((out, active), rate) =
            (ActiveQueue::new(MAX_QUEUED_MESSAGES), Rate::new(self.services.clone(), lane));
        let drain = DrainRun { lane, in_flight, writer, timings, rate: &rate, active: &active, stop };
        let agents = (0..connections).map(|_| {
            let agent = DeliveryAgent::new(self.services.clone(), in_flight.clone(), writer.clone());
            self.run(agent, &drain)
        });
        let claiming = self.claim_all(&drain, out);
        let is_over = CancellationToken::new();
        let working = async {
            let (claimed, _) = futures::future::join(claiming, join_all(agents)).await;
            is_over.cancel();
            claimed
        };
        // What waits goes back at once, however long the messages take that have been started.
        let giving_back = async {
            tokio::select! {
                () = stop.cancelled() => {
                    for composed in active.drain_waiting().await {
                        self.give_back(&drain, &composed);
                    }
                }
                () = is_over.cancelled() => {}
            }
        };
        futures::future::join(working, giving_back).await.0
    }

    /// Claims batch after batch and hands the messages to the agents. Returns whether nothing was left.
    async fn claim_all(&self, drain: &DrainRun<'_>, out: mpsc::Sender<ComposedMessage>) -> Result<bool> {
        let DrainRun { lane, in_flight, writer, timings, rate, stop, .. } = *drain;
        let mut batches = ClaimBatches::new(self.services.clone(), lane);
        let contents = ContentCache::default();
        while !stop.is_cancelled() && self.backoff.until(lane).is_none() {
            writer.ready().await;
            let began = Instant::now();
            let Some(ClaimedBatch { count, ready, context, .. }) = batches.next().await? else { continue };
            timings.count(Step::Claim, began);
            timings.claimed(count);
            if count == 0 {
                return Ok(true);
            }
            in_flight.take(&ready);
            let composed = match self.prepare(drain, context, ready.clone(), &contents).await {
                Ok(composed) => composed,
                Err(error) => {
                    // Given back at once: nobody should wait until the leases end.
                    let now = self.services.now();
                    for row in &ready {
                        writer.enter(Outcome::released(row, None, now, now + UNPREPARED_DELAY));
                    }
                    return Err(error);
                }
            };
            let mut composed = composed.into_iter();
            while composed.len() > 0 {
                let place = tokio::select! {
                    place = out.reserve() => place,
                    () = stop.cancelled() => break,
                };
                let (Ok(place), Some(next)) = (place, composed.next()) else { break };
                rate.expect();
                place.send(next);
            }
            composed.for_each(|composed| self.give_back(drain, &composed));
        }
        for composed in drain.active.close_and_drain(out).await {
            self.give_back(drain, &composed);
        }
        Ok(false)
    }

    fn give_back(&self, drain: &DrainRun<'_>, composed: &ComposedMessage) {
        let now = self.services.now();
        drain.writer.enter(Outcome::released(&composed.delivery, None, now, now));
    }

    /// The messages of claimed deliveries; those that end without one are recorded.
    async fn prepare(
        &self,
        drain: &DrainRun<'_>,
        mut context: BatchData,
        ready: Vec<delivery::Model>,
        contents: &ContentCache,
    ) -> Result<Vec<ComposedMessage>> {
        let began = Instant::now();
        context.load_papers(&self.services, &ready, contents).await?;
        drain.timings.count(Step::Read, began);
        let began = Instant::now();
        let (composed, ended) = compose::all(&self.services, context, ready, contents).await?;
        drain.timings.count(Step::Compose, began);
        for outcome in ended {
            drain.writer.enter(outcome);
        }
        Ok(composed)
    }

    /// One agent at work, until there is nothing more to carry.
    async fn run(&self, mut agent: DeliveryAgent, drain: &DrainRun<'_>) {
        let lane = drain.lane;
        loop {
            let composed = match timeout(IDLE_TIMEOUT, drain.active.next(drain.stop)).await {
                Ok(Some(composed)) => composed,
                Ok(None) => break,
                Err(_) => {
                    agent.leave().await;
                    continue;
                }
            };
            drain.rate.taken();
            if drain.stop.is_cancelled() || self.backoff.until(lane).is_some() {
                self.give_back(drain, &composed);
                continue;
            }
            let (began, start) = (self.services.now(), Instant::now());
            let carried = agent.carry(&composed, drain.rate).instrument(span_of(&composed.delivery)).await;
            drain.timings.count(Step::Send, start);
            match carried {
                Handover::Sent => {
                    self.throttling.reset(lane);
                    self.backoff.relax(lane, began);
                }
                Handover::Refused { is_policy_deferral: true } => {
                    if let Some(domains) = self.throttling.add(lane, &composed.delivery.domain) {
                        let why =
                            format!("{domains} domains in a row deferred mail for policy reasons (4.7.x)");
                        self.backoff.hold(lane, &why);
                    }
                }
                Handover::Refused { is_policy_deferral: false } => self.throttling.reset(lane),
                Handover::Done => {}
                Handover::LaneHold(LaneHold { why, alarm }) => {
                    let until = self.backoff.hold(lane, &why);
                    let outcome =
                        Outcome::released(&composed.delivery, Some(why), self.services.now(), until);
                    drain.writer.enter(Outcome { alarm, ..outcome });
                }
            }
        }
        agent.leave().await;
    }
}

/// The span of an attempt at a delivery: what is said of it names the delivery.
fn span_of(row: &delivery::Model) -> Span {
    tracing::error_span!(
        "delivery",
        delivery.id = row.id,
        delivery.attempt = row.attempt,
        delivery.kind = ?row.kind,
        delivery.status = Empty,
        smtp.reply.code = Empty,
    )
}
