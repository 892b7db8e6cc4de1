//! The post office of a worker: it drains the queues of deliveries until nothing is due.
//!
//! A drain claims a batch, gets it ready, and hands it to its couriers; while they are at it the next batch is got
//! ready. What fails for a reason that is no recipient's (the server cannot be reached, asks us to slow down, refuses us)
//! holds the whole lane with a growing pause. When the worker is to stop, couriers finish the message they have begun,
//! and what nobody has begun goes back to the queue at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::delivery;
use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::digests::batch_data::Context;
use crate::digests::content_cache::Contents;
use crate::outbox::Lane;
use crate::{Result, Services};

use super::bag::Bag;
use super::batches::{Batches, UNPREPARED};
use super::claim::Claimed;
use super::compose::{self, Composed};
use super::courier::{Carried, Courier, Held};
use super::hands::Hands;
use super::holds::Holds;
use super::ledger::Ledger;
use super::outcome::Outcome;
use super::rate::Rate;
use super::tally::{Step, Tally};
use super::throttling::Throttling;

/// Messages that are ready before a courier is: while they are handed over, the next batch is got ready.
const AHEAD: usize = 200;

/// How long a connection is kept that nothing goes over.
const IDLE: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub struct PostOffice {
    services: Services,
    holds: Holds,
    throttling: Throttling,
}

/// What one drain works with.
struct Drain<'a> {
    lane: Lane,
    hands: &'a Hands,
    ledger: &'a Ledger,
    tally: &'a Tally,
    rate: &'a Rate,
    bag: &'a Bag<Composed>,
    stop: &'a CancellationToken,
}

impl PostOffice {
    /// An office that has nothing in hand.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { holds: Holds::new(services.clone()), throttling: Throttling::default(), services }
    }

    /// Sends what is due on a lane until nothing is, or `stop` is cancelled. Answers when to come back,
    /// where the lane is held.
    ///
    /// # Errors
    /// Where the database fails; what was claimed comes back when its lease ends.
    pub async fn drain(&self, lane: Lane, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
        if let Some(until) = self.holds.until(lane) {
            return Ok(Some(until));
        }
        let hands = Hands::new(self.services.clone());
        let tally = Arc::new(Tally::default());
        let ledger = Ledger::new(self.services.clone(), hands.clone(), Arc::clone(&tally));
        let writing = ledger.write_all();
        let carrying = async {
            let result = self.carry_all(lane, &hands, &ledger, &tally, stop).await;
            ledger.close();
            result
        };
        // The leases are kept until the last outcome is written.
        let is_drained = tokio::select! {
            ((), result) = futures::future::join(writing, carrying) => result?,
            () = hands.keep() => false,
        };
        tally.tell(lane);
        // A hold that ended meanwhile kept this drain from looking further.
        Ok(self.holds.until(lane).or_else(|| (!is_drained).then(|| self.services.now())))
    }

    async fn carry_all(
        &self,
        lane: Lane,
        hands: &Hands,
        ledger: &Ledger,
        tally: &Tally,
        stop: &CancellationToken,
    ) -> Result<bool> {
        let connections = match lane {
            Lane::Digests => self.services.settings.digests.connections,
            Lane::Transactional => 1,
        };
        let ((out, bag), rate) = (Bag::new(AHEAD), Rate::new(self.services.clone(), lane));
        let drain = Drain { lane, hands, ledger, tally, rate: &rate, bag: &bag, stop };
        let couriers = (0..connections).map(|_| {
            let courier = Courier::new(self.services.clone(), hands.clone(), ledger.clone());
            self.run(courier, &drain)
        });
        let claiming = self.claim_all(&drain, out);
        let is_over = CancellationToken::new();
        let working = async {
            let (claimed, _) = futures::future::join(claiming, join_all(couriers)).await;
            is_over.cancel();
            claimed
        };
        // What waits goes back at once, however long the messages take that have been begun.
        let giving_back = async {
            tokio::select! {
                () = stop.cancelled() => {
                    for composed in bag.waiting().await {
                        self.give_back(&drain, &composed);
                    }
                }
                () = is_over.cancelled() => {}
            }
        };
        futures::future::join(working, giving_back).await.0
    }

    /// Claims batch after batch and hands the messages to the couriers. Answers whether nothing was left.
    async fn claim_all(&self, drain: &Drain<'_>, out: mpsc::Sender<Composed>) -> Result<bool> {
        let Drain { lane, hands, ledger, tally, rate, stop, .. } = *drain;
        let mut batches = Batches::new(self.services.clone(), lane);
        let contents = Contents::default();
        while !stop.is_cancelled() && self.holds.until(lane).is_none() {
            ledger.ready().await;
            let began = Instant::now();
            let Some(Claimed { count, ready, context, .. }) = batches.next().await? else { continue };
            tally.count(Step::Claim, began);
            tally.claimed(count);
            if count == 0 {
                return Ok(true);
            }
            hands.take(&ready);
            let composed = match self.prepare(drain, context, ready.clone(), &contents).await {
                Ok(composed) => composed,
                Err(error) => {
                    // Given back at once: nobody should wait until the leases end.
                    let now = self.services.now();
                    for row in &ready {
                        ledger.enter(Outcome::released(row, None, now, now + UNPREPARED));
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
        for composed in drain.bag.rest(out).await {
            self.give_back(drain, &composed);
        }
        Ok(false)
    }

    fn give_back(&self, drain: &Drain<'_>, composed: &Composed) {
        let now = self.services.now();
        drain.ledger.enter(Outcome::released(&composed.delivery, None, now, now));
    }

    /// The messages of claimed deliveries; those that end without one are recorded.
    async fn prepare(
        &self,
        drain: &Drain<'_>,
        mut context: Context,
        ready: Vec<delivery::Model>,
        contents: &Contents,
    ) -> Result<Vec<Composed>> {
        let began = Instant::now();
        context.load_papers(&self.services, &ready, contents).await?;
        drain.tally.count(Step::Read, began);
        let began = Instant::now();
        let (composed, ended) = compose::all(&self.services, context, ready, contents).await?;
        drain.tally.count(Step::Compose, began);
        for outcome in ended {
            drain.ledger.enter(outcome);
        }
        Ok(composed)
    }

    /// One courier at work, until there is nothing more to carry.
    async fn run(&self, mut courier: Courier, drain: &Drain<'_>) {
        let lane = drain.lane;
        loop {
            let composed = match timeout(IDLE, drain.bag.next(drain.stop)).await {
                Ok(Some(composed)) => composed,
                Ok(None) => break,
                Err(_) => {
                    courier.leave().await;
                    continue;
                }
            };
            drain.rate.taken();
            if drain.stop.is_cancelled() || self.holds.until(lane).is_some() {
                self.give_back(drain, &composed);
                continue;
            }
            let (began, start) = (self.services.now(), Instant::now());
            let carried = courier.carry(&composed, drain.rate).await;
            drain.tally.count(Step::Send, start);
            match carried {
                Carried::Sent => {
                    self.throttling.reset(lane);
                    self.holds.relax(lane, began);
                }
                Carried::Refused { is_policy_deferral: true } => {
                    if let Some(domains) = self.throttling.add(lane, &composed.delivery.domain) {
                        let why = format!("{domains} domains in a row asked for patience (4.7.x)");
                        self.holds.hold(lane, &why);
                    }
                }
                Carried::Refused { is_policy_deferral: false } => self.throttling.reset(lane),
                Carried::Done => {}
                Carried::Held(Held { why, alarm }) => {
                    let until = self.holds.hold(lane, &why);
                    let outcome =
                        Outcome::released(&composed.delivery, Some(why), self.services.now(), until);
                    drain.ledger.enter(Outcome { alarm, ..outcome });
                }
            }
        }
        courier.leave().await;
    }
}
