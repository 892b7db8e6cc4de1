//! One run of sending a lane's mail, from the first claim to the last recorded outcome.
//!
//! A run claims a batch, prepares it, and hands it to its agents; while they send, the next batch is prepared. When
//! the worker is to stop, agents finish the message they have begun, and what nobody has begun goes back to the queue at
//! once.
//!
//! Always: a delivery stands in [`InFlight`] from its claim until its outcome is committed; that is the one registry of
//! what the worker has in its hands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::delivery;
use futures::future::{join, join_all};
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
use crate::delivery::send::drain_timings::{DrainTimings, Step};
use crate::delivery::send::lane_backoff::LaneBackoff;
use crate::delivery::send::rate::Rate;
use crate::delivery::send::throttling::Throttling;
use crate::digests::batch_data::BatchData;
use crate::digests::content_cache::ContentCache;
use crate::outbox::Lane;
use crate::{Result, Services};

/// The capacity of the active queue: while these messages are sent, the next batch is prepared.
const MAX_QUEUED_MESSAGES: usize = 200;

/// The time for which an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The state of one run.
pub(crate) struct DrainRun {
    services: Services,
    lane: Lane,
    backoff: Arc<LaneBackoff>,
    throttling: Arc<Throttling>,
    in_flight: InFlight,
    writer: OutcomeWriter,
    timings: Arc<DrainTimings>,
    rate: Rate,
    active: ActiveQueue<ComposedMessage>,
    stop: CancellationToken,
}

impl DrainRun {
    /// Sends what is due on a lane. Returns whether nothing was left. `stop` is cancelled when the worker is to stop.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drain(
        services: Services,
        lane: Lane,
        backoff: Arc<LaneBackoff>,
        throttling: Arc<Throttling>,
        stop: CancellationToken,
    ) -> Result<bool> {
        let in_flight = InFlight::new(services.clone());
        let timings = Arc::new(DrainTimings::default());
        let writer = OutcomeWriter::new(services.clone(), in_flight.clone(), Arc::clone(&timings));
        let rate = Rate::new(services.clone(), lane);
        let (out, active) = ActiveQueue::new(MAX_QUEUED_MESSAGES);
        let run =
            Self { services, lane, backoff, throttling, in_flight, writer, timings, rate, active, stop };
        run.run(out).await
    }

    async fn run(&self, out: mpsc::Sender<ComposedMessage>) -> Result<bool> {
        let sending = async {
            let result = self.claim_and_send(out).await;
            self.writer.close();
            result
        };
        // The leases are renewed until the last outcome is written.
        let is_drained = tokio::select! {
            ((), result) = join(self.writer.write_all(), sending) => result?,
            () = self.in_flight.run() => false,
        };
        self.timings.log(self.lane);
        Ok(is_drained)
    }

    async fn claim_and_send(&self, out: mpsc::Sender<ComposedMessage>) -> Result<bool> {
        let connections = match self.lane {
            Lane::Digests => self.services.settings.digests.connections.get(),
            Lane::Transactional => 1,
        };
        let agents = (0..connections).map(|_| {
            let (in_flight, writer) = (self.in_flight.clone(), self.writer.clone());
            self.send_all(DeliveryAgent::new(self.services.clone(), in_flight, writer))
        });
        let is_over = CancellationToken::new();
        let working = async {
            let (claimed, _) = join(self.claim_all(out), join_all(agents)).await;
            is_over.cancel();
            claimed
        };
        // What waits goes back at once, however long the messages take that have been started.
        let giving_back = async {
            tokio::select! {
                () = self.stop.cancelled() => {
                    for composed in self.active.drain_waiting().await {
                        self.give_back(&composed);
                    }
                }
                () = is_over.cancelled() => {}
            }
        };
        join(working, giving_back).await.0
    }

    /// Claims batch after batch and hands the messages to the agents. Returns whether nothing was left.
    async fn claim_all(&self, out: mpsc::Sender<ComposedMessage>) -> Result<bool> {
        let mut batches = ClaimBatches::new(self.services.clone(), self.lane);
        let contents = ContentCache::default();
        while !self.is_held() {
            self.writer.wait_until_ready().await;
            let began = Instant::now();
            let Some(ClaimedBatch { count, ready, context, .. }) = batches.next().await? else { continue };
            self.timings.count(Step::Claim, began);
            self.timings.count_claimed(count);
            if count == 0 {
                return Ok(true);
            }
            self.in_flight.add(&ready);
            let composed = match self.prepare(context, ready.clone(), &contents).await {
                Ok(composed) => composed,
                Err(error) => {
                    // Given back at once: nobody should wait until the leases end.
                    let now = self.services.now();
                    for row in &ready {
                        self.writer.push(Outcome::released(row, None, now, now + UNPREPARED_DELAY));
                    }
                    return Err(error);
                }
            };
            let mut composed = composed.into_iter();
            while composed.len() > 0 {
                let place = tokio::select! {
                    place = out.reserve() => place,
                    () = self.stop.cancelled() => break,
                };
                let (Ok(place), Some(next)) = (place, composed.next()) else { break };
                self.rate.add_waiting();
                place.send(next);
            }
            composed.for_each(|composed| self.give_back(&composed));
        }
        for composed in self.active.close_and_drain(out).await {
            self.give_back(&composed);
        }
        Ok(false)
    }

    fn give_back(&self, composed: &ComposedMessage) {
        let now = self.services.now();
        self.writer.push(Outcome::released(&composed.delivery, None, now, now));
    }

    /// The messages of claimed deliveries; those that end without one are recorded.
    async fn prepare(
        &self,
        mut context: BatchData,
        ready: Vec<delivery::Model>,
        contents: &ContentCache,
    ) -> Result<Vec<ComposedMessage>> {
        let began = Instant::now();
        context.load_papers(&self.services, &ready, contents).await?;
        self.timings.count(Step::Read, began);
        let began = Instant::now();
        let (composed, ended) = compose::compose_all(&self.services, context, ready, contents).await?;
        self.timings.count(Step::Compose, began);
        for outcome in ended {
            self.writer.push(outcome);
        }
        Ok(composed)
    }

    /// One agent at work, until there is nothing more to carry.
    async fn send_all(&self, mut agent: DeliveryAgent) {
        loop {
            let composed = match timeout(IDLE_TIMEOUT, self.active.next(&self.stop)).await {
                Ok(Some(composed)) => composed,
                Ok(None) => break,
                Err(_) => {
                    agent.disconnect().await;
                    continue;
                }
            };
            self.rate.remove_waiting();
            if self.is_held() {
                self.give_back(&composed);
                continue;
            }
            let (began, start) = (self.services.now(), Instant::now());
            let carried =
                agent.hand_over(&composed, &self.rate).instrument(open_span(&composed.delivery)).await;
            self.timings.count(Step::Send, start);
            self.conclude(&composed, carried, began);
        }
        agent.disconnect().await;
    }

    /// Draws from one message's fate what it says of the lane.
    fn conclude(&self, composed: &ComposedMessage, carried: Handover, began: DateTime<Utc>) {
        let lane = self.lane;
        match carried {
            Handover::Sent => {
                self.throttling.reset(lane);
                self.backoff.reset(lane, began);
            }
            Handover::Refused { is_policy_deferral: true } => {
                if let Some(domains) = self.throttling.add(lane, &composed.delivery.domain) {
                    let why = format!("{domains} domains in a row deferred mail for policy reasons (4.7.x)");
                    self.backoff.hold(lane, &why);
                }
            }
            Handover::Refused { is_policy_deferral: false } => self.throttling.reset(lane),
            Handover::Done => {}
            Handover::LaneHold(LaneHold { why, alarm }) => {
                let until = self.backoff.hold(lane, &why);
                let outcome = Outcome::released(&composed.delivery, Some(why), self.services.now(), until);
                self.writer.push(Outcome { alarm, ..outcome });
            }
        }
    }

    /// Whether no further message may be begun.
    fn is_held(&self) -> bool {
        self.stop.is_cancelled() || self.backoff.held_until(self.lane).is_some()
    }
}

/// The span of an attempt at a delivery: what is said of it names the delivery.
fn open_span(row: &delivery::Model) -> Span {
    tracing::error_span!(
        "delivery",
        delivery.id = row.id,
        delivery.attempt = row.attempt,
        delivery.kind = ?row.kind,
        delivery.status = Empty,
        smtp.reply.code = Empty,
    )
}
